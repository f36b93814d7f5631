/** The order book as a process: follows the shard and answers snapshots of books. Its variables are those of `../follower/follower.ts`. */

import { runFollower } from "../follower";
import { createOrderBooks } from ".";

void runFollower({
  name: "the order book",
  prepare: () => createOrderBooks,
  queries: (books) => ({ "/snapshot": (number) => books.snapshot(number("symbol"), number("limit", 100)) }),
});
