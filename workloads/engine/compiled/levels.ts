/** Price levels, as `levels.ts` describes them. */

import * as records from "../records";
import * as host from "./host";
import * as table from "./table";

const GOLDEN: i32 = 0x9e3779b1;

/** As in `levels.ts`, of a book and the lower half of a price. */
function hashOfLevel(book: i32, priceLow: i32): i32 {
  const mixed = (priceLow + (book << 12)) * GOLDEN;
  return mixed ^ (mixed >>> 15);
}

/** The level of either side of a book at a price whose lower half is given, most likely; 0 for none. */
export function guessLevel(book: i32, priceLow: i32): usize {
  const hash = hashOfLevel(book, priceLow);
  return table.guess(records.LEVEL_TABLE, hash, table.home(records.LEVEL_TABLE, hash));
}

/** Whether a line is the level of a side of a book at a price. */
export function isLevel(level: usize, book: i32, side: i32, price: f64): bool {
  if (load<i64>(level, records.LEVEL_PRICE * 8) !== reinterpret<i64>(price)) return false;
  return (load<i32>(level, records.LEVEL_FLAGS * 4) & ~records.LEVEL_NOTED) === ((book << records.OWNER_SHIFT) | side);
}

/** The level of a side of a book at a price whose lower half is given; 0 for none. */
export function findLevel(book: i32, side: i32, price: f64, priceLow: i32): usize {
  let cell = table.home(records.LEVEL_TABLE, hashOfLevel(book, priceLow));
  let level = table.recordIn(cell);
  while (level !== 0 && !isLevel(level, book, side, price)) {
    cell = table.after(records.LEVEL_TABLE, cell);
    level = table.recordIn(cell);
  }
  return level;
}

/** The same, made where there is none. */
export function levelOf(market: i32, book: i32, side: i32, price: f64, priceLow: i32): usize {
  const level = findLevel(book, side, price, priceLow);
  return level !== 0 ? level : (<usize>host.levelAt(market, side, price)) << 6;
}
