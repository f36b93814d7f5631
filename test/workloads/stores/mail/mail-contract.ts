/** What every mail adapter does. */

import { match, rejects, strictEqual } from "node:assert";
import type { Mailer } from "../../../../workloads/stores/mail";

export const from = "Bourse <no-reply@exchange.example>";
export const mail = {
  id: "withdrawalPaid/17",
  to: "alice@example.com",
  subject: "Withdrawal of 1.5 BTC · ✓",
  text: "1.5 BTC was sent.\n.\nA line with one dot above.\n",
};

/** A mailer and the messages that arrived behind it, as they would be read. */
export interface Opened {
  mailer: Mailer;
  arrived(): string[];
  close(): Promise<void>;
}

export function mailContract(name: string, open: () => Promise<Opened>): void {
  describe(`the mail port: ${name}`, () => {
    let opened: Opened;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it("delivers sender, receiver, subject, text and a Message-ID that stays the same for a repeat", async () => {
      await opened.mailer.send(mail);
      const [message] = opened.arrived();
      match(message, /^From: "?Bourse"? <no-reply@exchange\.example>\r?$/m);
      match(message, /^To: alice@example\.com\r?$/m);
      match(message, /^Message-ID: <withdrawalPaid\/17@exchange\.example>\r?$/m);
      match(message, /^Subject: =\?UTF-8\?/m);
      match(message, /1\.5 BTC was sent\.\r?\n\.\r?\nA line with one dot above\./);
    });

    it("refuses what could forge a header or a second receiver", async () => {
      await rejects(opened.mailer.send({ ...mail, to: "a@b.c, d@e.f" }), /mail address: got "a@b\.c, d@e\.f", expected one address/);
      await rejects(opened.mailer.send({ ...mail, to: "a@b.c\r\nBcc: d@e.f" }), /mail address/);
      await rejects(opened.mailer.send({ ...mail, subject: "x\r\nBcc: d@e.f" }), /mail subject: expected one line/);
      await rejects(opened.mailer.send({ ...mail, id: "x> <y" }), /mail id/);
      strictEqual(opened.arrived().length, 0);
    });
  });
}
