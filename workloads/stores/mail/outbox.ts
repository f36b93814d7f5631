/** The embedded mail adapter: each mail is a file that any mail program opens; nothing is sent anywhere. */

import { createHash } from "node:crypto";
import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { checkMail, type Mailer } from "./port";

/**
 * Mails as .eml files (RFC 5322) in `folder`, mode 0600. A repeat of a mail's id replaces its file.
 *
 * @param from sender, such as "Bourse <no-reply@exchange.example>"
 */
export function openOutbox(folder: string, from: string): Mailer {
  const composer = createTransport({ streamTransport: true, buffer: true, newline: "unix" });
  return {
    async send(mail) {
      checkMail(mail);
      const { id, to, subject, text } = mail;
      const { message } = await composer.sendMail({ from, to, subject, text, messageId: messageId(id, from) });
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = join(folder, `${createHash("sha256").update(id).digest("hex").slice(0, 32)}.eml`);
      const handle = await open(`${file}.draft`, "w", 0o600);
      try {
        await handle.writeFile(message as Buffer);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(`${file}.draft`, file);
    },
  };
}

/** A Message-ID in the sender's domain. */
export function messageId(id: string, from: string): string {
  const domain = /@([^\s>]+)/.exec(from)?.[1];
  if (domain === undefined) throw new TypeError(`mail sender: got "${from}", expected an address such as no-reply@example.com`);
  return `<${id}@${domain}>`;
}
