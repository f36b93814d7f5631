/**
 * Rows of one table that memory has and the SQL store has not yet: put by the fold, taken by the flush. Until a flush has committed, they
 * stay readable, so that memory and SQL together are always complete.
 */

import type { SqlRow, SqlRows } from "../../stores/sql";
import { type ColumnReaders, readColumns } from "../../stores/sql/columns";

/** What a flush needs of a table. */
export interface PendingRows {
  readonly table: string;
  readonly keyColumns: readonly string[];
  readonly size: number;
  begin(): SqlRows;
  written(): void;
  failed(): void;
}

export class WriteBehind<Value> implements PendingRows {
  private waiting = new Map<unknown, Value>();
  private writing = new Map<unknown, Value>();

  /** `row` is what a value becomes when a flush starts; it may change until then. Of rows by the thousand, columns are read. */
  constructor(
    readonly table: string,
    readonly keyColumns: readonly string[],
    private readonly row: ((value: Value) => SqlRow) | ColumnReaders<Value>,
    /** Called for each value after it was committed, unless it has changed since. */
    private readonly onWritten?: (value: Value) => void,
  ) {}

  /** `identity` stands for the row's key: the later value of an identity replaces the earlier. */
  put(identity: unknown, value: Value): void {
    this.waiting.set(identity, value);
  }

  get size(): number {
    return this.waiting.size + this.writing.size;
  }

  /** Everything that is not committed; of a value that changed during a flush, the later one comes last. */
  *values(): Iterable<Value> {
    yield* this.writing.values();
    yield* this.waiting.values();
  }

  /** Takes what waits, as rows. Every `begin` is followed by {@link written} or {@link failed}. */
  begin(): SqlRows {
    if (this.writing.size !== 0) throw new Error(`${this.table}: a flush is already running`);
    this.writing = this.waiting;
    this.waiting = new Map();
    if (typeof this.row === "function") return Array.from(this.writing.values(), this.row);
    return this.writing.size === 0 ? [] : readColumns([...this.writing.values()], this.row);
  }

  written(): void {
    const done = this.writing;
    this.writing = new Map();
    if (this.onWritten === undefined) return;
    for (const [identity, value] of done) if (!this.waiting.has(identity)) this.onWritten(value);
  }

  /** Forgets everything that is not committed. */
  clear(): void {
    this.waiting = new Map();
    this.writing = new Map();
  }

  failed(): void {
    for (const [identity, value] of this.waiting) this.writing.set(identity, value);
    this.waiting = this.writing;
    this.writing = new Map();
  }
}
