/**
 * Skip records: the audited decision to pass over one command of the log, because it violates an assertion of the engine. The record is
 * appended to the log itself, so that every replica honours it. Two different people have to approve.
 */

export interface Skip {
  /** Of the command that is passed over. */
  sequence: number;
  /** Why, in a sentence, for the audit. */
  reason: string;
  /** Who approved: at least two different names. */
  approvals: string[];
  /** Microseconds since 1970. */
  time: number;
}

/** What is wrong with a skip, or undefined. */
export function skipFault(skip: Skip): string | undefined {
  if (!Number.isSafeInteger(skip.sequence) || skip.sequence < 1) return `sequence is ${skip.sequence}, it must be a positive integer`;
  if (typeof skip.reason !== "string" || skip.reason.trim() === "") return "a reason must be given";
  const names = new Set(skip.approvals.map((name) => name.trim().toLowerCase()).filter((name) => name !== ""));
  if (names.size < 2) return `approvals are ${JSON.stringify(skip.approvals)}, two different people must approve`;
  return undefined;
}

export function encodeSkip(skip: Skip): Uint8Array {
  const fault = skipFault(skip);
  if (fault) throw new RangeError(fault);
  return Buffer.from(JSON.stringify(skip), "utf8");
}

export function decodeSkip(bytes: Uint8Array, start: number, end: number): Skip {
  return JSON.parse(Buffer.from(bytes.subarray(start, end)).toString("utf8")) as Skip;
}
