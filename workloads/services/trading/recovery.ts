/** What a start makes of snapshot and log: the state behind the last command that is durable. */

import type { Journal, Snapshot } from "../../journal";
import type { LogKeepingOptions } from "./log-keeping";
import { Replay } from "./replay";
import type { StateMachines } from "./state-machine";

export interface RecoverOptions extends Pick<LogKeepingOptions, "snapshots"> {
  /** Not yet recovered. */
  journal: Journal;
  /** Told in a sentence what an operator should know: a torn tail, a damaged snapshot. @default nobody */
  report?: (message: string) => void;
  machines: StateMachines;
  /** Returns the state before a command that violates an assertion, with it as the replay's `poison`. @default it rejects */
  acceptPoison?: boolean;
}

/** The state that snapshot and log give, and the epoch of what is appended next. Closes the journal when it rejects, with `JournalCorrupt` or `PoisonCommand`. */
export async function recoverReplay(options: RecoverOptions): Promise<{ replay: Replay; epoch: number }> {
  const { journal, snapshots, machines, report = () => {} } = options;
  try {
    const snapshot = snapshots?.newest(Number.MAX_SAFE_INTEGER, (fault) => report(`${fault.message} An older snapshot is used.`));
    const replay = new Replay(machines, snapshot);
    const recovery = await journal.recover(replay.sequence + 1, replay.gather, () => replay.settle());
    if (recovery.torn) report(recovery.torn);
    if (snapshot && snapshot.sequence > recovery.sequence) {
      throw new Error(
        `the newest snapshot is of sequence ${snapshot.sequence}, but the log ends at ${recovery.sequence}: a part of the log is missing`,
      );
    }
    const { epoch } = recovery;
    const isSkipped = replay.poison === undefined || replay.skipped.has(replay.poison.sequence);
    if (options.acceptPoison && !isSkipped) return { replay, epoch };
    return { replay: await replayAround(replay, journal, machines, snapshot), epoch };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/** Applies again from the snapshot with the skip records that were found behind the poison command. */
async function replayAround(failed: Replay, journal: Journal, machines: StateMachines, snapshot: Snapshot | undefined): Promise<Replay> {
  for (let replay = failed; ; ) {
    if (!replay.poison) return replay;
    replay = new Replay(machines, snapshot, replay.skipsAfterPoison());
    for await (const group of journal.read(replay.sequence + 1, journal.durable)) {
      group.visit(replay.gather);
      replay.settle();
    }
  }
}
