import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { execFile } from "node:child_process";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls, type TlsOptions } from "node:tls";
import { promisify } from "node:util";
import { type Command, OrderType, SelfTradePrevention, Side, TimeInForce } from "@bourse/engine";
import { createGateway } from "../../../workloads/gateway";
import { type BinaryOptions, firstSession } from "../../../workloads/gateway/binary";
import type { LimitSettings } from "../../../workloads/gateway/rate-limits";
import type { Clock } from "../../../workloads/gateway/services";
import type { KeyLimits, KeyPermission } from "../../../workloads/services/ports";
import { type OrderLimits, TooManyOrders } from "../../../workloads/services/trading";
import {
  type BinaryClient,
  connectShard,
  memberSessions,
  type ShardClient,
  type ShardServer,
  serveShard,
} from "../../../workloads/services/trading/remote";
import { Client, RunningExchange } from "./running-exchange";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const pem = (key: KeyObject) => key.export({ type: "spki", format: "pem" }) as string;

/** Its own shard in the same process, or one that it reaches over TCP. */
for (const relayed of [false, true])
  describe(`Binary order entry of a gateway ${relayed ? "away from" : "beside"} its shard`, function () {
    this.timeout(60_000);
    const house = generateKeyPairSync("ed25519");
    let trading: ShardServer;
    let exchange: RunningExchange;
    let port: number;
    let jsonUrl: string;
    const clients: ShardClient[] = [];

    /** A second gateway over the same exchange, with binary order entry. Its JSON port is not used. */
    async function serve(limits: Partial<LimitSettings> = {}, tls?: TlsOptions, clock?: Clock, hears?: BinaryOptions["reached"]) {
      const { shard } = exchange.exchange;
      const lifted = { requestWeight: 1e9, rawRequests: 1e9, connectionsPerFiveMinutes: 1e9 };
      const reached = { connect: { host: "127.0.0.1", port: trading.port }, keyId: "house", privateKey: house.privateKey };
      const binary = { shard: relayed ? reached : shard, port: 0, reached: hears };
      const gateway = createGateway({ ...exchange.exchange, limits: { ...lifted, ...limits }, tls, binary, clock });
      const listening = await gateway.listen(0, "127.0.0.1");
      jsonUrl = `http://127.0.0.1:${listening.port}`;
      port = listening.binaryPort!;
      return gateway;
    }
    let gateway: Awaited<ReturnType<typeof serve>>;

    async function open(orderLimits?: OrderLimits) {
      exchange = await RunningExchange.start({ orderLimits });
      const sessions = { has: (session: number) => session >= memberSessions };
      const relay: BinaryClient = { publicKey: house.publicKey, sessions, accounts: "all", readsEvents: false };
      const findClient = (keyId: string) => (keyId === "house" ? relay : undefined);
      trading = await serveShard({ shard: exchange.exchange.shard, listen: { host: "127.0.0.1", port: 0 }, findClient });
    }
    async function close() {
      await trading.close();
      await exchange.stop();
    }
    async function change(orderLimits?: OrderLimits) {
      await close();
      await open(orderLimits);
    }
    before(() => open());
    after(close);
    beforeEach(async () => {
      gateway = await serve();
    });
    afterEach(async () => {
      for (const client of clients.splice(0)) await client.close();
      await gateway.close();
    });

    const account = () => exchange.alice.account.account;
    const register = async (permissions: KeyPermission[] = ["read", "trade"], limits?: KeyLimits) =>
      (await exchange.exchange.users.registerPublicKey(account(), "binary", pem(publicKey), permissions, limits)).apiKey;

    async function join8(apiKey: string, options: Partial<Parameters<typeof connectShard>[0]> = {}): Promise<ShardClient> {
      const session = firstSession(account());
      const client = await connectShard({
        connect: { host: "127.0.0.1", port },
        keyId: apiKey,
        privateKey,
        session,
        giveUpMs: 500,
        ...options,
      });
      clients.push(client);
      return client;
    }

    const header = () => ({ time: 0, session: 0, sessionSequence: 0, account: account(), symbol: 1 });
    const buy = (): Command => ({
      kind: "newOrder",
      ...header(),
      side: Side.BUY,
      type: OrderType.LIMIT,
      timeInForce: TimeInForce.GTC,
      selfTradePrevention: SelfTradePrevention.EXPIRE_MAKER,
      price: 2_000_000,
      quantity: 1_000,
      quoteQuantity: 0n,
      stopPrice: 0,
      trailingDelta: 0,
      icebergQuantity: 0,
      clientKey: 0n,
      clientOrderId: "",
    });
    const cancelAll = (): Command => ({ kind: "cancelAllOrders", ...header() });

    it("places an order that REST shows at once, at the time of its arrival, and cancels it", async () => {
      const client = await join8(await register());
      const before = Date.now();
      const { events } = await client.submit(buy());
      const order = events.find((event) => event.kind === "orderAccepted")!;
      const { body } = await exchange.alice.get("/api/v3/order", { symbol: "BTCUSDT", orderId: order.orderId });
      equal(body.status, "NEW");
      equal(body.price, "20000.00000000");
      equal(body.origQty, "0.01000000");
      ok(body.time >= before - 1 && body.time <= Date.now() + 1);
      const cancelled = await client.submit(cancelAll());
      ok(cancelled.events.some((event) => event.kind === "orderClosed" && event.orderId === order.orderId));
    });

    if (relayed) {
      it("shows over REST what a member was told, when the gateway has heard of it: reads of that account wait, and no others", async () => {
        await gateway.close();
        const hearing = Promise.withResolvers<void>();
        let heard = 0;
        const asked: number[] = [];
        const hears = (sequence: number) => {
          asked.push(sequence);
          return sequence <= heard ? undefined : hearing.promise;
        };
        gateway = await serve({}, undefined, undefined, hears);
        const [alice, bob] = [exchange.alice, exchange.bob].map(({ account }) => new Client(jsonUrl, account));
        const client = await join8(await register());
        const { position } = await client.submit(buy());
        const answered: string[] = [];
        const read = async (name: string, by: Client) => {
          const { body } = await by.get("/api/v3/openOrders", { symbol: "BTCUSDT" });
          answered.push(name);
          return body.length;
        };
        const waiting = [read("alice", alice), read("alice", alice)];
        equal(await read("bob", bob), 0);
        deepEqual(answered, ["bob"]);
        heard = position.sequence;
        hearing.resolve();
        deepEqual(await Promise.all(waiting), [1, 1]);
        deepEqual(asked, [position.sequence]);
        await client.submit(cancelAll());
        heard = Number.POSITIVE_INFINITY;
        equal(await read("alice", alice), 0);
      });

      it("answers reads after a second when it does not hear of what a member was told", async () => {
        await gateway.close();
        gateway = await serve({}, undefined, undefined, () => new Promise(() => {}));
        const client = await join8(await register());
        await client.submit(cancelAll());
        equal((await new Client(jsonUrl, exchange.alice.account).get("/api/v3/openOrders")).status, 200);
      });
    }

    it("refuses a key that is unknown, may not trade, is no Ed25519 key, has expired, or is used from elsewhere", async () => {
      await rejects(join8("unknownunknown"), /Invalid API-key, IP, or permissions for action/);
      await rejects(join8(await register(["read"])), /Invalid API-key/);
      await rejects(join8(exchange.alice.account.apiKey), /Only Ed25519 keys/);
      const expiresAt = Date.now() + 200;
      const expired = await register(undefined, { expiresAt });
      await new Promise((resolve) => setTimeout(resolve, expiresAt - Date.now() + 5));
      await rejects(join8(expired), /Invalid API-key/);
      await rejects(join8(await register(undefined, { allowedAddresses: ["192.0.2.1"] })), /Invalid API-key/);
      const other = generateKeyPairSync("ed25519");
      await rejects(join8(await register(), { privateKey: other.privateKey }), /signature is wrong/);
    });

    it("refuses sessions and accounts of others, and commands that only the house may send", async () => {
      const apiKey = await register();
      await rejects(join8(apiKey, { session: firstSession(account() + 1) }), /may not use session/);
      await rejects(join8(apiKey, { session: 1 }), /may not use session/);
      const foreign: Command[] = [
        { ...buy(), account: exchange.bob.account.account } as Command,
        { kind: "deposit", ...header(), asset: 1, amount: 1_000n, transferId: 77n },
        { kind: "setFeeTier", time: 0, session: 0, sessionSequence: 0, feeTier: 0, makerRate: 0, takerRate: 0, discount: 0 },
      ];
      for (const [place, command] of foreign.entries()) {
        const ended = Promise.withResolvers<string>();
        const client = await join8(apiKey, { onEnded: ended.resolve, session: firstSession(account()) + 1 + place });
        await rejects(client.submit(command));
        match(await ended.promise, /may not act for account|cannot be sent with an API key/);
      }
      const balances = (await exchange.alice.get("/api/v3/account")).body.balances as { asset: string; free: string }[];
      equal(balances.find(({ asset }) => asset === "BTC")!.free, "10.00000000");
    });

    it("ends the connection of a key that is revoked at its next command", async () => {
      const apiKey = await register();
      const ended = Promise.withResolvers<string>();
      const client = await join8(apiKey, { onEnded: ended.resolve });
      await client.submit(cancelAll());
      await exchange.exchange.users.revokeKey(apiKey);
      await rejects(client.submit(buy()));
      match(await ended.promise, /Invalid API-key/);
      equal((await exchange.alice.get("/api/v3/openOrders")).body.length, 0);
    });

    it("ends open connections whose key is revoked, changed or expires, though nothing is sent on them", async () => {
      const ended: Promise<string>[] = [];
      const watched = () => {
        const end = Promise.withResolvers<string>();
        ended.push(end.promise);
        return end.resolve;
      };
      const [revoked, good, unallowed, elsewhere] = [await register(), await register(), await register(), await register()];
      const expiring = await register(undefined, { expiresAt: Date.now() + 2500 });
      await join8(revoked, { onEnded: watched() });
      await join8(expiring, { onEnded: watched(), session: firstSession(account()) + 1 });
      const other = await join8(good, { session: firstSession(account()) + 2 });
      await join8(unallowed, { onEnded: watched(), session: firstSession(account()) + 3 });
      await join8(elsewhere, { onEnded: watched(), session: firstSession(account()) + 4 });
      const { users } = exchange.exchange;
      await users.revokeKey(revoked);
      await users.changeKey(unallowed, { permissions: ["read"] });
      await users.changeKey(elsewhere, { allowedAddresses: ["192.0.2.1"] });
      await users.changeKey(good, { allowedAddresses: ["192.0.2.1", "127.0.0.1"] });
      for (const reason of await Promise.all(ended)) match(reason, /Invalid API-key/);
      ok(other.connected);
      await other.submit(cancelAll());
    });

    it("counts weight as REST does, and refuses what is over it", async () => {
      await gateway.close();
      gateway = await serve({ requestWeight: 10 });
      const client = await join8(await register());
      const cancels = await Promise.allSettled(Array.from({ length: 20 }, () => client.submit(cancelAll())));
      ok(cancels.some((result) => result.status === "rejected" && /Too much request weight used/.test(result.reason.message)));
      ok(cancels[0].status === "fulfilled");
    });

    describe("of a shard that allows three orders in ten seconds", () => {
      before(() => change({ tenSeconds: 3, day: 1e9 }));
      after(() => change());

      it("refuses the orders of a frame that are too many without logging them, and passes on what is beside them, in order", async () => {
        // The exchange stays within ten seconds, however long the test takes.
        const now = (Math.floor(Date.now() / 10_000) * 10_000 + 9_500) * 1000;
        await gateway.close();
        gateway = await serve({}, undefined, () => now);
        const client = await join8(await register());
        equal((await client.submit(buy())).orderCounts.tenSeconds, 1);
        await client.submit(cancelAll());
        const commands = [buy(), cancelAll(), buy(), buy(), buy(), cancelAll(), buy(), cancelAll()];
        const { sequence } = exchange.exchange.position();
        const results = await Promise.allSettled(commands.map((command) => client.submit(command)));
        const refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
        equal(refused.length, 3);
        for (const error of refused) {
          ok(error instanceof TooManyOrders);
          equal(error.message, "Too many new orders; current limit is 3 orders per 10 SECOND.");
          equal(error.retryAfter, 1);
        }
        ok(results.every(({ status }, place) => status === "fulfilled" || commands[place].kind === "newOrder"));
        equal(exchange.exchange.position().sequence, sequence + commands.length - refused.length);
        equal((await exchange.alice.get("/api/v3/openOrders")).body.length, 0);
      });
    });

    it("ends a connection that sends no frames, and no other", async () => {
      const client = await join8(await register());
      const http = connect(port, "127.0.0.1");
      http.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
      let answer = "";
      http.on("data", (chunk) => (answer += chunk.toString("latin1")));
      await once(http, "close");
      match(answer, /a frame says it has/);
      await client.submit(cancelAll());
    });

    it("applies once what a client sends again through another gateway", async () => {
      const apiKey = await register();
      const firstNumber = Date.now() * 1000;
      const first = await join8(apiKey, { firstNumber });
      const placed = await first.submit(buy());
      await first.close();
      await gateway.close();
      gateway = await serve();
      const second = await join8(apiKey, { firstNumber });
      const again = await second.submit(buy());
      equal(again.position.sequence, placed.position.sequence);
      equal((await exchange.alice.get("/api/v3/openOrders")).body.length, 1);
      await second.submit(cancelAll());
    });

    it("is served over TLS 1.3, and over no older version", async () => {
      const folder = mkdtempSync(join(tmpdir(), "bourse-binary-tls-"));
      try {
        const [key, cert] = [join(folder, "tls.key"), join(folder, "tls.crt")];
        const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
        const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        await promisify(execFile)("openssl", ["req", "-x509", ...curve, "-nodes", "-days", "1", ...subject, "-keyout", key, "-out", cert]);
        const certificate = { key: readFileSync(key), cert: readFileSync(cert) };
        await gateway.close();
        gateway = await serve({}, certificate);
        const tls = { ca: certificate.cert, servername: "localhost" };
        const client = await join8(await register(), { connect: { host: "localhost", port }, tls });
        const { events } = await client.submit(buy());
        ok(events.some((event) => event.kind === "orderAccepted"));
        await client.submit(cancelAll());
        const older = connectTls({ host: "localhost", port, ...tls, maxVersion: "TLSv1.2" });
        const [error] = await once(older, "error");
        match(String(error), /protocol version/i);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it("is not served off the loopback without TLS", async () => {
      const { shard } = exchange.exchange;
      const open = createGateway({ ...exchange.exchange, binary: { shard, port: 0 } });
      await rejects(open.listen(0, "0.0.0.0"), /order entry needs TLS/);
      await open.close();
    });

    it("serves the client in examples/", async () => {
      const folder = mkdtempSync(join(tmpdir(), "bourse-binary-"));
      try {
        const key = join(folder, "key.pem");
        writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }));
        const root = join(__dirname, "../../..");
        const { stdout } = await promisify(execFile)(process.execPath, ["-r", "./source.cjs", "examples/binary-order.ts"], {
          cwd: root,
          env: {
            ...process.env,
            BOURSE_BINARY: `127.0.0.1:${port}`,
            BOURSE_API_KEY: await register(),
            BOURSE_PRIVATE_KEY: key,
            BOURSE_ACCOUNT: String(account()),
          },
        });
        match(stdout, /^placed (\d+)\ncancelled \1\n$/);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
