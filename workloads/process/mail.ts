/** The mail of a process, named by BOURSE_MAIL: Amazon SES by the role of the process, an SMTP server, or files. */

import { type Mailer, openOutbox, openSes, openSmtp } from "../stores/mail";
import { ConfigurationError, type Environment } from "./environment";

const allowed = "ses:<configuration set>, smtp://user@host:port, smtps://user@host:port, or outbox:/absolute/folder";

/** Reads BOURSE_MAIL, BOURSE_MAIL_FROM and, for SMTP, BOURSE_MAIL_PASSWORD_FILE and BOURSE_MAIL_CA_FILE. */
export function readMailer(environment: Environment): () => Mailer {
  const place = environment.text("BOURSE_MAIL", allowed);
  const from = environment.text("BOURSE_MAIL_FROM", 'a sender such as "Bourse <no-reply@exchange.example>"');
  if (from !== "" && !/^[^<>\r\n]*<?[^\s@<>]+@[^\s@<>]+>?$/.test(from)) {
    environment.fault("BOURSE_MAIL_FROM", 'a sender such as "Bourse <no-reply@exchange.example>"');
  }
  const configurationSet = /^ses:([A-Za-z0-9_-]{1,64})$/.exec(place)?.[1];
  if (configurationSet !== undefined) return () => openSes({ configurationSet, from });
  const folder = /^outbox:(\/.+)$/.exec(place)?.[1];
  if (folder !== undefined) return () => openOutbox(folder, from);

  const url = URL.parse(place);
  const valid = url !== null && /^smtps?:$/.test(url.protocol) && url.username !== "" && url.password === "" && url.hostname !== "";
  if (!valid) {
    if (place !== "") environment.secretFault("BOURSE_MAIL", allowed);
    return () => {
      throw new ConfigurationError(`BOURSE_MAIL must be ${allowed}`);
    };
  }
  const password = environment.file("BOURSE_MAIL_PASSWORD_FILE", "a file with the password of the user").toString("utf8").trimEnd();
  const ca =
    environment.optional("BOURSE_MAIL_CA_FILE") === undefined
      ? undefined
      : environment.file("BOURSE_MAIL_CA_FILE", "the certificate (PEM) of the authority of the server").toString("utf8");
  const secure = url.protocol === "smtps:";
  const port = url.port === "" ? (secure ? 465 : 587) : Number(url.port);
  return () => openSmtp({ host: url.hostname, port, secure, user: decodeURIComponent(url.username), password, from, ca });
}
