/** Every projection that a gateway reads, started over one feed and one database: shared by the processes that have gateways. */

import { OpenParts } from "../process/open-parts";
import type { Sql } from "../stores/sql";
import { createHistory } from "./history";
import { createInstruments } from "./instruments";
import { createMarketData } from "./market-data";
import { createOrderBooks } from "./order-book";
import type { History, Instruments, MarketData, OrderBooks, Wallet } from "./ports";
import type { Running } from "./projection";
import type { EventFeed } from "./trading/port";
import { createWallet } from "./wallet";

export interface ProjectionsDeps {
  feed: EventFeed;
  sql: Sql;
  /** The shard that is followed. */
  shard: number;
  /** Told of each failed write, which is repeated. */
  onError: (error: Error) => void;
}

export interface Projections {
  instruments: Instruments;
  orderBooks: OrderBooks;
  marketData: MarketData;
  history: History;
  wallet: Wallet;
}

/** Starts each from where its rows stand. `close` writes what is not written yet; a failure to start closes what was started. */
export function openProjections(deps: ProjectionsDeps): Promise<Projections & { close(): Promise<void> }> {
  return OpenParts.opened(async (parts) => {
    const start = async <Service>(starting: Promise<Running<Service>>): Promise<Service> => {
      const { service, projection } = await starting;
      parts.keep(projection);
      return service;
    };
    return {
      instruments: await start(createInstruments(deps)),
      orderBooks: await start(createOrderBooks(deps)),
      marketData: await start(createMarketData(deps)),
      history: await start(createHistory(deps)),
      wallet: await start(createWallet(deps)),
      close: parts.close,
    };
  });
}
