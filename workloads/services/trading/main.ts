/**
 * One trading shard as a process: its log in a folder, order entry and events for other processes. With BOURSE_LEADERSHIP it is one member of a shard: it
 * copies the log of the member that leads, and leads when that one is gone; only then it listens. A new log begins with version 1 of the rules of trading: whoever lists its
 * first symbol activates the newest before (`bourse-exchange activate`, which reaches a shard that runs).
 *
 *   BOURSE_HOME              folder of the data; the log and its snapshots are in `journal` within
 *   BOURSE_TRADING_CLIENTS   path of the list of those who may log on, see `client-list.ts`
 *   BOURSE_SHARD             number of the shard (default: 0)
 *   BOURSE_JOURNAL           "file", the one journal that this process has (default: file)
 *   BOURSE_JOURNAL_KEEP_GIB  GiB of the log to keep at least; what is older is dropped behind the snapshots and behind what connected services have
 *                            written. A service that starts with an empty database, such as a new gateway, then needs a copy of another's. 0 keeps
 *                            all of it (default: 0)
 *   BOURSE_JOURNAL_PINNED_GIB  GiB of the log that a connected service keeps at most by not writing what it reads; beyond it the service is passed over
 *                            (default: four times BOURSE_JOURNAL_KEEP_GIB)
 *   BOURSE_ORDERS_10S        unfilled orders that an account may place in ten seconds (default: 100, as Binance's)
 *   BOURSE_ORDERS_1D         and in a UTC day (default: 200000, as Binance's)
 *   BOURSE_TLS               folder with tls.crt, tls.key, ca.crt; clients must then have a certificate of that authority
 *   BOURSE_HOST              address to listen on (default: 0.0.0.0 with BOURSE_TLS, else 127.0.0.1)
 *   BOURSE_PORT              port, 0 for a free one (default: 7400)
 *   BOURSE_HEALTH_PORT       port of /live, /ready and /leads, 0 for a free one (default: 9000)
 *   BOURSE_METRICS           host:port of the CloudWatch agent that figures are sent to, or log (default: they are not sent)
 *   BOURSE_METRICS_SECONDS   time between two sendings (default: 60)
 *   BOURSE_DRAIN_SECONDS     longest time of a clean stop (default: 60)
 *
 * And of one with other members:
 *
 *   BOURSE_LEADERSHIP        where it is written who leads: sqlite:/absolute/file on one machine, dynamodb:TABLE or dynamodb:REGION/TABLE
 *   BOURSE_MEMBER_ADDRESS    host:port at which the other members reach this one
 *   BOURSE_MEMBER            standby, or copy: never leads by itself, until its region is told to (default: standby)
 *   BOURSE_MEMBER_REGION     where this member is: one that is not where the leader is keeps a copy (default: all are in one region)
 *   BOURSE_TRADING           host:port of whoever leads in another region (default: what the leader says of itself)
 *   BOURSE_TRADING_KEY       path of this member's Ed25519 private key (PEM), whose client in the list has copiesLog and readsEvents (default: it logs on by its certificate)
 *   BOURSE_TRADING_SESSION   a session of that key that no other member uses. Or first-last: one of that range, chosen by BOURSE_POD_ADDRESS
 *   BOURSE_LEASE_SECONDS     a leader that does not renew its lease for so long may be replaced (default: 5)
 *   BOURSE_COPY_PATIENCE_MS  a standby that keeps acknowledgements waiting longer is left out and cannot take over (default: 2000)
 *   BOURSE_LEAST_COPIES      standbys without which nothing is acknowledged (default: 0)
 *   BOURSE_AGREE_COMMANDS    commands that must have the same events as at a leader with other code before this member can lead (default: 10000)
 *   BOURSE_TAKE_OVER_FROM    epoch of a leader that is gone for good: this member takes over from it without what it lacks (default: 0, never)
 */

