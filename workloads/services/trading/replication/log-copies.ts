/**
 * The copies of a leader's log: sends each what is appended, hears how far each keeps it, and says what may be acknowledged.
 *
 * A member that is in sync has everything that was acknowledged: an acknowledgement waits for it. One that does not keep up is left out of the leadership
 * record first, and only then are things acknowledged without it; so whoever may lead next has them all.
 */

import { type Journal, JournalTooOld, type RecordGroup, type RecordKind, readSnapshotHeader, type SnapshotStore } from "../../../journal";
import type { LogPin } from "../port";
import { FRAME_HEADER, FrameType, newFrame, ProtocolError, padded } from "../remote/frames";
import { CopiesElsewhere } from "./copies-elsewhere";
import { type CopyFeed, type CopyingMember, type CopyLink, Feed, type Standing } from "./copy-feed";
import { KeptLog } from "./kept-log";
import { type CopyRequest, finishRecords, logDiffersFrame, RECORDS_HEADER, RecordWriter, recordRoom, stateFrame } from "./log-frames";
import { LogPlaces } from "./log-places";
import { LogWindow, type SentFrame } from "./log-window";
import { pieceFrame, type SnapshotRequest, snapshotsFrame } from "./snapshot-frames";
import { LeaseLost, type Term } from "./term";

/** What a shard asks before it tells anybody of what is durable on its own disk. */
export interface Replication {
  /** A record was appended; its payload is `bytes[start, end)`. */
  appended(kind: RecordKind, epoch: number, sequence: number, bytes: Uint8Array, start: number, end: number): void;
  /** What was appended can be sent. */
  flush(): void;
  /** Up to where what is durable here may be told. Throws {@link LeaseLost} when this shard may tell nothing any more. */
  mayTell(durable: number): number;
  /** Set by the shard. Called when `mayTell` may say more, or throw. */
  changed: () => void;
  /** Set by the shard: keeps the log after a sequence for a copy that is on its way. */
  pin: (sequence: number, passedOver: (oldest: number) => void) => LogPin;
  /** Resolves when all up to `sequence` may be told, or never will be soon. */
  settled(sequence: number): Promise<void>;
}

export interface LogCopiesOptions {
  /** Recovered, with all of its log durable. */
  journal: Journal;
  /** For copies that lack what the log no longer has. */
  snapshots: SnapshotStore;
  term: Term;
  /** Names the code that applies the commands: who has the same need not be compared. */
  code: string;
  /** Milliseconds that a member may keep acknowledgements waiting before it is no longer in sync. @default 2,000 */
  patienceMs?: number;
  /** Members that must be in sync for anything to be acknowledged. With 0 a leader goes on alone when all others are lost. @default 0 */
  leastCopies?: number;
  /** Bytes of the last records that are kept in memory. @default 32 MiB */
  windowBytes?: number;
  /** Of a snapshot in one frame. @default 256 KiB */
  pieceBytes?: number;
  /** Runs a function soon. @default setImmediate */
  defer?: (run: () => void) => void;
  /** Milliseconds of a clock that only goes forward. @default performance.now */
  now?: () => number;
  /** Told in a sentence when a member comes in sync or leaves. @default nobody */
  report?: (message: string) => void;
}

/** A copy waits for acknowledgements, and makes them wait, once it is so near. */
const NEAR_RECORDS = 20_000;
/** A copy that catches up is sent more while it has fewer bytes on the way. */
const BACKLOG_BYTES = 4 << 20;
/** And one that takes over a snapshot: orders that others wait for go between its pieces. */
const SNAPSHOT_BACKLOG_BYTES = 1 << 20;
/** Between two looks at that. */
const BACKLOG_MS = 5;

export class LogCopies implements Replication {
  changed: () => void = () => {};
  pin: Replication["pin"] = () => ({ move: () => {}, release: () => {} });
  readonly #options: Required<LogCopiesOptions>;
  readonly #window: LogWindow;
  readonly #members = new Map<string, CopyingMember>();
  readonly #feeds = new Set<Feed>();
  readonly #kept: KeptLog;
  readonly #elsewhere: CopiesElsewhere;
  readonly #places: LogPlaces;
  #told: number;

