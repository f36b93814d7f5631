import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { checkFolder, FileJournal, ReceivedSnapshot, RecordKind, SnapshotStore } from "../../../workloads/journal";
import { Random, SimulatedCrash, SimulatedDisk } from "./simulated-disk";

const SHARD = 7;
const FOLDER = "folder";
const state = new Uint8Array(5_000).map((_, n) => n % 251);
const journalOptions = { folder: FOLDER, shard: SHARD, segmentBytes: 18_432, groupBytes: 4096, groups: 2 };

/** The file of a snapshot at sequence 70 of epoch 4, as its leader has it. */
function sentSnapshot(): Uint8Array {
  const disk = new SimulatedDisk(new Random(1));
  const store = new SnapshotStore(disk, FOLDER, SHARD);
  store.write({ epoch: 4, sequence: 70, state });
  strictEqual(store.headers(71).length, 1);
  return disk.bytes(store.path(70));
}

/** A folder with 30 records and a snapshot of its own. */
async function oldFolder(disk: SimulatedDisk): Promise<void> {
  const journal = new FileJournal({ ...journalOptions, fileSystem: disk, schedule: (run) => run() });
  await journal.recover(1, () => {});
  await append(journal, 30);
  new SnapshotStore(disk, FOLDER, SHARD).write({ epoch: 1, sequence: 20, state: state.slice(0, 10) });
  await journal.close();
}

async function append(journal: FileJournal, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    ok(journal.claim(64, 0));
    journal.append(RecordKind.COMMAND, journal.payloadStart + 64);
    journal.commit();
  }
}

function receive(disk: SimulatedDisk, sent: Uint8Array, pieceBytes = 700, reserve = 0): ReceivedSnapshot {
  const received = new ReceivedSnapshot(disk, FOLDER, SHARD, sent.slice(0, 64), reserve);
  while (!received.isWhole) {
    const end = Math.min(received.received + pieceBytes, sent.length);
    received.add(sent, received.received, end);
  }
  return received;
}

/** What a start finds in the folder: the newest snapshot, and where the log begins and ends. */
async function found(disk: SimulatedDisk) {
  const journal = new FileJournal({ ...journalOptions, fileSystem: disk, schedule: (run) => run() });
  const snapshot = new SnapshotStore(disk, FOLDER, SHARD).newest(Number.MAX_SAFE_INTEGER, () => {});
  const { sequence, epoch } = await journal.recover((snapshot?.sequence ?? 0) + 1, () => {});
  const { first } = journal;
  await journal.close();
  return { snapshot: snapshot?.sequence, first, sequence, epoch };
}

