/** The parameters of order lists: those of each leg, with the leg's prefix before their names, and which types a list may be made of. */

import type { OrderParameters } from "@bourse/engine";
import type { Instrument } from "../../services/ports";
import { ApiError, notRequired } from "../errors";
import * as parameter from "../parameters";
import * as order from "./order-parameters";
import { assertStrategy } from "./trading";

const { optional } = parameter;

const contingentTypes = ["STOP_LOSS", "STOP_LOSS_LIMIT", "LIMIT_MAKER", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"] as const;

/** `above` and `Price` are `abovePrice`. */
type Prefixed<P extends string, T> = { [K in keyof T & string as `${P}${K}`]: T[K] };

/** Parameters of a leg besides side and quantity, each name with the leg's prefix. */
function legParameters<P extends string, T extends ReturnType<typeof order.orderType>>(prefix: P, type: T) {
  const leg = {
    Type: type,
    ClientOrderId: optional(parameter.clientOrderId("Client order id of this leg; made up when absent.")),
    IcebergQty: optional(parameter.decimal("Part of the quantity that the book shows.")),
    Price: optional(parameter.decimal("Limit price of this leg.")),
    StopPrice: optional(parameter.decimal("Price at which this leg becomes live.")),
    TrailingDelta: optional(parameter.integer("Trailing distance in basis points.", 1)),
    TimeInForce: optional(order.timeInForce()),
    StrategyId: optional(order.strategyId()),
    StrategyType: optional(order.strategyType()),
    PegPriceType: optional(order.pegPriceType()),
    PegOffsetType: optional(order.pegOffsetType()),
    PegOffsetValue: optional(order.pegOffsetValue()),
  };
  const prefixed = Object.fromEntries(Object.entries(leg).map(([name, schema]) => [`${prefix}${name}`, schema]));
  return prefixed as Prefixed<P, typeof leg>;
}

export const listParameters = {
  symbol: parameter.symbol(),
  listClientOrderId: optional(parameter.clientOrderId("Id of the list; made up when absent.")),
  newOrderRespType: optional(order.responseType()),
  selfTradePreventionMode: optional(order.selfTradePreventionMode()),
};

const quantity = () => parameter.decimal("Quantity.");

export const ocoParameters = {
  ...listParameters,
  side: order.side(),
  quantity: quantity(),
  ...legParameters("above", order.orderType(contingentTypes)),
  ...legParameters("below", order.orderType(contingentTypes)),
};

const workingParameters = {
  ...listParameters,
  ...legParameters("working", order.orderType(["LIMIT", "LIMIT_MAKER"])),
  workingSide: order.side(),
  workingQuantity: quantity(),
};

/** An OTO whose pending leg has the quantity that the working leg receives. */
export const opoParameters = {
  ...workingParameters,
  ...legParameters("pending", order.orderType()),
  pendingSide: order.side(),
};

export const otoParameters = { ...opoParameters, pendingQuantity: quantity() };

/** An OTOCO whose pending legs have it. */
export const opocoParameters = {
  ...workingParameters,
  pendingSide: order.side(),
  ...legParameters("pendingAbove", order.orderType(contingentTypes)),
  ...legParameters("pendingBelow", order.orderType(contingentTypes)),
};

export const otocoParameters = { ...opocoParameters, pendingQuantity: quantity() };

/** As OCOs were placed before lists had legs above and below: rest-api.md, "New OCO - Deprecated". */
export const formerOcoParameters = {
  ...listParameters,
  side: order.side(),
  quantity: quantity(),
  limitClientOrderId: optional(parameter.clientOrderId("Client order id of the limit leg; made up when absent.")),
  price: parameter.decimal("Price of the limit leg."),
  limitStrategyId: optional(order.strategyId()),
  limitStrategyType: optional(order.strategyType()),
  limitIcebergQty: optional(parameter.decimal("Part of the limit leg's quantity that the book shows.")),
  trailingDelta: optional(parameter.integer("Trailing distance of the stop leg in basis points.", 1)),
  stopClientOrderId: optional(parameter.clientOrderId("Client order id of the stop leg; made up when absent.")),
  stopPrice: optional(parameter.decimal("Price at which the stop leg becomes live.")),
  stopStrategyId: optional(order.strategyId()),
  stopStrategyType: optional(order.strategyType()),
  stopLimitPrice: optional(parameter.decimal("Limit price of the stop leg; it is a market order without one.")),
  stopIcebergQty: optional(parameter.decimal("Part of the stop leg's quantity that the book shows.")),
  stopLimitTimeInForce: optional(order.timeInForce()),
};

/** Reads the leg whose parameters begin with `prefix`. */
export function readLeg(
  values: Record<string, unknown>,
  prefix: string,
  side: "BUY" | "SELL",
  legQuantity: string,
  quantityName: string,
  instrument: Instrument,
): OrderParameters {
  const of = (name: string) => values[prefix + name];
  assertStrategy(of("StrategyType") as number | undefined);
  order.assertNotPegged([of("PegPriceType"), of("PegOffsetType"), of("PegOffsetValue")]);
  const request = {
    side,
    quantity: legQuantity,
    type: of("Type"),
    timeInForce: of("TimeInForce"),
    price: of("Price"),
    stopPrice: of("StopPrice"),
    trailingDelta: of("TrailingDelta"),
    icebergQty: of("IcebergQty"),
    clientOrderId: of("ClientOrderId"),
    selfTradePreventionMode: values["selfTradePreventionMode"],
  } as order.OrderRequest;
  return order.readOrder(request, instrument, prefix, quantityName);
}

const isStop = (type: string) => type === "STOP_LOSS" || type === "STOP_LOSS_LIMIT";

/** Which types may stand above and below the market: errors.md, -1158 to -1199. */
export function assertOcoTypes(side: "BUY" | "SELL", above: string, below: string): void {
  const [limitSide, stopSide] = side === "BUY" ? [below, above] : [above, below];
  if (above === "LIMIT_MAKER" && below === "LIMIT_MAKER") throw new ApiError(-1168, "At least one OCO order must be contingent.");
  if (side === "BUY") {
    if (above === "LIMIT_MAKER") throw new ApiError(-1165, "A limit order in a buy OCO must be below.");
    if (isStop(below)) throw new ApiError(-1196, "A stop loss order in a buy OCO must be above.");
    if (above.startsWith("TAKE_PROFIT")) throw new ApiError(-1198, "A take profit order in a buy OCO must be below.");
  } else {
    if (below === "LIMIT_MAKER") throw new ApiError(-1166, "A limit order in a sell OCO must be above.");
    if (isStop(above)) throw new ApiError(-1197, "A stop loss order in a sell OCO must be below.");
    if (below.startsWith("TAKE_PROFIT")) throw new ApiError(-1199, "A take profit order in a sell OCO must be above.");
  }
  if (isStop(limitSide) || !isStop(stopSide)) throw new ApiError(-1158, "Order type not supported in OCO.");
}

/** The legs of such an OCO: above and below. */
export function readFormerOco(values: parameter.Parameters<typeof formerOcoParameters>, instrument: Instrument): OrderParameters[] {
  assertStrategy(values.limitStrategyType);
  assertStrategy(values.stopStrategyType);
  const { side, quantity: lots, selfTradePreventionMode, stopLimitPrice, stopLimitTimeInForce } = values;
  if (stopLimitPrice !== undefined && stopLimitTimeInForce === undefined) {
    const missing = "Recommendation: 'stopLimitTimeInForce' should also be sent.";
    throw new ApiError(-1128, `Combination of optional parameters invalid. ${missing}`);
  }
  if (stopLimitPrice === undefined && stopLimitTimeInForce !== undefined) throw notRequired("stopLimitTimeInForce");
  const both = { side, quantity: lots, selfTradePreventionMode };
  const limit = order.readOrder(
    { ...both, type: "LIMIT_MAKER", price: values.price, icebergQty: values.limitIcebergQty, clientOrderId: values.limitClientOrderId },
    instrument,
  );
  const stop = order.readOrder(
    {
      ...both,
      type: stopLimitPrice === undefined ? "STOP_LOSS" : "STOP_LOSS_LIMIT",
      price: stopLimitPrice,
      timeInForce: stopLimitTimeInForce,
      stopPrice: values.stopPrice,
      trailingDelta: values.trailingDelta,
      icebergQty: values.stopIcebergQty,
      clientOrderId: values.stopClientOrderId,
    },
    instrument,
  );
  return side === "SELL" ? [limit, stop] : [stop, limit];
}
