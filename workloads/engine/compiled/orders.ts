/**
 * New orders: LIMIT and LIMIT_MAKER without extras. Everything that could refuse one is looked at first, and where there is anything unusual (another type, a
 * filter that needs more than a comparison, an amount of 2^52 or more, a reason to refuse) it is declined with nothing done: the general way decides.
 */

import * as codes from "../codes";
import * as records from "../records";
import { KEY_HASH, LEVEL, POSITION } from "./ahead";
import * as amounts from "./amounts";
import * as events from "./events";
import * as host from "./host";
import { levelOf } from "./levels";
import * as pool from "./pool";
import * as table from "./table";
import { take } from "./takers";

const CORE: usize = records.CORE * 64;
const WIDE: f64 = <f64>records.WIDE;
/** Open lots of one symbol never exceed this, so that sums of lots are exact: 2^53 - 1. */
const MAX_LOTS: f64 = 9_007_199_254_740_991;

/**
 * Applies the new order at a byte.
 * @param hint what looking ahead knows of it
 */
export function newOrder(command: usize, hint: usize): codes.Pause {
  const packed = load<i32>(command, 32);
  const type = (packed >> 1) & 7;
  const timeInForce = (packed >> 4) & 15;
  // Optional fields, a trailing distance, an IOC or FOK that only makes.
  if ((packed & 0xff0000) !== 0 || load<i32>(command, 36) !== 0) return codes.Pause.DECLINED;
  if (type === codes.OrderType.LIMIT) {
    if (timeInForce > codes.TimeInForce.FOK) return codes.Pause.DECLINED;
  } else if (type !== codes.OrderType.LIMIT_MAKER || timeInForce !== codes.TimeInForce.GTC) return codes.Pause.DECLINED;
  if (load<i32>(CORE, records.KILL * 4) !== 0) return codes.Pause.DECLINED;
  const account = load<i32>(command, 20);
  const symbol = load<i32>(command, 4);
  let position: usize = load<u32>(hint, POSITION);
  let keyHash = load<i32>(hint, KEY_HASH);
  if (position === 0 || load<i32>(position, records.ACCOUNT * 4) !== account || load<i32>(position, records.SYMBOL * 4) !== symbol) {
    position = table.findPosition(account, symbol);
    if (position === 0) {
      position = (<usize>host.openPosition(account, symbol)) << 6;
      if (position === 0) return codes.Pause.DECLINED;
    }
    keyHash = table.hashOfKey(load<i32>(position, records.OWNER * 4), load<i64>(command, 56));
  }
  const row = (<usize>load<i32>(position, records.ROW * 4)) << 6;
  const ownerFlags = load<i32>(position, records.OWNER_FLAGS * 4);
  if (load<i32>(row, records.STATE * 4) !== codes.SymbolState.TRADING) return codes.Pause.DECLINED;
  if ((ownerFlags & (records.CAN_TRADE | records.KILLED)) !== records.CAN_TRADE) return codes.Pause.DECLINED;

  const price = <f64>load<i64>(command, 40);
  const quantity = <f64>load<i64>(command, 48);
  const priceStep = load<f64>(row, records.PRICE_STEP * 8);
  const quantityStep = load<f64>(row, records.QUANTITY_STEP * 8);
  if (price < load<f64>(row, records.MIN_PRICE * 8) || price > load<f64>(row, records.MAX_PRICE * 8)) return codes.Pause.DECLINED;
  if (priceStep > 1 && floor<f64>(price / priceStep) * priceStep !== price) return codes.Pause.DECLINED;
  if (quantity < load<f64>(row, records.MIN_QUANTITY * 8) || quantity > load<f64>(row, records.MAX_QUANTITY * 8))
    return codes.Pause.DECLINED;
  if (quantityStep > 1 && floor<f64>(quantity / quantityStep) * quantityStep !== quantity) return codes.Pause.DECLINED;
  const openLots = load<f64>(row, records.OPEN_LOTS * 8) + quantity;
  const ordersOpen = load<i32>(position, records.ORDERS * 4);
  if (<f64>ordersOpen >= load<f64>(row, records.MAX_ORDERS * 8) || openLots > MAX_LOTS) return codes.Pause.DECLINED;
  const side = packed & 1;
  const market = load<i32>(row, records.MARKET_NUMBER * 4);
  const late = load<f64>(CORE, records.LAST_TIME * 8) >= load<f64>(row, records.MINUTE_ENDS * 8);
  const limited = load<i32>(row, records.LIMITED * 4);
  if (limited !== 0) {
    if (limited !== records.PERCENT_LIMITED) return codes.Pause.DECLINED;
    if (late) host.advanceMinute(market);
    if (!host.withinPercent(market, price, side === codes.Side.BUY)) return codes.Pause.DECLINED;
  }
  const product = price * quantity * load<f64>(row, records.MULTIPLIER * 8);
  const lots = quantity * load<f64>(row, records.LOT_UNITS * 8);
  if (product >= WIDE || lots >= WIDE) return codes.Pause.DECLINED;
  const divisor = load<f64>(row, records.DIVISOR * 8);
  let notional = product;
  let amount = product;
  if (divisor > 1) {
    notional = amounts.floorQuotient(product, divisor);
    amount = amounts.ceilQuotient(product, divisor);
  }
  if (notional < load<f64>(row, records.MIN_NOTIONAL * 8) || notional > load<f64>(row, records.MAX_NOTIONAL * 8))
    return codes.Pause.DECLINED;
  // A buy holds quote, a sell base; as a product, since half of all guesses at a branch would be wrong.
  const sells = <f64>side;
  const buys = 1 - sells;
  amount = buys * amount + sells * lots;
  const balance = (<usize>load<i32>(position - <usize>(side << 2), records.QUOTE * 4)) << 6;
  if (load<f64>(balance, records.FREE * 8) < amount && load<f64>(balance, (records.FREE + 1) * 8) <= 0) return codes.Pause.DECLINED;
  const there = load<f64>(row + ((<usize>(1 - side)) << 3), records.BEST * 8);
  // An empty side has a price that crosses with nothing.
  const crosses = (price - there) * (buys - sells) >= 0;
  if (crosses && type === codes.OrderType.LIMIT_MAKER) return codes.Pause.DECLINED;
  const key = load<i64>(command, 56);
  const owner = load<i32>(position, records.OWNER * 4);
  if (key !== 0 && table.findByKey(owner, key, keyHash) !== 0) return codes.Pause.DECLINED;

  // Admitted: from here on everything is done.
  const id = load<f64>(CORE, records.LAST_ORDER * 8) + 1;
  const number = amounts.whole(id);
  store<f64>(CORE, id, records.LAST_ORDER * 8);
  if (late) host.advanceMinute(market);
  const flags = (packed & 15) | (timeInForce << records.TIME_IN_FORCE_SHIFT) | (((packed >> 8) & 255) << records.PREVENTION_SHIFT);
  if (crosses || timeInForce !== codes.TimeInForce.GTC) return take(command, position, row, number, price, quantity, flags, crosses);
  const order = pool.take(records.ORDER_POOL);
  const line = <i32>(order >> 6);
  store<i32>(order, 0, records.EXTRA * 4);
  if (key !== 0) table.add(records.KEY_TABLE, keyHash, order);
  store<f64>(order, id, records.ID * 8);
  store<f64>(order, quantity, records.REMAINING * 8);
  store<f64>(order, price, records.PRICE * 8);
  store<i64>(order, key, records.KEY_LOW * 4);
  store<i32>(order, <i32>(position >> 6), records.POSITION * 4);
  store<i32>(order, flags | records.HOLDS | (codes.Place.BOOK << records.PLACE_SHIFT), records.FLAGS * 4);
  const last = load<i32>(position, records.POSITION_PREVIOUS * 4);
  store<i32>(order, last, records.POSITION_PREVIOUS * 4);
  store<i32>(order, <i32>(position >> 6), records.POSITION_NEXT * 4);
  store<i32>((<usize>last) << 6, line, records.POSITION_NEXT * 4);
  store<i32>(position, line, records.POSITION_PREVIOUS * 4);
  store<i32>(position, ordersOpen + 1, records.ORDERS * 4);
  store<f64>(position, load<f64>(position, records.OPEN_BUYS * 8) + quantity * buys, records.OPEN_BUYS * 8);
  store<f64>(row, openLots, records.OPEN_LOTS * 8);
  amounts.subtract(balance + records.FREE * 8, amount);
  amounts.add(balance + records.LOCKED * 8, amount);
  table.add(records.ORDER_TABLE, table.hashOfId(<i32>number), order);

  const book = load<i32>(row, records.BOOK_NUMBER * 4);
  const ahead: usize = load<u32>(hint, LEVEL);
  const level = table.isLevel(ahead, book, side, price) ? ahead : levelOf(market, book, side, price, load<i32>(command, 40));
  const before = load<i32>(level, records.PREVIOUS * 4);
  store<i32>(order, before, records.PREVIOUS * 4);
  store<i32>(order, <i32>(level >> 6), records.NEXT * 4);
  store<i32>(order, <i32>(level >> 6), records.LEVEL * 4);
  store<i32>((<usize>before) << 6, line, records.NEXT * 4);
  store<i32>(level, line, records.PREVIOUS * 4);
  const visible = load<f64>(level, records.LEVEL_VISIBLE * 8) + quantity;
  store<f64>(level, visible, records.LEVEL_VISIBLE * 8);
  const update = load<f64>(row, records.LAST_UPDATE * 8) + 1;
  store<f64>(row, update, records.LAST_UPDATE * 8);

  return events.rested(command, number, balance, side, visible, update) ? codes.Pause.END : codes.Pause.OVERDRAWN;
}
