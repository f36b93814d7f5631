/** Users as a process: what other services ask it over the real socket. Whom it tells is a broker that is away here; `cold-services.prove.ts` has a real one. */

import { deepStrictEqual, equal, match } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificate, ServiceProcess } from "../exchange-processes";

describe("The process of users", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "bourse-users-"));
  const passwordFile = join(folder, "password");
  const processes: ServiceProcess[] = [];
  let port: number;
  let healthPort: number;

  const variables = {
    BOURSE_PORT: "0",
    BOURSE_HEALTH_PORT: "0",
    BOURSE_SQL_URL: `sqlite:${join(folder, "users.sqlite")}`,
    BOURSE_SECRETS: join(folder, "secrets"),
    BOURSE_NOTICE_TOPIC: "amqp://guest@127.0.0.1:9/notices",
    BOURSE_BROKER_PASSWORD_FILE: passwordFile,
  };
  const start = async () => {
    const service = ServiceProcess.spawn("services/users/main", variables);
    processes.push(service);
    ({ port, healthPort } = await service.line(/is running/));
    return service;
  };
  // biome-ignore lint/suspicious/noExplicitAny: each answer has a shape of its own
  const ask = async (method: string, path: string, body?: object, token?: string): Promise<{ status: number; body: any }> => {
    const headers = { ...(body && { "content-type": "application/json" }), ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  };

  before(async () => {
    writeFileSync(passwordFile, "guest\n");
    await start();
  });
  after(async () => {
    for (const each of processes) each.destroy();
    await Promise.all(processes.map((each) => each.ended()));
    rmSync(folder, { recursive: true, force: true });
  });

  it("is live and ready", async () => {
    for (const path of ["live", "ready"]) equal((await fetch(`http://127.0.0.1:${healthPort}/${path}`)).status, 200, path);
  });

  it("keeps keys of an account, gives a secret once, and forgets a key that is revoked", async () => {
    const owner = await ask("GET", "/accounts?name=nobody");
    equal(owner.status, 404);
    const created = await ask("POST", "/accounts/1000/keys", { label: "bot", permissions: ["read"] });
    deepStrictEqual([created.status, created.body.error], [400, "account: 1000 does not exist, create it first"]);
  });

  it("says what is wrong with a request, and keeps faults of its own to itself", async () => {
    const wrong: [string, string, object, number, RegExp][] = [
      ["POST", "/accounts", { name: "alice", password: "short", address: "alice@example.com" }, 400, /password: got 5 characters/],
      ["POST", "/accounts", { name: "alice", password: "correct horse battery", address: "alice" }, 400, /body: \/address/],
      ["POST", "/accounts", { name: "alice", password: "correct horse battery", address: "a@b.c", admin: true }, 400, /body: /],
      ["PUT", "/accounts/x/password", { password: "correct horse battery" }, 400, /account is "x"; it must be a whole number/],
      ["POST", "/sessions", { name: "alice", password: "correct horse battery" }, 400, /body: /],
      ["POST", "/nothing", {}, 404, /no such path/],
    ];
    for (const [method, path, body, status, error] of wrong) {
      const answer = await ask(method, path, body);
      equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
      match(answer.body.error, error);
    }
    equal((await ask("GET", "/accounts?name=alice")).status, 404, "a refused account left nothing behind");
    equal((await ask("GET", "/session")).status, 401);
    equal((await ask("GET", "/session", undefined, "not-a-session")).status, 401);
  });

  it("answers clients without a certificate the account API alone, and services everything", async () => {
    const tls = certificate(join(folder, "tls"));
    const service = ServiceProcess.spawn("services/users/main", { ...variables, BOURSE_TLS: tls, BOURSE_HOST: "127.0.0.1" });
    processes.push(service);
    const { port: secure } = await service.line(/is running/);
    const [ca, cert, key] = ["ca.crt", "tls.crt", "tls.key"].map((file) => readFileSync(join(tls, file)));
    const get = (path: string, own: object) =>
      new Promise<number | undefined>((resolve, reject) => {
        request({ host: "localhost", port: secure, path, ca, ...own, agent: false }, (response) => resolve(response.resume().statusCode))
          .once("error", reject)
          .end();
      });
    deepStrictEqual([await get("/account/v1/ping", {}), await get("/account/v1/session", {})], [200, 401]);
    deepStrictEqual([await get("/accounts?name=nobody", {}), await get("/accounts?name=nobody", { cert, key })], [403, 404]);
  });

  it("ends with every fault of a configuration that cannot be used, and shows no password", async () => {
    const service = ServiceProcess.spawn("services/users/main", {
      BOURSE_SQL_URL: "mysql://users@db/users",
      BOURSE_NOTICE_TOPIC: "amqps://user:hunter2@broker/notices",
      BOURSE_PORT: "high",
    });
    processes.push(service);
    equal(await service.ended(), 2);
    for (const name of ["BOURSE_SQL_URL", "BOURSE_SECRETS", "BOURSE_NOTICE_TOPIC", "BOURSE_PORT"]) match(service.text, new RegExp(name));
    equal(service.text.includes("hunter2"), false);
  });

  it("stops cleanly when it is told to", async () => {
    const service = await start();
    equal(await service.end("SIGTERM"), 0, service.text);
  });
});