  constructor(options: LogCopiesOptions) {
    const { patienceMs = 2_000, leastCopies = 0, windowBytes = 32 << 20, pieceBytes = 1 << 18 } = options;
    const { defer = setImmediate, now = () => performance.now(), report = () => {} } = options;
    this.#options = { ...options, patienceMs, leastCopies, windowBytes, pieceBytes, defer, now, report };
    this.#kept = new KeptLog(now);
    this.#elsewhere = new CopiesElsewhere(this.#members, options.term);
    const { journal, snapshots } = options;
    this.#places = new LogPlaces({ journal, snapshots, soon: () => this.#soon() });
    this.#told = journal.durable;
    this.#window = new LogWindow(journal.shard, journal.durable, windowBytes, (frame) => {
      for (const feed of this.#feeds) if (feed.isLive) feed.send(frame.bytes, frame.last);
    });
  }

  /** Members beside this one that may take over. */
  get inSync(): number {
    return this.#options.term.inSync.length;
  }

  /** Commands that the copy which is furthest behind lacks; 0 without copies. */
  get behind(): number {
    let least = this.#options.journal.durable;
    for (const { feed, kept } of this.#members.values()) if (feed) least = Math.min(least, kept);
    return this.#options.journal.durable - least;
  }

  /** Sequence up to which copies in another place have the log, so that it outlives the loss of this one, whichever of them leads then; 0 without one. */
  get keptElsewhere(): number {
    return this.#elsewhere.kept;
  }

  /** Copies that are connected and are not to lead, as in another region. */
  get elsewhere(): number {
    return this.#elsewhere.connected;
  }

  /** Whether copies are kept elsewhere, even if none is connected now: what they lack can be lost with this place. */
  get areElsewhere(): boolean {
    return this.#elsewhere.areThere;
  }

  /** Whether there is one of them, and each copy that is connected has everything. */
  get hasCopiedAll(): boolean {
    return this.behind === 0 && this.elsewhere > 0;
  }

  appended(kind: RecordKind, epoch: number, sequence: number, bytes: Uint8Array, start: number, end: number): void {
    this.#window.add(kind, epoch, sequence, bytes, start, end);
  }

  flush(): void {
    this.#window.close();
  }

  mayTell(durable: number): number {
    const { term, leastCopies } = this.#options;
    if (term.lost !== undefined) throw new LeaseLost(term.lost);
    // The disk may be faster than who flushes: nobody hears of a command before it is on its way to the copies.
    this.flush();
    if (this.inSync < leastCopies) return this.#told;
    let through = durable;
    for (const [id, { standing, kept }] of this.#members) if (standing !== "out" || term.mayTakeOver(id)) through = Math.min(through, kept);
    this.#told = Math.max(this.#told, through);
    return this.#told;
  }

  async settled(sequence: number): Promise<void> {
    const { now, patienceMs, term } = this.#options;
    this.flush();
    for (const until = now() + patienceMs; now() < until && term.lost === undefined && this.mayTell(sequence) < sequence; ) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.changed();
  }

  /** The state's hash at a sequence, for the copies to compare. */
  tellState(sequence: number, hash: string): void {
    for (const feed of this.#feeds) if (feed.isLive) feed.link.send(stateFrame(sequence, hash));
  }

  /** Takes up a connection that copies. */
  connect(link: CopyLink): CopyFeed {
    return new Feed(link, this);
  }

  /** To be called every tenth of the patience and of the lease, never twice at a time: moves members in and out, and renews the lease when it is time. */
  async tick(): Promise<void> {
    const { term, journal, report } = this.#options;
    this.#judge();
    this.#kept.expire();
    // One that is joining is waited for already: once it has what was told it has all that ever will be.
    const coming = this.#with("joining").filter(([, { kept }]) => kept >= this.#told);
    const leaving = this.#with("leaving");
    const copies = this.#elsewhere.next;
    const inSync = [...this.#with("in"), ...coming].map(([id]) => id);
    if (leaving.length > 0 || !isSame(inSync, term.inSync) || !isSame(copies, term.copies) || term.isDue) {
      this.#elsewhere.begin(copies);
      const renewed = await term.renew(this.#told, inSync, copies);
      this.#elsewhere.end();
      if (renewed) {
        for (const [id, member] of coming) {
          member.standing = "in";
          report(`member ${id} is in sync at sequence ${member.kept} and can take over`);
        }
        for (const [id, member] of leaving) {
          member.standing = "out";
          report(`member ${id} does not keep up and cannot take over: it has ${member.kept} of ${journal.durable}`);
        }
      }
    }
    this.changed();
  }

  /** @internal The member's log ends here; what it lacks is sent. */
  async begin(feed: Feed, request: CopyRequest): Promise<void> {
    const { journal, term, code } = this.#options;
    if (request.shard !== journal.shard) throw new ProtocolError(`the copy is of shard ${request.shard}, this is shard ${journal.shard}`);
    this.#members.get(request.member)?.feed?.link.end("the member copies over another connection");
    this.#feeds.add(feed);
    feed.id = request.member;
    // What was sent before it was durable here may be durable there already.
    while (journal.durable < Math.min(request.sequence, journal.appended) && !feed.closed) await this.#soon();
    const place = await this.#places.upTo(request);
    if (feed.closed) return;
    if (place === undefined) return this.#offerSnapshots(feed, request);
    if (place.sequence !== request.sequence || place.epoch !== request.epoch) {
      feed.link.send(logDiffersFrame(place.epoch, place.sequence));
      feed.link.end("the logs differ");
      return;
    }
    feed.sent = request.sequence;
    feed.member = this.#member(request, feed);
    const from = newFrame(FrameType.LOG_FROM, 8 + padded(code.length));
    from.writeUInt32LE(term.epoch, FRAME_HEADER);
    from.write(code, FRAME_HEADER + 8, "latin1");
    feed.link.send(from);
    await this.#catchUp(feed);
  }

  /** @internal The member takes over a snapshot that was offered: in pieces, the rest of it from an offset on. */
  async sendSnapshot(feed: Feed, { sequence, offset }: SnapshotRequest): Promise<void> {
    const { snapshots, pieceBytes } = this.#options;
    if (!feed.offered.has(sequence)) throw new ProtocolError(`a snapshot at sequence ${sequence} was not offered`);
    // The log behind it is needed next, however long it takes.
    this.#keep(feed, sequence);
    const file = snapshots.open(sequence);
    try {
      const size = file.size();
      for (let at = offset; at < size && !feed.closed; at += pieceBytes) {
        const length = Math.min(pieceBytes, size - at);
        feed.link.send(pieceFrame(at, length, (frame, start, end) => file.read(frame, start, end, at)));
        await this.#soon();
        await this.#drained(feed, SNAPSHOT_BACKLOG_BYTES);
      }
    } finally {
      file.close();
    }
  }

  /** @internal A copy in another place has told how far it keeps the log. */
  isKeptElsewhere(member: CopyingMember): void {
    if (!member.isElsewhere) {
      member.isElsewhere = true;
      this.#mark(member, "out");
    }
    this.#elsewhere.confirm();
  }

  /** @internal */
  leave(feed: Feed): void {
    this.#feeds.delete(feed);
    this.#kept.leave(feed.id);
    if (feed.member?.feed === feed) feed.member.feed = undefined;
  }

  /** The log that the member lacks is gone: a snapshot comes first. It asks for the log behind that anew. */
  #offerSnapshots(feed: Feed, { sequence }: CopyRequest): void {
    const { journal, snapshots } = this.#options;
    const headers = snapshots.headers(journal.first);
    if (headers.length === 0) throw new JournalTooOld(sequence + 1, journal.first);
    feed.offered = new Set(headers.map((header) => readSnapshotHeader(header)!.sequence));
    this.#keep(feed, Math.min(...feed.offered));
    feed.link.send(snapshotsFrame(headers));
  }

  #keep(feed: Feed, sequence: number): void {
    const passedOver = (oldest: number) => {
      this.#kept.release(feed.id);
      feed.link.end(new JournalTooOld(sequence + 1, oldest + 1).message);
    };
    this.#kept.keep(feed.id, this.pin(sequence, passedOver));
  }

  async #drained(feed: Feed, bytes: number): Promise<void> {
    while (!feed.closed && feed.link.backlog() > bytes) await new Promise((resolve) => setTimeout(resolve, BACKLOG_MS));
  }

  #member({ member: id, sequence }: CopyRequest, feed: Feed): CopyingMember {
    const unmarked = { mark: 0, markedAt: 0, isElsewhere: false, isLevel: false };
    const member = this.#members.get(id) ?? { standing: "out", feed, kept: sequence, mayLead: false, ...unmarked };
    this.#members.set(id, member);
    Object.assign(member, { feed, kept: sequence, isElsewhere: false, isLevel: false });
    // Its folder has lost what it had said it keeps.
    if (sequence < this.#told && member.standing !== "out") member.standing = member.standing === "joining" ? "out" : "leaving";
    return member;
  }

  /** Who is near is waited for, and who keeps others waiting is no longer. */
  #judge(): void {
    const { now, patienceMs, leastCopies, term } = this.#options;
    let remaining = this.#with("in").length;
    for (const [id, member] of this.#members) {
      const late = now() - member.markedAt > patienceMs;
      const isNear = member.mayLead && member.kept + NEAR_RECORDS >= this.#told;
      if (member.standing === "out") {
        if (member.feed === undefined) {
          if (!term.mayTakeOver(id)) this.#members.delete(id);
        } else if (member.isElsewhere) this.#judgeElsewhere(member, late);
        else if (isNear) this.#mark(member, "joining");
      } else if (member.feed !== undefined && member.mayLead && member.kept >= member.mark) this.#mark(member, member.standing);
      else if (late && member.standing === "joining") member.standing = "out";
      else if (late && member.standing === "in" && remaining > leastCopies) {
        member.standing = "leaving";
        remaining--;
      }
    }
  }

  #judgeElsewhere(member: CopyingMember, late: boolean): void {
    if (member.kept >= member.mark) {
      member.isLevel = true;
      this.#mark(member, "out");
    } else if (late) member.isLevel = false;
  }

  #soon(): Promise<void> {
    return new Promise((resolve) => this.#options.defer(resolve));
  }

  #with(standing: Standing): [string, CopyingMember][] {
    return [...this.#members].filter(([, member]) => member.standing === standing);
  }

  #mark(member: CopyingMember, standing: Standing): void {
    member.standing = standing;
    member.mark = this.#options.journal.durable;
    member.markedAt = this.#options.now();
  }

  /** From the disk until what follows is in memory, then live in one step. */
  async #catchUp(feed: Feed): Promise<void> {
    const { journal } = this.#options;
    this.#keep(feed, feed.sent);
    while (feed.sent + 1 < this.#window.first) {
      await this.#soon();
      for await (const group of journal.read(feed.sent + 1, journal.durable)) {
        const { bytes, last } = recordsFrame(journal.shard, group);
        feed.send(bytes, last);
        this.#kept.move(feed.id, feed.sent);
        await this.#soon();
        await this.#drained(feed, BACKLOG_BYTES);
        if (feed.closed) return;
      }
    }
    for (const { bytes, last } of this.#window.after(feed.sent)) feed.send(bytes, last);
    feed.isLive = true;
    this.#kept.release(feed.id);
  }
}

const isSame = (some: readonly string[], others: readonly string[]) =>
  some.length === others.length && some.every((each) => others.includes(each));

/** A frame of the records of one group. */
function recordsFrame(shard: number, group: RecordGroup): SentFrame {
  let length = RECORDS_HEADER;
  let of = 0;
  let first = 0;
  let last = 0;
  group.visit((_kind, epoch, sequence, _bytes, start, end) => {
    length += recordRoom(end - start);
    of = epoch;
    first ||= sequence;
    last = sequence;
  });
  const bytes = Buffer.alloc(length);
  const writer = new RecordWriter();
  let at = RECORDS_HEADER;
  group.visit((kind, _epoch, _sequence, from, start, end) => {
    at = writer.write(bytes, at, kind, from, start, end);
  });
  finishRecords(bytes, 0, at, shard, of, first);
  return { first, last, bytes };
}
