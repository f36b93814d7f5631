/** Balances as a process: follows what the shard settles and answers the state of an account. Its variables are those of `../follower/follower.ts`. */

import { runFollower } from "../follower";
import { createWallet } from ".";

void runFollower({
  name: "the wallet",
  prepare: () => createWallet,
  queries: (wallet) => ({ "/account": (number) => wallet.account(number("account")) }),
});
