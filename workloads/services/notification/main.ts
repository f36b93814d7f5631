/**
 * Notification as a process: mails the notices of its queue. Any number of them share one queue and one database.
 *
 *   BOURSE_SQL_URL              addresses, and what was mailed: sqlite:/absolute/file, or postgresql://user@host:port/database
 *   BOURSE_SQL_SIGN_IN          password, or iam: a token of this process's role for each connection to Aurora (default: password)
 *   BOURSE_SQL_PASSWORD_FILE    path of the password's file, for PostgreSQL; read anew for each connection
 *   BOURSE_SQL_CA_FILE          path of the authority of PostgreSQL's certificate (PEM); needed off the loopback, but not with iam
 *   BOURSE_NOTICE_QUEUE         sqs:<URL>, or amqps://user@host:port/queue; it must allow 4 attempts, so that no code comes to its dead letters
 *   BOURSE_NOTICE_DEAD_LETTERS  URL of the queue's dead-letter queue, for SQS
 *   BOURSE_BROKER_PASSWORD_FILE path of the password's file, for a broker
 *   BOURSE_MAIL                 ses:<configuration set>, smtp://user@host:port, smtps://user@host:port, or outbox:/absolute/folder
 *   BOURSE_MAIL_FROM            sender, such as "Bourse <no-reply@exchange.example>"
 *   BOURSE_MAIL_PASSWORD_FILE   path of the password's file, for SMTP
 *   BOURSE_MAIL_CA_FILE         path of an authority (PEM) to trust beside the well-known ones, for SMTP
 *   BOURSE_TLS                  folder with tls.crt, tls.key, ca.crt: callers must have a certificate of that authority
 *   BOURSE_HOST                 address to listen on (default: 0.0.0.0 with BOURSE_TLS, else 127.0.0.1)
 *   BOURSE_PORT                 port, 0 for a free one (default: 7500); GET /dead-letters?limit= shows what failed at every attempt
 *   BOURSE_HEALTH_PORT          port of /live and /ready, 0 for a free one (default: 9000)
 *   BOURSE_METRICS              host:port of the CloudWatch agent that figures are sent to, or log (default: they are not sent)
 *   BOURSE_METRICS_SECONDS      time between two sendings (default: 60)
 *   BOURSE_DRAIN_SECONDS        longest time of a clean stop (default: 60)
 */

import { Environment } from "../../process/environment";
import { readMailer } from "../../process/mail";
import type { Metrics } from "../../process/metrics";
import { readNoticeQueue } from "../../process/notices";
import { type Report, type RunningService, runService, type ServiceProgram } from "../../process/run";
import { readDatabase } from "../../process/sql";
import { QueryFault, serveQueries } from "../follower";
import { createNotification } from ".";

/** The most that SQS hands out in one call. */
const mostDeadLetters = 10;

function program(): ServiceProgram {
  const environment = new Environment(process.env);
  const listen = environment.listen({ port: 7500, drainSeconds: 60 });
  const openDatabase = readDatabase(environment);
  const openQueue = readNoticeQueue(environment);
  const openMailer = readMailer(environment);
  environment.check();

  const start = async (report: Report, metrics: Metrics): Promise<RunningService> => {
    const onError = (error: Error) => report(error.message);
    const sql = openDatabase(onError);
    try {
      const queue = openQueue(onError);
      const [done, failed] = [metrics.counter("NoticesDone"), metrics.counter("NoticesFailed")];
      const notification = await createNotification({
        sql,
        notices: queue,
        mailer: openMailer(),
        observe: (outcome) => (outcome === "done" ? done : failed).add(),
        onError,
      });
      const server = await serveQueries(listen, {
        "/dead-letters": (number) => {
          const limit = number("limit", mostDeadLetters);
          if (!(limit >= 1 && limit <= mostDeadLetters)) throw new QueryFault(`limit is ${limit}; it must be from 1 to ${mostDeadLetters}`);
          return notification.deadLetters(limit);
        },
      });
      return {
        port: server.port,
        failed: () => undefined,
        unready: () => undefined,
        async close() {
          await server.close();
          await notification.close();
          await sql.close();
        },
      };
    } catch (error) {
      await sql.close();
      throw error;
    }
  };
  return { name: "notification", listen, leaveMs: 0, unread: environment.unread(), start };
}

void runService(program);
