import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import { Cluster } from "ioredis";
import { openRedisLeases } from "../../../../workloads/stores/leases";
import { withRedis } from "../../../servers/redis";
import { until } from "../../services/until";
import { leasesContract } from "./leases-contract";

withRedis("a real Redis in cluster mode", (server) => {
  const open = (onError: (error: Error) => void = () => {}) => openRedisLeases({ host: server().host, port: server().port, onError });
  const once = (key: string) => [{ key, amount: 1, endsAt: Date.now() + 60_000 }];
  const answers = (store: ReturnType<typeof open>) =>
    until(() =>
      store.renew(once("ready")).then(
        () => true,
        () => false,
      ),
    );

  leasesContract("Redis", async () => {
    const [one, other] = [open(), open()];
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
    const store = open();
    await answers(store);
    await server().stop();
    await until(() =>
      store.renew(once("away")).then(
        () => false,
        () => true,
      ),
    );
    const asked = performance.now();
    await rejects(store.renew(once("away")));
    ok(performance.now() - asked < 30_000);
    await server().restart();
    await answers(store);
    await store.close();
  });

  it("signs in with the password that it is given, once there is one", async function () {
    this.timeout(60_000);
    const admin = new Cluster([{ host: server().host, port: server().port }]);
    await admin.ping();
    await Promise.all(admin.nodes("master").map((node) => node.call("ACL", "SETUSER", "services", "on", ">secret", "~*", "+@all")));
    admin.disconnect();
    const errors: string[] = [];
    const passwords = [() => Promise.reject(new Error("no role yet")), () => Promise.resolve("secret")];
    const password = () => (passwords.shift() ?? (() => Promise.resolve("secret")))();
    const options = {
      host: server().host,
      port: server().port,
      username: "services",
      onError: (error: Error) => void errors.push(error.message),
    };
    const store = openRedisLeases({ ...options, password });
    const wrong = openRedisLeases({ ...options, password: () => Promise.resolve("guessed") });
    try {
      await rejects(store.renew(once("early")), /no password/);
      await answers(store);
      deepStrictEqual(errors[0], "no role yet");
      await until(() => errors.some((error) => error !== "no role yet"));
      await rejects(wrong.renew(once("wrong")));
    } finally {
      await store.close();
      await wrong.close();
    }
  });
});
