/**
 * What one account has in one symbol: its open orders (in the order of their acceptance), their counts for the filters, and where its base
 * and quote balances are. An order names its position, and so everything about its owner is one step away. Positions are never closed.
 */

import type { Compiled } from "./compiled";
import type { Account } from "./ledger";
import { type Memory, Pool } from "./memory";
import * as records from "./records";
import { Table } from "./table";

const {
  ACCOUNT,
  ALGO_ORDERS,
  BASE,
  GROUP,
  ICEBERG_ORDERS,
  NEXT_POSITION,
  ORDERS,
  OWNER,
  OWNER_FLAGS,
  POSITION_NEXT,
  POSITION_POOL,
  POSITION_PREVIOUS,
  POSITION_TABLE,
  QUOTE,
  ROW,
  SYMBOL,
} = records;

export class Positions extends Pool {
  /** (Account, symbol) -> position. */
  private readonly table: Table;

  constructor(
    private readonly compiled: Compiled,
    memory: Memory,
  ) {
    super(memory, POSITION_POOL);
    this.table = new Table(compiled, memory, POSITION_TABLE);
  }

  /** Position of an account in a symbol, both by their outside numbers; 0 for none. */
  find(account: number, symbol: number): number {
    return this.compiled.positionOf(account, symbol);
  }

  open(account: Account, owner: number, symbol: number, row: number, base: number, quote: number): number {
    const position = this.line();
    const { i } = this.memory;
    const at = position * 16;
    i[at + OWNER] = owner;
    i[at + ROW] = row;
    i[at + BASE] = base;
    i[at + QUOTE] = quote;
    i[at + OWNER_FLAGS] = account.flags;
    i[at + ACCOUNT] = account.number;
    i[at + SYMBOL] = symbol;
    i[at + ORDERS] = 0;
    i[at + ALGO_ORDERS] = 0;
    i[at + ICEBERG_ORDERS] = 0;
    i[at + NEXT_POSITION] = account.positions;
    i[at + GROUP] = account.tradeGroup;
    i[at + POSITION_PREVIOUS] = position;
    i[at + POSITION_NEXT] = position;
    account.positions = position;
    this.table.add(position);
    return position;
  }

  /** Puts an order at the end of the position's list. */
  link(position: number, order: number): void {
    const { i } = this.memory;
    const last = i[position * 16 + POSITION_PREVIOUS];
    i[order * 16 + POSITION_PREVIOUS] = last;
    i[order * 16 + POSITION_NEXT] = position;
    i[last * 16 + POSITION_NEXT] = order;
    i[position * 16 + POSITION_PREVIOUS] = order;
    i[position * 16 + ORDERS] += 1;
  }

  unlink(position: number, order: number): void {
    const { i } = this.memory;
    const next = i[order * 16 + POSITION_NEXT];
    const previous = i[order * 16 + POSITION_PREVIOUS];
    i[previous * 16 + POSITION_NEXT] = next;
    i[next * 16 + POSITION_PREVIOUS] = previous;
    i[position * 16 + ORDERS] -= 1;
  }

  /** Copies what positions know of their owner after it has changed. */
  refresh(account: Account): void {
    const { i } = this.memory;
    for (let at = account.positions * 16; at !== 0; at = i[at + NEXT_POSITION] * 16) {
      i[at + GROUP] = account.tradeGroup;
      i[at + OWNER_FLAGS] = account.flags;
    }
  }

  override get bytes(): number {
    return super.bytes + this.table.bytes;
  }
}