import { dirname, join } from "node:path";
import { Environment } from "../../process/environment";
import type { Metrics } from "../../process/metrics";
import { type Report, type RunningService, runService, type ServiceProgram } from "../../process/run";
import { findListed, type ListedClient, readClientList } from "./client-list";
import { measureMember, measureShard } from "./measured";
import { openTradingShard } from "./open";
import { publishedOrderLimits } from "./port";
import { serveShard } from "./remote";
import { type LogCopies, startMember } from "./replication";
import { readMember } from "./replication/settings";
import type { TradingShard } from "./shard";

/** Size of each file of the log: 64 MiB. */
const segmentBytes = 64 << 20;

function program(): ServiceProgram {
  const environment = new Environment(process.env);
  const home = environment.text("BOURSE_HOME", "the folder of the shard's data");
  const shard = environment.integer("BOURSE_SHARD", 0, 65_535, 0);
  const journal = environment.text("BOURSE_JOURNAL", "file", "file");
  if (journal !== "file")
    environment.fault("BOURSE_JOURNAL", '"file": this process keeps its log on its own disk and knows no other journal');
  const keepLogBytes = environment.integer("BOURSE_JOURNAL_KEEP_GIB", 0, 1_000_000, 0) * 2 ** 30 || Number.POSITIVE_INFINITY;
  const pinnedLogBytes = environment.integer("BOURSE_JOURNAL_PINNED_GIB", 0, 4_000_000, 0) * 2 ** 30 || undefined;
  const most = 2 ** 32 - 1;
  const orderLimits = {
    tenSeconds: environment.integer("BOURSE_ORDERS_10S", 1, most, publishedOrderLimits.tenSeconds),
    day: environment.integer("BOURSE_ORDERS_1D", 1, most, publishedOrderLimits.day),
  };
  const listen = environment.listen({ port: 7400, drainSeconds: 60 });
  const list = environment.file("BOURSE_TRADING_CLIENTS", "a JSON file of those who may log on");
  let clients = new Map<string, ListedClient>();
  if (list.length > 0) {
    try {
      clients = readClientList(list.toString("utf8"), dirname(process.env.BOURSE_TRADING_CLIENTS!));
    } catch (error) {
      environment.fault("BOURSE_TRADING_CLIENTS", `the path of a list of clients without faults: ${(error as Error).message}`);
    }
  }
  const memberSettings = readMember(environment, home, shard, listen.certificates !== undefined);
  environment.check();

  const folder = join(home, "journal");
  const log = { folder, shard, segmentBytes, keepLogBytes, pinnedLogBytes, orderLimits };
  const serve = (trading: TradingShard, copies?: LogCopies) =>
    serveShard({
      shard: trading,
      copies,
      listen: { host: listen.host, port: listen.port },
      tls: listen.certificates?.server("every caller"),
      findClient: (keyId, _address, certificate) => findListed(clients, keyId, certificate),
    });

  const startAlone = async (report: Report, metrics: Metrics): Promise<RunningService> => {
    const trading = await openTradingShard({ ...log, report });
    await measureShard(trading, metrics);
    const server = await serve(trading).catch(async (error: unknown) => {
      await trading.close();
      throw error;
    });
    return {
      port: server.port,
      failed: () => trading.stopped?.message,
      unready: () => undefined,
      async close() {
        // The shard first: what was entered becomes durable and its results go out on connections that are still open.
        await trading.close();
        await server.close();
      },
    };
  };

  const startWithOthers = (settings: NonNullable<typeof memberSettings>) => async (report: Report, metrics: Metrics) => {
    const lead = async (trading: TradingShard, copies: LogCopies) => {
      await measureShard(trading, metrics);
      return serve(trading, copies);
    };
    const tls = (host: string) => listen.certificates?.client(host);
    const member = await startMember({ ...log, ...settings(), tls, lead, report });
    measureMember(member, metrics);
    return {
      port: listen.port,
      failed: () => member.failed,
      unready: () => member.unready,
      follows: () => member.follows,
      close: () => member.close(),
    };
  };
  const start = memberSettings === undefined ? startAlone : startWithOthers(memberSettings);
  return { name: "the trading shard", listen, leaveMs: 0, unread: environment.unread(), start };
}

void runService(program);
