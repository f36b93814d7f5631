/** Traces of orders over real processes: a gateway and a shard send what they did with one order to one receiver. */

import { deepStrictEqual, doesNotMatch, equal, match, ok, rejects } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import type { binance } from "ccxt";
import { WebSocket } from "ws";
import { traceGroups } from "../../../components/observability/tracing";
import { serviceNames } from "../../../components/services/catalog";
import { firstSession } from "../../../workloads/gateway/binary";
import type { DemoAccount } from "../../../workloads/local/demo-accounts";
import { searchable } from "../../../workloads/process/spans";
import { connectShard, type ShardClient } from "../../../workloads/services/trading/remote";
import { createUsers } from "../../../workloads/services/users";
import { openFileSecrets } from "../../../workloads/stores/secrets/files";
import { openSqlite } from "../../../workloads/stores/sql/sqlite";
import { ExchangeProcesses } from "../services/exchange-processes";
import { freePort } from "../services/trading/replication/members";
import { until } from "../services/until";
import { type ReceivedSpan, SpanReceiver } from "./receiver";

const symbol = "BTC/USDT";
/** Two processes of one machine read one clock, each from an anchor of its own (`now` of spans.ts). */
const clockTolerance = 2_000_000n;

describe("Traces of orders", function () {
  this.timeout(60_000);
  const exchange = new ExchangeProcesses();
  let receiver: SpanReceiver;
  let shard: Awaited<ReturnType<ExchangeProcesses["startShard"]>>;
  let accounts: DemoAccount[];

  const trace = (traceId: string) => receiver.spans.filter((span) => span.traceId === traceId);
  const childrenOf = (span: ReceivedSpan) =>
    trace(span.traceId)
      .filter(({ parentId }) => parentId === span.spanId)
      .sort((one, other) => Number(one.start - other.start));
  const named = (name: string) => receiver.spans.filter((span) => span.name === name);

  before(async () => {
    receiver = await SpanReceiver.start();
    shard = await exchange.startShard(0, receiver.variables("trading", "1"));
    accounts = await exchange.openAccounts(shard.port);
  });
  after(async () => {
    await exchange.remove();
    await receiver.close();
  });

  async function startGateway(name: string, session: number, ratio: string, more: Record<string, string> = {}) {
    const gateway = await exchange.startGateway(name, shard.port, session, { ...receiver.variables("gateway", ratio), ...more });
    return { gateway, client: exchange.client(gateway.port, accounts[0]) };
  }

  describe("of which all are chosen", () => {
    let client: binance;
    let gateway: Awaited<ReturnType<ExchangeProcesses["startGateway"]>>;
    let orderId: string | undefined;
    let root: ReceivedSpan;

    before(async () => {
      ({ gateway, client } = await startGateway("traced", 11, "1", { BOURSE_BINARY_PORT: "0" }));
      await client.loadMarkets();
      orderId = (await client.createOrder(symbol, "limit", "buy", 0.5, 20_000)).id;
      await until(() => named("journal commit").length > 0 && named("POST /api/v3/order").length > 0);
      [root] = named("POST /api/v3/order");
    });

    it("are one trace of gateway and shard, each part within the one that waits for it", () => {
      const told = (span: ReceivedSpan) => `${span.service}: ${span.name}`;
      equal(root.parentId, "");
      const [sent] = childrenOf(root);
      deepStrictEqual(childrenOf(root).map(told), ["gateway: send newOrder"]);
      deepStrictEqual(childrenOf(sent).map(told).sort(), ["gateway: wait for projections", "trading: newOrder"]);
      const applied = childrenOf(sent).find(({ service }) => service === "trading")!;
      deepStrictEqual(
        childrenOf(applied).map(told),
        ["queue", "apply", "journal commit", "acknowledge"].map((part) => `trading: ${part}`),
      );
      equal(trace(root.traceId).length, 8);
      for (const [outer, inner] of [
        [root, sent],
        [sent, applied],
      ]) {
        ok(inner.start >= outer.start - clockTolerance && inner.end <= outer.end + clockTolerance, `${inner.name} within ${outer.name}`);
      }
    });

    it("tell the times of one command without a gap between its parts", () => {
      const [applied] = named("newOrder");
      const parts = childrenOf(applied);
      equal(parts[0].start, applied.start);
      equal(parts.at(-1)!.end, applied.end);
      parts.slice(1).forEach((part, index) => {
        equal(part.start, parts[index].end);
      });
      const now = BigInt(Date.now()) * 1_000_000n;
      ok(root.start < root.end && now - root.start < 60_000_000_000n && root.start < now);
    });

    it("name the order, the market and the position by which they are found, and the process that was at work", () => {
      const [applied] = named("newOrder");
      const [sent] = named("send newOrder");
      equal(root.attributes.bourse_symbol, "BTCUSDT");
      equal(root.attributes.bourse_operation, "POST /api/v3/order");
      equal(root.attributes.bourse_trade, true);
      equal(root.attributes["http.response.status_code"], 200);
      deepStrictEqual([sent.attributes.bourse_order, applied.attributes.bourse_order].map(String), [orderId, orderId]);
      match(String(applied.attributes.bourse_position), /^0-\d+-\d+$/);
      equal(sent.attributes.bourse_position, applied.attributes.bourse_position);
      equal(applied.attributes.bourse_command, "newOrder");
      deepStrictEqual(root.attributes["aws.xray.annotations"], [...searchable]);
      deepStrictEqual([applied.resource["cloud.region"], applied.resource["service.version"]], ["eu-west-1", "1.2.3"]);
    });

    it("carry no key, secret, signature, amount or price", () => {
      const text = receiver.spans.map(({ attributes }) => JSON.stringify(attributes)).join("\n");
      for (const secret of [accounts[0].apiKey, accounts[0].secretKey, "signature", "20000", "0.5"]) ok(!text.includes(secret), secret);
    });

    it("keep the load balancer's own trace in view, and let no caller decide whether a request is traced", async () => {
      const edge = "1-5759e988-bd862e3fe1be46a994272793";
      await fetch(`http://127.0.0.1:${gateway.port}/api/v3/time`, {
        headers: {
          "x-amzn-trace-id": `Self=1-67891234-12456789abcdef012345678;Root=${edge};Sampled=0`,
          traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-00`,
        },
      });
      await until(() => named("GET /api/v3/time").some(({ attributes }) => attributes.bourse_edge === edge));
      const found = named("GET /api/v3/time").find(({ attributes }) => attributes.bourse_edge === edge)!;
      ok(found.traceId !== "a".repeat(32));
    });

    it("tell of a refused order without calling it our fault", async () => {
      await rejects(client.createOrder(symbol, "limit", "buy", 1_000_000, 20_000));
      await until(() => named("POST /api/v3/order").some(({ attributes }) => attributes["http.response.status_code"] === 400));
      const refused = named("POST /api/v3/order").find(({ attributes }) => attributes["http.response.status_code"] === 400)!;
      equal(refused.failed, false);
    });

    it("begin with a method of the WebSocket API likewise", async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/ws-api/v3`);
      socket.once("open", () => socket.send(JSON.stringify({ id: 1, method: "time" })));
      await until(() => named("time").length > 0);
      socket.close();
      const [span] = named("time");
      deepStrictEqual(
        [span.service, span.kind, span.attributes.bourse_operation, span.attributes["http.route"]],
        ["gateway", 2, "time", "/ws-api/v3"],
      );
    });

    it("begin with a frame of binary order entry, whose member is told nothing of it", async () => {
      const { publicKey, privateKey } = generateKeyPairSync("ed25519");
      const users = openSqlite(exchange.path("users.sqlite"));
      const keys = await createUsers({ sql: users, secrets: openFileSecrets(exchange.path("secrets")) });
      const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
      const { account } = accounts[1];
      const { apiKey } = await keys.registerPublicKey(account, "binary", pem, ["read", "trade"]);
      await keys.close();
      await users.close();
      const connect = () =>
        connectShard({
          connect: { host: "127.0.0.1", port: gateway.binaryPort! },
          keyId: apiKey,
          privateKey,
          session: firstSession(account),
        });
      // Gateways take a new key over within two seconds.
      let member: ShardClient | undefined;
      await until(async () => {
        member = await connect().catch(() => undefined);
        return member !== undefined;
      });
      await member!.submit({ kind: "cancelAllOrders", time: 0, session: 0, sessionSequence: 0, account, symbol: 1 });
      await until(() => named("binary order entry").length > 0 && named("cancelAllOrders").length > 0);
      const [[entry], [applied]] = [named("binary order entry"), named("cancelAllOrders")];
      deepStrictEqual([entry.service, entry.parentId, applied.service, applied.parentId], ["gateway", "", "trading", entry.spanId]);
      equal(applied.traceId, entry.traceId);
      ok(entry.start <= applied.start + clockTolerance && applied.end <= entry.end + clockTolerance);
      await member!.close();
    });

    it("are sent before a clean stop ends", async () => {
      await client.fetchBalance();
      const before = receiver.spans.length;
      equal(await gateway.process.end("SIGTERM"), 0, gateway.process.text);
      ok(receiver.spans.length > before);
      doesNotMatch(gateway.process.text, /spans cannot be sent/);
    });
  });

  describe("of which not all are chosen, or none can be sent", () => {
    it("are not sent for an order that is not chosen, by the gateway or by the shard", async () => {
      const { gateway, client } = await startGateway("untraced", 21, "0");
      const before = receiver.bytes.length;
      for (let index = 0; index < 5; index++) await client.createOrder(symbol, "limit", "buy", 0.5, 20_000);
      equal(await gateway.process.end("SIGTERM"), 0, gateway.process.text);
      equal(receiver.bytes.length, before);
    });

    it("are told of a fault of ours though the request was not chosen, and stand in the line of the log that tells why", async () => {
      const { gateway, client } = await startGateway("faulty", 31, "0");
      await client.loadMarkets();
      await shard.process.end("SIGKILL");
      await until(async () => (await fetch(`http://127.0.0.1:${gateway.healthPort}/ready`)).status === 503);
      await rejects(client.createOrder(symbol, "limit", "buy", 0.5, 20_000));
      await until(() => receiver.spans.some(({ failed }) => failed));
      const failed = receiver.spans.filter((span) => span.failed);
      ok(failed.every(({ attributes }) => Number(attributes["http.response.status_code"]) >= 500));
      shard = await exchange.startShard(shard.port, receiver.variables("trading", "1"));
      await gateway.process.end("SIGKILL");
    });

    it("do not keep an order waiting while the receiver is away; what is lost is counted and told once", async () => {
      const away = `http://127.0.0.1:${await freePort()}`;
      const { gateway, client } = await startGateway("alone", 41, "1", {
        OTEL_EXPORTER_OTLP_ENDPOINT: away,
        BOURSE_METRICS: "log",
        BOURSE_METRICS_SECONDS: "1",
      });
      for (let index = 0; index < 20; index++) await client.createOrder(symbol, "limit", "buy", 0.5, 20_000);
      await gateway.process.line(/"SpansDropped":[1-9]/);
      equal(gateway.process.text.match(/spans cannot be sent/g)?.length, 1);
      equal(await gateway.process.end("SIGTERM"), 0, gateway.process.text);
    });
  });

  describe("of the configuration", () => {
    it("end a process whose receiver, sampler or part cannot be used with what is allowed", async () => {
      const process = exchange.spawnGateway("wrong", shard.port, 51, {
        OTEL_EXPORTER_OTLP_ENDPOINT: "agent:4317",
        OTEL_TRACES_SAMPLER: "sometimes",
        OTEL_TRACES_SAMPLER_ARG: "1.5",
      });
      equal(await process.ended(), 2);
      for (const name of ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"])
        ok(process.text.includes(`${name} is`));
    });

    it("is that of the platform: its groups ask for services that send spans, and for what their spans can be found by", () => {
      const filters = Object.values(traceGroups).join("\n");
      const services = [...filters.matchAll(/service\("([^"]+)"\)/g)].map(([, name]) => name);
      deepStrictEqual([...new Set(services)].sort(), ["gateway", "trading", "users"]);
      ok(services.every((name) => (serviceNames as readonly string[]).includes(name)));
      for (const sent of ["gateway", "trading"])
        ok(
          receiver.spans.some(({ service }) => service === sent),
          sent,
        );
      const annotations = [...filters.matchAll(/annotation\.(\w+)/g)].map(([, name]) => name);
      deepStrictEqual(annotations, ["bourse_trade"]);
      const sentWith = receiver.spans.filter(({ attributes }) => attributes.bourse_trade === true);
      ok(sentWith.some(({ service, kind }) => service === "gateway" && kind === 2));
      ok(sentWith.every(({ attributes }) => JSON.stringify(attributes["aws.xray.annotations"]).includes("bourse_trade")));
    });
  });
});
