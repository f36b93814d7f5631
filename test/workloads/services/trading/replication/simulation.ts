/**
 * Members of a shard, their disks, the network between them, the record of who leads, and time, in one world that a seed decides: which frame comes when,
 * which connection breaks, who crashes and loses what it had not synced, whose disk is lost or full, which piece of a snapshot is changed on its way, whose
 * change of the record is not answered. In most worlds leaders cut their logs, so that who comes late takes over a snapshot. In some worlds there are two
 * regions, and the one that leads is lost with all that the other did not have. The same seed gives the same world.
 *
 * After every step: what a client was told is in the log of whoever leads, at its place; no place was told twice; nobody was told by two leaders. When a region
 * was lost, that holds for what was published: what was told once it was said that copies elsewhere have it, or while there were none. In the end each
 * log gives the events that subscribers saw.
 */

import { ok, strictEqual } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { type Command, encodeCommand } from "@bourse/engine";
import { givenUp } from "../../../../../plan/failover/leadership";
import { JournalUnusable, LogCursor, listSegments, SnapshotStore } from "../../../../../workloads/journal";
import { exchanges, ShardBusy, ShardUnavailable, type TradingShard } from "../../../../../workloads/services/trading";
import { FRAME_HEADER, FrameType, ProtocolError } from "../../../../../workloads/services/trading/remote/frames";
import type { AppliedVisitor } from "../../../../../workloads/services/trading/replay";
import { oldestBase, replayFolder } from "../../../../../workloads/services/trading/replay-folder";
import { type LeaderConnectionOptions, type LogCopies, Member } from "../../../../../workloads/services/trading/replication";
import type { CopyFeed } from "../../../../../workloads/services/trading/replication/copy-feed";
import { Following } from "../../../../../workloads/services/trading/replication/following";
import { takeSnapshot } from "../../../../../workloads/services/trading/snapshot";
import { inProcessLeadership, type Leadership, type LeadershipStore } from "../../../../../workloads/stores/leadership";
import { Random, SimulatedCrash, SimulatedDisk } from "../../../journal/simulated-disk";
import { openMarket, randomCommand, START_TIME } from "../command-mix";

const FOLDER = "shard";
const SHARD = 3;
const ACCOUNTS = 4;
const journalOptions = { folder: FOLDER, shard: SHARD, segmentBytes: 10_240, groupBytes: 2048, groups: 2 };
/** A log that is cut soon, and behind those who need it only a while later. */
const shortLog = { snapshotEvery: 25, keepLogBytes: 10_240, pinnedLogBytes: 3 * 10_240 };
const LEASE_MS = 1_000;
const { privateKey } = generateKeyPairSync("ed25519");

/** What happened, for the test that nothing is left out by accident. */
export interface ReplicationReport {
  seed: number;
  acknowledged: number;
  terms: number;
  crashes: number;
  brokenLinks: number;
  cuts: number;
  /** Disks that were lost, and disks that were full for a while. */
  lostDisks: number;
  fullDisks: number;
  /** Snapshots that took the place of a log; connections that ended while one came; pieces that were changed on their way; snapshots that found no space. */
  snapshots: number;
  tornTransfers: number;
  changedPieces: number;
  noSpace: number;
  /** Acknowledgements while at least one other member was in sync. */
  copied: number;
  /** Regions that were lost, and commands that were lost with them. */
  lostRegions: number;
  lostCommands: number;
}

/**
 * Runs one world. Throws when any check fails. With `waits: false` leaders do not wait for copies, and with `confirms: false` all is published at once: it
 * shows that the checks would notice.
 */
export async function simulateMembers(seed: number, steps = 800, { waits = true, confirms = true } = {}): Promise<ReplicationReport> {
  const world = new World(seed, waits, confirms);
  await world.run(steps);
  return world.report;
}