describe("a snapshot that is received", () => {
  let disk: SimulatedDisk;
  const sent = sentSnapshot();
  beforeEach(() => {
    disk = new SimulatedDisk(new Random(5));
  });

  it("is the beginning of an empty folder's log, which goes on behind it", async () => {
    receive(disk, sent).install();
    const journal = new FileJournal({ ...journalOptions, fileSystem: disk, schedule: (run) => run() });
    deepStrictEqual(await journal.recover(71, () => {}), { epoch: 5, sequence: 70, torn: undefined });
    strictEqual(journal.beginEpoch(5), true);
    await append(journal, 200);
    strictEqual(journal.durable, 270);
    await journal.close();
    deepStrictEqual(await found(disk), { snapshot: 70, first: 71, sequence: 270, epoch: 6 });
    const report = checkFolder(disk, FOLDER);
    deepStrictEqual([report.damage, report.first, report.last], [undefined, 71, 270]);
    journal.retain(270);
    ok(journal.first > 71);
  });

  it("is whole for `journal check` before there is a record behind it", () => {
    receive(disk, sent).install();
    deepStrictEqual(checkFolder(disk, FOLDER).snapshots, [{ sequence: 70, damage: undefined }]);
  });

  it("sets the old log and its snapshots aside, and nothing is deleted but what was only prepared", async () => {
    await oldFolder(disk);
    const kept = ["segment-0000000001.log", "snapshot-0000000000000020.bin"].map((name) => disk.bytes(`${FOLDER}/${name}`).slice());
    const aside = receive(disk, sent).install();
    deepStrictEqual(aside, [`${FOLDER}/segment-0000000001.log.removed`, `${FOLDER}/snapshot-0000000000000020.bin.removed`]);
    deepStrictEqual(
      aside.map((path) => disk.bytes(path)),
      kept,
    );
    deepStrictEqual(await found(disk), { snapshot: 70, first: 71, sequence: 70, epoch: 5 });
  });

  it("leaves either the old folder or the new one, wherever the machine crashes", async () => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= 40; seed++) {
      for (let calls = 1; ; calls++) {
        disk = new SimulatedDisk(new Random(seed * 1_000 + calls));
        await oldFolder(disk);
        disk.crashAfter = calls;
        let done = false;
        try {
          receive(disk, sent).install();
          done = true;
        } catch (error) {
          ok(error instanceof SimulatedCrash);
        }
        disk.crash();
        disk.restart();
        const { snapshot, first, sequence } = await found(disk);
        const outcome = `${snapshot} ${first} ${sequence}`;
        ok(done ? outcome === "70 71 70" : ["20 1 30", "70 71 70"].includes(outcome), `seed ${seed}, call ${calls}: ${outcome}`);
        outcomes.add(outcome);
        strictEqual(disk.paths().filter((path) => /incoming|received$/.test(path)).length, 0);
        if (done) break;
      }
    }
    strictEqual(outcomes.size, 2);
  });

  it("is given up, with the folder as it was, when it does not read back as it was sent", async () => {
    await oldFolder(disk);
    const changed = sent.slice();
    changed[2_000] ^= 1;
    const received = receive(disk, changed);
    throws(() => received.install(), /\.incoming is corrupt at offset 64: the state of the snapshot is damaged/);
    deepStrictEqual(await found(disk), { snapshot: 20, first: 1, sequence: 30, epoch: 2 });
  });

  it("is not begun without the space for it, and given up when the disk fills on the way", async () => {
    await oldFolder(disk);
    disk.capacity = disk.used + sent.length + 999;
    throws(() => receive(disk, sent, 700, 1000), /needs 6064 bytes in folder, where 6063 are free: make space, such as by removing files/);
    const received = new ReceivedSnapshot(disk, FOLDER, SHARD, sent.slice(0, 64), 0);
    disk.capacity = disk.used + 1_000;
    received.add(sent, 64, 764);
    throws(() => received.add(sent, 764, 1_464), /make space/);
    strictEqual(disk.paths().filter((path) => path.endsWith(".incoming")).length, 0);
    deepStrictEqual(await found(disk), { snapshot: 20, first: 1, sequence: 30, epoch: 2 });
  });

  it("is refused when it is another shard's or its header is damaged, and when more comes than it has", () => {
    throws(() => new ReceivedSnapshot(disk, FOLDER, 8, sent.slice(0, 64), 0), /it belongs to shard 7, not 8/);
    const damaged = sent.slice(0, 64);
    damaged[17] ^= 4;
    throws(() => new ReceivedSnapshot(disk, FOLDER, SHARD, damaged, 0), /its header is damaged/);
    const received = receive(disk, sent);
    throws(() => received.add(sent, 0, 1), /the snapshot has 5064 bytes, more have come/);
  });

  it("takes the place of one that was not finished, and a start removes what was left of it and of one that was being written", async () => {
    new ReceivedSnapshot(disk, FOLDER, SHARD, sent.slice(0, 64), 0).add(sent, 64, 700);
    const again = receive(disk, sent);
    strictEqual(again.received, sent.length);
    disk.open(`${FOLDER}/snapshot-0000000000000099.bin.part`, "create");
    const { sequence } = await found(disk);
    strictEqual(sequence, 0);
    match(disk.paths().join(), /^folder\/segment-0000000001.log$/);
  });
});
