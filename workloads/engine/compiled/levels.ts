/** Price levels, as `levels.ts` describes them. */

import * as records from "../records";
import * as host from "./host";

const LATEST: usize = records.LATEST_SESSION * 64;
const GOLDEN: i32 = 0x9e3779b1;

/** The level that the cache of levels has for a book at a price whose lower half is given, right or wrong. */
export function guessLevel(book: i32, priceLow: i32): usize {
  const place = ((priceLow + (book << 12)) * GOLDEN) >>> load<i32>(LATEST, records.LEVEL_SHIFT * 4);
  return (<usize>load<i32>((<usize>(load<i32>(LATEST, records.LEVEL_CACHE * 4) + place)) << 2)) << 6;
}

/** Whether a line is the level of a side of a book at a price. */
export function isLevel(level: usize, book: i32, side: i32, price: f64): bool {
  if (load<i64>(level, records.LEVEL_PRICE * 8) !== reinterpret<i64>(price)) return false;
  return (load<i32>(level, records.LEVEL_FLAGS * 4) & ~records.LEVEL_NOTED) === ((book << records.OWNER_SHIFT) | side);
}

/** The level of a side of a book at a price whose lower half is given, made where there is none. */
export function levelOf(market: i32, book: i32, side: i32, price: f64, priceLow: i32): usize {
  const level = guessLevel(book, priceLow);
  return isLevel(level, book, side, price) ? level : (<usize>host.levelAt(market, side, price)) << 6;
}
