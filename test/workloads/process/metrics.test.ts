/** Figures of the processes: what they send, over the real processes, is what the platform's table, dashboards and alarms name. */

import { deepStrictEqual, equal, ok } from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { type MetricDefinition, metricNamespace, metrics, metricsLogGroup, metricsOf } from "../../../components/observability/metrics";
import { Distribution, Metrics } from "../../../workloads/process/metrics";
import { ExchangeProcesses } from "../services/exchange-processes";
import { freePort } from "../services/trading/replication/members";
import { until } from "../services/until";

interface Histogram {
  Values: number[];
  Counts: number[];
  Min: number;
  Max: number;
  Sum: number;
  Count: number;
}

interface Document {
  _aws: {
    Timestamp: number;
    LogGroupName: string;
    CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[];
  };
  Service: string;
  [metric: string]: unknown;
}

describe("The figures of the processes", function () {
  this.timeout(60_000);
  const exchange = new ExchangeProcesses();
  const documents: Document[] = [];
  let agent: Server;

  before(async () => {
    agent = createServer((socket) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk;
      });
      socket.once("end", () => {
        for (const line of text.split("\n").filter(Boolean)) documents.push(JSON.parse(line));
      });
    });
    await new Promise<void>((resolve) => void agent.listen(0, "127.0.0.1", resolve));
    const variables = (service: string) => ({
      BOURSE_SERVICE: service,
      BOURSE_METRICS: `127.0.0.1:${(agent.address() as AddressInfo).port}`,
      BOURSE_METRICS_SECONDS: "1",
    });
    // One that has members, as on the platform, of which this one leads.
    const port = await freePort();
    const shard = await exchange.startShard(port, {
      ...variables("trading"),
      BOURSE_MEMBER_REGION: "us-east-1",
      BOURSE_LEADERSHIP: `sqlite:${exchange.path("leadership.sqlite")}`,
      BOURSE_MEMBER_ADDRESS: `localhost:${port}`,
      BOURSE_TRADING_KEY: exchange.path("gateway.pem"),
      BOURSE_TRADING_SESSION: "99",
    });
    await until(() => shard.process.text.includes("this member leads"));
    const [alice, bob] = await exchange.openAccounts(shard.port);
    const gateway = await exchange.startGateway("gateway", shard.port, 11, variables("gateway"));
    const [buyer, seller] = [alice, bob].map((each) => exchange.client(gateway.port, each));
    for (let order = 0; order < 40; order += 1) {
      await buyer.createOrder("BTC/USDT", "limit", "buy", 0.01, 20_000);
      await seller.createOrder("BTC/USDT", "limit", "sell", 0.01, 20_000);
    }
    await buyer.cancelOrder("999999999", "BTC/USDT").catch(() => {});
    const books = await exchange.startFollower("order-book", shard.port, 31, variables("order-book"));
    for (const limit of [5, 10, 20]) await (await fetch(`http://127.0.0.1:${books.port}/snapshot?symbol=1&limit=${limit}`)).json();
    equal(await books.process.end("SIGTERM"), 0, books.process.text);
    exchange.write("broker", "guest");
    const users = await exchange.startUsers({ ...variables("users"), BOURSE_BROKER_PASSWORD_FILE: exchange.path("broker") });
    equal((await fetch(`http://127.0.0.1:${users.port}/accounts?name=nobody`)).status, 404);
    equal(await users.process.end("SIGTERM"), 0, users.process.text);
    // The last document is sent at the end, with all that was not sent before.
    equal(await gateway.process.end("SIGTERM"), 0, gateway.process.text);
    equal(await shard.process.end("SIGTERM"), 0, shard.process.text);
  });
  after(async () => {
    await exchange.remove();
    agent.close();
  });

  const of = (service: string) => documents.filter(({ Service }) => Service === service);
  const sum = (service: string, metric: string) => of(service).reduce((total, each) => total + ((each[metric] as number) ?? 0), 0);

  for (const service of ["gateway", "trading", "users", "order-book"]) {
    it(`are, of ${service}, exactly those of the table, in its units and kinds`, () => {
      const declared = of(service).flatMap(({ _aws }) => _aws.CloudWatchMetrics.flatMap(({ Metrics: each }) => each));
      deepStrictEqual([...new Set(declared.map(({ Name }) => Name))].sort(), metricsOf(service).sort());
      for (const { Name, Unit } of declared) equal(Unit, metrics[Name as keyof typeof metrics].unit, Name);
      for (const document of of(service)) {
        deepStrictEqual([document._aws.LogGroupName, document._aws.CloudWatchMetrics[0].Namespace], [metricsLogGroup, metricNamespace]);
        deepStrictEqual(document._aws.CloudWatchMetrics[0].Dimensions, [["Service"]]);
        // A member that does not lead yet, or no more, has no shard to measure.
        if (service === "trading" && document.Leads !== 1) continue;
        const own = metricsOf(service).filter((name) => metrics[name].services !== "all");
        // Nor has a process that is still starting any figure of its own.
        if (own.every((name) => document[name] === undefined)) continue;
        for (const name of metricsOf(service)) {
          const { kind } = metrics[name] as MetricDefinition;
          const value = document[name];
          if (value === undefined) equal(kind, "distribution", name);
          else equal(typeof value, kind === "distribution" ? "object" : "number", name);
        }
      }
    });
  }

  it("count what happened", () => {
    deepStrictEqual([sum("gateway", "OrdersAccepted"), sum("gateway", "OrdersRefused"), sum("gateway", "RequestErrors")], [80, 1, 0]);
    ok(sum("gateway", "Requests") > 81);
    // The operator's commands came before the orders.
    ok(sum("trading", "Commands") > 80);
    equal(sum("order-book", "Queries"), 3);
    ok(of("trading").some(({ Alive }) => Alive === 1));
  });

  it("time what happened: as many acknowledgements as orders, within what the clock allows", () => {
    const acknowledged = of("gateway").flatMap(({ AcknowledgeMs }) => (AcknowledgeMs as Histogram) ?? []);
    equal(
      acknowledged.reduce((total, { Count }) => total + Count, 0),
      80,
    );
    for (const { Values, Counts, Min, Max, Count } of acknowledged) {
      equal(
        Counts.reduce((total, each) => total + each, 0),
        Count,
      );
      ok(Min > 0 && Max < 60_000 && Values.every((value) => value >= Min && value <= Max));
    }
    ok(of("trading").some(({ JournalCommitMs }) => ((JournalCommitMs as Histogram)?.Count ?? 0) > 0));
  });
});

