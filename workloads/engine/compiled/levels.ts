/** Price levels, as `levels.ts` describes them. */

import * as host from "./host";
import { findLevel } from "./table";

/** The level of a side of a book at a price whose lower half is given, made where there is none. */
export function levelOf(market: i32, book: i32, side: i32, price: f64, priceLow: i32): usize {
  const level = findLevel(book, side, price, priceLow);
  return level !== 0 ? level : (<usize>host.levelAt(market, side, price)) << 6;
}
