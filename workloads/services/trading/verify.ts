/** `bourse-exchange verify`: proves from the files alone that a log replays, without a gap, to states in which no money was made or lost. */

import { Exchange } from "@bourse/engine";
import { type FileSystem, listSegments, SnapshotStore } from "../../journal";
import { CountedExchange } from "./counted-exchange";
import { oldestBase, replayFolder } from "./replay-folder";
import type { StateMachine } from "./state-machine";

export interface Verification {
  shard: number;
  /** First and last sequence that were replayed. */
  from: number;
  through: number;
  epoch: number;
  skipped: number[];
  stateHash: string;
  openOrders: number;
  /** Snapshots whose state equals the replayed one; the one that the replay began with is not among them. */
  snapshotsProven: number[];
  /** By asset number: held by accounts, taken as fees, and deposits less withdrawals. The first two sum to the third, or this is not returned. */
  assets: { asset: number; accounts: bigint; fees: bigint; brought: bigint }[];
  torn: string | undefined;
}

/** Something does not add up; the message says what and where. */
export class VerificationFailed extends Error {
  override readonly name = "VerificationFailed";
}

/** Throws {@link VerificationFailed}, `JournalCorrupt` or `PoisonCommand`. Changes nothing. */
export function verifyFolder(fileSystem: FileSystem, folder: string): Verification {
  const first = listSegments(fileSystem, folder)[0]?.header;
  if (!first) throw new VerificationFailed(`there is no log in ${folder}`);
  const { shard } = first;
  const store = new SnapshotStore(fileSystem, folder, shard);
  const sequences = store.sequences().reverse();
  const snapshot = oldestBase(store, first.firstSequence);
  const pending = sequences.filter((sequence) => sequence > (snapshot?.sequence ?? 0));
  const snapshotsProven: number[] = [];
  let counted = new CountedExchange(new Exchange({ shard }));
  const track = (made: CountedExchange): StateMachine => {
    counted = made;
    return made;
  };
  const machines = {
    create: () => track(new CountedExchange(new Exchange({ shard }))),
    read: (state: Uint8Array) => track(CountedExchange.readState(state)),
  };
  const { replay, tail } = replayFolder({
    fileSystem,
    folder,
    shard,
    machines,
    snapshot,
    applied: (_epoch, sequence) => {
      if (sequence !== pending[snapshotsProven.length]) return;
      proveSnapshot(store, sequence, counted);
      snapshotsProven.push(sequence);
    },
    again: () => {
      snapshotsProven.length = 0;
    },
  });
  if (snapshotsProven.length < pending.length) {
    throw new VerificationFailed(
      `the snapshot at sequence ${pending[snapshotsProven.length]} is ahead of the log, which ends at ${replay.sequence}`,
    );
  }
  const { exchange } = counted;
  exchange.audit();
  return {
    shard,
    from: (snapshot?.sequence ?? 0) + 1,
    through: replay.sequence,
    epoch: replay.epoch,
    skipped: [...replay.skipped],
    stateHash: counted.stateHash(),
    openOrders: exchange.openOrders,
    snapshotsProven,
    assets: balanced(exchange),
    torn: tail?.torn && `${tail.torn.file} at offset ${tail.torn.offset}`,
  };
}

function proveSnapshot(store: SnapshotStore, sequence: number, exchange: CountedExchange): void {
  const [stored, replayed] = [CountedExchange.readState(store.read(sequence).state).stateHash(), exchange.stateHash()];
  if (stored !== replayed) throw new VerificationFailed(`${store.path(sequence)} has state hash ${stored}, the log replays to ${replayed}`);
}

function balanced(exchange: Exchange): Verification["assets"] {
  return [...exchange.totals()].map(([asset, { accounts, fees, external }]) => {
    if (accounts + fees + external !== 0n) {
      throw new VerificationFailed(`asset ${asset}: accounts hold ${accounts} and fees ${fees}, but ${-external} were brought in`);
    }
    return { asset, accounts, fees, brought: -external };
  });
}
