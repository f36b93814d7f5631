import { ok } from "node:assert/strict";
import { sendMalformed } from "./malformed";
import { RunningExchange } from "./running-exchange";

describe("Malformed requests and frames", function () {
  this.timeout(60_000);

  it("3,000 of them leave the gateway healthy, without a 5xx, and the exchange unchanged", async () => {
    const exchange = await RunningExchange.start();
    const statuses = await sendMalformed(exchange, 3_000, 7);
    ok((statuses.get(400) ?? 0) > 1_000, "most are refused for what they say");
    ok((statuses.get(401) ?? 0) > 10, "some are refused for who sends them");
    ok((statuses.get(404) ?? 0) > 10, "some are refused for where they go");
    await exchange.stop();
  });
});
