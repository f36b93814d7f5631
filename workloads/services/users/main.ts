/**
 * Users as a process: accounts, passwords and sessions, API keys, in a database that gateways read. It answers other services of the exchange (`requests.ts`).
 *
 *   BOURSE_SQL_URL              the users: sqlite:/absolute/file, or postgresql://user@host:port/database
 *   BOURSE_SQL_WRITER           host of the same cluster that writes, once it does, where that of BOURSE_SQL_URL only reads (default: it writes)
 *   BOURSE_SQL_SIGN_IN          password, or iam: a token of this process's role for each connection to Aurora (default: password)
 *   BOURSE_SQL_PASSWORD_FILE    path of the password's file, for PostgreSQL; read anew for each connection
 *   BOURSE_SQL_CA_FILE          path of the authority of PostgreSQL's certificate (PEM); needed off the loopback, but not with iam
 *   BOURSE_SECRETS              absolute folder of the secrets, or secrets-manager:<prefix>
 *   BOURSE_SECRETS_HOME         region that makes the secrets, of which copies are had here (default: this one makes them)
 *   BOURSE_NOTICE_TOPIC         who is told of new keys and sessions: sns:<ARN>, or amqps://user@host:port/queue
 *   BOURSE_BROKER_PASSWORD_FILE path of the password's file, for a broker
 *   BOURSE_TRADING              host:port of the shard, where accounts are opened whose owner has confirmed a mail address (default: they are not opened)
 *   BOURSE_TRADING_KEY          path of this process's Ed25519 private key (PEM), which the shard knows; with BOURSE_TRADING (default: with BOURSE_TLS, one of its own)
 *   BOURSE_TRADING_SESSION      a session of that key that no other process uses, or a range of them, as gateways have it; with BOURSE_TRADING
 *   BOURSE_TLS                  folder with tls.crt, tls.key, ca.crt: services must have a certificate of that authority, clients of the account API need none
 *   BOURSE_HOST                 address to listen on (default: 0.0.0.0 with BOURSE_TLS, else 127.0.0.1)
 *   BOURSE_PORT                 port, 0 for a free one (default: 7500)
 *   BOURSE_HEALTH_PORT          port of /live and /ready, 0 for a free one (default: 9000)
 *   BOURSE_METRICS              host:port of the CloudWatch agent that figures are sent to, or log (default: they are not sent)
 *   BOURSE_METRICS_SECONDS      time between two sendings (default: 60)
 *   BOURSE_DRAIN_SECONDS        longest time of a clean stop (default: 30)
 */

import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { Environment } from "../../process/environment";
import type { Metrics } from "../../process/metrics";
import { readNoticeTopic } from "../../process/notices";
import { type Report, type RunningService, runService, type ServiceProgram } from "../../process/run";
import { readSecrets } from "../../process/secrets";
import { readDatabase } from "../../process/sql";
import { enterShard, readShardConnection } from "../follower";
import { createUsers } from ".";
import { AccountOpener } from "./account-opener";
import { createConfirmations } from "./confirmations";
import { usersRequests } from "./requests";
import { createSessions } from "./sessions";

function program(): ServiceProgram {
  const environment = new Environment(process.env);
  const listen = environment.listen({ port: 7500, drainSeconds: 30 });
  const openDatabase = readDatabase(environment);
  const openSecrets = readSecrets(environment);
  const openTopic = readNoticeTopic(environment);
  const opens = environment.optional("BOURSE_TRADING") !== undefined;
  const connection = opens ? readShardConnection(environment, listen.certificates) : undefined;
  environment.check();

  const start = async (report: Report, metrics: Metrics): Promise<RunningService> => {
    const onError = (error: Error) => report(error.message);
    const sql = openDatabase(onError);
    try {
      const notices = openTopic(onError);
      const users = await createUsers({ sql, secrets: openSecrets(), notices, onError });
      const sessions = await createSessions({ sql, notices, onError });
      const opener = connection && new AccountOpener(() => enterShard(connection()));
      const confirmations = await createConfirmations({ sql, notices, openAccount: opener && ((account) => opener.open(account)) });
      const app = usersRequests({
        users,
        sessions,
        confirmations,
        setAddress: (account, address) =>
          notices.publish(
            JSON.stringify({ id: `addressChanged/${randomUUID()}`, kind: "addressChanged", account, time: Date.now(), address }),
          ),
        tls: listen.certificates?.server("asked"),
        requests: metrics.counter("Requests"),
        errors: metrics.counter("RequestErrors"),
        refusedSignIns: metrics.counter("SignInsRefused"),
        onFault: (error) => report(error.stack ?? error.message),
      });
      await app.listen({ host: listen.host, port: listen.port });
      return {
        port: (app.server.address() as AddressInfo).port,
        failed: () => undefined,
        unready: () => undefined,
        async close() {
          await app.close();
          await opener?.close();
          await users.close();
          await sql.close();
        },
      };
    } catch (error) {
      await sql.close();
      throw error;
    }
  };
  return { name: "users", listen, leaveMs: 0, unread: environment.unread(), start };
}

void runService(program);
