export { type AssetMoney, checkMoney, type MoneyReport } from "./invariants";
export { type Arrival, type Payout, type Rails, SimulatedRails } from "./rails";
export { createTransfers, type TransfersDeps } from "./transfers";
export { createWallet } from "./wallet";
