/** Where the statements of an SQLite store run that may take long: a thread of its own for a file, this thread for a database in memory. */

import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { startThread } from "../../process/thread";
import type { ColumnValues } from "./port";
import type { SqliteConnection, StatementResult } from "./sqlite-connection";
import type { ThreadAnswer, ThreadRequest } from "./sqlite-thread";

export interface SqliteWriter {
  /** Runs one statement. */
  execute(text: string, parameters: readonly unknown[]): Promise<StatementResult>;
  /** Runs one statement for each row. */
  executeEach(text: string, rows: readonly ColumnValues[]): Promise<void>;
  close(): Promise<void>;
}

/** Runs at once what it is told. */
export function writeHere(connection: SqliteConnection): SqliteWriter {
  return {
    execute: async (text, parameters) => connection.execute(text, parameters),
    executeEach: async (text, rows) => connection.executeEach(text, rows),
    close: async () => connection.close(),
  };
}

/** A commit waits for the disk, and a flush writes thousands of rows: neither may stop a process that serves clients meanwhile. */
export class SqliteWriterThread implements SqliteWriter {
  #worker: Worker | undefined;
  #failure: Error | undefined;
  readonly #waiting: { resolve: (result: StatementResult | undefined) => void; reject: (error: Error) => void }[] = [];

  constructor(private readonly file: string) {}

  async execute(text: string, parameters: readonly unknown[]): Promise<StatementResult> {
    return (await this.#send({ text, parameters }))!;
  }

  async executeEach(text: string, rows: readonly ColumnValues[]): Promise<void> {
    await this.#send({ text, rows });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined || this.#failure !== undefined) return;
    this.#failure = new Error("the SQL store has been closed");
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    worker.ref();
    worker.postMessage("close");
    await ended;
  }

  #send(request: ThreadRequest): Promise<StatementResult | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#worker ??= this.#start();
      // The process may end while nothing is asked of the thread, and not before its answer.
      if (this.#waiting.push({ resolve, reject }) === 1) this.#worker.ref();
      this.#worker.postMessage(request);
    });
  }

  #start(): Worker {
    const worker = startThread(join(__dirname, "sqlite-thread"), this.file);
    worker.on("message", (answer: ThreadAnswer) => {
      const { resolve, reject } = this.#waiting.shift()!;
      if (this.#waiting.length === 0) worker.unref();
      if ("error" in answer) reject(new Error(answer.error));
      else resolve(answer.result);
    });
    worker.once("error", (error) => this.#fail(error));
    worker.once("exit", () => this.#fail(new Error("the thread of the SQL store has ended")));
    return worker;
  }

  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
