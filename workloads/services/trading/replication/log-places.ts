/** Places in a leader's log, for copies whose logs may have parted from it. */

import { type Journal, type LogPlace, readSnapshotHeader, type SnapshotStore } from "../../../journal";

export interface LogPlacesOptions {
  journal: Journal;
  /** The log may begin right behind one. */
  snapshots: SnapshotStore;
  /** Resolves when others had their turn; awaited between looks. */
  soon: () => Promise<void>;
}

export class LogPlaces {
  constructor(private readonly options: LogPlacesOptions) {}

  /**
   * The last place of this log up to a sequence whose epoch is not a later one: it has nothing of what follows in the log of who asks. Undefined when that is
   * no longer kept.
   */
  async upTo({ sequence, epoch }: LogPlace): Promise<LogPlace | undefined> {
    const { journal, soon } = this.options;
    const last = Math.min(sequence, journal.durable);
    const place = await this.#placeOf(last);
    if (place === undefined || place.epoch <= epoch) return place;
    let [before, after] = [journal.first - 1, last];
    while (after - before > 1) {
      await soon();
      const middle = Math.floor((before + after) / 2);
      const found = await this.#placeOf(middle);
      if (found === undefined) return undefined;
      if (found.epoch > epoch) after = middle;
      else before = middle;
    }
    return this.#placeOf(before);
  }

  /** Position of a record of this log, undefined when that is no longer kept. */
  async #placeOf(sequence: number): Promise<LogPlace | undefined> {
    const { journal, snapshots } = this.options;
    if (sequence === 0 && journal.first === 1) return { epoch: 0, sequence };
    if (sequence < journal.first) {
      const headers = sequence + 1 === journal.first ? snapshots.headers(journal.first).map((bytes) => readSnapshotHeader(bytes)!) : [];
      const before = headers.find((header) => header.sequence === sequence);
      return before && { epoch: before.epoch, sequence };
    }
    let found = 0;
    for await (const group of journal.read(sequence, sequence)) {
      group.visit((_kind, epoch) => {
        found = epoch;
      });
    }
    return { epoch: found, sequence };
  }
}
