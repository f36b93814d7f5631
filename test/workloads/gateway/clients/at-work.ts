/** What the clients of the shared run have in common. */

import { ok } from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import type { Levels } from "./local-book";

// biome-ignore lint/suspicious/noExplicitAny: untyped libraries, and answers of many shapes
export type Untyped = any;

/** A client at work: what it does besides keeping its book, and the book once nothing changes any more. */
export interface AtWork {
  work: Promise<void>;
  book(lastUpdateId: number): Promise<Levels>;
  close(): Promise<void>;
}

/** What `look` finds, within forty seconds. */
export async function eventually<T>(what: string, look: () => T | undefined): Promise<T> {
  for (const deadline = Date.now() + 40_000; ; await wait(20)) {
    const found = look();
    if (found !== undefined) return found;
    ok(Date.now() < deadline, `no ${what} within forty seconds`);
  }
}
