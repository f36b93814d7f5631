import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert";
import { inspect } from "node:util";
import { createNotification, type Notification } from "../../../../workloads/services/notification";
import type { Mail } from "../../../../workloads/stores/mail";
import { openSqlQueue, type Queue } from "../../../../workloads/stores/queue";
import { openSqlite, type Sql } from "../../../../workloads/stores/sql";
import { until } from "../until";

const time = Date.UTC(2026, 2, 2, 12);
const paid = {
  id: "withdrawalPaid/1",
  kind: "withdrawalPaid",
  account: 1_000,
  time,
  asset: "BTC",
  amount: "1.5",
  network: "SIM",
  address: "sim-00ff",
};

describe("notification", () => {
  let sql: Sql;
  let notices: Queue;
  let notification: Notification;
  let mails: Mail[];
  let failures: number;
  let errors: Error[];

  beforeEach(async () => {
    sql = openSqlite(":memory:");
    notices = await openSqlQueue(sql, "notices", { retryMs: 5, pollMs: 10 });
    [mails, failures, errors] = [[], 0, []];
    const mailer = {
      async send(mail: Mail) {
        if (failures-- > 0) throw new Error("server is away");
        mails.push(mail);
      },
    };
    notification = await createNotification({ sql, notices, mailer, onError: (error) => errors.push(error) });
    await notification.setAddress(1_000, "alice@example.com");
  });
  afterEach(async () => {
    await notification.close();
    await sql.close();
  });
  const messagesKept = async () =>
    (await sql.database<{ queue_message: object }>().selectFrom("queue_message").selectAll().execute()).length;
  const allDone = () => until(async () => (await messagesKept()) === 0);
  const publish = (notice: object) => notices.send(JSON.stringify(notice));

  it("mails a withdrawal with the amount in whole coins", async () => {
    await publish(paid);
    await until(() => mails.length === 1);
    deepStrictEqual([mails[0].to, mails[0].subject, mails[0].id], ["alice@example.com", "Withdrawal of 1.5 BTC", "withdrawalPaid/1"]);
    match(mails[0].text, /1\.5 BTC was sent over SIM to sim-00ff at 2026-03-02T12:00:00\.000Z/);
  });

  it("mails once, however often a notice comes", async () => {
    await publish(paid);
    await until(() => mails.length === 1);
    await publish(paid);
    await allDone();
    strictEqual(mails.length, 1);
  });

  it("tries again while the mail server is away", async () => {
    failures = 2;
    await publish(paid);
    await until(() => mails.length === 1);
    await allDone();
    deepStrictEqual(await notices.deadLetters(5), []);
  });

  it("puts aside what is no notice, and mails the next one", async () => {
    await publish({ ...paid, amount: "1.5\nBcc" });
    await notices.send("hello");
    await publish({ kind: "login", id: "login/1", account: 1_000, time, remoteAddress: "192.0.2.1", userAgent: "bot\nBcc: all" });
    await until(async () => (await notices.deadLetters(5)).length === 2 && mails.length === 1);
    deepStrictEqual(
      mails.map(({ subject }) => subject),
      ["New login"],
    );
    match(mails[0].text, /from 192\.0\.2\.1 \(bot Bcc: all\)/);
  });

  const code = "c".repeat(43);
  const asked = { kind: "addressConfirmation", id: "addressConfirmation/1", account: 1_000, time, address: "bob@example.com", code };

  it("gives up a mail with a code before the queue sets it aside, and goes on with other notices", async () => {
    failures = Number.POSITIVE_INFINITY;
    await publish(asked);
    await publish(paid);
    await until(async () => (await notices.deadLetters(5)).length === 1);
    await until(() => errors.some(({ message }) => /given up after 4 attempts; who waits for it can ask for another/.test(message)));
    await until(async () => (await messagesKept()) === 1);
    deepStrictEqual(
      (await notices.deadLetters(5)).map(({ body }) => JSON.parse(body)),
      [paid],
    );
    // Whoever asks again gets a mail.
    failures = 0;
    await publish({ ...asked, id: "addressConfirmation/2" });
    await until(() => mails.length === 1);
    strictEqual(mails[0].to, "bob@example.com");
  });

  it("mails a code at its last attempt", async () => {
    failures = 3;
    await publish(asked);
    await until(() => mails.length === 1);
    match(mails[0].text, new RegExp(code));
  });

  it("shows what could not be mailed without the codes in it, and tells none in its errors", async () => {
    const malformed = { ...asked, id: "" };
    const cut = `{"kind":"addressConfirmation","code":"${code}"`;
    failures = Number.POSITIVE_INFINITY;
    await publish(asked);
    await publish(malformed);
    await notices.send(cut);
    await until(async () => (await notices.deadLetters(5)).length === 2 && errors.length === 15);
    const shown = (await notification.deadLetters(5)).map(({ body }) => body).sort();
    strictEqual(shown[0], `not a notice: ${cut.length} characters`);
    deepStrictEqual(JSON.parse(shown[1]), { ...malformed, code: "(not shown)" });
    ok(!errors.some((error) => inspect(error).includes(code)));
  });

  it("tells the address before that another takes its place, and mails there from then on", async () => {
    const change = { kind: "addressChanged", account: 1_000, time: Date.now() + 1_000, address: "alice@example.org" };
    await publish({ ...change, id: "addressChanged/1" });
    await until(() => mails.length === 1);
    await allDone();
    deepStrictEqual([mails[0].to, mails[0].subject], ["alice@example.com", "Mail address changed"]);
    // An earlier change that arrives later changes nothing.
    await publish({ ...change, id: "addressChanged/0", time: change.time - 500, address: "mallory@example.net" });
    await until(() => mails.length === 2);
    await allDone();
    await publish(paid);
    await until(() => mails.length === 3);
    strictEqual(mails[2].to, "alice@example.org");
  });

  it("tells what a changed key may do now", async () => {
    await publish({ kind: "apiKeyChanged", id: "apiKeyChanged/1", account: 1_000, time, label: "bot", permissions: ["read", "withdraw"] });
    await publish({ kind: "apiKeyChanged", id: "apiKeyChanged/2", account: 1_000, time, label: "bot", permissions: [] });
    await until(() => mails.length === 2);
    const texts = mails.map(({ text }) => text.split("\n")[0]).sort();
    match(texts[1], /"bot" may do was changed at 2026-03-02T12:00:00\.000Z: read, withdraw\./);
    match(texts[0], /: nothing\.$/);
  });

  it("mails nobody for an account without an address, also when one is set later", async () => {
    await notification.setAddress(1_000, undefined);
    await publish(paid);
    await allDone();
    await notification.setAddress(1_000, "alice@example.com");
    await publish(paid);
    await allDone();
    strictEqual(mails.length, 0);
    await rejects(notification.setAddress(1_000, "alice"), /got "alice", expected one such as/);
  });
});
