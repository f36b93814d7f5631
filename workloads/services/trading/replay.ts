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

export class Replay {
  machine: StateMachine;
  /** Sequence and epoch of the last record that is in the state. */
  sequence: number;
  epoch: number;
  /** Commands that are passed over: each of them violated an assertion before its skip record was appended. */
  readonly skipped: Set<number>;
  /** The first command that violated an assertion; nothing behind it is applied, but skip records are still noted. */
  poison: PoisonCommand | undefined;
  /** Events of the records applied since the caller last cleared it. */
  readonly out = new EventBuffer();
  #applied: AppliedVisitor;

  constructor(machines: StateMachines, snapshot: Snapshot | undefined, skipped = new Set<number>(), applied: AppliedVisitor = () => {}) {
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
    if (kind === SKIP) this.skipped.add(decodeSkip(bytes, start, end).sequence);
    if (this.poison) return;
    if (sequence !== this.sequence + 1) throw new Error(`sequence ${sequence} follows ${this.sequence}`);
    const before = this.out.length;
    if (kind === COMMAND && !this.skipped.has(sequence)) {
      try {
        this.machine.apply(bytes, start, epoch, sequence, this.out);
      } catch (violation) {
        this.poison = new PoisonCommand(sequence, violation);
        return;
      }
    }
    this.sequence = sequence;
    this.epoch = epoch;
    this.#applied(epoch, sequence, this.out, before);
  };
}
