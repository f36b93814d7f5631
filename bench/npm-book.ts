/** The peer for scale: nodejs-order-book, a book without accounts, holds, fees or a log. */

import { Side } from "@bourse/engine";
import { OrderBook } from "nodejs-order-book";
import { makeStream, Operation } from "./engine-streams";

const OPERATIONS = 60_000;

/** The first book, for ever: with the last object of a class V8 throws its machine code away. */
const kept: OrderBook[] = [];

/** Its million operations a second on the stream `std` of the book's benchmark: the median of five passes behind one to warm up. */
export function bookOfNpm(): number {
  const pass = passesOfNpm();
  return median(Array.from({ length: 5 }, pass));
}

/** The same for who measures by turns with it: warms it up, and returns what makes one pass and tells its rate. */
export function passesOfNpm(): () => number {
  const stream = makeStream({ operations: OPERATIONS, marketable: 40, cancels: 450, amends: 30, resting: 10_000, levels: 500 });
  const { kind, id, side, price, quantity, opening: first, length } = stream;
  const pass = () => {
    const book = new OrderBook();
    if (kept.length === 0) kept.push(book);
    let start = 0;
    for (let n = 0; n < length; n++) {
      if (n === first) start = performance.now();
      if (kind[n] === Operation.CANCEL) book.cancel(String(id[n]));
      else if (kind[n] === Operation.AMEND) book.modify(String(id[n]), { size: quantity[n] });
      else book.limit({ id: String(id[n]), side: (side[n] === Side.BUY ? "buy" : "sell") as never, price: price[n], size: quantity[n] });
    }
    return (length - first) / 1000 / (performance.now() - start);
  };
  pass();
  return pass;
}

/** The middle one of an odd number of figures. */
export function median(figures: number[]): number {
  return figures.toSorted((x, y) => x - y)[figures.length >> 1];
}
