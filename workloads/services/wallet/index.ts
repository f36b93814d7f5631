export { createWallet } from "./wallet";
