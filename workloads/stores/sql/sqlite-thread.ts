/** The thread that writes to one SQLite file: runs what it is sent in order, and answers each. */

import { parentPort, workerData } from "node:worker_threads";
import type { ColumnValues } from "./port";
import { SqliteConnection, type StatementResult } from "./sqlite-connection";

/** Statements to run: one with its parameters, or one for each of many rows. */
export type ThreadRequest = { text: string; parameters: readonly unknown[] } | { text: string; rows: readonly ColumnValues[] };
export type ThreadAnswer = { result: StatementResult | undefined } | { error: string };

const connection = new SqliteConnection(workerData as string, "write");
const port = parentPort!;
port.on("message", (request: ThreadRequest | "close") => {
  if (request === "close") {
    connection.close();
    port.close();
    return;
  }
  let answer: ThreadAnswer;
  try {
    if ("rows" in request) {
      connection.executeEach(request.text, request.rows);
      answer = { result: undefined };
    } else answer = { result: connection.execute(request.text, request.parameters) };
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(answer);
});
