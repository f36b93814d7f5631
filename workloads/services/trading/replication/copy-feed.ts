/** The leader's side of one copy's connection: what the copy asks for and says that it keeps. */

import { JournalTooOld } from "../../../journal";
import { FrameType, ProtocolError } from "../remote/frames";
import type { LogCopies } from "./log-copies";
import { type KeptCopy, readCopyLog, readKept } from "./log-frames";
import { readSendSnapshot } from "./snapshot-frames";

/** The connection of a copy. */
export interface CopyLink {
  send(frame: Buffer): void;
  /** Bytes that were sent and have not left. */
  backlog(): number;
  /** Ends the connection; another is worth trying. */
  end(reason: string): void;
}

/** One copy, as its connection sees it. */
export interface CopyFeed {
  /** A frame of the type COPY_LOG, KEPT or SEND_SNAPSHOT. Throws a {@link ProtocolError}. */
  frame(type: FrameType, bytes: Buffer, start: number, end: number): void;
  close(): void;
}

export type Standing = "out" | "joining" | "in" | "leaving";

/** What is known of a member whose log is copied. */
export interface CopyingMember {
  standing: Standing;
  feed: Feed | undefined;
  /** Sequence up to which its copy is durable. */
  kept: number;
  mayLead: boolean;
  /** It is where nobody leads unless its region is told to; and it had all that was durable here a moment ago. */
  isElsewhere: boolean;
  isLevel: boolean;
  /** What was durable here at `markedAt`: it must be kept within the patience. */
  mark: number;
  markedAt: number;
}

export class Feed implements CopyFeed {
  /** Last sequence that was sent. */
  sent = 0;
  isLive = false;
  closed = false;
  member: CopyingMember | undefined;
  /** Names the member's folder, once it has asked. */
  id = "";
  /** Sequences of the snapshots that it may ask for. */
  offered = new Set<number>();
  #asked = false;

  constructor(
    readonly link: CopyLink,
    readonly copies: LogCopies,
  ) {}

  send(frame: Buffer, last: number): void {
    this.link.send(frame);
    this.sent = last;
  }

  frame(type: FrameType, bytes: Buffer, start: number, end: number): void {
    if (type === FrameType.KEPT) this.#kept(readKept(bytes, start, end));
    else if (type === FrameType.SEND_SNAPSHOT) {
      const request = readSendSnapshot(bytes, start, end);
      this.copies.sendSnapshot(this, request).catch((error: Error) => this.link.end(error.message));
      this.offered.clear();
    } else if (this.#asked) throw new ProtocolError("this connection copies the log already");
    else {
      this.#asked = true;
      this.copies.begin(this, readCopyLog(bytes, start, end)).catch((error: Error) => {
        const advice = error instanceof JournalTooOld ? ", and there is no snapshot: start from a copy of another member's folder" : "";
        this.link.end(`${error.message}${advice}`);
      });
    }
  }

  close(): void {
    this.closed = true;
    this.copies.leave(this);
  }

  #kept({ sequence, mayLead, isElsewhere }: KeptCopy): void {
    const { member } = this;
    if (member?.feed !== this) throw new ProtocolError("nothing was sent that could be kept");
    if (sequence > this.sent) throw new ProtocolError(`sequence ${sequence} was not sent to the member, ${this.sent} was`);
    member.kept = sequence;
    member.mayLead = mayLead;
    if (isElsewhere) this.copies.isKeptElsewhere(member);
    this.copies.changed();
  }
}
