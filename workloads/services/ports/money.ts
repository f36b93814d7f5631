/** What an account owns, and how money comes in and goes out. Amounts in asset units. */

export interface Balance {
  asset: number;
  free: bigint;
  locked: bigint;
}

export interface AccountState {
  account: number;
  canTrade: boolean;
  canWithdraw: boolean;
  canDeposit: boolean;
  /** Accounts of one group do not trade with each other, as the taker's mode says; 0 for none. */
  tradeGroup: number;
  /** In units of 10^-6. */
  makerRate: number;
  takerRate: number;
  /** Whether fees are paid in the discount asset, and what that takes off, in units of 10^-6. */
  discountFees: boolean;
  discount: number;
  /** Microseconds of the last change. */
  updateTime: number;
  /** Assets the account has ever held, by asset number. */
  balances: Balance[];
}

export interface Wallet {
  account(account: number): AccountState | undefined;
}

/** A way in and out for one asset. Amounts in asset units. */
export interface TransferNetwork {
  network: string;
  asset: number;
  /** Kept of each withdrawal. */
  withdrawFee: bigint;
  withdrawMin: bigint;
  withdrawMax: bigint;
  /** Text that every address of the network matches, as a regular expression. */
  addressPattern: string;
}

export interface DepositRecord {
  id: string;
  account: number;
  asset: number;
  network: string;
  address: string;
  amount: bigint;
  transactionId: string;
  /** Refused: the account may not receive it; it is kept aside for the operator. */
  status: "pending" | "credited" | "refused";
  /** Milliseconds: seen, last changed. */
  time: number;
  updateTime: number;
}

export interface WithdrawalRecord {
  id: string;
  account: number;
  asset: number;
  network: string;
  address: string;
  /** Taken from the account; the address gets it less the fee. */
  amount: bigint;
  fee: bigint;
  /** The client's own id, unique for its account; "" for none. */
  clientId: string;
  /** "" until it is paid. */
  transactionId: string;
  /** Requested: not yet taken from the account. Debited: taken, on its way out. */
  status: "requested" | "debited" | "paid" | "refused";
  time: number;
  updateTime: number;
}

/** What a transfer was refused for: a part of the request, the account's balance, or what the account may do. */
export type TransferRefusal = "network" | "amount" | "address" | "clientId" | "balance" | "account";

/** A transfer that cannot be made, in words for the client. Nothing was taken. */
export class TransferRefused extends Error {
  override readonly name = "TransferRefused";
  constructor(
    readonly reason: TransferRefusal,
    message: string,
  ) {
    super(message);
  }
}

/** Money in and out. */
export interface Transfers {
  networks(asset: number): readonly TransferNetwork[];
  /** The account's own address, the same every time. @throws TransferRefused on a network that does not carry the asset */
  depositAddress(account: number, asset: number, network: string): Promise<string>;
  /** Newest first. `startTime` and `endTime` in milliseconds, both inclusive. */
  deposits(account: number, range: { asset?: number; startTime?: number; endTime?: number; limit: number }): Promise<DepositRecord[]>;
  withdrawals(account: number, range: { asset?: number; startTime?: number; endTime?: number; limit: number }): Promise<WithdrawalRecord[]>;
  /**
   * Resolves once the amount is taken from the account; the payout follows. A repeat of a `clientId` returns the first withdrawal.
   * @throws TransferRefused when nothing was taken; ShardUnavailable when that is not known (`withdrawals` will tell)
   */
  withdraw(
    account: number,
    request: { asset: number; network: string; address: string; amount: bigint; clientId?: string },
  ): Promise<WithdrawalRecord>;
}
