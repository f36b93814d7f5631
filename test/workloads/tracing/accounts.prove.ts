/** The trace of a registration over real processes and a real broker: users, their database, the notice and its mail. */

import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RabbitServer, withRabbit } from "../../servers/rabbitmq";
import { ServiceProcess } from "../services/exchange-processes";
import { until } from "../services/until";
import { SpanReceiver } from "./receiver";

withRabbit("Traces of accounts, with a real RabbitMQ", (startRabbit) => {
  const folder = mkdtempSync(join(tmpdir(), "bourse-traces-"));
  const processes: ServiceProcess[] = [];
  const password = "correct horse battery staple";
  let receiver: SpanReceiver;
  let rabbit: RabbitServer;
  let users: { port: number };

  const start = async (service: string, ratio: string, variables: Record<string, string>) => {
    const process = ServiceProcess.spawn(`services/${service}/main`, {
      BOURSE_PORT: "0",
      BOURSE_HEALTH_PORT: "0",
      BOURSE_SQL_URL: `sqlite:${join(folder, `${service}.sqlite`)}`,
      BOURSE_BROKER_PASSWORD_FILE: join(folder, "password"),
      ...receiver.variables(service, ratio),
      ...variables,
    });
    processes.push(process);
    return process.line(/is running/);
  };
  const register = (name: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${users.port}/account/v1/users`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ name, password, address: `${name}@example.com` }),
    });
  const inTrace = (traceId: string) => receiver.spans.filter((span) => span.traceId === traceId);

  before(async function () {
    this.timeout(60_000);
    writeFileSync(join(folder, "password"), "guest\n");
    [receiver, rabbit] = [await SpanReceiver.start(), await startRabbit()];
    const queue = rabbit.url.replace("guest:guest@", "guest@").replace(/\/?$/, "/notices");
    // No trace begins by itself: those here are of callers who asked for one.
    users = await start("users", "0", { BOURSE_SECRETS: join(folder, "secrets"), BOURSE_NOTICE_TOPIC: queue });
    const mail = { BOURSE_MAIL: `outbox:${join(folder, "outbox")}`, BOURSE_MAIL_FROM: "Bourse <no-reply@bourse.example>" };
    await start("notification", "0", { BOURSE_NOTICE_QUEUE: queue, ...mail });
  });
  after(async () => {
    for (const each of processes) each.destroy();
    await Promise.all(processes.map((each) => each.ended()));
    await receiver.close();
    await rabbit.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("has API Gateway's decision, the statements of users, the notice and its mail, which another process sent", async function () {
    this.timeout(60_000);
    const traceId = "5759e988bd862e3fe1be46a994272793";
    const edge = `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)};Parent=53995c3f42cd8ad8;Sampled=1`;
    equal((await register("alice", { "x-amzn-trace-id": edge })).status, 201);
    await until(() => inTrace(traceId).some(({ name }) => name === "work on notice"), 40);
    const spans = inTrace(traceId);
    const found = (name: string) => spans.find((span) => span.name === name)!;
    const [request, published, worked, mailed] = ["POST /account/v1/users", "publish notice", "work on notice", "send mail"].map(found);
    equal(request.parentId, "53995c3f42cd8ad8");
    deepStrictEqual([published.parentId, worked.parentId, mailed.parentId], [request.spanId, published.spanId, worked.spanId]);
    deepStrictEqual(
      [request, published, worked, mailed].map(({ service }) => service),
      ["users", "users", "notification", "notification"],
    );
    const statements = spans.filter(({ name }) => name.startsWith("sql "));
    ok(statements.some(({ service, parentId }) => service === "users" && parentId === request.spanId));
    ok(statements.some(({ service, parentId }) => service === "notification" && parentId === worked.spanId));
    ok(request.start <= published.start && published.end <= request.end && worked.start >= published.start - 2_000_000n);
    for (const secret of [password, "alice@example.com", "alice"]) {
      ok(!spans.some(({ attributes }) => JSON.stringify(attributes).includes(secret)), secret);
    }
  });

  it("is none when whoever asks has decided against it, or nobody has and the part is nought", async function () {
    this.timeout(60_000);
    const before = receiver.bytes.length;
    equal((await register("bob", { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-00` })).status, 201);
    equal((await register("carol")).status, 201);
    for (const each of processes) equal(await each.end("SIGTERM"), 0, each.text);
    equal(receiver.bytes.length, before);
  });
});
