/**
 * Brings a state machine from a snapshot, or from nothing, to a position of the log. Start-up, history for late subscribers, snapshots and the
 * reports all go through here, so that they cannot disagree.
 */

import { EventBuffer } from "@bourse/engine";
import type { RecordVisitor, Snapshot } from "../../journal";
import * as log from "../../journal";
import { decodeSkip } from "./skip";
import type { StateMachine, StateMachines } from "./state-machine";

// Constants of this file, as decision 0014 says.
const { RECORD_HEADER } = log;
const { COMMAND, SKIP } = log.RecordKind;

/** A logged command violates an assertion of the engine. Nothing of it was published; nothing behind it was applied. */
export class PoisonCommand extends Error {
  override readonly name = "PoisonCommand";
  constructor(
    readonly sequence: number,
    readonly violation: unknown,
  ) {
    super(
      `the command at sequence ${sequence} violates an assertion: ${violation instanceof Error ? violation.message : String(violation)}. ` +
        `See it with \`bourse-exchange journal show --from ${sequence}\`; when two people have agreed that it must be passed over, ` +
        `\`bourse-exchange journal skip --sequence ${sequence} --reason TEXT --approve NAME --approve NAME\` and start again.`,
    );
  }
}

/** Called after each applied record with what it wrote: `out.bytes[start, out.length)`; empty for a skipped command or a skip record. */
export type AppliedVisitor = (epoch: number, sequence: number, out: EventBuffer, start: number) => void;

/** Commands that are applied at once, while nobody looks at the state behind each of them. */
const RUN_COMMANDS = 256;

/** Commands that lie one behind the other in the memory of a group and are not yet applied: `bytes[start, end)`, with the headers of all but the first. */
interface Run {
  bytes: Uint8Array;
  epoch: number;
  start: number;
  end: number;
  count: number;
}

export class Replay {
  machine: StateMachine;
  /** Sequence and epoch of the last record that is in the state. */
  sequence: number;
  epoch: number;
  /** Commands that are passed over: each of them violated an assertion before its skip record was appended. */
  readonly skipped: Set<number>;
  /** The first command that violated an assertion; nothing behind it is applied, but skip records are still noted. */
  poison: PoisonCommand | undefined;
  /** Events of the records applied since the caller last cleared it. Without a visitor, at most those of the last {@link RUN_COMMANDS}. */
  readonly out = new EventBuffer();
  readonly #applied: AppliedVisitor | undefined;
  readonly #run: Run = { bytes: new Uint8Array(), epoch: 0, start: 0, end: 0, count: 0 };
  readonly #ends = new Uint32Array(RUN_COMMANDS);

  /** @param applied called behind each record. @default nobody: then many are applied at once */
  constructor(machines: StateMachines, snapshot: Snapshot | undefined, skipped = new Set<number>(), applied?: AppliedVisitor) {
    this.machine = snapshot ? machines.read(snapshot.state) : machines.create();
    this.sequence = snapshot?.sequence ?? 0;
    this.epoch = snapshot?.epoch ?? 0;
    this.skipped = skipped;
    this.#applied = applied;
  }

  /**
   * What to skip in another attempt, after all of the log was visited. Throws the {@link PoisonCommand} when no record says that it may be
   * passed over.
   */
  skipsAfterPoison(): Set<number> {
    if (this.poison && !this.skipped.has(this.poison.sequence)) throw this.poison;
    return this.skipped;
  }

  /** Applies one record; to be called for each in order. */
  readonly visit: RecordVisitor = (kind, epoch, sequence, bytes, start, end) => {
    this.gather(kind, epoch, sequence, bytes, start, end);
    this.settle();
  };

  /** The same, but a command may wait until {@link settle} is called, which must be before its bytes are no longer there. */
  readonly gather: RecordVisitor = (kind, epoch, sequence, bytes, start, end) => {
    const run = this.#run;
    const isApplied = kind === COMMAND && !this.skipped.has(sequence);
    if (run.count > 0) {
      const follows = isApplied && start === run.end + RECORD_HEADER && bytes === run.bytes && epoch === run.epoch;
      if (follows && run.count < RUN_COMMANDS && sequence === this.sequence + run.count + 1) {
        run.end = end;
        run.count++;
        return;
      }
      this.settle();
    }
    if (kind === SKIP) this.skipped.add(decodeSkip(bytes, start, end).sequence);
    if (this.poison) return;
    if (sequence !== this.sequence + 1) throw new Error(`sequence ${sequence} follows ${this.sequence}`);
    if (this.#applied === undefined) this.out.clear();
    if (!isApplied) return this.#passed(sequence, epoch, this.out.length);
    run.bytes = bytes;
    run.epoch = epoch;
    run.start = start;
    run.end = end;
    run.count = 1;
    if (this.#applied !== undefined || this.machine.applyAll === undefined) this.settle();
  };

  /** Applies the commands that wait. */
  settle(): void {
    const { bytes, epoch, start, end, count } = this.#run;
    if (count === 0) return;
    this.#run.count = 0;
    const first = this.sequence + 1;
    const before = this.out.length;
    try {
      if (count === 1) this.machine.apply(bytes, start, epoch, first, this.out);
      else this.machine.applyAll!(bytes, start, end, RECORD_HEADER, epoch, first, this.out, this.#ends);
    } catch (violation) {
      const sequence = count === 1 ? first : Math.max(first, this.machine.lastSequence!);
      this.poison = new PoisonCommand(sequence, violation);
      if (sequence > first) this.#passed(sequence - 1, epoch, before);
      return;
    }
    this.#passed(first + count - 1, epoch, before);
  }

  #passed(sequence: number, epoch: number, before: number): void {
    this.sequence = sequence;
    this.epoch = epoch;
    this.#applied?.(epoch, sequence, this.out, before);
  }
}