/** One direction each; a link that is broken delivers nothing more. */
interface Link {
  from: Place;
  to: Place;
  following: Following;
  feed: CopyFeed;
  toLeader: Buffer[];
  toFollower: Buffer[];
  paused: boolean;
  ended: boolean;
  end(reason: string): void;
}

/** A machine: its disk outlives the members that run on it. */
interface Place {
  name: string;
  region: string | undefined;
  disk: SimulatedDisk;
  /** Names what is on the disk. */
  folder: string;
  due: (() => void)[];
  member: Member | undefined;
  shard: TradingShard | undefined;
  copies: LogCopies | undefined;
  looking: boolean;
  ticking: boolean;
}

class World {
  readonly report: ReplicationReport;
  readonly #random: Random;
  readonly #waits: boolean;
  readonly #places: Place[];
  #links: Link[] = [];
  #now = 1;
  #faulty = true;
  readonly #record = inProcessLeadership();
  readonly #store: LeadershipStore;
  readonly #log: Partial<typeof shortLog>;
  readonly #confirms: boolean;
  /** What was told at a sequence: its epoch, its command and its events. */
  readonly #told = new Map<number, { epoch: number; bytes: Buffer; events: Buffer }>();
  /** Sequence up to which what was told was published. */
  #published = 0;
  #regionIsLost = false;
  readonly #failures: unknown[] = [];
  #number = 0;
  #folders = 0;
  readonly #opening: Command[] = [...openMarket(ACCOUNTS)];

