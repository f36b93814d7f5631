/** The bus of a process, named by BOURSE_BUS: a Kinesis stream. Where each consumer is stands in its database. */

import type { Bus } from "../stores/bus";
import { openKinesisBus } from "../stores/bus/kinesis";
import type { Sql } from "../stores/sql";
import type { Environment } from "./environment";

/** Reads BOURSE_BUS. */
export function readBus(environment: Environment): (sql: Sql, onError: (error: Error) => void) => Promise<Bus> {
  const allowed = "kinesis:<name of the stream>";
  const text = environment.text("BOURSE_BUS", allowed);
  const stream = /^kinesis:([A-Za-z0-9_.-]{1,128})$/.exec(text)?.[1];
  if (stream === undefined && text !== "") environment.fault("BOURSE_BUS", allowed);
  return (sql, onError) => openKinesisBus({ stream: stream ?? "", sql, onError });
}
