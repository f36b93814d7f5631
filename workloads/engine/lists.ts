/** Order lists: legs that depend on each other. */

import type { Core } from "./core";

export class Lists {
  constructor(protected readonly core: Core) {}

  /** A leg is about to trade as a maker. */
  working(_order: number, _list: number): void {}
  /** A leg is about to be closed without being filled. */
  closing(_order: number, _list: number): void {}
  /** A leg is filled whole and about to be forgotten. */
  filled(_order: number, _list: number): void {}
  /** A leg is gone: what follows from it. */
  settle(_list: number): void {}
}
