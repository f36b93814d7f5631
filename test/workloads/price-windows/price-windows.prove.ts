/** The stream application, built by Maven and run on Flink's own cluster in one process, between the publisher's records and what comes out. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
} from "@aws-sdk/client-kinesis";
import { CloseReason, Side } from "@bourse/engine";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { type MarketEvent, writeMarketRecord } from "../../../workloads/services/publisher";
import { openKinesisBus } from "../../../workloads/stores/bus";
import { openSqlite } from "../../../workloads/stores/sql";
import { type MotoServer, withMoto } from "../../servers/moto";
import { findProgram, type RunningProgram, requireServer, run, scratchFolder } from "../../servers/server";

const project = join(__dirname, "../../../workloads/price-windows");
const minute = 60_000;
/** A minute long past, so that its candle is told as soon as its trades are there. */
const noon = Date.UTC(2026, 0, 1, 12);

interface Candle {
  symbol: number;
  start: number;
  open: number;
  high: number;
  low: number;
  close: number;
  trades: number;
  quantity: number;
  quote_amount: string;
}

/** A fill of two lots. */
function trade(symbol: number, tradeId: number, price: number, at: number): MarketEvent {
  return {
    kind: "trade",
    shard: 0,
    epoch: 1,
    sequence: tradeId,
    index: 0,
    last: true,
    time: at * 1_000,
    symbol,
    tradeId,
    price,
    quantity: 2,
    quoteAmount: 10n ** 20n,
    takerSide: Side.BUY,
    takerOrderId: 1,
    takerAccount: 1,
    takerFee: 0n,
    takerFeeAsset: 1,
    takerExecuted: 2,
    takerDone: true,
    makerOrderId: 2,
    makerAccount: 2,
    makerFee: 0n,
    makerFeeAsset: 1,
    makerExecuted: 2,
    makerDone: true,
  };
}

function record(symbol: number, events: MarketEvent[]) {
  return { key: String(symbol), data: writeMarketRecord({ symbol, previous: [0, -1], events }) };
}

const maven = findProgram("java") === undefined ? undefined : findProgram("mvn");

