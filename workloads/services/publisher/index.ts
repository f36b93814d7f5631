export {
  BEFORE_ALL,
  type EventPlace,
  fromBus,
  isAfter,
  type MarketEvent,
  type MarketRecord,
  placeOf,
  readMarketRecord,
  writeMarketRecord,
} from "./market-record";
export { createPublisher } from "./publisher";
