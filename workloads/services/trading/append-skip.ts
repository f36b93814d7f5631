/** Appends a skip record to a stopped shard's log; see `skip.ts`. */

import { FileJournal, type FileJournalOptions, RecordKind } from "../../journal";
import { encodeSkip, type Skip } from "./skip";

/**
 * Resolves with the sequence of the record once it is durable. Rejects, with nothing written, when the shard is running, when the sequence is
 * not one of a command in the log, or when it is skipped already.
 */
export async function appendSkip(options: FileJournalOptions, skip: Skip): Promise<number> {
  const payload = encodeSkip(skip);
  const journal = new FileJournal(options);
  try {
    let kind: RecordKind | undefined;
    let already = 0;
    await journal.recover(skip.sequence, (found, _epoch, sequence, bytes, start, end) => {
      if (sequence === skip.sequence) kind = found;
      if (found === RecordKind.SKIP && Buffer.from(bytes.subarray(start, end)).includes(`"sequence":${skip.sequence},`)) already = sequence;
    });
    if (kind !== RecordKind.COMMAND)
      throw new RangeError(`there is no command at sequence ${skip.sequence}; the log ends at ${journal.durable}`);
    if (already) throw new RangeError(`sequence ${skip.sequence} is skipped already, by the record at ${already}`);
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
