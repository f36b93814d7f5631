/**
 * A shard, its disk, its clients and subscribers in one world that a seed decides: what is sent and when, when the disk gets its turn, where
 * the machine crashes, which sectors survive, which bits flip. The same seed gives the same world, step for step.
 *
 * Beside it stands a model that cannot crash: the log as it was entered, an exchange that applies it, and the balances that follow from its
 * events. After every step the world is compared with it.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type Command, decodeEvents, EventBuffer, encodeCommand } from "@bourse/engine";
import { FileJournal, JournalCorrupt, JournalTooOld, JournalUnusable, RecordKind, SnapshotStore } from "../../../../workloads/journal";
import {
  createTradingShard,
  type EncodedBatch,
  exchanges,
  PoisonCommand,
  ShardBusy,
  ShardUnavailable,
  type StateMachine,
  type StateMachines,
  type Subscription,
  type TradingShard,
} from "../../../../workloads/services/trading";
import { appendSkip } from "../../../../workloads/services/trading/append-skip";
import { takeSnapshot } from "../../../../workloads/services/trading/snapshot";
import { Random, SimulatedCrash, SimulatedDisk } from "../../journal/simulated-disk";
import { limitOrder, openMarket, randomCommand, START_TIME } from "./command-mix";

const FOLDER = "shard";
const SHARD = 3;
const ACCOUNTS = 5;
/** Commands of this account violate an assertion, after half of their work. */
const POISON_ACCOUNT = 666;
const journalOptions = { folder: FOLDER, shard: SHARD, segmentBytes: 18_432, groupBytes: 4096, groups: 2 };

/** Exchanges that violate an assertion at a poison command. */
const machines: StateMachines = {
  create: () => poisonable(exchanges(SHARD).create()),
  read: (state) => poisonable(exchanges(SHARD).read(state)),
};

function poisonable(machine: StateMachine): StateMachine {
  return {
    apply(bytes, offset, epoch, sequence, out) {
      machine.apply(bytes, offset, epoch, sequence, out);
      const account = new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset + 20, true);
      if (account === POISON_ACCOUNT) throw new Error("an assertion is violated");
    },
    stateHash: () => machine.stateHash(),
    writeState: () => machine.writeState(),
  };
}

interface LogEntry {
  kind: RecordKind;
  epoch: number;
  bytes: Buffer;
  /** Set once the model has applied it. */
  events?: Buffer;
}

/** What happened, for the tests that no fault is left out by accident. */
export interface SimulationReport {
  seed: number;
  acknowledged: number;
  refused: number;
  crashes: number;
  tornTails: number;
  lost: number;
  flips: { found: number; harmless: number };
  poison: number;
  repeats: number;
  /** Commands that came after others which were sent later. */
  reordered: number;
  snapshots: number;
  full: number;
  joined: number;
}

interface Subscriber {
  /** Position of the last command that it was told of. */
  seen: number;
  epoch: number;
  subscription: Subscription | undefined;
  joining: boolean;
}

/** Runs one world. Throws when any check fails. A disk with `syncs: false` lies: it shows that the checks would notice. */
export async function simulate(seed: number, steps = 120, { syncs = true } = {}): Promise<SimulationReport> {
  const world = new World(seed, syncs);
  await world.run(steps);
  return world.report;
}

class World {
  readonly report: SimulationReport;
  readonly #random: Random;
  #disk: SimulatedDisk;
  #due: (() => void)[] = [];
  #journal!: FileJournal;
  #shard!: TradingShard;
  /** `#log[n - 1]` is what was entered as sequence n. */
  #log: LogEntry[] = [];
  #skipped = new Set<number>();
  readonly #model = { machine: machines.create(), applied: 0, out: new EventBuffer() };
  readonly #balances = new Map<string, bigint>();
  /** Deposits minus withdrawals and fees, by asset. */
  readonly #brought = new Map<number, bigint>();
  readonly #subscribers: Subscriber[] = Array.from({ length: 3 }, () => ({ seen: 0, epoch: 0, subscription: undefined, joining: false }));
  /** The highest sequence that anyone was told of. */
  #told = 0;
  /** Of checks in callbacks. */
  readonly #failures: unknown[] = [];
  #number = 0;
  #sessionSequence = 0;
  #sent: Command[] = [];
  /** Sent, and not there yet. */
  readonly #onTheWay: Command[] = [];
  /** Where a client was told that a command is, by its number in the session. */
  readonly #positions = new Map<number, number>();
  readonly #dropOldLog: boolean;
  /** How often crashes are: a calm world fills segments and disks, a stormy one recovers all the time. */
  readonly #storminess: number;

