/**
 * Tables of the exchange's events in the lake: types of columns by name, in the notation of AWS Glue. Amounts that may pass 2^53 are decimal
 * text, `time` is in microseconds since 1970. The publisher may repeat after a failure: (shard, epoch, sequence, index) tells an event once.
 */

const event = { shard: "int", epoch: "bigint", sequence: "bigint", index: "int", time: "bigint", symbol: "int" };

export const exchangeRows = {
  /** Fills, as the function `market-rows` of the image makes them. */
  trades: {
    ...event,
    trade_id: "bigint",
    price: "bigint",
    quantity: "bigint",
    quote_amount: "string",
    taker_side: "string",
    taker_order_id: "bigint",
    taker_account: "bigint",
    taker_fee: "string",
    taker_fee_asset: "int",
    maker_order_id: "bigint",
    maker_account: "bigint",
    maker_fee: "string",
    maker_fee_asset: "int",
  },
  /** Acceptances and ends of orders, as the same function makes them. */
  orders: {
    ...event,
    event: "string",
    order_id: "bigint",
    account: "bigint",
    side: "string",
    type: "string",
    time_in_force: "string",
    price: "bigint",
    quantity: "bigint",
    quote_quantity: "string",
    stop_price: "bigint",
    client_order_id: "string",
    reason: "string",
    executed: "bigint",
  },
  /** Candles of a minute, as the stream application writes them (`workloads/price-windows`); `start` in milliseconds since 1970. */
  prices: {
    symbol: "int",
    start: "bigint",
    open: "bigint",
    high: "bigint",
    low: "bigint",
    close: "bigint",
    trades: "bigint",
    quantity: "bigint",
    quote_amount: "string",
  },
} as const satisfies Record<string, Record<string, string>>;
