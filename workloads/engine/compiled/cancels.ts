/** Cancels of orders that rest, by id or by client key. What is unusual is declined with nothing done, as in `orders.ts`. */

import * as codes from "../codes";
import * as records from "../records";
import { ORDER, POSITION } from "./ahead";
import * as amounts from "./amounts";
import * as events from "./events";
import * as host from "./host";
import * as pool from "./pool";
import * as table from "./table";

const CORE: usize = records.CORE * 64;
const WIDE: f64 = <f64>records.WIDE;
const BOOK = codes.Place.BOOK << records.PLACE_SHIFT;

/**
 * Applies the cancel at a byte.
 * @param hint what looking ahead knows of it
 */
export function cancelOrder(command: usize, hint: usize): codes.Pause {
  const number = load<i64>(command, 32);
  const key = load<i64>(command, 40);
  // A condition, a mode, a text; or nothing that names an order.
  if ((number | key) === 0 || (load<i32>(command, 48) & 0xffffff) !== 0) return codes.Pause.DECLINED;
  const account = load<i32>(command, 20);
  const symbol = load<i32>(command, 4);
  const ahead: usize = load<u32>(hint, ORDER);
  const order = number === 0 ? findByKey(positionOf(account, symbol, hint), key, ahead) : findById(number, load<i32>(command, 32), ahead);
  if (order === 0) {
    // Most likely it came too late.
    if (positionOf(account, symbol, hint) === 0) return codes.Pause.DECLINED;
    events.cancelRejected(command, codes.RejectReason.UNKNOWN_ORDER);
    return codes.Pause.END;
  }
  const position = (<usize>load<i32>(order, records.POSITION * 4)) << 6;
  const flags = load<i32>(order, records.FLAGS * 4);
  if (load<i32>(position, records.ACCOUNT * 4) !== account || load<i32>(position, records.SYMBOL * 4) !== symbol)
    return codes.Pause.DECLINED;
  if ((flags & (records.PLACE_MASK | records.HOLDS)) !== (BOOK | records.HOLDS)) return codes.Pause.DECLINED;
  const extra = (<usize>load<i32>(order, records.EXTRA * 4)) << 6;
  let executed: f64 = 0;
  if (extra !== 0) {
    if (load<i32>(extra, records.LIST * 4) !== 0 || load<f64>(extra, records.ICEBERG * 8) !== 0) return codes.Pause.DECLINED;
    executed = load<f64>(extra, records.EXECUTED * 8);
  }
  const row = (<usize>load<i32>(position, records.ROW * 4)) << 6;
  const state = load<i32>(row, records.STATE * 4);
  if (state === codes.SymbolState.HALT || state === codes.SymbolState.DELISTED) return codes.Pause.DECLINED;
  const remaining = load<f64>(order, records.REMAINING * 8);
  const side = flags & records.SIDE_BIT;
  // A buy held quote, a sell base; both are computed, since half of all guesses at a branch would be wrong.
  const sells = <f64>side;
  const buys = 1 - sells;
  const lots = remaining * load<f64>(row, records.LOT_UNITS * 8);
  let quote = load<f64>(order, records.PRICE * 8) * remaining * load<f64>(row, records.MULTIPLIER * 8);
  const divisor = load<f64>(row, records.DIVISOR * 8);
  if (divisor > 1 && quote < WIDE) quote = amounts.ceilQuotient(quote, divisor);
  const amount = buys * quote + sells * lots;
  if (amount >= WIDE) return codes.Pause.DECLINED;

  // Admitted: from here on everything is done.
  const market = load<i32>(row, records.MARKET_NUMBER * 4);
  if (load<f64>(CORE, records.LAST_TIME * 8) >= load<f64>(row, records.MINUTE_ENDS * 8)) host.advanceMinute(market);
  const level = (<usize>load<i32>(order, records.LEVEL * 4)) << 6;
  const visible = load<f64>(level, records.LEVEL_VISIBLE * 8) - remaining;
  store<f64>(level, visible, records.LEVEL_VISIBLE * 8);
  const next = load<i32>(order, records.NEXT * 4);
  const previous = load<i32>(order, records.PREVIOUS * 4);
  store<i32>((<usize>previous) << 6, next, records.NEXT * 4);
  store<i32>((<usize>next) << 6, previous, records.PREVIOUS * 4);
  const balance = (<usize>load<i32>(position - <usize>(side << 2), records.QUOTE * 4)) << 6;
  amounts.subtract(balance + records.LOCKED * 8, amount);
  amounts.add(balance + records.FREE * 8, amount);
  leavePosition(order, position);
  store<f64>(position, load<f64>(position, records.OPEN_BUYS * 8) - remaining * buys, records.OPEN_BUYS * 8);
  store<f64>(row, load<f64>(row, records.OPEN_LOTS * 8) - remaining, records.OPEN_LOTS * 8);
  const update = load<f64>(row, records.LAST_UPDATE * 8) + 1;
  store<f64>(row, update, records.LAST_UPDATE * 8);
  const id = number !== 0 ? number : amounts.whole(load<f64>(order, records.ID * 8));
  leaveIndices(order, position, table.hashOfId(<i32>id));

  const price = amounts.whole(load<f64>(level, records.LEVEL_PRICE * 8));
  const sound = events.canceled(command, id, executed, balance, side, price, visible, update);
  if (next === previous && (<usize>next) << 6 === level) host.forgetLevel(market, next);
  return sound ? codes.Pause.END : codes.Pause.OVERDRAWN;
}

