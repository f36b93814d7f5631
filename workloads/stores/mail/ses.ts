/** The mail adapter of Amazon SES: its API, called with the role of the process, so that there is no password to keep. */

import { SESv2Client, type SESv2ClientConfig, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { createTransport } from "nodemailer";
import { messageId } from "./outbox";
import { checkMail, type Mailer } from "./port";

export interface SesOptions {
  /** Names where bounces and complaints go; made by the platform. */
  configurationSet: string;
  /** Sender, such as "Bourse <no-reply@exchange.example>", of a verified domain. */
  from: string;
  /** Region, endpoint, credentials; by default as everywhere in the AWS SDK. */
  client?: SESv2ClientConfig;
}

export function openSes({ configurationSet, from, client }: SesOptions): Mailer {
  const composer = createTransport({ streamTransport: true, buffer: true, newline: "windows" });
  const ses = new SESv2Client(client ?? {});
  return {
    async send(mail) {
      checkMail(mail);
      const { id, to, subject, text } = mail;
      const { message } = await composer.sendMail({ from, to, subject, text, messageId: messageId(id, from) });
      await ses.send(
        new SendEmailCommand({
          ConfigurationSetName: configurationSet,
          Destination: { ToAddresses: [to] },
          Content: { Raw: { Data: message as Buffer } },
        }),
      );
    },
  };
}
