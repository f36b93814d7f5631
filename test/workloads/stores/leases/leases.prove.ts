import { match, ok, rejects } from "node:assert/strict";
import { openRedisLeases } from "../../../../workloads/stores/leases";
import { type RedisServer, withRedis } from "../../../servers/redis";
import { until } from "../../services/until";
import { leasesContract } from "./leases-contract";

withRedis("a real Redis in cluster mode", (start) => {
  let server: RedisServer;
  before(async function () {
    this.timeout(60_000);
    server = await start();
  });
  after(async function () {
    this.timeout(60_000);
    await server.stop();
  });

  const open = (onError: (error: Error) => void = () => {}) => openRedisLeases({ host: server.host, port: server.port, onError });
  const once = (key: string) => [{ key, amount: 1, endsAt: Date.now() + 60_000 }];
  const answers = (store: Awaited<ReturnType<typeof open>>) =>
    until(() =>
      store.renew(once("ready")).then(
        () => true,
        () => false,
      ),
    );

  leasesContract("Redis", async () => {
    const [one, other] = [await open(), await open()];
    await answers(one);
    await answers(other);
    return {
      one,
      other,
      async close() {
        await one.close();
        await other.close();
      },
    };
  });

  it("rejects within a second while it is away, and counts again when it is back", async function () {
    this.timeout(120_000);
    const errors: Error[] = [];
    const store = await open((error) => errors.push(error));
    await answers(store);
    await server.stop();
    await until(() =>
      store.renew(once("away")).then(
        () => false,
        () => true,
      ),
    );
    const asked = performance.now();
    await rejects(store.renew(once("away")));
    ok(performance.now() - asked < 30_000);
    await server.restart();
    await answers(store);
    ok(errors.every((error) => error instanceof Error));
    match(String(errors[0] ?? "Error"), /Error/);
    await store.close();
  });
});