  constructor(seed: number, waits: boolean, confirms: boolean) {
    this.#random = new Random(seed);
    this.#waits = waits;
    this.#confirms = confirms;
    this.#store = this.#unreliable(this.#record);
    this.#log = this.#random.chance(0.7) ? shortLog : {};
    this.report = {
      seed,
      acknowledged: 0,
      terms: 0,
      crashes: 0,
      brokenLinks: 0,
      cuts: 0,
      lostDisks: 0,
      fullDisks: 0,
      snapshots: 0,
      tornTransfers: 0,
      changedPieces: 0,
      noSpace: 0,
      copied: 0,
      lostRegions: 0,
      lostCommands: 0,
    };
    const hasRegions = this.#random.chance(0.4);
    const names = hasRegions ? ["a", "b", "c", "d"] : ["a", "b", "c"].slice(0, 2 + this.#random.integer(2));
    this.#places = names.map((name) => ({
      name,
      region: hasRegions ? (name < "c" ? "here" : "there") : undefined,
      disk: new SimulatedDisk(this.#random, true),
      folder: name.repeat(32),
      due: [],
      member: undefined,
      shard: undefined,
      copies: undefined,
      looking: false,
      ticking: false,
    }));
  }

  async run(steps: number): Promise<void> {
    // Nobody leads from an empty folder before two leases have passed.
    for (const place of this.#places) await this.#start(place);
    for (const place of this.#places) this.#look(place);
    await settled();
    this.#now += 2 * LEASE_MS;
    for (let step = 0; step < steps; step++) {
      await this.#step();
      await settled();
      this.#check();
      this.#publish();
    }
    await this.#heal();
  }

  async #step(): Promise<void> {
    this.#now += this.#random.integer(12);
    const place = this.#random.pick(this.#places);
    const dice = this.#random.integer(100);
    if (place.member === undefined) {
      if (dice < 20) await this.#start(place);
    } else if (dice < 25) this.#send(place);
    else if (dice < 45) for (let count = 1 + this.#random.integer(3); count > 0; count--) place.due.shift()?.();
    else if (dice < 75) for (let count = 1 + this.#random.integer(4); count > 0; count--) this.#deliver();
    else if (dice < 85) this.#look(place);
    else if (dice < 95) this.#tick(place);
    else if (dice < 96) this.#break();
    else if (dice < 97) await this.#fault(place);
    else if (dice < 98) await this.#loseRegion();
    if (place.disk.crashed || place.member?.failed !== undefined) this.#crash(place);
  }

  async #fault(place: Place): Promise<void> {
    const dice = this.#random.integer(6);
    if (dice === 0) this.#crash(place);
    else if (dice === 1) place.disk.crashAfter = 1 + this.#random.integer(8);
    else if (dice === 2) this.#now += this.#random.integer(2 * LEASE_MS);
    else if (dice === 3) await this.#loseDisk(place);
    else if (place.disk.capacity < Number.POSITIVE_INFINITY) place.disk.capacity = Number.POSITIVE_INFINITY;
    else {
      this.report.fullDisks++;
      place.disk.capacity = place.disk.used + this.#random.integer(50_000);
    }
  }

  /** A machine comes back with an empty disk; never the one that alone has all that was acknowledged. */
  async #loseDisk(place: Place): Promise<void> {
    const record = await this.#record.read("shard");
    const others = this.#places.filter((each) => each !== place).map(({ folder }) => folder);
    const whole = record?.holder ? [record.holder] : (record?.inSync ?? []);
    if (!others.some((folder) => whole.includes(folder))) return;
    this.report.lostDisks++;
    this.#crash(place);
    this.#replaceDisk(place);
    // Too small for a log and a snapshot.
    if (this.#random.chance(0.3)) place.disk.capacity = this.#random.integer(40_000);
  }

  /** All machines of the region that leads are gone at once, and an operator gives the lead to the other, which has a copy. */
  async #loseRegion(): Promise<void> {
    const record = await this.#record.read("shard");
    if (record?.region === undefined || !record.copies?.some((id) => this.#places.some(({ folder }) => folder === id))) return;
    const lost = this.#places.filter(({ region }) => region === record.region);
    const [other] = this.#places.filter(({ region }) => region !== record.region);
    this.report.lostRegions++;
    this.#regionIsLost = true;
    for (const place of lost) this.#crash(place);
    const next = givenUp({ ...record }, other.region!) as unknown as Leadership;
    ok(await this.#record.replace("shard", record, next), "nobody else changes the record meanwhile");
  }

  /** What a publisher that asks would be told to be safe. */
  #publish(): void {
    for (const { shard, copies } of this.#places) {
      if (shard === undefined || shard.stopped !== undefined) continue;
      const { sequence } = shard.position;
      const safe = copies!.areElsewhere && this.#confirms ? Math.min(sequence, copies!.keptElsewhere) : sequence;
      this.#published = Math.max(this.#published, safe);
    }
  }

  #replaceDisk(place: Place): void {
    place.disk = new SimulatedDisk(this.#random, true);
    place.folder = String(++this.#folders).padStart(32, "0");
  }

  async #start(place: Place): Promise<void> {
    const machines = exchanges(SHARD);
    const fileSystem = place.disk.mount();
    const member: Member = new Member({
      ...journalOptions,
      ...this.#log,
      reserveBytes: 512,
      pieceBytes: 256,
      fileSystem,
      clock: () => START_TIME,
      schedule: (run) => place.due.push(run),
      store: this.#store,
      name: "shard",
      member: place.folder,
      address: `${place.name}:1`,
      region: place.region,
      leaseMs: LEASE_MS,
      patienceMs: 300,
      now: () => this.#now,
      keyId: "",
      privateKey,
      session: 1,
      code: "one",
      machines,
      takeSnapshot: async (through) => takeSnapshot(fileSystem, FOLDER, SHARD, machines, through),
      connectLeader: (options) => this.#connect(place, options),
      lead: (shard, copies) => this.#lead(place, member, shard, copies),
      report: (message) => {
        if (/is not the leader's and was set aside/.test(message)) this.report.cuts++;
        if (/begins behind the leader's snapshot/.test(message)) this.report.snapshots++;
        if (/the leader's snapshot needs/.test(message)) this.report.noSpace++;
      },
    });
    try {
      await member.open();
      place.member = member;
    } catch (error) {
      const isFull = error instanceof JournalUnusable && place.disk.capacity < Number.POSITIVE_INFINITY;
      if (!isFull && !(error instanceof SimulatedCrash) && !place.disk.crashed) throw error;
      this.#crash(place);
    }
  }

  /** A new leader: everything that anybody was ever told is in its log. */
  async #lead(place: Place, member: Member, shard: TradingShard, copies: LogCopies): Promise<{ close(): Promise<void> }> {
    if (place.member !== member) return { close: async () => {} };
    this.report.terms++;
    if (!this.#waits) copies.mayTell = (durable) => durable;
    place.shard = shard;
    place.copies = copies;
    if (this.#regionIsLost) this.#forget(place);
    this.#regionIsLost = false;
    const last = Math.max(0, ...this.#told.keys());
    ok(member.sequence >= last, `${place.name} leads with a log that ends at ${member.sequence}, ${last} was acknowledged`);
    await shard.subscribeEncoded(shard.position, ({ epoch, first, last: through, bytes, start, endOf }) => {
      for (let sequence = first, from = start; sequence <= through; sequence++) {
        const events = Buffer.from(bytes.subarray(from, endOf(sequence)));
        this.#check(() => this.#tell(place, epoch, sequence, events));
        from = endOf(sequence);
      }
    });
    return { close: async () => {} };
  }

  /** What was entered by the leader of an epoch, until it is known to be told. */
  readonly #entered = new Map<string, Buffer>();

  /** What this one does not have is lost with the region that led before; nothing of it was published. */
  #forget({ name, disk }: Place): void {
    const { first, found } = readLog(disk);
    for (const [sequence, { epoch }] of this.#told) {
      if (sequence < first || found.get(sequence)?.epoch === epoch) continue;
      ok(sequence > this.#published, `${name} leads without sequence ${sequence} of epoch ${epoch}, which was published`);
      this.#told.delete(sequence);
      this.report.lostCommands++;
    }
  }

  #tell(place: Place, epoch: number, sequence: number, events: Buffer): void {
    const bytes = this.#entered.get(`${epoch} ${sequence}`);
    ok(bytes, `${place.name} tells of sequence ${sequence} of epoch ${epoch}, which nobody entered`);
    const before = this.#told.get(sequence);
    ok(before === undefined, `sequence ${sequence} was told of by epoch ${before?.epoch}, and by epoch ${epoch} again`);
    this.#told.set(sequence, { epoch, bytes, events });
    this.report.acknowledged++;
    if (place.copies!.inSync > 0) this.report.copied++;
  }

  #send({ shard }: Place): void {
    if (shard === undefined) return;
    for (let count = 1 + this.#random.integer(5); count > 0; count--) {
      const command = this.#opening[0] ?? randomCommand(this.#random, ACCOUNTS, ++this.#number);
      const bytes = Buffer.alloc(512);
      const length = encodeCommand(command, bytes, 0);
      try {
        const sequence = shard.enter(bytes, 0);
        if (command === this.#opening[0]) this.#opening.shift();
        this.#entered.set(`${shard.position.epoch} ${sequence}`, bytes.subarray(0, length));
      } catch (error) {
        ok(error instanceof ShardBusy || error instanceof ShardUnavailable || error instanceof SimulatedCrash, String(error));
      }
    }
    shard.flush();
  }

  #connect(from: Place, options: LeaderConnectionOptions) {
    const { promise: ended, resolve } = Promise.withResolvers<string>();
    const to = this.#places.find(({ name }) => name === options.host)!;
    const link = { from, to, toLeader: [], toFollower: [], paused: false, ended: false } as unknown as Link;
    link.end = (reason) => {
      if (link.ended) return;
      link.ended = true;
      if ((link.from.member?.snapshotBytesMissing ?? 0) > 0) this.report.tornTransfers++;
      this.#links = this.#links.filter((each) => each !== link);
      link.feed?.close();
      link.following.leave();
      resolve(reason);
    };
    link.following = new Following({
      ...options,
      send: (frame) => void link.toLeader.push(frame),
      pause: () => {
        link.paused = true;
      },
      resume: () => {
        link.paused = false;
      },
      end: link.end,
    });
    if (to.copies === undefined) queueMicrotask(() => link.end("nobody listens"));
    else {
      link.feed = to.copies.connect({
        send: (frame) => void link.toFollower.push(frame),
        backlog: () => 0,
        // What was sent before arrives; then the connection ends.
        end: () => void link.toFollower.push(Buffer.alloc(0)),
      });
      this.#links.push(link);
      link.following.begin(to.shard!.position.sequence);
    }
    return { following: link.following, ended, close: link.end };
  }

  #deliver(): void {
    if (this.#links.length === 0) return;
    const link = this.#random.pick(this.#links);
    if (this.#random.chance(0.5)) {
      const frame = link.toLeader.shift();
      if (frame === undefined) return;
      try {
        link.feed.frame(frame[4] as FrameType, frame, 0, frame.length);
      } catch (error) {
        ok(error instanceof ProtocolError, String(error));
        link.end(error.message);
      }
    } else if (!link.paused) {
      const frame = link.toFollower.shift();
      if (frame === undefined) return;
      if (frame.length < FRAME_HEADER) link.end("the leader has ended the connection");
      else {
        if (frame[4] === FrameType.SNAPSHOT_PIECE && this.#faulty && this.#random.chance(0.1)) {
          this.report.changedPieces++;
          frame[FRAME_HEADER + this.#random.integer(frame.length - FRAME_HEADER)] ^= 1 << this.#random.integer(8);
        }
        link.following.frame(frame, 0, frame.length);
      }
    }
  }

  #look(place: Place): void {
    if (place.looking || place.shard !== undefined) return;
    place.looking = true;
    const { member } = place;
    member!
      .look()
      .catch((error: unknown) => {
        if (place.member === member && !place.disk.crashed) this.#failures.push(error);
      })
      .finally(() => {
        if (place.member === member) place.looking = false;
      });
  }

  #tick(place: Place): void {
    if (place.ticking || place.copies === undefined) return;
    place.ticking = true;
    const { copies } = place;
    void copies.tick().finally(() => {
      if (place.copies === copies) place.ticking = false;
    });
  }

  #break(): void {
    if (this.#links.length === 0) return;
    this.report.brokenLinks++;
    this.#random.pick(this.#links).end("broken");
  }

  /** The machine is gone; its disk keeps what was synced, and perhaps more. */
  #crash(place: Place): void {
    this.report.crashes++;
    // Of a member that led before it had anything in common with the others, an operator keeps nothing.
    const isStrange = /has another log than the leader/.test(place.member?.failed ?? "");
    place.disk.crash();
    // Those who wait for the disk learn that it is gone.
    for (const run of place.due.splice(0)) run();
    for (const link of this.#links.filter(({ from, to }) => from === place || to === place)) link.end("the machine is gone");
    Object.assign(place, { member: undefined, shard: undefined, copies: undefined, looking: false, ticking: false });
    place.disk.restart();
    place.disk.crashAfter = Number.POSITIVE_INFINITY;
    if (isStrange) this.#replaceDisk(place);
  }

  /** Some changes are not made, and of some nobody hears that they were. */
  #unreliable(store: LeadershipStore): LeadershipStore {
    const fails = (probability: number) => this.#faulty && this.#random.chance(probability);
    const away = () => new Error("the store does not answer");
    return {
      async read(name) {
        if (fails(0.03)) throw away();
        return store.read(name);
      },
      async replace(name, seen, next) {
        if (fails(0.03)) throw away();
        const did = await store.replace(name, seen, next);
        if (fails(0.03)) throw away();
        return did;
      },
      close: () => store.close(),
    };
  }

  #check(check: () => void = () => {}): void {
    try {
      check();
    } catch (error) {
      this.#failures.push(error);
    }
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /** With the faults gone, one leads, the others are in sync with it, and all have the same log and state. */
  async #heal(): Promise<void> {
    this.#faulty = false;
    const goal = this.report.acknowledged + 20;
    for (let round = 0; round < 3_000; round++) {
      this.#now += 10;
      for (const place of this.#places) {
        place.disk.crashAfter = place.disk.capacity = Number.POSITIVE_INFINITY;
        if (place.member?.failed !== undefined) this.#crash(place);
        if (place.member === undefined) await this.#start(place);
        this.#look(place);
        this.#tick(place);
        if (this.report.acknowledged < goal) this.#send(place);
        for (const run of place.due.splice(0)) run();
      }
      for (let count = 0; count < 20; count++) this.#deliver();
      await settled();
      this.#check();
      if (this.report.acknowledged >= goal && this.#isWhole()) break;
    }
    ok(
      this.#isWhole(),
      `the members are not whole although nothing is wrong any more: ${this.#places.map(({ member }) => member?.unready ?? member?.role)}`,
    );
    for (const place of this.#places) for (const run of place.due.splice(0)) run();
    await settled();
    this.#compareLogs();
  }

  #isWhole(): boolean {
    const leader = this.#places.find(({ shard }) => shard !== undefined && shard.stopped === undefined);
    const beside = this.#places.filter((place) => place !== leader && place.region === leader?.region);
    if (leader?.copies?.inSync !== beside.length || leader.copies.behind > 0) return false;
    const { sequence } = leader.shard!.position;
    return this.#places.every(({ member }) => member?.sequence === sequence) && leader.member?.sequence === sequence;
  }

  /** Replays each log by itself: it has what was told, gives the events that were told, and all give one state. */
  #compareLogs(): void {
    const hashes = this.#places.map(({ disk, member }) => takeSnapshot(disk, FOLDER, SHARD, exchanges(SHARD), member!.sequence).stateHash);
    strictEqual(new Set(hashes).size, 1, `the members have the states ${hashes.join(", ")}`);
    for (const place of this.#places) {
      const { first, found } = readLog(place.disk);
      for (const [sequence, { epoch, bytes }] of this.#told) {
        if (sequence < first) continue;
        const record = found.get(sequence);
        strictEqual(record?.epoch, epoch, `sequence ${sequence} of ${place.name}`);
        ok(record.bytes.equals(bytes), `sequence ${sequence} of ${place.name} is another command`);
      }
      this.#compareEvents(place, first);
    }
  }

  #compareEvents({ name, disk }: Place, first: number): void {
    const snapshot = oldestBase(new SnapshotStore(disk, FOLDER, SHARD), first);
    const applied: AppliedVisitor = (_epoch, sequence, { bytes, length }, start) => {
      const events = this.#told.get(sequence)?.events;
      ok(
        events === undefined || events.equals(bytes.subarray(start, length)),
        `sequence ${sequence} of ${name} has other events than were told`,
      );
    };
    replayFolder({ fileSystem: disk, folder: FOLDER, shard: SHARD, machines: exchanges(SHARD), snapshot, applied });
  }
}

/** The records of a log by their sequence, and the first that is kept. */
function readLog(disk: SimulatedDisk): { first: number; found: Map<number, { epoch: number; bytes: Buffer }> } {
  const first = listSegments(disk, FOLDER, SHARD)[0].header?.firstSequence ?? 1;
  const found = new Map<number, { epoch: number; bytes: Buffer }>();
  const cursor = new LogCursor(disk, FOLDER, first, SHARD);
  for (let group = cursor.next(); group; group = cursor.next()) {
    group.visit((_kind, epoch, sequence, bytes, start, end) =>
      found.set(sequence, { epoch, bytes: Buffer.from(bytes.subarray(start, end)) }),
    );
  }
  cursor.close();
  return { first, found };
}

/** All promises that can go on have gone on. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
