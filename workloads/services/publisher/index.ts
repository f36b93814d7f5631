export {
  BEFORE_ALL,
  type EventPlace,
  fromBus,
  isAfter,
  type MarketEvent,
  type MarketRecord,
  readMarketRecord,
  writeMarketRecord,
} from "./market-record";
export { createPublisher } from "./publisher";
