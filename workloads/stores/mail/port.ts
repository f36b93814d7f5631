/** The mail port: plain text to one address. */

export interface Mail {
  /** Becomes the Message-ID: receivers show a repeat of it once. */
  id: string;
  to: string;
  subject: string;
  text: string;
}

export interface Mailer {
  /** Resolves once the next server, or the outbox, has taken the mail for good. */
  send(mail: Mail): Promise<void>;
}

/** @throws TypeError on what would change the meaning of the message's header */
export function checkMail({ id, to, subject }: Mail): void {
  if (!/^[A-Za-z0-9._/-]{1,200}$/.test(id)) throw new TypeError(`mail id: got "${id}", expected letters, digits and . _ / -`);
  if (!/^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/.test(to))
    throw new TypeError(`mail address: got "${to}", expected one address such as name@example.com`);
  if (/[\r\n]/.test(subject)) throw new TypeError("mail subject: expected one line");
}
