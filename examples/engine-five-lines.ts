/** An order book in five lines: `node -r ./source.cjs examples/engine-five-lines.ts`. */

import { Book, Side } from "@bourse/engine";

const book = new Book();
book.add(1, Side.SELL, 101, 5);
book.add(2, Side.SELL, 100, 2);
const left = book.take(Side.BUY, 101, 4);
console.log(left, book.fill(0), book.fill(1), book.depth(Side.SELL));
