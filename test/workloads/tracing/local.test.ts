/** Traces of the exchange on a laptop: `npm start` with a receiver's address sends one trace of an order, from the request to the journal. */

import { deepStrictEqual, equal } from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ccxt from "ccxt";
import { connectionFile } from "../../../workloads/local/server";
import { ServiceProcess } from "../services/exchange-processes";
import { until } from "../services/until";
import { SpanReceiver } from "./receiver";

describe("Traces of the exchange in one process", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "bourse-traced-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("have the parts of an order by name of the exchange, and end with it", async () => {
    const receiver = await SpanReceiver.start();
    const variables = { ...receiver.variables("bourse", "1"), BOURSE_HOME: folder, PORT: "0" };
    const exchange = ServiceProcess.spawn("local/main", variables, {
      folder: join(__dirname, "..", "..", ".."),
      argumentsOf: (entry) => ["-r", "./source.cjs", `workloads/${entry}.ts`, "--no-demo", "--no-plan"],
    });
    try {
      await until(() => existsSync(join(folder, connectionFile)), 40);
      const { baseUrl, accounts } = JSON.parse(readFileSync(join(folder, connectionFile), "utf8"));
      const api = `${baseUrl}/api/v3`;
      const client = new ccxt.binance({
        apiKey: accounts[0].apiKey,
        secret: accounts[0].secretKey,
        urls: { api: { public: api, private: api, v1: api, sapi: `${baseUrl}/sapi/v1` } },
        options: { defaultType: "spot", fetchMarkets: { types: ["spot"] } },
      } as ConstructorParameters<typeof ccxt.binance>[0]);
      await client.createOrder("BTC/USDT", "limit", "buy", 0.5, 20_000);
      await until(() => receiver.spans.some(({ name }) => name === "POST /api/v3/order"));
      const { traceId } = receiver.spans.find(({ name }) => name === "POST /api/v3/order")!;
      const parts = receiver.spans.filter((span) => span.traceId === traceId);
      deepStrictEqual(parts.map(({ name }) => name).sort(), [
        "POST /api/v3/order",
        "acknowledge",
        "apply",
        "journal commit",
        "newOrder",
        "queue",
        "send newOrder",
      ]);
      deepStrictEqual(new Set(parts.map(({ service }) => service)), new Set(["bourse"]));
      equal(await exchange.end("SIGTERM"), 0, exchange.text);
    } finally {
      exchange.destroy();
      await receiver.close();
    }
  });
});