  constructor(seed: number, syncs: boolean) {
    this.#random = new Random(seed);
    this.#disk = new SimulatedDisk(this.#random, syncs);
    this.#dropOldLog = this.#random.chance(0.3);
    this.#storminess = this.#random.pick([0, 0.2, 0.6]);
    this.report = {
      seed,
      acknowledged: 0,
      refused: 0,
      crashes: 0,
      tornTails: 0,
      lost: 0,
      flips: { found: 0, harmless: 0 },
      poison: 0,
      repeats: 0,
      reordered: 0,
      snapshots: 0,
      full: 0,
      joined: 0,
    };
  }

  async run(steps: number): Promise<void> {
    await this.#start(this.#disk);
    for (const command of openMarket(ACCOUNTS)) await this.#send(command);
    for (let step = 0; step < steps; step++) {
      await this.#step();
      await settled();
      if (this.#disk.crashed || this.#shard.stopped) await this.#restart();
      this.#check();
    }
    await this.#heal();
  }

  async #step(): Promise<void> {
    const dice = this.#random.integer(100);
    if (dice < 45) await this.#sendSome();
    else if (dice < 72) this.#runDue(1 + this.#random.integer(3));
    else if (dice < 76) await this.#repeat();
    else if (dice < 84) this.#joinOrLeave();
    else if (dice < 87) this.#snapshot();
    else if (dice < 94 && this.#random.chance(this.#storminess)) this.#crash();
    else if (dice < 96) this.#fillOrFree();
    else if (dice < 97) this.#disk.failNext = this.#random.pick(["write", "sync"]);
    else if (dice < 98) await this.#send({ ...limitOrder(1, 0, 1, 1, START_TIME), account: POISON_ACCOUNT } as Command);
    else await this.#restartCleanly();
  }

  async #sendSome(): Promise<void> {
    for (let count = this.#random.integer(6); count >= 0; count--) {
      const command = { ...randomCommand(this.#random, ACCOUNTS, ++this.#number), session: 9, sessionSequence: ++this.#sessionSequence };
      this.#sent.push(command);
      if (this.#random.chance(0.1)) this.#onTheWay.push(command);
      else await this.#send(command);
    }
    if (this.#onTheWay.length === 0 || this.#random.chance(0.5)) return;
    // Later than others that were sent after it, and perhaps later than its own repetition.
    const [late] = this.#onTheWay.splice(this.#random.integer(this.#onTheWay.length), 1);
    this.report.reordered++;
    await this.#send(late);
  }

  /** Leaves the disk less space than a segment needs, or gives it back. */
  #fillOrFree(): void {
    if (this.#disk.capacity === Number.POSITIVE_INFINITY) this.#disk.capacity = this.#disk.used + this.#random.integer(20_000);
    else if (this.#random.chance(0.2)) this.#disk.capacity = Number.POSITIVE_INFINITY;
  }

  /** Now, or in the middle of one of the next calls that change the disk. */
  #crash(): void {
    if (this.#random.chance(0.4)) this.#disk.crash();
    else this.#disk.crashAfter = 1 + this.#random.integer(6);
  }

  /** A client that heard no answer asks again. */
  async #repeat(): Promise<void> {
    const command = this.#sent.at(-1 - this.#random.integer(10));
    if (!command) return;
    this.report.repeats++;
    await this.#send(command);
  }

  /** Sends by one of the two ways in, and notes where the shard put it. */
  async #send(command: Command): Promise<void> {
    const bytes = Buffer.alloc(512);
    const entry = {
      kind: RecordKind.COMMAND,
      epoch: this.#shard.position.epoch,
      bytes: bytes.subarray(0, encodeCommand(command, bytes, 0)),
    };
    const before = this.#journal.appended;
    try {
      if (this.#random.chance(0.5)) {
        this.#log[this.#shard.enter(bytes, 0) - 1] = entry;
        this.#shard.flush();
        return;
      }
      const promise = this.#shard.submit(command);
      const sequence = this.#journal.appended;
      if (sequence > before) this.#log[sequence - 1] = entry;
      promise
        .then(
          (result) => this.#acknowledged(entry, result.position.sequence, result.events, command),
          (error) => this.#refused(error, sequence > before),
        )
        .catch((error) => this.#failures.push(error));
    } catch (error) {
      this.#refused(error, false);
    }
  }

  #acknowledged(entry: LogEntry, sequence: number, events: unknown[], command: Command): void {
    this.report.acknowledged++;
    if (command.sessionSequence > 0) {
      const before = this.#positions.get(command.sessionSequence);
      const [{ firstSequence = sequence }] = events as { firstSequence?: number }[];
      ok(
        before === undefined || before === firstSequence,
        `a command was acknowledged at sequence ${before}, and again at ${firstSequence}`,
      );
      this.#positions.set(command.sessionSequence, firstSequence);
    }
    const first = this.#log[sequence - 1];
    deepStrictEqual(first.bytes, entry.bytes, `sequence ${sequence} is not the acknowledged ${command.kind}`);
    this.#applyThrough(sequence);
    deepStrictEqual(events, decodeEvents(first.events!, 0, first.events!.length), "an acknowledgement bears other events than the model");
    this.#told = Math.max(this.#told, sequence);
  }

  #refused(error: unknown, logged: boolean): void {
    this.report.refused++;
    if (error instanceof SimulatedCrash) return;
    ok(error instanceof ShardBusy || error instanceof ShardUnavailable, `an unexpected refusal: ${error}`);
    if (error instanceof ShardUnavailable && /is full/.test(error.message)) this.report.full++;
    if (logged) ok(error instanceof ShardUnavailable && error.logged === "unknown", `a logged command was refused with "${error.message}"`);
  }

  #runDue(count: number): void {
    for (; count > 0 && this.#due.length > 0; count--) this.#due.shift()!();
  }

  #joinOrLeave(): void {
    const subscriber = this.#random.pick(this.#subscribers);
    if (subscriber.joining) return;
    if (subscriber.subscription) {
      subscriber.subscription.close();
      subscriber.subscription = undefined;
    } else this.#join(subscriber);
  }

  #join(subscriber: Subscriber): void {
    subscriber.joining = true;
    const shard = this.#shard;
    const listener = (batch: EncodedBatch) => {
      if (shard === this.#shard) this.#delivered(subscriber, batch);
    };
    shard.subscribeEncoded({ shard: SHARD, epoch: subscriber.epoch, sequence: subscriber.seen }, listener).then(
      (subscription) => {
        if (shard !== this.#shard) return;
        this.report.joined++;
        subscriber.joining = false;
        subscriber.subscription = subscription;
      },
      (error) => {
        if (shard !== this.#shard) return;
        subscriber.joining = false;
        if (error instanceof JournalTooOld && this.#dropOldLog) {
          subscriber.seen = this.#shard.position.sequence;
          subscriber.epoch = this.#shard.position.epoch;
        } else if (!this.#disk.crashed) this.#failures.push(error);
      },
    );
  }

  #delivered(subscriber: Subscriber, batch: EncodedBatch): void {
    strictEqual(batch.first, subscriber.seen + 1, "a subscriber missed or saw again an event");
    this.#applyThrough(batch.last);
    for (let sequence = batch.first, start = batch.start; sequence <= batch.last; sequence++) {
      const end = batch.endOf(sequence);
      ok(
        this.#log[sequence - 1].events!.equals(batch.bytes.subarray(start, end)),
        `the events of sequence ${sequence} differ from the model's`,
      );
      start = end;
    }
    subscriber.seen = batch.last;
    subscriber.epoch = batch.epoch;
    this.#told = Math.max(this.#told, batch.last);
  }

  #snapshot(): void {
    try {
      const report = takeSnapshot(this.#disk, FOLDER, SHARD, machines, this.#shard.position.sequence);
      this.report.snapshots++;
      const store = new SnapshotStore(this.#disk, FOLDER, SHARD);
      store.removeBefore(store.sequences()[1] ?? 0);
      if (this.#dropOldLog) this.#journal.retain(store.sequences().at(-1)! + 1);
      if (report.sequence === this.#model.applied) strictEqual(report.stateHash, this.#model.machine.stateHash());
    } catch (error) {
      const code = (error as { code?: string }).code;
      if (!(error instanceof SimulatedCrash) && code !== "ENOSPC" && code !== "EEXIST" && code !== "EIO") throw error;
    }
  }

  async #restartCleanly(): Promise<void> {
    const entered = this.#journal.appended;
    await this.#shard.close();
    if (this.#disk.crashed) return;
    const complete = this.#journal.durable === entered;
    await this.#start(this.#disk);
    if (complete) ok(this.#journal.durable >= entered, "a clean stop lost commands");
  }

  /** The machine or the process is gone; another starts on what the disk has. */
  async #restart(): Promise<void> {
    if (this.#disk.crashed) {
      this.report.crashes++;
      this.#disk.restart();
    } else {
      await this.#shard.close().catch(() => {});
      this.#disk.restart();
    }
    this.#disk.capacity = Number.POSITIVE_INFINITY;
    this.#disk.failNext = undefined;
    const copy = this.#random.chance(0.3) ? this.#disk.copy() : undefined;
    await this.#start(this.#disk);
    if (copy) await this.#flip(copy);
  }

  /** Opens the shard, and compares what it has recovered with what was entered and with what was told. */
  async #start(disk: SimulatedDisk): Promise<void> {
    this.#due = [];
    for (const subscriber of this.#subscribers) Object.assign(subscriber, { subscription: undefined, joining: false });
    for (;;) {
      try {
        ({ journal: this.#journal, shard: this.#shard } = await this.#open(disk, this.#due));
        break;
      } catch (error) {
        const unreadable = error instanceof JournalUnusable && error.message.includes("EIO");
        if (error instanceof SimulatedCrash || unreadable) this.#crashedAgain(disk);
        else if (error instanceof PoisonCommand) await this.#skip(disk, error.sequence);
        else throw error;
      }
    }
    const recovered = this.#journal.durable;
    ok(recovered >= this.#told, `sequence ${this.#told} was acknowledged or published, the log ends at ${recovered}`);
    ok(recovered <= this.#log.length, `the log has ${recovered} records, ${this.#log.length} were entered`);
    this.report.lost += this.#log.length - recovered;
    this.#log.length = recovered;
    for await (const group of this.#journal.read(this.#journal.first, recovered)) {
      group.visit((kind, epoch, sequence, bytes, start, end) => {
        const entry = this.#log[sequence - 1];
        ok(
          entry.kind === kind && (kind === RecordKind.SKIP || entry.epoch === epoch) && entry.bytes.equals(bytes.subarray(start, end)),
          `sequence ${sequence} is not what was entered`,
        );
      });
    }
    this.#applyThrough(recovered);
    this.#told = recovered;
    strictEqual(this.#shard.stateHash(), this.#model.machine.stateHash(), "the recovered state differs from the model's");
  }

  #crashedAgain(disk: SimulatedDisk): void {
    this.report.crashes++;
    disk.restart();
    this.#due = [];
  }

  async #open(disk: SimulatedDisk, due: (() => void)[]): Promise<{ journal: FileJournal; shard: TradingShard }> {
    const schedule = (run: () => void) => due.push(run);
    const journal = new FileJournal({ ...journalOptions, fileSystem: disk, clock: () => START_TIME, schedule });
    const shard = await createTradingShard({
      journal,
      snapshots: new SnapshotStore(disk, FOLDER, SHARD),
      machines,
      reserveBytes: 1024,
      defer: schedule,
      report: (message) => {
        if (/was cut/.test(message)) this.report.tornTails++;
      },
    });
    return { journal, shard };
  }

  /** Two people agree to pass over the command. Nothing of it may have been published. */
  async #skip(disk: SimulatedDisk, sequence: number): Promise<void> {
    this.report.poison++;
    ok(sequence > this.#told, `the poison command at ${sequence} was published`);
    const skip = { sequence, reason: "simulated", approvals: ["Ada", "Grace"], time: START_TIME };
    const entry = { kind: RecordKind.SKIP, epoch: 0, bytes: Buffer.from(JSON.stringify(skip)) };
    const at = await appendSkip({ ...journalOptions, fileSystem: disk, clock: () => START_TIME, schedule: (run) => run() }, skip, machines);
    this.#skipped.add(sequence);
    this.#log.length = at - 1;
    this.#log.push(entry);
  }

  /** A copy of the disk with one flipped bit is either refused or gives the same state. */
  async #flip(copy: SimulatedDisk): Promise<void> {
    const path = this.#random.pick(copy.paths().filter((name) => name.endsWith(".log") || name.endsWith(".bin")));
    const used = path.endsWith(".log") ? Math.min(copy.bytes(path).length, 8192) : copy.bytes(path).length;
    if (used === 0) return;
    copy.flipBit(path, this.#random.integer(used * 8));
    try {
      const { journal, shard } = await this.#open(copy, []);
      strictEqual(journal.durable, this.#journal.durable, `a flipped bit in ${path} lost commands unnoticed`);
      strictEqual(shard.stateHash(), this.#shard.stateHash(), `a flipped bit in ${path} changed the state unnoticed`);
      this.report.flips.harmless++;
    } catch (error) {
      if (error instanceof PoisonCommand) return;
      ok(
        error instanceof JournalCorrupt || error instanceof JournalTooOld || /part of the log is missing/.test(String(error)),
        String(error),
      );
      this.report.flips.found++;
    }
  }

  #check(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
    ok(this.#told <= this.#journal.durable, "something was told that is not durable");
    this.#checkMoney();
  }

  /** With the faults gone, everything entered becomes durable, every subscriber catches up, and the shard still takes orders. */
  async #heal(): Promise<void> {
    this.#disk.capacity = Number.POSITIVE_INFINITY;
    this.#disk.crashAfter = Number.POSITIVE_INFINITY;
    this.#disk.failNext = undefined;
    let answered = 0;
    for (let round = 0; round < 200; round++) {
      this.#runDue(Number.POSITIVE_INFINITY);
      await settled();
      if (this.#shard.stopped) await this.#restart();
      for (const subscriber of this.#subscribers) if (!subscriber.subscription && !subscriber.joining) this.#join(subscriber);
      const before = this.report.acknowledged;
      await this.#send(randomCommand(this.#random, ACCOUNTS, ++this.#number));
      this.#runDue(Number.POSITIVE_INFINITY);
      await settled();
      if (this.report.acknowledged > before) answered++;
      if (answered >= 3 && this.#subscribers.every(({ seen }) => seen === this.#shard.position.sequence)) break;
    }
    if (this.#failures.length > 0) throw this.#failures[0];
    ok(answered >= 3, "the shard does not answer although nothing is wrong any more");
    for (const { seen } of this.#subscribers) strictEqual(seen, this.#shard.position.sequence, "a subscriber did not catch up");
    this.#applyThrough(this.#journal.durable);
    this.#checkMoney();
    await this.#shard.close();
  }

  #applyThrough(sequence: number): void {
    const { machine, out } = this.#model;
    while (this.#model.applied < sequence) {
      const next = ++this.#model.applied;
      const entry = this.#log[next - 1];
      out.clear();
      if (entry.kind === RecordKind.COMMAND && !this.#skipped.has(next)) machine.apply(entry.bytes, 0, entry.epoch, next, out);
      entry.events = Buffer.from(out.bytes.subarray(0, out.length));
      this.#account(entry.events);
    }
  }

  #account(events: Buffer): void {
    for (const event of decodeEvents(events, 0, events.length)) {
      if (event.kind === "trade") {
        this.#add(this.#brought, event.takerFeeAsset, -event.takerFee);
        this.#add(this.#brought, event.makerFeeAsset, -event.makerFee);
      }
      if (event.kind !== "balanceChanged") continue;
      const key = `${event.account} ${event.asset}`;
      const [before, after] = [this.#balances.get(key) ?? 0n, event.free + event.locked];
      ok(event.free >= 0n && event.locked >= 0n, `account ${event.account} has ${event.free} free and ${event.locked} locked`);
      this.#balances.set(key, after);
      if (event.cause === "deposit" || event.cause === "withdraw") this.#add(this.#brought, event.asset, after - before);
    }
  }

  #add(sums: Map<number, bigint>, asset: number, amount: bigint): void {
    sums.set(asset, (sums.get(asset) ?? 0n) + amount);
  }

  #checkMoney(): void {
    const sums = new Map<number, bigint>();
    for (const [key, amount] of this.#balances) {
      this.#add(sums, Number(key.split(" ")[1]), amount);
    }
    for (const [asset, sum] of sums) strictEqual(sum, this.#brought.get(asset), `money of asset ${asset} was made or lost`);
  }
}

/** All promises that can go on have gone on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
