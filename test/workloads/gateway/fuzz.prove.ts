import { ok } from "node:assert/strict";
import { sendMalformed } from "./malformed";
import { RunningExchange } from "./running-exchange";

describe("Malformed requests and frames, many", function () {
  this.timeout(600_000);

  it("100,000 of them leave the gateway healthy, without a 5xx, and the exchange unchanged", async () => {
    const exchange = await RunningExchange.start();
    const statuses = await sendMalformed(exchange, 100_000, Number(process.env["FUZZ_SEED"] ?? 1));
    ok((statuses.get(400) ?? 0) > 40_000);
    await exchange.stop();
  });
});
