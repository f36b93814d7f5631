/**
 * Plain orders that trade at once, or that may not rest: those which `orders.ts` has admitted and does not put into the book. What is filled or
 * closed within its command is never among the open orders: no index, no list of its owner and no hold knows it.
 */

import * as areas from "../areas";
import * as codes from "../codes";
import * as records from "../records";
import { whole } from "./amounts";
import * as events from "./events";
import { fill, touch } from "./fills";
import * as host from "./host";
import { isLevel } from "./table";

const BATCH: usize = areas.BATCH * 64;
const NOTED: usize = areas.NOTED * 64;
const NOTED_LINES: usize = areas.NOTED_LINES * 64;
const CORE: usize = records.CORE * 64;
const TAKER: usize = records.TAKER * 64;

/**
 * Takes the admitted new order at a byte. Where anything is left to be done that is not for here, it pauses with `Pause.TAKER`.
 * @param crosses whether it meets the best price of the other side
 */
export function take(
  command: usize,
  position: usize,
  row: usize,
  id: i64,
  price: f64,
  quantity: f64,
  flags: i32,
  crosses: bool,
): codes.Pause {
  store<f64>(TAKER, <f64>id, records.ID * 8);
  store<f64>(TAKER, quantity, records.REMAINING * 8);
  store<f64>(TAKER, price, records.PRICE * 8);
  store<i64>(TAKER, load<i64>(command, 56), records.KEY_LOW * 4);
  store<i32>(TAKER, <i32>(position >> 6), records.POSITION * 4);
  store<i32>(TAKER, flags, records.FLAGS * 4);
  const side = flags & records.SIDE_BIT;
  // That it held is told, whatever becomes of it.
  touch((<usize>load<i32>(position - <usize>(side << 2), records.QUOTE * 4)) << 6);
  events.orderAccepted(command, id, 1);
  const market = load<i32>(row, records.MARKET_NUMBER * 4);
  store<f64>(BATCH, 0, areas.TAKER_EXECUTED * 8);
  store<f64>(BATCH, load<i32>(row, records.BANDED * 4) === 0 ? 0 : host.band(market, side === codes.Side.BUY), areas.BAND * 8);
  const waits = load<i32>(row, records.WAITING * 4) !== 0;
  const timeInForce = (flags >> records.TIME_IN_FORCE_SHIFT) & 3;
  let stop = codes.Stop.PRICE;
  if (crosses && (timeInForce !== codes.TimeInForce.FOK || host.fillable(market))) stop = fill(row);
  if (waits || stop >= codes.Stop.UNUSUAL || (stop === codes.Stop.PRICE && timeInForce === codes.TimeInForce.GTC) || !fits()) {
    store<i32>(BATCH, stop, areas.STOPPED * 4);
    return codes.Pause.TAKER;
  }

  const executed = load<f64>(BATCH, areas.TAKER_EXECUTED * 8);
  if (stop === codes.Stop.BAND) events.orderClosed(id, position, executed, codes.CloseReason.PRICE_RANGE_EXCEEDED);
  else if (stop === codes.Stop.PRICE) {
    const reason = timeInForce === codes.TimeInForce.FOK ? codes.CloseReason.FOK_EXPIRED : codes.CloseReason.IOC_EXPIRED;
    events.orderClosed(id, position, executed, reason);
  }
  const sound = tellBalances();
  const notes = load<i32>(BATCH, areas.NOTES * 4);
  tellLevels(row, load<i32>(position, records.SYMBOL * 4), 1 - side, notes);
  events.finish(notes === 0 ? events.BALANCE_LENGTH : events.LEVEL_LENGTH);
  if (!sound) return codes.Pause.OVERDRAWN;
  return load<f64>(row, records.BEST * 8) < load<f64>(row, (records.BEST + 1) * 8) ? codes.Pause.END : codes.Pause.CROSSED;
}

/** Whether there is room for all that is still to be told. */
function fits(): bool {
  const balances = load<i32>(CORE, records.CHANGES * 4) * events.BALANCE_LENGTH;
  const levels = load<i32>(BATCH, areas.NOTES * 4) * events.LEVEL_LENGTH;
  const written = load<i32>(BATCH, areas.WRITTEN * 4);
  return written + events.CLOSED_LENGTH + balances + levels <= areas.OUTPUT_BYTES + areas.OUTPUT_REST;
}

/** The balances that are noted, which are told with this. Returns whether none of them is below 0. */
function tellBalances(): bool {
  const changes = load<i32>(CORE, records.CHANGES * 4);
  let at = (<usize>load<i32>(CORE, records.CHANGED * 4)) << 2;
  let sound = true;
  for (let n = 0; n < changes; n++, at += 4) {
    const balance = (<usize>load<i32>(at)) << 6;
    store<i32>(balance, 0, records.BALANCE_CHANGED * 4);
    if (!events.balanceChanged(balance)) sound = false;
  }
  store<i32>(CORE, 0, records.CHANGES * 4);
  return sound;
}

/** The levels that are noted, which are told with this: of one side, from the best on, as fills have left them. */
function tellLevels(row: usize, symbol: i32, side: i32, notes: i32): void {
  const book = load<i32>(row, records.BOOK_NUMBER * 4);
  let update = load<f64>(row, records.LAST_UPDATE * 8);
  for (let n = 0; n < notes; n++) {
    const noted = load<f64>(NOTED + ((<usize>n) << 3));
    const price = side === codes.Side.BUY ? -noted - 1 : noted;
    const level = (<usize>load<i32>(NOTED_LINES + ((<usize>n) << 2))) << 6;
    let visible: f64 = 0;
    // One that is gone has no lots.
    if (isLevel(level, book, side, price)) {
      visible = load<f64>(level, records.LEVEL_VISIBLE * 8);
      store<i32>(level, (book << records.OWNER_SHIFT) | side, records.LEVEL_FLAGS * 4);
    }
    update += 1;
    events.levelChanged(symbol, side, whole(price), visible, update);
  }
  store<f64>(row, update, records.LAST_UPDATE * 8);
  store<i32>(BATCH, 0, areas.NOTES * 4);
}
