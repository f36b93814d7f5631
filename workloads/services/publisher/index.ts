export {
  BEFORE_ALL,
  type EventPlace,
  isAfter,
  type MarketEvent,
  type MarketRecord,
  placeOf,
  readMarketRecord,
  writeMarketRecord,
} from "./market-record";
export { createPublisher } from "./publisher";
