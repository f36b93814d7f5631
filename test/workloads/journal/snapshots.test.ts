import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { type JournalCorrupt, type OpenFile, type OpenMode, SnapshotStore } from "../../../workloads/journal";
import { Random, SimulatedCrash, SimulatedDisk } from "./simulated-disk";

const state = (fill: number) => new Uint8Array(2000).fill(fill);

describe("snapshots", () => {
  let disk: SimulatedDisk;
  let store: SnapshotStore;
  beforeEach(() => {
    disk = new SimulatedDisk(new Random(3));
    store = new SnapshotStore(disk, "folder", 7);
    store.write({ epoch: 1, sequence: 10, state: state(1) });
    store.write({ epoch: 2, sequence: 20, state: state(2) });
  });

  it("gives the newest at or before a sequence", () => {
    deepStrictEqual(
      store.newest(100, () => {}),
      { epoch: 2, sequence: 20, state: state(2) },
    );
    strictEqual(store.newest(19, () => {})?.sequence, 10);
    strictEqual(
      store.newest(9, () => {}),
      undefined,
    );
  });

  it("passes over one with any flipped bit, and reports it", () => {
    const path = store.path(20);
    for (let bit = 0; bit < (64 + 2000) * 8; bit += 97) {
      disk.flipBit(path, bit);
      const faults: JournalCorrupt[] = [];
      strictEqual(store.newest(100, (fault) => faults.push(fault))?.sequence, 10, `bit ${bit}`);
      strictEqual(faults[0].file, path);
      disk.flipBit(path, bit);
    }
    strictEqual(store.newest(100, () => {})?.sequence, 20);
  });

  it("bears no name when the disk has changed what was written", () => {
    class FaultyDisk extends SimulatedDisk {
      override open(path: string, mode: OpenMode): OpenFile {
        const file = super.open(path, mode);
        if (mode !== "create") return file;
        const write: OpenFile["write"] = (bytes, start, end, offset) => {
          const changed = bytes.slice(start, end);
          if (offset > 0) changed[100] ^= 1;
          file.write(changed, 0, changed.length, offset);
        };
        return { ...file, write };
      }
    }
    const faulty = new SnapshotStore(new FaultyDisk(new Random(4)), "folder", 7);
    throws(
      () => faulty.write({ epoch: 1, sequence: 10, state: state(1) }),
      /\.part is corrupt at offset 64: the state of the snapshot is damaged/,
    );
    deepStrictEqual(faulty.sequences(), []);
  });

  it("is there whole, or not at all, after a crash at any moment of writing it", () => {
    let complete = 0;
    for (let seed = 0; seed < 120; seed++) {
      const crashing = new SimulatedDisk(new Random(seed));
      const written = new SnapshotStore(crashing, "folder", 7);
      written.write({ epoch: 1, sequence: 10, state: state(1) });
      crashing.crashAfter = 1 + (seed % 6);
      try {
        written.write({ epoch: 2, sequence: 20, state: state(2) });
      } catch (error) {
        ok(error instanceof SimulatedCrash);
      }
      crashing.crash();
      crashing.restart();
      const newest = written.newest(100, (fault) => ok(false, fault.message));
      if (newest?.sequence === 20) complete++;
      else strictEqual(newest?.sequence, 10);
      deepStrictEqual(newest?.state, state(newest.sequence / 10));
      written.write({ epoch: 2, sequence: 20, state: state(2) });
    }
    ok(complete > 0 && complete < 120, `${complete} of 120 were complete`);
  });

  it("keeps the newest few", () => {
    store.write({ epoch: 2, sequence: 30, state: state(3) });
    store.removeBefore(20);
    deepStrictEqual(store.sequences(), [30, 20]);
  });

  it("of another shard is refused", () => {
    throws(
      () => new SnapshotStore(disk, "folder", 8).read(20),
      (error: Error) => {
        match(error.message, /it belongs to shard 7, not 8/);
        return true;
      },
    );
  });
});