requireServer("the price windows", maven, "scripts/install-servers.sh", (mvn) => {
  withMoto("over Kinesis", (start) => {
    let moto: MotoServer;
    let kinesis: KinesisClient;
    let classpath: string;
    let folder: string;
    let remove: () => void;
    let application: RunningProgram | undefined;

    before(async function () {
      this.timeout(600_000);
      const goals = ["package", "dependency:build-classpath", "-Dmdep.outputFile=target/provided.txt", "-Dmdep.includeScope=provided"];
      await promisify(execFile)(mvn, ["-q", "-B", "-f", project, ...goals]);
      classpath = [join(project, "target/price-windows.jar"), readFileSync(join(project, "target/provided.txt"), "utf8")].join(delimiter);
      moto = await start();
      kinesis = new KinesisClient(kinesisClient());
      for (const StreamName of ["trades", "prices"]) await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }));
      const status = async (StreamName: string) =>
        (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary?.StreamStatus;
      for (const stream of ["trades", "prices"])
        while ((await status(stream)) !== "ACTIVE") await new Promise((resolve) => setTimeout(resolve, 20));
      ({ folder, remove } = scratchFolder("price-windows"));
    });
    after(async () => {
      await application?.stop();
      await moto?.stop();
      remove?.();
    });

    /** Kinesis clients speak HTTP/2 by themselves, moto only HTTP/1.1. */
    const kinesisClient = () => ({ ...moto.client, requestHandler: new NodeHttpHandler() });

    /** Starts the application with these property groups. Both SDKs that the connector brings speak CBOR by themselves, moto only JSON. */
    function launch(groups: Record<string, Record<string, string>>): RunningProgram {
      const file = join(folder, "properties.json");
      const properties = Object.entries(groups).map(([PropertyGroupId, PropertyMap]) => ({ PropertyGroupId, PropertyMap }));
      writeFileSync(file, JSON.stringify(properties));
      return run("java", ["-Xmx512m", "-Daws.cborEnabled=false", "-cp", classpath, "bourse.windows.PriceWindows", file], {
        env: { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_CBOR_DISABLE: "true" },
      });
    }

    const arn = (stream: string) => `arn:aws:kinesis:us-east-1:123456789012:stream/${stream}`;

    /** The last candle of each symbol and minute on the stream of prices. */
    async function candles(): Promise<Candle[]> {
      const last = new Map<string, Candle>();
      for (const ShardId of ["shardId-000000000000", "shardId-000000000001"]) {
        const at = { StreamName: "prices", ShardId, ShardIteratorType: "TRIM_HORIZON" } as const;
        const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(at));
        const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
        for (const { Data } of Records) {
          const candle: Candle = JSON.parse(Buffer.from(Data ?? []).toString());
          last.set(`${candle.symbol}/${candle.start}`, candle);
        }
      }
      return [...last.values()].sort((a, b) => a.symbol - b.symbol || a.start - b.start);
    }

    it("make a candle of each symbol and minute, whatever the order of records and however often they come", async function () {
      this.timeout(180_000);
      const sql = openSqlite(join(folder, "bus.db"));
      const bus = await openKinesisBus({ stream: "trades", sql, client: kinesisClient() });
      const [first, second, third] = [trade(7, 1, 100, noon), trade(7, 2, 90, noon + 30_000), trade(7, 3, 120, noon + minute - 1)];
      const closed: MarketEvent = {
        kind: "orderClosed",
        shard: 0,
        epoch: 1,
        sequence: 3,
        index: 1,
        last: true,
        time: third.time,
        orderId: 2,
        account: 2,
        symbol: 7,
        reason: CloseReason.CANCELED,
        executed: 2,
        clientOrderId: "",
      };
      // The third comes before the first two, which are published twice; the close of an order is no trade.
      await bus.publish([record(7, [third, closed])]);
      await bus.publish([record(7, [first, second])]);
      await bus.publish([record(7, [second, first])]);
      await bus.publish([record(7, [trade(7, 4, 110, noon + minute)]), record(8, [trade(8, 1, 5, noon)])]);

      application = launch({
        sources: { trades: arn("trades") },
        sinks: { prices: arn("prices") },
        aws: { endpoint: moto.client.endpoint },
      });
      const expected: Candle[] = [
        {
          symbol: 7,
          start: noon,
          open: 100,
          high: 120,
          low: 90,
          close: 120,
          trades: 3,
          quantity: 6,
          quote_amount: "300000000000000000000",
        },
        {
          symbol: 7,
          start: noon + minute,
          open: 110,
          high: 110,
          low: 110,
          close: 110,
          trades: 1,
          quantity: 2,
          quote_amount: `1${"0".repeat(20)}`,
        },
        { symbol: 8, start: noon, open: 5, high: 5, low: 5, close: 5, trades: 1, quantity: 2, quote_amount: `1${"0".repeat(20)}` },
      ];
      let got: Candle[] = [];
      for (const end = Date.now() + 120_000; Date.now() < end; ) {
        got = await candles();
        const whole = got.length === expected.length && got.every(({ trades }, place) => trades === expected[place].trades);
        if (whole || application.process.exitCode !== null) break;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      deepStrictEqual(got, expected, application.output());
      strictEqual(application.process.exitCode, null, "it goes on");
      await sql.close();
    });

    it("refuse to start without their streams, and say what to do", async function () {
      this.timeout(60_000);
      const lacking = launch({ sources: { trades: "trades" }, sinks: {} });
      const code = await new Promise((resolve) => lacking.process.once("exit", resolve));
      ok(code !== 0);
      match(lacking.output(), /property trades of the group sources: given "trades"; allowed: the ARN of a Kinesis stream; fix: /);
    });
  });
});
