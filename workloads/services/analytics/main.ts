/**
 * Analytics as a process: counts what the bus tells of each symbol by the hour. One counts at a time: a process that starts takes over from the one before, which then ends.
 *
 *   BOURSE_SQL_URL           hours, and how far it is: sqlite:/absolute/file, or postgresql://user@host:port/database
 *   BOURSE_SQL_SIGN_IN       password, or iam: a token of this process's role for each connection to Aurora (default: password)
 *   BOURSE_SQL_PASSWORD_FILE path of the password's file, for PostgreSQL; read anew for each connection
 *   BOURSE_SQL_CA_FILE       path of the authority of PostgreSQL's certificate (PEM); needed off the loopback, but not with iam
 *   BOURSE_BUS               kinesis:<name of the stream>
 *   BOURSE_TLS               folder with tls.crt, tls.key, ca.crt: callers must have a certificate of that authority
 *   BOURSE_HOST              address to listen on (default: 0.0.0.0 with BOURSE_TLS, else 127.0.0.1)
 *   BOURSE_PORT              port, 0 for a free one (default: 7500); GET /hours?symbol=&startTime=&endTime=&limit=, milliseconds, both ends inclusive
 *   BOURSE_HEALTH_PORT       port of /live and /ready, 0 for a free one (default: 9000)
 *   BOURSE_METRICS           host:port of the CloudWatch agent that figures are sent to, or log (default: they are not sent)
 *   BOURSE_METRICS_SECONDS   time between two sendings (default: 60)
 *   BOURSE_DRAIN_SECONDS     longest time of a clean stop (default: 60)
 */

import { readBus } from "../../process/bus";
import { Environment } from "../../process/environment";
import type { Metrics } from "../../process/metrics";
import { type Report, type RunningService, runService, type ServiceProgram } from "../../process/run";
import { readDatabase } from "../../process/sql";
import { QueryFault, serveQueries } from "../follower";
import { createAnalytics } from ".";

/** Hours in one answer: six weeks. */
const mostHours = 1_000;

function program(): ServiceProgram {
  const environment = new Environment(process.env);
  const listen = environment.listen({ port: 7500, drainSeconds: 60 });
  const openDatabase = readDatabase(environment);
  const openBus = readBus(environment);
  environment.check();

  const start = async (report: Report, metrics: Metrics): Promise<RunningService> => {
    const onError = (error: Error) => report(error.message);
    const sql = openDatabase(onError);
    try {
      const counted = metrics.counter("RecordsCounted");
      let newest = 0;
      const analytics = await createAnalytics({
        sql,
        bus: await openBus(sql, onError),
        observe: ({ records, time }) => {
          counted.add(records);
          newest = Math.max(0, Date.now() - time / 1_000);
        },
      });
      metrics.gauge("EventAgeMs", "Milliseconds", () => newest);
      const server = await serveQueries(listen, {
        "/hours": (number) => {
          const limit = number("limit", mostHours);
          if (limit < 1 || limit > mostHours) throw new QueryFault(`limit is ${limit}; it must be from 1 to ${mostHours}`);
          return analytics.hours(number("symbol"), { startTime: number("startTime", 0), endTime: number("endTime", Date.now()), limit });
        },
      });
      return {
        port: server.port,
        failed: () => analytics.failed,
        unready: () => undefined,
        async close() {
          await server.close();
          await analytics.close();
          await sql.close();
        },
      };
    } catch (error) {
      await sql.close();
      throw error;
    }
  };
  return { name: "analytics", listen, leaveMs: 0, unread: environment.unread(), start };
}

void runService(program);
