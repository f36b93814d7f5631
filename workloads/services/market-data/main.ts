/** Market data as a process: keeps trades and candles and answers them. Its variables are those of `../follower/follower.ts`. */

import { runFollower } from "../follower";
import { createMarketData } from ".";

const dayMs = 86_400_000;

void runFollower({
  name: "market data",
  prepare: () => createMarketData,
  queries: (marketData) => ({
    "/trades": (number) => marketData.tradeHistory(number("symbol"), { limit: number("limit", 500) }),
    "/ticker": (number) => marketData.ticker(number("symbol"), number("windowMs", dayMs), Date.now()),
  }),
});
