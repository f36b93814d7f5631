/** `bourse-exchange trace <orderId>`: an order's life, made again from the log. */

import { type Command, decodeCommand, decodeEvents, type Event } from "@bourse/engine";
import { type FileSystem, listSegments, SnapshotStore } from "../../journal";
import { oldestBase, replayFolder } from "./replay-folder";
import { exchanges, type StateMachine, type StateMachines } from "./state-machine";

/** One command that had to do with the order. */
export interface TraceStep {
  epoch: number;
  sequence: number;
  command: Command;
  /** When its group was closed for the disk, in microseconds since 1970. */
  loggedAt: number;
  /** Events of the order, and the balances that changed with them: holds, fills, releases. */
  events: Event[];
}

export interface Trace {
  /** Sequence of the first command that was read: 1, or the first behind the oldest snapshot when older log has been dropped. */
  from: number;
  /** In order; none when the log has no such order. */
  steps: TraceStep[];
}

/** Reads all of the log that is kept. */
export function traceOrder(fileSystem: FileSystem, folder: string, orderId: number): Trace {
  const first = listSegments(fileSystem, folder)[0]?.header;
  if (!first) throw new RangeError(`there is no log in ${folder}`);
  const shard = first.shard;
  const snapshot = oldestBase(new SnapshotStore(fileSystem, folder, shard), first.firstSequence);
  const needle = orderIdBytes(orderId);
  const steps: TraceStep[] = [];
  let loggedAt = 0;
  let place: { bytes: Uint8Array; offset: number } = { bytes: new Uint8Array(), offset: 0 };
  replayFolder({
    fileSystem,
    folder,
    shard,
    snapshot,
    machines: watching(exchanges(shard), (bytes, offset) => {
      place = { bytes, offset };
    }),
    group: (group) => {
      loggedAt = group.header.time;
    },
    applied: (epoch, sequence, out, start) => {
      const bytes = Buffer.from(out.bytes.buffer, out.bytes.byteOffset + start, out.length - start);
      if (!bytes.includes(needle)) return;
      const events = decodeEvents(out.bytes, start, out.length);
      const concerned = events.filter((event) => concerns(event, orderId));
      if (concerned.length === 0) return;
      const accounts = new Set(concerned.flatMap((event) => accountOf(event, orderId)));
      const balances = events.filter((event) => event.kind === "balanceChanged" && accounts.has(event.account));
      steps.push({ epoch, sequence, command: decodeCommand(place.bytes, place.offset), loggedAt, events: [...concerned, ...balances] });
    },
    again: () => {
      steps.length = 0;
    },
  });
  return { from: (snapshot?.sequence ?? 0) + 1, steps };
}

/** Hands out where each command lies before it is applied; it is decoded only when it turns out to matter. */
function watching(machines: StateMachines, see: (bytes: Uint8Array, offset: number) => void): StateMachines {
  const watch = (machine: StateMachine): StateMachine => ({
    apply(bytes, offset, epoch, sequence, out) {
      see(bytes, offset);
      machine.apply(bytes, offset, epoch, sequence, out);
    },
    stateHash: () => machine.stateHash(),
    writeState: () => machine.writeState(),
  });
  return { create: () => watch(machines.create()), read: (state) => watch(machines.read(state)) };
}

/** How the codec writes the id: eight bytes, little-endian. Looking for them is faster than decoding. */
function orderIdBytes(orderId: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(orderId));
  return bytes;
}

function concerns(event: Event, orderId: number): boolean {
  if (event.kind === "trade" || event.kind === "tradePrevented") return event.takerOrderId === orderId || event.makerOrderId === orderId;
  if (event.kind === "orderListChanged") return event.orderIds.includes(orderId);
  return "orderId" in event && event.orderId === orderId;
}

function accountOf(event: Event, orderId: number): number[] {
  if (event.kind === "trade" || event.kind === "tradePrevented")
    return [event.takerOrderId === orderId ? event.takerAccount : event.makerAccount];
  return "account" in event ? [event.account] : [];
}
