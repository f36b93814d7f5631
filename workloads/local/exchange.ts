/**
 * Composes the exchange in one process: command log, shard, projections, key table, deposits and withdrawals, mail and statistics over the
 * embedded stores of one home. Adapters are imported from their own files: the indexes beside them would load the AWS SDK at each start.
 */

import { OpenParts } from "../process/open-parts";
import { type Analytics, createAnalytics } from "../services/analytics";
import { createNotification, type Notification } from "../services/notification";
import type { History, Instruments, MarketData, OrderBooks, Transfers, Users, Wallet } from "../services/ports";
import { openProjections } from "../services/projections";
import { createPublisher } from "../services/publisher";
import {
  type CountedOrderEntry,
  type EventFeed,
  type OpenTradingShardOptions,
  openTradingShard,
  type Position,
  type ShardUnavailable,
  type TradingShard,
  tracedEntry,
} from "../services/trading";
import { createUsers } from "../services/users";
import { createTransfers, SimulatedRails } from "../services/wallet";
import { createInProcessBus } from "../stores/bus/in-process";
import { openOutbox } from "../stores/mail/outbox";
import { openSqlQueue } from "../stores/queue/sql";
import { openFileSecrets } from "../stores/secrets/files";
import { openSqlite } from "../stores/sql/sqlite";
import { topicTo } from "../stores/topic/queues";
import type { Home } from "./home";
import { simulatedNetworks } from "./networks";

export interface EmbeddedExchange {
  /** Order entry and feed as they are encoded. */
  shard: TradingShard;
  orderEntry: CountedOrderEntry;
  feed: EventFeed;
  instruments: Instruments;
  orderBooks: OrderBooks;
  marketData: MarketData;
  history: History;
  wallet: Wallet;
  users: Users;
  /** Over simulated networks: a payout to an address of this exchange arrives there, any other leaves it. */
  transfers: Transfers;
  /** Mails are files in the home's folder `outbox`. */
  notification: Notification;
  analytics: Analytics;
  /** Why the shard has stopped by itself, undefined while it runs: nothing can be traded any more. */
  stopped(): ShardUnavailable | undefined;
  /** Of the last durable command. */
  position(): Position;
  /** Writes what is not written yet and closes every store; all acknowledged commands are in the log already. */
  close(): Promise<void>;
}

export type ShardSizes = Partial<Omit<OpenTradingShardOptions, "folder" | "shard" | "report">>;

/** The embedded exchange is one shard. */
const shardNumber = 0;

const laptopLog: ShardSizes = {
  /** Of each file: a quarter of the usual, since a laptop takes few commands. */
  segmentBytes: 16 << 20,
  /** Commands: demo traders send so many in about two hours, and a start replays them in well below a second. */
  snapshotEvery: 100_000,
  /** 1 GiB, about ten million commands: `bourse-exchange trace` and `verify` look so far back. Every projection has what is older. */
  keepLogBytes: 2 ** 30,
  /** Load is what one tries on a laptop: far above Binance's. */
  orderLimits: { tenSeconds: 50_000, day: 20_000_000 },
};

/** Milliseconds between two publications of market events: statistics by the hour may lag. */
const publishEvery = 1_000;

/** Sender of the mails; the domain is reserved for examples (RFC 2606). */
const mailFrom = "Bourse <no-reply@bourse.example>";

/**
 * Recovers the shard from snapshot and log, then starts every projection from where its rows stand.
 *
 * @param sizes overrides of what a laptop takes for its command log and its order limits
 * @throws JournalCorrupt, naming file and offset, when the log is damaged before its end.
 */
export function openExchange(home: Home, report: (message: string) => void, sizes: ShardSizes = {}): Promise<EmbeddedExchange> {
  return OpenParts.opened(async (parts) => {
    const shard = parts.keep(await openTradingShard({ ...laptopLog, ...sizes, folder: home.path("journal"), shard: shardNumber, report }));
    const sql = parts.keep(openSqlite(home.path("exchange.sqlite")));
    const deps = { feed: shard, sql, shard: shardNumber, onError: (error: Error) => report(error.message) };
    const projections = parts.keep(await openProjections(deps));
    const { instruments, orderBooks, marketData, history, wallet } = projections;

    const queue = await openSqlQueue(sql, "notices", { onError: deps.onError });
    const notices = topicTo([queue]);
    const users = parts.keep(await createUsers({ sql, secrets: openFileSecrets(home.path("secrets")), notices, onError: deps.onError }));
    const mailer = openOutbox(home.path("outbox"), mailFrom);
    const notification = parts.keep(await createNotification({ sql, notices: queue, mailer }));
    const rails = new SimulatedRails(simulatedNetworks);
    const transfers = parts.keep(await createTransfers({ sql, orderEntry: shard, rails, instruments, notices, onError: deps.onError }));

    const bus = createInProcessBus();
    const analytics = parts.keep(await createAnalytics({ sql, bus }));
    // Closed before its consumer: its last flush resolves once the statistics have it.
    parts.keep(await createPublisher({ ...deps, bus, flushIntervalMs: publishEvery }));
    return {
      stopped: () => shard.stopped,
      position: () => shard.position,
      shard,
      orderEntry: tracedEntry(shard),
      feed: shard,
      instruments,
      orderBooks,
      marketData,
      history,
      wallet,
      users,
      transfers,
      notification,
      analytics,
      close: parts.close,
    };
  });
}
