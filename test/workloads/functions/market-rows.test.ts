import { deepStrictEqual, match } from "node:assert/strict";
import { CloseReason, OrderType, SelfTradePrevention, Side, TimeInForce } from "@bourse/engine";
import { exchangeRows } from "bourse";
import { createMarketRows, type RowTable, rowTables } from "../../../workloads/functions/market-rows";
import { type MarketEvent, writeMarketRecord } from "../../../workloads/services/publisher";
import { runFunctionProcess } from "./function-run";

const header = { shard: 0, epoch: 3, sequence: 9, last: true, time: 1_767_268_800_000_001, symbol: 7 };
const trade: MarketEvent = {
  ...header,
  index: 1,
  kind: "trade",
  tradeId: 5,
  price: 100,
  quantity: 2,
  quoteAmount: 2n ** 70n,
  takerSide: Side.SELL,
  takerOrderId: 11,
  takerAccount: 21,
  takerFee: 3n,
  takerFeeAsset: 1,
  takerExecuted: 2,
  takerDone: true,
  makerOrderId: 12,
  makerAccount: 22,
  makerFee: -1n,
  makerFeeAsset: 1,
  makerExecuted: 2,
  makerDone: false,
};
const accepted: MarketEvent = {
  ...header,
  index: 0,
  kind: "orderAccepted",
  orderId: 11,
  account: 21,
  side: Side.SELL,
  type: OrderType.LIMIT,
  timeInForce: TimeInForce.IOC,
  selfTradePrevention: SelfTradePrevention.NONE,
  price: 100,
  quantity: 4,
  quoteQuantity: 0n,
  stopPrice: 0,
  trailingDelta: 0,
  icebergQuantity: 0,
  listId: 0,
  working: true,
  clientKey: 1n,
  clientOrderId: "mine",
};
const closed: MarketEvent = {
  ...header,
  index: 2,
  kind: "orderClosed",
  orderId: 11,
  account: 21,
  reason: CloseReason.IOC_EXPIRED,
  executed: 2,
  clientOrderId: "",
};
const record = writeMarketRecord({ symbol: 7, previous: [8, 0], events: [accepted, trade, closed] });
const level = writeMarketRecord({
  symbol: 7,
  previous: [9, 2],
  events: [{ ...header, index: 3, kind: "levelChanged" } as unknown as MarketEvent],
});

const encoded = (text: string) => Buffer.from(text).toString("base64");
const decoded = (data: string) => Buffer.from(data, "base64").toString();

async function rows(table: RowTable): Promise<Record<string, unknown>[]> {
  const { records } = await createMarketRows(table)({ records: [{ recordId: "1", data: encoded(record) }] });
  deepStrictEqual([records[0].recordId, records[0].result], ["1", "Ok"]);
  return decoded(records[0].data)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("the rows of market records", () => {
  it("are one document for each trade, its amounts exact", async () => {
    deepStrictEqual(await rows("trades"), [
      {
        shard: 0,
        epoch: 3,
        sequence: 9,
        index: 1,
        time: 1_767_268_800_000_001,
        symbol: 7,
        trade_id: 5,
        price: 100,
        quantity: 2,
        quote_amount: "1180591620717411303424",
        taker_side: "SELL",
        taker_order_id: 11,
        taker_account: 21,
        taker_fee: "3",
        taker_fee_asset: 1,
        maker_order_id: 12,
        maker_account: 22,
        maker_fee: "-1",
        maker_fee_asset: 1,
      },
    ]);
  });

  it("are an order's acceptance and its end", async () => {
    const [first, second, ...rest] = await rows("orders");
    deepStrictEqual(
      [first.event, first.side, first.type, first.time_in_force, first.quantity, first.client_order_id],
      ["accepted", "SELL", "LIMIT", "IOC", 4, "mine"],
    );
    deepStrictEqual([second.event, second.order_id, second.reason, second.executed], ["closed", 11, "IOC_EXPIRED", 2]);
    deepStrictEqual(rest, []);
  });

  for (const table of rowTables) {
    it(`have the columns of the table of ${table} in the lake, and no other`, async () => {
      const columns = new Set((await rows(table)).flatMap((row) => Object.keys(row)));
      deepStrictEqual([...columns].sort(), Object.keys(exchangeRows[table]).sort());
    });
  }

  it("leave out records without a row, and hand back those that cannot be read, each under its id", async () => {
    const texts = [level, "no JSON", record];
    const { records } = await createMarketRows("trades")({
      records: texts.map((text, at) => ({ recordId: `${at}`, data: encoded(text) })),
    });
    deepStrictEqual(
      records.map(({ recordId, result }) => [recordId, result]),
      [
        ["0", "Dropped"],
        ["1", "ProcessingFailed"],
        ["2", "Ok"],
      ],
    );
    deepStrictEqual(decoded(records[1].data), "no JSON");
  });

  it("are answered by the function's process, which refuses a table that it does not know", async () => {
    const event = { records: [{ recordId: "1", data: encoded(record) }] };
    const run = await runFunctionProcess("market-rows", [event], { BOURSE_ROWS: "trades" });
    deepStrictEqual(run.answers, [["/invocation/request-0/response", await createMarketRows("trades")(event)]]);
    const failed = await runFunctionProcess("market-rows", [], { BOURSE_ROWS: "candles" });
    const [[path, fault]] = failed.answers;
    deepStrictEqual([path, failed.exitCode], ["/init/error", 1]);
    match((fault as { errorMessage: string }).errorMessage, /BOURSE_ROWS.*one of trades, orders/);
  });
});