/** The order with an id; 0 for none. */
function findById(number: i64, low: i32, ahead: usize): usize {
  const id = reinterpret<i64>(<f64>number);
  return load<i64>(ahead, records.ID * 8) === id ? ahead : table.findOrder(id, table.hashOfId(low));
}

/** The position of an account in a symbol; 0 for none. */
function positionOf(account: i32, symbol: i32, hint: usize): usize {
  const ahead: usize = load<u32>(hint, POSITION);
  const isIt = load<i32>(ahead, records.ACCOUNT * 4) === account && load<i32>(ahead, records.SYMBOL * 4) === symbol;
  return isIt && ahead !== 0 ? ahead : table.findPosition(account, symbol);
}

/** The order of a position's account that bears a client key, maybe in another symbol; 0 for none, and where there is no position. */
function findByKey(position: usize, key: i64, ahead: usize): usize {
  if (position === 0) return 0;
  const line = <i32>(position >> 6);
  if (
    load<i64>(ahead, records.KEY_LOW * 4) === key &&
    load<i32>(ahead, records.POSITION * 4) === line &&
    load<f64>(ahead, records.ID * 8) > 0
  )
    return ahead;
  const owner = load<i32>(position, records.OWNER * 4);
  return table.findByKey(owner, key, table.hashOfKey(owner, key));
}

/** Takes an order out of the list of its position, and off the count there. */
export function leavePosition(order: usize, position: usize): void {
  const later = load<i32>(order, records.POSITION_NEXT * 4);
  const earlier = load<i32>(order, records.POSITION_PREVIOUS * 4);
  store<i32>((<usize>earlier) << 6, later, records.POSITION_NEXT * 4);
  store<i32>((<usize>later) << 6, earlier, records.POSITION_PREVIOUS * 4);
  store<i32>(position, load<i32>(position, records.ORDERS * 4) - 1, records.ORDERS * 4);
}

/** Takes an order out of both indices, and its line back. @param hash of its id */
export function leaveIndices(order: usize, position: usize, hash: i32): void {
  const key = load<i64>(order, records.KEY_LOW * 4);
  if (key !== 0) table.remove(records.KEY_TABLE, table.hashOfKey(load<i32>(position, records.OWNER * 4), key), order);
  table.remove(records.ORDER_TABLE, hash, order);
  pool.giveOrder(order);
}
