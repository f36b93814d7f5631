import { deepStrictEqual, equal, match } from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { authorizerEvent } from "./authorizer-event";
import { runFunctionProcess, traceHeader } from "./function-run";

const origin = "0123456789abcdef0123456789abcdef";

describe("the authorizer's process", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "function-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("answers events one after the other, and goes on after one that it cannot decide on", async () => {
    writeFileSync(join(folder, "origin"), origin);
    const { answers, exitCode } = await runFunctionProcess(
      "authorizer",
      [authorizerEvent(origin), { version: "1.0" }, authorizerEvent("another")],
      {
        BOURSE_SQL_URL: `sqlite:${join(folder, "users.db")}`,
        BOURSE_ORIGIN_SECRET: `file:${join(folder, "origin")}`,
      },
    );
    deepStrictEqual(
      answers.map(([path]) => path),
      ["/invocation/request-0/response", "/invocation/request-1/error", "/invocation/request-2/response"],
    );
    deepStrictEqual([answers[0][1], answers[2][1]], [{ isAuthorized: true }, { isAuthorized: false }]);
    match((answers[1][1] as { errorMessage: string }).errorMessage, /payload format 2.0/);
    equal(exitCode, undefined);
  });

  it("passes the trace of an event on to what the AWS SDK calls for it", async () => {
    const traces: unknown[] = [];
    const secrets = createServer((request, response) => {
      traces.push(request.headers["x-amzn-trace-id"]);
      request.resume().once("end", () => {
        response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify({ SecretString: origin }));
      });
    });
    await once(secrets.listen(0, "127.0.0.1"), "listening");
    const { answers } = await runFunctionProcess("authorizer", [authorizerEvent(origin)], {
      BOURSE_SQL_URL: `sqlite:${join(folder, "users.db")}`,
      BOURSE_ORIGIN_SECRET: "arn:aws:secretsmanager:us-east-1:111122223333:secret:origin",
      AWS_LAMBDA_FUNCTION_NAME: "authorizer",
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(secrets.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    });
    secrets.closeAllConnections();
    secrets.close();
    deepStrictEqual(answers[0][1], { isAuthorized: true });
    deepStrictEqual(new Set(traces), new Set([traceHeader]));
  });

  it("tells Lambda every fault of its configuration, and ends", async () => {
    const { answers, exitCode } = await runFunctionProcess("authorizer", [], { BOURSE_ORIGIN_SECRET: "secret" });
    const [[path, body]] = answers;
    equal(path, "/init/error");
    for (const name of ["BOURSE_SQL_URL", "BOURSE_ORIGIN_SECRET"]) {
      match((body as { errorMessage: string }).errorMessage, new RegExp(name));
    }
    equal(exitCode, 1);
  });
});
