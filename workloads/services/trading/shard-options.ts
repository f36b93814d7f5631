/** What a trading shard is made of, and its limits. */

import type { Journal } from "../../journal";
import type { LogKeepingOptions } from "./log-keeping";
import type { OrderLimits } from "./port";
import type { Replication } from "./replication/log-copies";
import type { StateMachines } from "./state-machine";

export interface TradingShardOptions extends LogKeepingOptions {
  /** Not yet recovered. */
  journal: Journal;
  /** Unfilled orders that each account may place. @default as good as none */
  orderLimits?: OrderLimits;
  /** Bytes of recent events kept in memory for subscribers. @default 32 MiB */
  recentEventBytes?: number;
  /** @default the engine's exchange */
  machines?: StateMachines;
  /** Queue space that new orders leave to cancels, in bytes. @default 1 MiB */
  reserveBytes?: number;
  /** Copies of the log that an acknowledgement waits for, and the right to lead. @default none: this shard's own disk is enough */
  replication?: Replication;
  /** Microseconds since 1970. @default the system's clock */
  clock?: () => number;
  /** Runs a function soon, on this thread. @default setImmediate */
  defer?: (run: () => void) => void;
  /** Told in a sentence what an operator should know: a torn tail, a damaged snapshot, a stop. @default nobody */
  report?: (message: string) => void;
}
