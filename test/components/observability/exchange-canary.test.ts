import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Script } from "node:vm";
import { canaryScript, ExchangeCanary, type ExchangeCanaryArgs } from "bourse";
import { assertFaults, assertInputs, describeComponent, probeTransforms, recordProgram, untransformed } from "bourse/testing";
import { accountId, keyRef } from "../references";

const canary = "aws:synthetics/canary:Canary";
const minimal: ExchangeCanaryArgs = { accountId, region: "us-east-1", logKey: keyRef("log"), url: "https://api.exchange.example" };

function canaryWith(over: Partial<ExchangeCanaryArgs> = {}): () => ExchangeCanary {
  return () => new ExchangeCanary("outside", { ...minimal, ...over });
}

describeComponent("ExchangeCanary", canaryWith(), (subject) => {
  it("asks every minute, with an encrypted environment, and is told of after three bad minutes or silence", () => {
    const { inputs } = assertInputs(subject.graph, canary, "outside-canary", {
      schedule: { expression: "rate(1 minute)" },
      kmsKeyArn: keyRef("log").arn,
      handler: "canary.handler",
      startCanary: true,
      artifactConfig: { s3Encryption: { encryptionMode: "SSE_S3" } },
    });
    const { environmentVariables } = inputs.runConfig as { environmentVariables: Record<string, string> };
    assert.deepEqual(environmentVariables, { BASE_URL: "https://api.exchange.example", SYMBOL: "BTCUSDT", BUDGET_MS: "1000" });
    assertInputs(subject.graph, "aws:cloudwatch/metricAlarm:MetricAlarm", "outside-failing-alarm", {
      namespace: "CloudWatchSynthetics",
      comparisonOperator: "LessThanThreshold",
      treatMissingData: "breaching",
      evaluationPeriods: 3,
    });
  });

  it("may write its artifacts, its log and its metric, and nothing more", () => {
    if (!subject.known) return;
    const { Statement } = JSON.parse(String(subject.graph.get("aws:iam/rolePolicy:RolePolicy", "outside-role-policy").inputs.policy));
    const open = Statement.filter(({ Resource }: { Resource: string }) => Resource === "*");
    assert.deepEqual(
      open.map(({ Action, Condition }: { Action: string; Condition: object }) => [Action, Condition]),
      [["cloudwatch:PutMetricData", { StringEquals: { "cloudwatch:namespace": "CloudWatchSynthetics" } }]],
    );
  });
});

/** The canary's handler, as Synthetics loads it. */
function handler(): () => Promise<string> {
  const exported: { handler?: () => Promise<string> } = {};
  new Script(`(function (exports, require) {${canaryScript}\n})`).runInThisContext()(exported, require);
  return exported.handler!;
}

describe("The canary's script", () => {
  let server: Server;
  let answers: Record<string, unknown>;
  const well = () => ({
    "/api/v3/ping": {},
    "/api/v3/time": { serverTime: Date.now() },
    "/api/v3/exchangeInfo": { symbols: [{ status: "TRADING" }] },
    "/api/v3/depth": { bids: [["1.00", "1"]], asks: [["1.01", "1"]] },
  });

  before(async () => {
    server = createServer(({ url }, response) => {
      const answer = answers[url!.split("?")[0]];
      response.writeHead(answer === undefined ? 503 : 200).end(JSON.stringify(answer ?? {}));
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    Object.assign(process.env, {
      BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      SYMBOL: "BTCUSDT",
      BUDGET_MS: "4000",
    });
  });
  after(() => {
    server.close();
    for (const name of ["BASE_URL", "SYMBOL", "BUDGET_MS"]) delete process.env[name];
  });
  beforeEach(() => {
    answers = well();
  });

  it("is content with an exchange that works, also with an empty book", async () => {
    assert.equal(await handler()(), "checked");
    answers["/api/v3/depth"] = { bids: [], asks: [] };
    assert.equal(await handler()(), "checked");
  });

  const broken: [what: string, path: string, answer: unknown, message: RegExp][] = [
    ["does not answer", "/api/v3/ping", undefined, /status 503/],
    ["has a clock that is off", "/api/v3/time", { serverTime: Date.now() - 5_000 }, /clock is more than a second off/],
    ["halts the symbol", "/api/v3/exchangeInfo", { symbols: [{ status: "BREAK" }] }, /does not trade/],
    ["has no such symbol", "/api/v3/exchangeInfo", { symbols: [] }, /does not trade/],
    ["crosses its book", "/api/v3/depth", { bids: [["2", "1"]], asks: [["1", "1"]] }, /is crossed/],
  ];
  for (const [what, path, answer, message] of broken) {
    it(`fails for an exchange that ${what}, and says so`, async () => {
      answers[path] = answer;
      await assert.rejects(handler()(), message);
    });
  }
});

describe("ExchangeCanary arguments", () => {
  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<ExchangeCanaryArgs["transform"]>();
    assert.deepEqual(untransformed(await recordProgram({}, canaryWith({ transform: probe.transform })), probe), []);
  });

  const faulty: [what: string, over: Partial<ExchangeCanaryArgs>, paths: string[]][] = [
    ["an address in the clear", { url: "http://api.exchange.example" }, ["url"]],
    ["an address with a path", { url: "https://api.exchange.example/api" }, ["url"]],
    ["a symbol in small letters", { symbol: "btcusdt" }, ["symbol"]],
    ["no time to answer", { budgetMs: 0 }, ["budgetMs"]],
  ];
  for (const [what, over, paths] of faulty) {
    it(`are refused with ${what}`, () => {
      assertFaults(canaryWith(over), paths);
    });
  }
});
