/**
 * One gateway as a process: a shard in another process, projections of its events in a database of its own, and the users that all gateways
 * share. A composition root: it alone in this folder chooses adapters.
 *
 *   BOURSE_HOME              folder of the projections; what is lost with it is made again from the shard's log
 *   BOURSE_TRADING           host:port of the shard, or those of its members with commas between (default: trading:7400)
 *   BOURSE_TRADING_KEY       path of this gateway's Ed25519 private key (PEM), which the shard knows (default: with BOURSE_TLS, one of its own: it logs on by its certificate)
 *   BOURSE_TRADING_SESSION   a session of that key that no other process uses; it and the next one are taken. Or first-last: a pair of that range, chosen
 *                            by BOURSE_POD_ADDRESS, the pod's IPv4 address, or own on a machine that has one address
 *   BOURSE_SHARD             number of the shard (default: 0)
 *   BOURSE_SQL_URL           the users: sqlite:/absolute/file, or postgresql://user@host:port/database
 *   BOURSE_SQL_SIGN_IN       password, or iam: a token of this process's role for each connection to Aurora (default: password)
 *   BOURSE_SQL_PASSWORD_FILE path of the password's file, for PostgreSQL; read anew for each connection
 *   BOURSE_SQL_CA_FILE       path of the authority of PostgreSQL's certificate (PEM); needed off the loopback, but not with iam
 *   BOURSE_SECRETS           absolute folder of the secrets, or secrets-manager:<prefix>
 *   BOURSE_SECRETS_HOME      region that makes the secrets, of which copies are had here (default: this one makes them)
 *   BOURSE_REDIS_URL         redis://host:port, on the loopback alone, or rediss://user@host:port: where all gateways count what each address asks for; while it
 *                            is away, and where it is not given, each gateway counts alone (default: not given)
 *   BOURSE_REDIS_SIGN_IN     none, or iam:<id of the ElastiCache replication group>: a token of this process's role (default: none)
 *   BOURSE_TRUSTED_PROXIES   ranges of load balancers, such as 10.16.0.0/16, with commas between; their X-Forwarded-For is trusted (default: none)
 *   BOURSE_TLS               folder with tls.crt, tls.key, ca.crt: clients are served, and the shard is called, over TLS
 *   BOURSE_HOST              address to listen on (default: 0.0.0.0 with BOURSE_TLS, else 127.0.0.1)
 *   BOURSE_PORT              port, 0 for a free one (default: 8443)
 *   BOURSE_BINARY_PORT       port of binary order entry, 0 for a free one; the shard must list this gateway's key with "relaysMembers" (default: it is
 *                            not served)
 *   BOURSE_HEALTH_PORT       port of /live and /ready, 0 for a free one (default: 9000)
 *   BOURSE_METRICS           host:port of the CloudWatch agent that figures are sent to, or log (default: they are not sent)
 *   BOURSE_METRICS_SECONDS   time between two sendings (default: 60)
 *   BOURSE_DRAIN_SECONDS     longest time of a clean stop; an eighth of it passes before connections are closed (default: 120)
 */

import { join } from "node:path";
import { Environment } from "../process/environment";
import { readLeases } from "../process/leases";
import type { Metrics } from "../process/metrics";
import { OpenParts } from "../process/open-parts";
import { type Report, type RunningService, runService, type ServiceProgram } from "../process/run";
import { readSecrets } from "../process/secrets";
import { readDatabase } from "../process/sql";
import { reachShard, readShardConnection } from "../services/follower";
import { openProjections } from "../services/projections";
import { createUsers } from "../services/users";
import type { Sql } from "../stores/sql";
import { openSqlite } from "../stores/sql/sqlite";
import type { Answered } from "./dispatcher";
import { createGateway } from "./gateway";

/** Part of the drain for which a gateway that was told to stop still serves, so that load balancers learn that it leaves. */
const leavingPart = 1 / 8;

function program(): ServiceProgram {
  const environment = new Environment(process.env);
  const home = environment.text("BOURSE_HOME", "the folder of the projections");
  const shardNumber = environment.integer("BOURSE_SHARD", 0, 65_535, 0);
  const listen = environment.listen({ port: 8443, drainSeconds: 120 });
  const connection = readShardConnection(environment, listen.certificates);
  const openUsersDatabase = readDatabase(environment);
  const openSecrets = readSecrets(environment);
  const openLeases = readLeases(environment);
  const trustedProxies = environment.ranges("BOURSE_TRUSTED_PROXIES");
  const servesBinary = environment.optional("BOURSE_BINARY_PORT") !== undefined;
  const binaryPort = environment.integer("BOURSE_BINARY_PORT", 0, 65_535, 0);
  environment.check();

  const start = (report: Report, metrics: Metrics): Promise<RunningService> =>
    OpenParts.opened(async (parts) => {
      const onError = (error: Error) => report(error.message);
      const shardOptions = connection();
      const shard = parts.keep(await reachShard(shardOptions, report));
      const projectionsDatabase: Sql = parts.keep(openSqlite(join(home, "projections.sqlite")));
      const projections = parts.keep(await openProjections({ feed: shard, sql: projectionsDatabase, shard: shardNumber, onError }));
      const usersDatabase = parts.keep(openUsersDatabase(onError));
      const users = parts.keep(await createUsers({ sql: usersDatabase, secrets: openSecrets(), onError }));
      const leases = openLeases && parts.keep(openLeases(onError));
      const gateway = parts.keep(
        createGateway({
          ...projections,
          orderEntry: shard,
          feed: shard,
          users,
          from: shard.position,
          trustedProxies,
          leases,
          tls: listen.certificates?.server("nobody"),
          binary: servesBinary ? { shard: shardOptions, port: binaryPort, reached: (sequence) => shard.reached(sequence) } : undefined,
          observe: observer(metrics),
          onFault: (fault) => report(fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)),
        }),
      );
      metrics.gauge("OpenSockets", "Count", () => gateway.openSockets);
      metrics.gauge("LimitsAlone", "Count", () => (gateway.limitsAlone ? 1 : 0));
      const { port, binaryPort: taken } = await gateway.listen(listen.port, listen.host);
      return {
        port,
        morePorts: taken === undefined ? undefined : { binaryPort: taken },
        failed: () => shard.failed,
        unready: () => (shard.connected ? undefined : "the shard is not connected"),
        close: parts.close,
      };
    });
  return { name: "the gateway", listen, leaveMs: listen.drainMs * leavingPart, unread: environment.unread(), start };
}

/** Counts what clients were answered. */
function observer(metrics: Metrics): (answered: Answered) => void {
  const requests = metrics.counter("Requests");
  const errors = metrics.counter("RequestErrors");
  const duration = metrics.distribution("RequestMs", "Milliseconds");
  const accepted = metrics.counter("OrdersAccepted");
  const refused = metrics.counter("OrdersRefused");
  const acknowledging = metrics.distribution("AcknowledgeMs", "Milliseconds");
  return ({ status, milliseconds, entersOrders }) => {
    requests.add();
    duration.record(milliseconds);
    if (status >= 500) errors.add();
    if (!entersOrders) return;
    if (status === 200) {
      accepted.add();
      acknowledging.record(milliseconds);
    } else if (status < 500) refused.add();
  };
}

void runService(program);
