/** History as a process: keeps every order and fill of every account and answers them. Its variables are those of `../follower/follower.ts`. */

import { runFollower } from "../follower";
import { createHistory } from ".";

void runFollower({
  name: "history",
  prepare: () => createHistory,
  queries: (history) => ({
    "/orders": (number) => history.allOrders(number("account"), number("symbol"), { limit: number("limit", 500) }),
    "/trades": (number) => history.trades(number("account"), number("symbol"), { limit: number("limit", 500) }),
  }),
});
