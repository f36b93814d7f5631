/**
 * Rows of a table from the records of the publisher, for Firehose: a record holds several events of one symbol, a table wants one document a
 * row. Documents follow one another in a record, which the conversion to Parquet takes (Firehose guide, "Convert input data format": several
 * JSON documents in a record, not an array).
 */

import { CloseReason, OrderType, Side, TimeInForce } from "@bourse/engine";
import { type MarketEvent, readMarketRecord } from "../../services/publisher";

/** What Firehose hands over (Firehose guide, "Required parameters for data transformation"). */
export interface DeliveryEvent {
  records: { recordId: string; data: string }[];
}

export interface DeliveryAnswer {
  records: { recordId: string; result: "Ok" | "Dropped" | "ProcessingFailed"; data: string }[];
}

type Row = Record<string, string | number | boolean>;

/** Rows of each table, by column. Amounts that may pass 2^53 are decimal text; time is in microseconds since 1970. */
const rowsOf = {
  trades: (event: MarketEvent): Row | undefined =>
    event.kind !== "trade"
      ? undefined
      : {
          ...place(event),
          trade_id: event.tradeId,
          price: event.price,
          quantity: event.quantity,
          quote_amount: String(event.quoteAmount),
          taker_side: Side[event.takerSide],
          taker_order_id: event.takerOrderId,
          taker_account: event.takerAccount,
          taker_fee: String(event.takerFee),
          taker_fee_asset: event.takerFeeAsset,
          maker_order_id: event.makerOrderId,
          maker_account: event.makerAccount,
          maker_fee: String(event.makerFee),
          maker_fee_asset: event.makerFeeAsset,
        },
  /** An order's acceptance and its end, if it was not filled; fills are in `trades`. */
  orders: (event: MarketEvent): Row | undefined => {
    if (event.kind === "orderClosed")
      return {
        ...place(event),
        event: "closed",
        order_id: event.orderId,
        account: event.account,
        reason: CloseReason[event.reason],
        executed: event.executed,
      };
    if (event.kind !== "orderAccepted") return undefined;
    return {
      ...place(event),
      event: "accepted",
      order_id: event.orderId,
      account: event.account,
      side: Side[event.side],
      type: OrderType[event.type],
      time_in_force: TimeInForce[event.timeInForce],
      price: event.price,
      quantity: event.quantity,
      quote_quantity: String(event.quoteQuantity),
      stop_price: event.stopPrice,
      client_order_id: event.clientOrderId,
    };
  },
} satisfies Record<string, (event: MarketEvent) => Row | undefined>;

export type RowTable = keyof typeof rowsOf;
export const rowTables = Object.keys(rowsOf) as RowTable[];

function place({ shard, epoch, sequence, index, time, symbol }: MarketEvent): Row {
  return { shard, epoch, sequence, index, time, symbol };
}

/** Answers Firehose: a record without a row of `table` is dropped, one that cannot be read is kept apart by Firehose. */
export function createMarketRows(table: RowTable): (event: DeliveryEvent) => Promise<DeliveryAnswer> {
  return async ({ records }) => ({
    records: records.map(({ recordId, data }) => {
      try {
        const { events } = readMarketRecord(Buffer.from(data, "base64").toString());
        const rows = events.map(rowsOf[table]).filter((row) => row !== undefined);
        if (rows.length === 0) return { recordId, result: "Dropped", data };
        const documents = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
        return { recordId, result: "Ok", data: Buffer.from(documents).toString("base64") };
      } catch {
        return { recordId, result: "ProcessingFailed", data };
      }
    }),
  });
}
