import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, EventBuffer, encodeCommand, MAX_COMMAND_LENGTH } from "@bourse/engine";
import { nodeFileSystem, SnapshotStore } from "../../../../workloads/journal";
import { exchanges, openTradingShard, type StateMachine } from "../../../../workloads/services/trading";
import { takeSnapshot } from "../../../../workloads/services/trading/snapshot";
import { nothingYet, opening, randomCommands, smallWorld } from "../../engine/random-commands";
import { Random, SimulatedDisk } from "../../journal/simulated-disk";
import { limitOrder, openMarket } from "./command-mix";

/** A snapshot's file as it was written when its format was new, in base64, and what was in it. */
interface Written {
  file: string;
  stateHash: string;
}

const shard = 3;
const epoch = 2;
const written = (name: string): Written => JSON.parse(readFileSync(join(__dirname, "fixtures", name), "utf8"));

/** Orders of all types, lists, sessions, balances: what 200 commands leave. */
function machineOfFixtures(): { machine: StateMachine; sequence: number } {
  const machine = exchanges(shard).create();
  const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
  const out = new EventBuffer();
  let sequence = 0;
  const apply = (command: Command) => {
    encodeCommand(command, bytes, 0);
    out.clear();
    machine.apply(bytes, 0, epoch, ++sequence, out);
  };
  for (const command of opening(smallWorld)) apply(command);
  const commands = randomCommands(11, smallWorld, nothingYet());
  for (let n = 0; n < 200; n++) apply(commands.next().value as Command);
  apply({ ...limitOrder(1, 0, 900, 3, 0), session: 9, sessionSequence: 4 });
  return { machine, sequence };
}

function fileOf(state: Uint8Array, sequence: number): Buffer {
  const disk = new SimulatedDisk(new Random(1));
  const store = new SnapshotStore(disk, "folder", shard);
  store.write({ epoch, sequence, state });
  const file = disk.open(store.path(sequence), "read");
  const bytes = Buffer.alloc(file.size());
  file.read(bytes, 0, bytes.length, 0);
  file.close();
  return bytes;
}

function read(file: Buffer, sequence: number): StateMachine {
  const disk = new SimulatedDisk(new Random(1));
  const store = new SnapshotStore(disk, "folder", shard);
  const open = disk.open(store.path(sequence), "create");
  open.write(file, 0, file.length, 0);
  open.sync();
  open.close();
  disk.syncFolder();
  const snapshot = store.newest(sequence, (fault) => {
    throw fault;
  });
  deepStrictEqual([snapshot?.epoch, snapshot?.sequence], [epoch, sequence]);
  return exchanges(shard).read(snapshot!.state);
}

describe("snapshot format 1", () => {
  const { machine, sequence } = machineOfFixtures();

  it("is read from a file that was written when it was new", () => {
    const { file, stateHash } = written("snapshot-1.json");
    const back = read(Buffer.from(file, "base64"), sequence);
    strictEqual(back.stateHash(), stateHash);
    strictEqual(back.stateHash(), machine.stateHash());
  });

  it("is still written byte for byte", () => {
    strictEqual(fileOf(machine.writeState(), sequence).toString("base64"), written("snapshot-1.json").file);
  });

  it("is read from a file that was written before states had order counts", () => {
    const { file, stateHash } = written("snapshot-1-without-counts.json");
    const back = read(Buffer.from(file, "base64"), sequence);
    strictEqual(back.stateHash().slice(0, 32), stateHash);
    strictEqual(machine.stateHash().slice(0, 32), stateHash);
    deepStrictEqual(back.orderCounts?.(1, 0), { tenSeconds: 0, day: 0 });
  });
});

describe("a snapshot beside a shard", () => {
  it("is removed, and keeps the log that it was to replace, when it does not read back to the state that was written", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bourse-snapshot-"));
    try {
      const trading = await openTradingShard({ folder, shard, segmentBytes: 16 << 20 });
      for (const command of openMarket(2)) await trading.submit(command);
      const { sequence: through } = trading.position;
      await trading.close();
      const { create, read: readState } = exchanges(shard);
      const forgetful = { create, read: (state: Uint8Array) => Object.assign(readState(state), { stateHash: () => "another" }) };
      throws(() => takeSnapshot(nodeFileSystem, folder, shard, forgetful, through), /reads back with state hash another/);
      deepStrictEqual(new SnapshotStore(nodeFileSystem, folder, shard).sequences(), []);
      takeSnapshot(nodeFileSystem, folder, shard, { create, read: readState }, through);
      deepStrictEqual(new SnapshotStore(nodeFileSystem, folder, shard).sequences(), [through]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
