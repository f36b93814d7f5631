import { equal, ok } from "node:assert/strict";
import { createGateway } from "../../../workloads/gateway";
import { leasedPart } from "../../../workloads/gateway/shared-windows";
import { openRedisLeases } from "../../../workloads/stores/leases";
import { withRedis } from "../../servers/redis";
import { until } from "../services/until";
import { RunningExchange } from "./running-exchange";

const limit = 2000;
const weight = 20;

withRedis("gateways against a real Redis", (server) => {
  it("do not give an address more than the limit together, beyond what they count ahead of the answers", async function () {
    this.timeout(120_000);
    const stores = [0, 1].map(() => openRedisLeases({ host: server().host, port: server().port, onError: () => {} }));
    for (const store of stores) {
      const connected = () =>
        store.renew([{ key: "connected", amount: 1, endsAt: Date.now() + 60_000 }]).then(
          () => true,
          () => false,
        );
      await until(connected);
    }
    const limits = { requestWeight: limit, rawRequests: 1e9, requestsAfterLimit: 1e9 };
    const now = Math.floor(Date.now() / 60_000) * 60_000 + 60_000;
    const clock = () => now * 1000;
    const exchange = await RunningExchange.start({ limits, clock, leases: stores[0] });
    const other = createGateway({ ...exchange.exchange, limits, clock, leases: stores[1] });
    const { port } = await other.listen(0, "127.0.0.1");
    const urls = [exchange.url, `http://127.0.0.1:${port}`];
    const ask = async (url: string) => (await fetch(`${url}/api/v3/exchangeInfo?symbol=BTCUSDT`)).status;
    let admitted = 0;
    let refused = 0;
    while (refused < 20) {
      for (const status of await Promise.all(urls.map(ask))) {
        if (status === 200) admitted += weight;
        else {
          equal(status, 429);
          refused++;
        }
      }
    }
    ok(admitted <= limit + urls.length * limit * leasedPart, `${admitted} of ${limit}`);
    ok(admitted > limit / 2, `${admitted} of ${limit}`);
    await other.close();
    await exchange.stop();
    for (const store of stores) await store.close();
  });
});
