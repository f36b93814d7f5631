/** Appends a skip record to a stopped shard's log; see `skip.ts`. */

import { FileJournal, type FileJournalOptions, nodeFileSystem, RecordKind, SnapshotStore } from "../../journal";
import { PoisonCommand } from "./replay";
import { replayFolder } from "./replay-folder";
import { encodeSkip, type Skip } from "./skip";
import { exchanges, type StateMachines } from "./state-machine";

/**
 * Resolves with the sequence of the record once it is durable. Rejects, with nothing written, when the shard is running, and when it is not
 * this command that violates an assertion: no other command may ever be passed over.
 */
export async function appendSkip(
  options: FileJournalOptions,
  skip: Skip,
  machines: StateMachines = exchanges(options.shard),
): Promise<number> {
  const payload = encodeSkip(skip);
  const journal = new FileJournal(options);
  try {
    const poison = findPoison(options, machines);
    if (poison !== skip.sequence) {
      const found =
        poison === 0 ? "no command of the log violates an assertion" : `the command that violates an assertion is at sequence ${poison}`;
      throw new RangeError(`sequence ${skip.sequence} cannot be passed over: ${found}`);
    }
    await journal.recover(skip.sequence, () => {});
    journal.claim(payload.length, 0);
    journal.payload.set(payload, journal.payloadStart);
    const sequence = journal.append(RecordKind.SKIP, journal.payloadStart + payload.length);
    await journal.close();
    if (journal.durable !== sequence) throw new Error("the skip record could not be written");
    return sequence;
  } finally {
    await journal.close();
  }
}

/** Sequence of the first command that violates an assertion and is not skipped; 0 for none. */
function findPoison({ fileSystem = nodeFileSystem, folder, shard }: FileJournalOptions, machines: StateMachines): number {
  const snapshot = new SnapshotStore(fileSystem, folder, shard).newest(Number.MAX_SAFE_INTEGER, () => {});
  try {
    replayFolder({ fileSystem, folder, shard, machines, snapshot });
    return 0;
  } catch (error) {
    if (error instanceof PoisonCommand) return error.sequence;
    throw error;
  }
}
