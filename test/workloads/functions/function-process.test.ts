/** The function as Lambda runs it: its own process, with a runtime API that gives events and takes answers. */

import { deepStrictEqual, equal, match } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { authorizerEvent } from "./authorizer-event";

const root = join(__dirname, "..", "..", "..");
const origin = "0123456789abcdef0123456789abcdef";

describe("the authorizer's process", () => {
  let folder: string;
  let server: Server;
  let child: ChildProcess | undefined;
  let events: unknown[];
  let answers: [path: string, body: unknown][];
  let answered: () => void;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "function-"));
    [events, answers] = [[], []];
    let given = 0;
    server = createServer(async (request, response) => {
      const path = request.url!.replace("/2018-06-01/runtime", "");
      if (path === "/invocation/next") {
        // Lambda, too, keeps the request open until there is an event.
        if (given < events.length) {
          response.setHeader("Lambda-Runtime-Aws-Request-Id", `request-${given}`);
          response.end(JSON.stringify(events[given++]));
        }
        return;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      answers.push([path, JSON.parse(Buffer.concat(chunks).toString())]);
      response.writeHead(202).end('{"status":"OK"}');
      answered?.();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(async () => {
    child?.kill("SIGKILL");
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** Runs the entry until `count` answers have come. */
  async function run(count: number, variables: Record<string, string>): Promise<void> {
    const done = new Promise<void>((resolve) => {
      answered = () => {
        if (answers.length >= count) resolve();
      };
    });
    const env = { PATH: process.env.PATH, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`, ...variables };
    child = spawn(process.execPath, ["-r", "./source.cjs", "workloads/functions/authorizer/main.ts"], { cwd: root, env });
    await done;
  }

  it("answers events one after the other, and goes on after one that it cannot decide on", async () => {
    writeFileSync(join(folder, "origin"), origin);
    events = [authorizerEvent(origin), { version: "1.0" }, authorizerEvent("another")];
    await run(3, {
      BOURSE_SQL_URL: `sqlite:${join(folder, "users.db")}`,
      BOURSE_SECRETS: join(folder, "secrets"),
      BOURSE_ORIGIN_SECRET: `file:${join(folder, "origin")}`,
    });
    deepStrictEqual(
      answers.map(([path]) => path),
      ["/invocation/request-0/response", "/invocation/request-1/error", "/invocation/request-2/response"],
    );
    deepStrictEqual([answers[0][1], answers[2][1]], [{ isAuthorized: true }, { isAuthorized: false }]);
    match((answers[1][1] as { errorMessage: string }).errorMessage, /payload format 2.0/);
  });

  it("tells Lambda every fault of its configuration, and ends", async () => {
    await run(1, { BOURSE_TRUSTED_PROXIES: "many" });
    const [path, body] = answers[0];
    equal(path, "/init/error");
    for (const name of ["BOURSE_SQL_URL", "BOURSE_SECRETS", "BOURSE_ORIGIN_SECRET", "BOURSE_TRUSTED_PROXIES"]) {
      match((body as { errorMessage: string }).errorMessage, new RegExp(name));
    }
    if (child!.exitCode === null) await once(child!, "exit");
    equal(child!.exitCode, 1);
  });
});
