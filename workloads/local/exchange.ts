/** Composes the exchange in one process: command log, shard, projections and key table over the embedded stores of one home. */

import { createHistory } from "../services/history";
import { createInstruments } from "../services/instruments";
import { createMarketData } from "../services/market-data";
import { createOrderBooks } from "../services/order-book";
import type { History, Instruments, MarketData, OrderBooks, Users, Wallet } from "../services/ports";
import type { Projection, Running } from "../services/projection";
import { type EventFeed, type OrderEntry, openTradingShard, type Position, type ShardUnavailable } from "../services/trading";
import { createUsers } from "../services/users";
import { createWallet } from "../services/wallet";
import { openFileSecrets } from "../stores/secrets";
import { openSqlite } from "../stores/sql";
import type { Home } from "./home";

export interface EmbeddedExchange {
  orderEntry: OrderEntry;
  feed: EventFeed;
  instruments: Instruments;
  orderBooks: OrderBooks;
  marketData: MarketData;
  history: History;
  wallet: Wallet;
  users: Users;
  /** Why the shard has stopped by itself, undefined while it runs: nothing can be traded any more. */
  stopped(): ShardUnavailable | undefined;
  /** Of the last durable command. */
  position(): Position;
  /** Writes what is not written yet and closes every store; all acknowledged commands are in the log already. */
  close(): Promise<void>;
}

/** The embedded exchange is one shard. */
const shardNumber = 0;

/** Size of each file of the command log: 16 MiB, a quarter of the usual, since a laptop takes few commands. */
const segmentBytes = 16 << 20;

/** Commands between two snapshots: demo traders send so many in about two hours, and a start replays them in well below a second. */
const snapshotEvery = 100_000;

/**
 * Recovers the shard from snapshot and log, then starts every projection from where its rows stand.
 *
 * @throws JournalCorrupt, naming file and offset, when the log is damaged before its end.
 */
export async function openExchange(home: Home, report: (message: string) => void): Promise<EmbeddedExchange> {
  const shard = await openTradingShard({ folder: home.path("journal"), shard: shardNumber, segmentBytes, snapshotEvery, report });

  const closers: (() => Promise<void>)[] = [() => shard.close()];
  const close = async () => {
    for (const closer of closers.reverse()) await closer();
  };
  try {
    const sql = openSqlite(home.path("exchange.sqlite"));
    closers.push(() => sql.close());
    const deps = { feed: shard, sql, shard: shardNumber, onError: (error: Error) => report(error.message) };
    const start = async <Service>(starting: Promise<Running<Service>>): Promise<Service> => {
      const { service, projection }: { service: Service; projection: Projection } = await starting;
      closers.push(() => projection.close());
      return service;
    };
    const instruments = await start(createInstruments(deps));
    const orderBooks = await start(createOrderBooks(deps));
    const marketData = await start(createMarketData(deps));
    const history = await start(createHistory(deps));
    const wallet = await start(createWallet(deps));
    const users = await createUsers({ sql, secrets: openFileSecrets(home.path("secrets")), onError: deps.onError });
    closers.push(() => users.close());
    return {
      stopped: () => shard.stopped,
      position: () => shard.position,
      orderEntry: shard,
      feed: shard,
      instruments,
      orderBooks,
      marketData,
      history,
      wallet,
      users,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
