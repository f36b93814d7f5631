/** The peer for scale: nodejs-order-book, a book without accounts, holds, fees or a log. */

import { Side } from "@bourse/engine";
import { OrderBook } from "nodejs-order-book";
import { makeStream, Operation } from "./engine-streams";

const OPERATIONS = 60_000;

/** The first book, for ever: with the last object of a class V8 throws its machine code away. */
const kept: OrderBook[] = [];

/** Its million operations a second on the stream `std` of the book's benchmark: the median of five passes behind one to warm up. */
export function bookOfNpm(): number {
  const stream = makeStream({ operations: OPERATIONS, marketable: 40, cancels: 450, amends: 30, resting: 10_000, levels: 500 });
  const { kind, id, side, price, quantity, opening: first, length } = stream;
  const rates: number[] = [];
  for (let pass = 0; pass < 6; pass++) {
    const book = new OrderBook();
    if (pass === 0) kept.push(book);
    let start = 0;
    for (let n = 0; n < length; n++) {
      if (n === first) start = performance.now();
      if (kind[n] === Operation.CANCEL) book.cancel(String(id[n]));
      else if (kind[n] === Operation.AMEND) book.modify(String(id[n]), { size: quantity[n] });
      else book.limit({ id: String(id[n]), side: (side[n] === Side.BUY ? "buy" : "sell") as never, price: price[n], size: quantity[n] });
    }
    if (pass > 0) rates.push((length - first) / 1000 / (performance.now() - start));
  }
  return rates.sort((x, y) => x - y)[rates.length >> 1];
}
