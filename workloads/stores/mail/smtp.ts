/** The SMTP mail adapter: Amazon SES, or any server that takes mail for delivery. */

import { createTransport } from "nodemailer";
import { messageId } from "./outbox";
import { checkMail, type Mailer } from "./port";

export interface SmtpOptions {
  host: string;
  /** @default 587 */
  port?: number;
  /** TLS from the start, or begin in the clear and upgrade (STARTTLS) before anything is said. @default true for port 465 */
  secure?: boolean;
  user: string;
  password: string;
  /** Sender, such as "Bourse <no-reply@exchange.example>". */
  from: string;
  /** PEM text of authorities to trust beside the well-known ones. */
  ca?: string;
}

/** Milliseconds for each of connecting, greeting and silence. */
const TIMEOUT_MS = 10_000;
/** Connections kept open, below SES's default of 14 mails a second at usual latencies. */
const CONNECTIONS = 3;

export function openSmtp(options: SmtpOptions): Mailer & { close(): Promise<void> } {
  const { host, port = 587, secure = port === 465, user, password, from, ca } = options;
  const transport = createTransport({
    pool: true,
    maxConnections: CONNECTIONS,
    host,
    port,
    secure,
    requireTLS: true,
    auth: { user, pass: password },
    tls: { minVersion: "TLSv1.2", ca },
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  });
  return {
    async send(mail) {
      checkMail(mail);
      const { id, to, subject, text } = mail;
      await transport.sendMail({ from, to, subject, text, messageId: messageId(id, from) });
    },
    async close() {
      transport.close();
    },
  };
}
