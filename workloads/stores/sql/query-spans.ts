/** Spans of the statements that are run for something traced: their text, in which values are parameters, never the values. */

import type { LogEvent } from "kysely";
import { activeSpan, ago, endSpan, SpanKind, startSpan, tracesAtAll } from "../../process/spans";

/** Characters of a statement that a span keeps. */
const longestText = 500;

/** What Kysely tells of each statement; undefined in a process that sends no spans, which then takes no times. */
export function queryLog(system: "postgresql" | "sqlite"): ((event: LogEvent) => void) | undefined {
  return tracesAtAll() ? (event) => tell(system, event) : undefined;
}

function tell(system: string, event: LogEvent): void {
  const parent = activeSpan();
  if (parent === undefined) return;
  const { sql } = event.query;
  const [operation = ""] = /^[a-z]+/i.exec(sql) ?? [];
  const attributes = {
    "peer.service": "sql",
    "db.system.name": system,
    "db.operation.name": operation,
    "db.query.text": sql.slice(0, longestText),
  };
  const span = startSpan(`sql ${operation}`, { kind: SpanKind.CLIENT, parent, at: ago(event.queryDurationMillis), attributes });
  endSpan(span, event.level === "error" ? "failed" : undefined);
}