describe("A distribution", () => {
  it("keeps every percentile within a twentieth, over nine orders of magnitude", () => {
    const distribution = new Distribution();
    const values = Array.from({ length: 90 }, (_, index) => 1e-3 * 1.26 ** index);
    for (const value of values) distribution.record(value);
    const { Values, Counts, Min, Max, Sum } = distribution.take() as Histogram;
    deepStrictEqual([Min, Max], [values[0], values.at(-1)]);
    ok(Math.abs(Sum / values.reduce((total, value) => total + value, 0) - 1) < 1e-12);
    const recovered = Values.flatMap((value, index) => Array.from({ length: Counts[index] }, () => value));
    for (const [index, value] of values.entries()) ok(Math.abs(recovered[index] / value - 1) < 0.05, `${value}: ${recovered[index]}`);
  });

  it("fits into what CloudWatch takes, loses no count, and is empty afterwards", () => {
    const distribution = new Distribution();
    for (let value = 1e-6; value < 1e12; value *= 1.05) distribution.record(value);
    distribution.record(0);
    const { Values, Counts, Count } = distribution.take() as Histogram;
    ok(Values.length <= 100 && Values.every(Number.isFinite));
    equal(
      Counts.reduce((total, each) => total + each, 0),
      Count,
    );
    equal(distribution.take(), undefined);
  });
});

describe("A document of figures", () => {
  it("has counters since the last one, gauges of now, and no distribution without a value", () => {
    const figures = new Metrics();
    const counter = figures.counter("Requests");
    figures.gauge("OpenSockets", "Count", () => 7);
    figures.distribution("RequestMs", "Milliseconds");
    counter.add(3);
    const first = JSON.parse(figures.document("gateway", 1));
    deepStrictEqual([first.Requests, first.OpenSockets, first.RequestMs, first._aws.Timestamp], [3, 7, undefined, 1]);
    equal(JSON.parse(figures.document("gateway", 2)).Requests, 0);
  });
});
