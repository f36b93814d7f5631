/** What a member does with the frames of the leader that it follows: one for each connection, whatever carries it. */

import type { LogPlace } from "../../../journal";
import { EVENTS_HEADER, FRAME_HEADER, FrameType, newFrame } from "../remote/frames";
import { Agreement } from "./agreement";
import type { IncomingSnapshot } from "./incoming-snapshot";
import type { LogCopy } from "./log-copy";
import { copyLogFrame, keptFrame, readLogDiffers, readState } from "./log-frames";
import { readPiece, readSnapshots, sendSnapshotFrame } from "./snapshot-frames";

export interface FollowingOptions {
  shard: number;
  member: string;
  copy: LogCopy;
  /** For what the leader's log no longer has. */
  incoming: IncomingSnapshot;
  /** Names the code that applies the commands here. */
  code: string;
  /** Commands that must agree with a leader that has other code before this member may lead. */
  agree: number;
  /** A copy that is not to take over. @default false */
  neverLeads?: boolean;
  send(frame: Buffer): void;
  /** Stops frames from coming, and lets them come again. */
  pause(): void;
  resume(): void;
  /** The connection is of no use any more. */
  end(reason: string): void;
  report: (message: string) => void;
}

export class Following {
  readonly #options: FollowingOptions;
  /** Frames that wait for the disk, in order. */
  #waiting: Buffer[] = [];
  #told = 0;
  #leaving = false;
  /** Whether the leader's code is this member's, or has agreed with it. */
  #agrees: boolean | undefined;
  #saysMayLead = false;
  /** Set when the leader's log is another one from a place on. */
  differs: LogPlace | undefined;
  /** Set when a snapshot is here that takes the place of the copy. */
  hasSnapshot = false;

  constructor(options: FollowingOptions) {
    this.#options = options;
    options.copy.kept = (sequence) => this.#kept(sequence);
  }

  /** `"asks"` until the leader has taken it up; `"shadow"` until its code has agreed with the leader's. */
  get standing(): "asks" | "shadow" | "follows" {
    if (this.#agrees === undefined) return "asks";
    return this.#agrees ? "follows" : "shadow";
  }

  /** Asks for the log. @param told sequence of the last command that the leader has told anybody of */
  begin(told: number): void {
    const { shard, member, copy, send } = this.#options;
    this.#told = told;
    copy.agreement = undefined;
    send(copyLogFrame({ shard, epoch: copy.epoch, sequence: copy.sequence, member }));
  }

  /** A frame in `bytes[start, end)`, which are good during the call. */
  frame(bytes: Buffer, start: number, end: number): void {
    if (this.#leaving) return;
    const waits = this.#waiting.length > 0;
    if (!waits && this.#take(bytes, start, end)) return;
    this.#waiting.push(Buffer.from(bytes.subarray(start, end)));
    if (!waits) this.#options.pause();
  }

  /** Nothing that comes from now on is taken, and nothing said. */
  leave(): void {
    this.#leaving = true;
    this.#waiting = [];
    this.#options.copy.kept = () => {};
    this.#options.copy.agreement = undefined;
  }

  /** False when it must be given again. What cannot be taken ends the connection. */
  #take(bytes: Buffer, start: number, end: number): boolean {
    try {
      return this.#taken(bytes[start + 4], bytes, start, end);
    } catch (error) {
      this.#options.end(error instanceof Error ? error.message : String(error));
      this.leave();
      return true;
    }
  }

  #taken(type: FrameType, bytes: Buffer, start: number, end: number): boolean {
    const { copy, incoming, send, end: giveUp } = this.#options;
    const at = start + FRAME_HEADER;
    if (type === FrameType.RECORDS) {
      if (!copy.append(bytes, start, end)) return false;
    } else if (type === FrameType.LOG_FROM) this.#accepted(bytes.toString("latin1", at + 8, end).replace(/\0+$/, ""));
    else if (type === FrameType.LOG_DIFFERS) {
      this.differs = readLogDiffers(bytes, start);
      giveUp("the logs differ");
    } else if (type === FrameType.SNAPSHOTS) send(sendSnapshotFrame(incoming.choose(readSnapshots(bytes, start, end))));
    else if (type === FrameType.SNAPSHOT_PIECE) {
      const { offset, from, to } = readPiece(bytes, start, end);
      this.hasSnapshot = incoming.add(offset, bytes, from, to);
      if (this.hasSnapshot) giveUp("the snapshot is here");
    } else if (type === FrameType.EVENTS) {
      copy.told(Number(bytes.readBigUInt64LE(at + 8)), Number(bytes.readBigUInt64LE(at + 16)), bytes, start + EVENTS_HEADER, end);
      this.#judge();
    } else if (type === FrameType.STATE) {
      const { sequence, hash } = readState(bytes, start, end);
      copy.leadersState(sequence, hash);
    }
    return true;
  }

  #accepted(leadersCode: string): void {
    const { copy, incoming, code, agree, shard, send, report } = this.#options;
    incoming.discard();
    this.#agrees = leadersCode === code || agree === 0;
    if (!this.#agrees) {
      // Events that this member has applied before it could compare them stay uncompared; the state's hash covers them.
      copy.agreement = new Agreement(agree, Math.max(this.#told, copy.sequence));
      report(
        `the leader has other code (${leadersCode}) than this member (${code}): it leads only after ${agree} commands have had the same events`,
      );
      const subscribe = newFrame(FrameType.SUBSCRIBE, 16);
      subscribe.writeUInt32LE(shard, FRAME_HEADER);
      subscribe.writeBigUInt64LE(BigInt(this.#told), FRAME_HEADER + 8);
      send(subscribe);
    }
    this.#kept(copy.durable);
  }

  /** Enough has agreed, or something has not. */
  #judge(): void {
    const { copy, report } = this.#options;
    const { agreement } = copy;
    if (agreement?.isReached && !this.#agrees) {
      this.#agrees = true;
      report(`${agreement.agreed} commands have had the same events as the leader's: this member can lead`);
    }
    if (this.#mayLead !== this.#saysMayLead) this.#kept(copy.durable);
  }

  get #mayLead(): boolean {
    const { copy, neverLeads } = this.#options;
    return this.#agrees === true && !neverLeads && copy.apart === undefined;
  }

  #kept(sequence: number): void {
    const { copy, send, resume, neverLeads } = this.#options;
    if (this.#leaving) return;
    if (this.#agrees !== undefined) {
      this.#saysMayLead = this.#mayLead;
      send(keptFrame({ sequence, mayLead: this.#saysMayLead, isElsewhere: neverLeads === true && copy.apart === undefined }));
    }
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const [index, frame] of waiting.entries()) {
      if (this.#take(frame, 0, frame.length)) continue;
      this.#waiting = waiting.slice(index);
      return;
    }
    resume();
  }
}
