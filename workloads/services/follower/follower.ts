/**
 * A service that follows the shard's events as a process of its own: its rows and its position in its own database, its answers to other
 * services, health, a clean stop. Each such service is a `main.ts` that names its projection and its queries.
 *
 *   BOURSE_TRADING           host:port of the shard, or those of its members with commas between (default: trading:7400)
 *   BOURSE_TRADING_KEY       path of this process's Ed25519 private key (PEM), which the shard knows (default: with BOURSE_TLS, one of its own: it logs on by its certificate)
 *   BOURSE_TRADING_SESSION   a session of that key that no other process uses; it and the next one are taken. Or first-last: a pair of that range, chosen
 *                            by BOURSE_POD_ADDRESS, the pod's IPv4 address, or own on a machine that has one address
 *   BOURSE_SHARD             number of the shard (default: 0)
 *   BOURSE_SQL_URL           the service's database: sqlite:/absolute/file, or postgresql://user@host:port/database
 *   BOURSE_SQL_SIGN_IN       password, or iam: a token of this process's role for each connection to Aurora (default: password)
 *   BOURSE_SQL_PASSWORD_FILE path of the password's file, for PostgreSQL; read anew for each connection
 *   BOURSE_SQL_CA_FILE       path of the authority of PostgreSQL's certificate (PEM); needed off the loopback, but not with iam
 *   BOURSE_TLS               folder with tls.crt, tls.key, ca.crt: callers must have a certificate of that authority, and the shard is called over TLS
 *   BOURSE_HOST              address to listen on (default: 0.0.0.0 with BOURSE_TLS, else 127.0.0.1)
 *   BOURSE_PORT              port, 0 for a free one (default: 7500)
 *   BOURSE_HEALTH_PORT       port of /live and /ready, 0 for a free one (default: 9000)
 *   BOURSE_METRICS           host:port of the CloudWatch agent that figures are sent to, or log (default: they are not sent)
 *   BOURSE_METRICS_SECONDS   time between two sendings (default: 60)
 *   BOURSE_DRAIN_SECONDS     longest time of a clean stop (default: 30)
 */

import { Environment } from "../../process/environment";
import type { Metrics } from "../../process/metrics";
import { OpenParts } from "../../process/open-parts";
import { type Report, type RunningService, runService, type ServiceProgram } from "../../process/run";
import { readDatabase } from "../../process/sql";
import type { ProjectionDeps, Running } from "../projection";
import { type Query, serveQueries } from "./queries";
import { reachShard, readShardConnection } from "./shard-connection";

/** What makes one service different from another. */
export interface Follower<Service> {
  name: string;
  /** Reads what it needs beside the variables above; the result starts it. */
  prepare(environment: Environment): (deps: ProjectionDeps) => Promise<Running<Service>>;
  /** What it answers, by path. */
  queries(service: Service): Record<string, Query>;
}

/** Runs the service until its end and ends the process. */
export function runFollower<Service>(follower: Follower<Service>): Promise<void> {
  return runService(() => followerProgram(follower));
}

function followerProgram<Service>({ name, prepare, queries }: Follower<Service>): ServiceProgram {
  const environment = new Environment(process.env);
  const listen = environment.listen({ port: 7500, drainSeconds: 30 });
  const shardNumber = environment.integer("BOURSE_SHARD", 0, 65_535, 0);
  const connection = readShardConnection(environment, listen.certificates);
  const openDatabase = readDatabase(environment);
  const create = prepare(environment);
  environment.check();

  const start = (report: Report, metrics: Metrics): Promise<RunningService> =>
    OpenParts.opened(async (parts) => {
      const onError = (error: Error) => report(error.message);
      const shard = parts.keep(await reachShard(connection(), report));
      const sql = parts.keep(openDatabase(onError));
      const { service, projection } = await create({ feed: shard, sql, shard: shardNumber, onError });
      parts.keep(projection);
      const behind = () => Math.max(0, shard.position.sequence - projection.position().sequence);
      metrics.gauge("CommandsBehind", "Count", behind);
      const { port } = parts.keep(await serveQueries(listen, queries(service), metrics.counter("Queries")));
      return {
        port,
        failed: () => shard.failed,
        unready: () => (shard.connected ? undefined : "the shard is not connected"),
        close: parts.close,
      };
    });
  return { name, listen, leaveMs: 0, unread: environment.unread(), start };
}
