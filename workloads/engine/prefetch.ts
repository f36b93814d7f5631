/**
 * Brings what the next commands will need into the processor's cache. Orders, positions and balances of a large exchange lie in tens of
 * megabytes, so a command waits for a dozen cache misses, one after the other. Here the same places are read for many commands at once:
 * reads that do not depend on one another overlap. Nothing is changed and nothing is decided: `apply` does not know whether this ran.
 *
 * Each pass reads what the pass before it has brought; none branches on what it reads for the first time, since a wrongly predicted branch
 * would wait for the memory.
 */

import { Side } from "./commands";
import type { Core } from "./core";
import * as layout from "./layout";
import { CommandType, getU64, viewOf } from "./layout";
import * as orderFields from "./order-pool";
import * as positionFields from "./positions";
import * as levelFields from "./queues";

const { COMMAND_HEADER, PARAMETERS } = layout;
const { KEY_HIGH, KEY_LOW, LEVEL, NEXT, POSITION, POSITION_NEXT, POSITION_PREVIOUS, PREVIOUS } = orderFields;
const { BASE, LAST_ORDER, MARKET, OWNER, QUOTE } = positionFields;
const { LEVEL_TAIL } = levelFields;

/** Commands that are looked at together: enough for reads to overlap, few enough for all they bring to stay in the second-level cache. */
const GROUP = 32;

export class Prefetch {
  private readonly offsets = new Int32Array(GROUP);
  /** Of a cancel the order, of a new order 0. */
  private readonly orders = new Int32Array(GROUP);
  private readonly positions = new Int32Array(GROUP);
  private readonly levels = new Int32Array(GROUP);
  /** Depends on everything that was read, so that no compiler leaves a read out. */
  private seen = 0;

  constructor(private readonly core: Core) {}

  /** Looks at the commands in `bytes[start, end)`, at most {@link GROUP} new orders and cancels; returns where the rest begins. They need not be checked yet. */
  run(bytes: Uint8Array, start: number, end: number): number {
    const view = viewOf(bytes);
    let count = 0;
    let at = start;
    while (end - at >= COMMAND_HEADER && count < GROUP) {
      const length = view.getUint16(at, true);
      if (length < COMMAND_HEADER || length > end - at) break;
      const type: CommandType = view.getUint8(at + 2);
      if (
        type === CommandType.NEW_ORDER
          ? length >= COMMAND_HEADER + PARAMETERS
          : type === CommandType.CANCEL_ORDER && length >= COMMAND_HEADER + 8
      )
        this.offsets[count++] = at;
      at += length;
    }
    this.readCells(view, count);
    this.readRecords(view, count);
    this.readReferred(view, count);
    this.readNeighbours(view, count);
    return at;
  }

  /** The cells of the indices. */
  private readCells(view: DataView, count: number): void {
    const { positions, index } = this.core;
    let seen = 0;
    for (let n = 0; n < count; n++) {
      const at = this.offsets[n];
      if (view.getUint8(at + 2) === CommandType.NEW_ORDER)
        seen ^= positions.glance(view.getUint32(at + 20, true), view.getUint32(at + 4, true));
      else seen ^= index.glance(getU64(view, at + COMMAND_HEADER));
    }
    this.seen ^= seen;
  }

  /** The positions of new orders, and the orders that cancels name. */
  private readRecords(view: DataView, count: number): void {
    const { positions, index, orders } = this.core;
    let seen = 0;
    for (let n = 0; n < count; n++) {
      const at = this.offsets[n];
      if (view.getUint8(at + 2) === CommandType.NEW_ORDER) {
        const position = positions.find(view.getUint32(at + 20, true), view.getUint32(at + 4, true));
        this.orders[n] = 0;
        this.positions[n] = position;
        seen ^= positions.i[position * 16];
      } else {
        const order = index.guess(getU64(view, at + COMMAND_HEADER));
        this.orders[n] = order;
        // A record of 48 bytes may lie in two lines of the cache.
        seen ^= orders.i[order * 16] ^ orders.coldI[order * 12] ^ orders.coldI[order * 12 + 11];
      }
    }
    this.seen ^= seen;
  }

  /** What positions and orders refer to: balances, owners, levels, and the places of client keys. */
  private readReferred(view: DataView, count: number): void {
    const { positions, orders, ledger, clientKeys, markets } = this.core;
    let seen = 0;
    for (let n = 0; n < count; n++) {
      const at = this.offsets[n];
      const order = this.orders[n];
      if (order !== 0) {
        const position = orders.i[order * 16 + POSITION];
        this.positions[n] = position;
        const level = orders.i[order * 16 + LEVEL];
        this.levels[n] = level;
        seen ^= positions.i[position * 16];
        seen ^= orders.i[orders.i[order * 16 + NEXT] * 16] ^ orders.i[orders.i[order * 16 + PREVIOUS] * 16];
        seen ^=
          orders.coldI[orders.coldI[order * 12 + POSITION_NEXT] * 12] ^ orders.coldI[orders.coldI[order * 12 + POSITION_PREVIOUS] * 12];
        continue;
      }
      const position = this.positions[n] * 16;
      if (position === 0) continue;
      const owner = positions.i[position + OWNER];
      const parameters = at + COMMAND_HEADER;
      const side: Side = view.getUint8(parameters) & 1;
      const market = markets[positions.i[position + MARKET]];
      this.levels[n] = market.book.guess(side, getU64(view, parameters + 8));
      seen ^= ledger.glance(positions.i[position + (side === Side.BUY ? QUOTE : BASE)]);
      seen ^= clientKeys.glance(owner, view.getInt32(parameters + 24, true), view.getInt32(parameters + 28, true));
      seen ^= orders.coldI[positions.i[position + LAST_ORDER] * 12 + POSITION_NEXT];
    }
    this.seen ^= seen;
  }

  /** The ends of queues that new orders join; balance, level and client key of orders that are canceled. */
  private readNeighbours(view: DataView, count: number): void {
    const { positions, orders, ledger, clientKeys, markets } = this.core;
    let seen = 0;
    for (let n = 0; n < count; n++) {
      const order = this.orders[n];
      const position = this.positions[n] * 16;
      if (position === 0) continue;
      const { book } = markets[positions.i[position + MARKET]];
      const level = this.levels[n];
      if (order === 0) {
        seen ^= orders.i[book.i[level * 10 + LEVEL_TAIL] * 16] ^ view.getUint8(this.offsets[n]);
        continue;
      }
      seen ^= book.i[level * 10];
      seen ^= ledger.glance(positions.i[position + BASE]) ^ ledger.glance(positions.i[position + QUOTE]);
      seen ^= clientKeys.glance(positions.i[position + OWNER], orders.coldI[order * 12 + KEY_LOW], orders.coldI[order * 12 + KEY_HIGH]);
    }
    this.seen ^= seen;
  }
}
