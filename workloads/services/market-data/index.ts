export { createMarketData, type MarketDataDeps } from "./market-data";
