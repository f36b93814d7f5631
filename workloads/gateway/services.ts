/**
 * What the gateway is built on: order entry and events of the shards, and the query functions of the services.
 */

import type { History, Instruments, MarketData, OrderBooks, Users, Wallet } from "../services/ports";
import type { CountedOrderEntry, EventFeed } from "../services/trading/port";

/** Microseconds since 1970. */
export type Clock = () => number;

export interface Services {
  orderEntry: CountedOrderEntry;
  feed: EventFeed;
  instruments: Instruments;
  orderBooks: OrderBooks;
  marketData: MarketData;
  history: History;
  wallet: Wallet;
  users: Users;
}
