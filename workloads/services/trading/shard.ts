/**
 * A trading shard: one state machine behind one command log.
 *
 * A command is appended to the open group and applied at once, while the group before is on its way to the disk; its events are published, and
 * it is acknowledged, only when its own group is durable. So the disk and matching work at the same time, and nothing that could be lost is
 * ever seen. If the log fails, what was applied but is not durable dies with the process.
 */

import type { Command } from "@bourse/engine";
import * as engine from "@bourse/engine";
import type { Journal } from "../../journal";
import * as log from "../../journal";
import { copyPlainCommand } from "../../journal/copy-longs";
import { decodeBatch, type EncodedListener, Feed } from "./feed";
import { LogKeeping } from "./log-keeping";
import { LogPins } from "./log-pins";
import { PieceEntry } from "./piece-entry";
import {
  type CommandResult,
  type CountedOrderEntry,
  type EventBatch,
  type EventFeed,
  type LogPin,
  type OrderCounts,
  type OrderLimits,
  type Position,
  PositionLost,
  ShardBusy,
  ShardUnavailable,
  type Subscription,
} from "./port";
import { RecentEvents } from "./recent-events";
import { recoverReplay } from "./recovery";
import { PoisonCommand, type Replay } from "./replay";
import type { Replication } from "./replication/log-copies";
import type { LeaseLost } from "./replication/term";
import { type EncodedResult, encodedResult, WaitingResults } from "./results";
import type { TradingShardOptions } from "./shard-options";
import { exchanges, type StateMachine, type StateMachines } from "./state-machine";
import * as wordView from "./word-view";

// Constants of this file: each use of an import through an index is a call of a function that looks it up (docs/decisions/0014-offsets-are-constants-of-the-file.md).
const { CommandType, checkCommand, commandLength, encodeCommand, MAX_COMMAND_LENGTH, plainCommandWords } = engine;
const { JournalFull } = log;
const { timeAt, WordView } = wordView;
const { COMMAND } = log.RecordKind;
const { CANCEL_ORDER } = CommandType;

/** As many as the binary protocol can tell. */
const noOrderLimits: OrderLimits = { tenSeconds: 2 ** 32 - 1, day: 2 ** 32 - 1 };
const noOrders: OrderCounts = { tenSeconds: 0, day: 0 };

/** A command's time may be so far ahead of this machine's clock: clocks of machines are held to well below it. */
const clockToleranceUs = 60_000_000;

/** By command type: 1 for what passes while new orders are refused, since it only takes work away. */
const passesWhenBusy = new Uint8Array(256);
passesWhenBusy[CANCEL_ORDER] = 1;
passesWhenBusy[CommandType.CANCEL_ALL_ORDERS] = 1;
passesWhenBusy[CommandType.CANCEL_ORDER_LIST] = 1;
passesWhenBusy[CommandType.KILL_SWITCH] = 1;

/** Recovers the state from snapshot and log, then takes commands. Rejects with `JournalCorrupt` or {@link PoisonCommand}. */
export async function createTradingShard(options: TradingShardOptions): Promise<TradingShard> {
  const machines = options.machines ?? exchanges(options.journal.shard);
  const { replay, epoch } = await recoverReplay({ ...options, machines });
  return new TradingShard({ ...options, machines }, replay, epoch);
}

export class TradingShard implements CountedOrderEntry, EventFeed {
  readonly #options: TradingShardOptions & { machines: StateMachines };
  readonly #journal: Journal;
  readonly #machine: StateMachine;
  readonly #replication: Replication | undefined;
  /** Queue space that new orders leave to cancels. */
  readonly #reserve: number;
  readonly #epoch: number;
  /** Unfilled orders that each account may place. */
  readonly orderLimits: OrderLimits;
  readonly #recent: RecentEvents;
  readonly #feed: Feed;
  readonly #pins = new LogPins();
  readonly #words = new WordView();
  readonly #pieces: PieceEntry;
  readonly #waiting: WaitingResults;
  readonly #keeping: LogKeeping;
  /** The last record of those who led before. */
  readonly #began: { epoch: number; sequence: number };
  #flushDeferred = false;
  #publishing = false;
  #poison: PoisonCommand | undefined;
  #stopped: ShardUnavailable | undefined;

  /** Use {@link createTradingShard}, unless state and journal are recovered already and their last record is durable. */
  constructor(options: TradingShardOptions & { machines: StateMachines }, replay: Replay, epoch: number) {
    const { journal, snapshots, machines, recentEventBytes = 32 << 20, defer = setImmediate } = options;
    this.#options = options;
    this.#journal = journal;
    this.#machine = replay.machine;
    this.#replication = options.replication;
    this.#reserve = options.reserveBytes ?? 1 << 20;
    this.#epoch = epoch;
    this.#began = { epoch: replay.epoch, sequence: replay.sequence };
    this.orderLimits = options.orderLimits ?? noOrderLimits;
    this.#recent = new RecentEvents(journal.shard, epoch, replay.sequence, recentEventBytes);
    this.#feed = new Feed({ journal, snapshots, machines, recent: this.#recent, pins: this.#pins, defer });
    this.#pieces = new PieceEntry({
      journal,
      machine: this.#machine,
      replication: this.#replication,
      recent: this.#recent,
      feed: this.#feed,
      words: this.#words,
      reserveBytes: this.#reserve,
      orderLimits: this.orderLimits,
      mayEnter: () => this.#stopped === undefined && !this.#publishing,
      failed: (sequence, violation) => this.#fail(sequence, violation),
    });
    this.#waiting = new WaitingResults(this.#recent, (sequence) => this.encodedResult(sequence));
    this.#keeping = new LogKeeping(options, journal, this.#pins);
    journal.onDurable = (sequence) => this.#tell(sequence);
    if (options.replication) {
      options.replication.changed = () => this.#tell(journal.durable);
      options.replication.pin = (sequence, passedOver) => this.pin(sequence, passedOver);
    }
    journal.onFailed = (error) => this.#stop(error.message, "unknown");
  }

  /** Of the last command that is durable and published. Its epoch is the present one. */
  get position(): Position {
    return { shard: this.#journal.shard, epoch: this.#epoch, sequence: this.#feed.published };
  }

  /** Why the shard has stopped, or undefined while it runs. */
  get stopped(): ShardUnavailable | undefined {
    return this.#stopped;
  }

  /** Bytes of the log that some follower still asks to keep. */
  get pinnedBytes(): number {
    const { lowest } = this.#pins;
    return lowest >= this.#feed.published ? 0 : this.#journal.bytesAfter(lowest);
  }

  /** Hash of the state after all commands that were entered. */
  stateHash(): string {
    return this.#machine.stateHash();
  }

  /**
   * The fast way in: appends and applies the encoded command at `bytes[start]` and returns its sequence. Its events come to encoded
   * subscribers once it is durable. Call {@link flush} after the last of a batch. Throws {@link ShardBusy}, {@link TooManyOrders},
   * {@link ShardUnavailable}, or a RangeError for a malformed command; nothing was logged then.
   */
  enter(bytes: Uint8Array, start: number, limit = bytes.length): number {
    const longs = this.#words.longsOf(bytes);
    if (longs.length > 0 && (start & 7) === 0) {
      const words = this.#words.of(bytes);
      const length = plainCommandWords(words, start >> 2, limit >> 2) * 4;
      if (length > 0) {
        this.#claim(length, ((words[start >> 2] >> 16) & 255) === CANCEL_ORDER);
        const { payloadLongs, payloadStart } = this.#journal;
        copyPlainCommand(longs, start >> 3, payloadLongs, payloadStart >> 3, length);
        return this.#apply(payloadStart, payloadStart + length);
      }
    }
    return this.#enterAny(bytes, start, limit);
  }

  /**
   * Enters the commands in `bytes[start, end)`, which lie one behind the other, as calls of {@link enter} for each of them do, in a fraction of the time.
   * Returns where the first begins that was not entered, which is `end` when all were: one that {@link enter} refuses, or does more for than for the others, such
   * as to begin another group. {@link entered} tells their sequences, which follow each other.
   *
   * @param counts where the unfilled orders of each command's account go, as they were when it had been applied: two words each from word `place` on, and on
   * from the beginning behind the end. @default they are not asked for
   */
  enterAll(bytes: Uint8Array, start: number, end: number, counts?: Uint32Array, place = 0): number {
    return this.#pieces.enter(bytes, start, end, counts, place);
  }

  /** Sequence of the last command that was entered. */
  get entered(): number {
    return this.#journal.appended;
  }

  /** Hands what was entered to the disk. */
  flush(): void {
    this.#journal.commit();
    this.#replication?.flush();
  }

  submit(command: Command): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
      const sequence = this.#enterCommand(command);
      const orderCounts = this.#orderCounts("account" in command ? command.account : 0, 0);
      this.#waiting.add({ sequence, orderCounts, resolve, reject });
      if (this.#flushDeferred) return;
      this.#flushDeferred = true;
      (this.#options.defer ?? setImmediate)(() => {
        this.#flushDeferred = false;
        this.flush();
      });
    });
  }

  /** Of all commands that were entered. */
  orderCounts(account: number, time: number): Promise<OrderCounts> {
    return Promise.resolve(this.#orderCounts(account, time));
  }

  /** Writes the counts of an account into two words: of ten seconds, and of the day. */
  writeOrderCounts(account: number, words: Uint32Array, to: number): void {
    this.#machine.writeOrderCounts?.(account, words, to);
  }

  subscribe(from: Position, listener: (batch: EventBatch) => void): Promise<Subscription> {
    return this.subscribeEncoded(from, (batch) => listener(decodeBatch(batch)));
  }

  /** Like {@link subscribe}, with the events as they are encoded. */
  async subscribeEncoded(from: Position, listener: EncodedListener): Promise<Subscription> {
    if (from.epoch > 0 && from.epoch < this.#epoch && !(await this.holds(from))) throw new PositionLost(from);
    return this.#feed.subscribe(from, listener);
  }

  /**
   * Whether a position that a leader of this shard told is of its log. It is not when a member that lacked it took the lead all the same, as after the loss of a region. A
   * position has the epoch of the leader that told it, or a later one.
   */
  async holds({ epoch, sequence }: Position): Promise<boolean> {
    if (epoch >= this.#epoch || sequence === 0) return true;
    if (sequence > this.#began.sequence) return false;
    if (epoch >= this.#began.epoch || sequence < this.#journal.first) return true;
    let written = 0;
    for await (const group of this.#journal.read(sequence, sequence)) {
      group.visit((_kind, of) => {
        written = of;
      });
    }
    return written <= epoch;
  }

  pin(sequence: number, passedOver?: (oldest: number) => void): LogPin {
    return this.#pins.pin(sequence, passedOver);
  }

  /** The events of a durable command, encoded: see {@link encodedResult}. */
  encodedResult(sequence: number): Promise<EncodedResult> {
    return encodedResult(this.#feed, this.#journal.shard, sequence);
  }

  /** Takes a snapshot of what is durable now, without stopping the shard. Does nothing when there is no way to take one. */
  snapshot(): Promise<void> {
    return this.#keeping.snapshot(this.#feed.published);
  }

  /** Refuses new commands, makes durable and acknowledges what was entered, and releases the log. */
  async close(): Promise<void> {
    this.#stopped ??= new ShardUnavailable("the shard has been stopped", "no");
    await this.#keeping.settled();
    await this.#journal.close();
    await this.#replication?.settled(this.#journal.durable);
    this.#waiting.rejectAll(this.#stopped.message, "unknown");
  }

  #orderCounts(account: number, time: number): OrderCounts {
    return this.#machine.orderCounts?.(account, time) ?? noOrders;
  }

  /** A command that has optional fields or is of another kind, or does not lie as words do. */
  #enterAny(bytes: Uint8Array, start: number, limit: number): number {
    const fault = checkCommand(bytes, start, limit);
    if (fault) throw new RangeError(fault);
    const length = commandLength(bytes, start);
    this.#claim(length, passesWhenBusy[bytes[start + 2]] === 1);
    const { payload, payloadStart } = this.#journal;
    payload.set(bytes.subarray(start, start + length), payloadStart);
    return this.#apply(payloadStart, payloadStart + length);
  }

  #enterCommand(command: Command): number {
    this.#claim(MAX_COMMAND_LENGTH, passesWhenBusy[kindsThatPass[command.kind] ?? 0] === 1);
    const { payload, payloadStart } = this.#journal;
    const end = encodeCommand(command, payload, payloadStart);
    const fault = checkCommand(payload, payloadStart, end);
    if (fault) throw new RangeError(fault);
    return this.#apply(payloadStart, end);
  }

  #claim(bytes: number, passes: boolean): void {
    if (this.#stopped) throw this.#stopped;
    if (this.#publishing) throw new Error("a command cannot be entered from within a listener: defer it");
    try {
      if (this.#journal.claim(bytes, passes ? 0 : this.#reserve)) return;
    } catch (error) {
      if (error instanceof JournalFull) throw new ShardUnavailable(error.message, "no");
      throw error;
    }
    this.flush();
    throw new ShardBusy("the shard has as many commands in hand as it can hold: try again later");
  }

  /** Logs and applies the well-formed command in the claimed payload. */
  #apply(start: number, end: number): number {
    const { payload } = this.#journal;
    const { latestTime } = this.#machine;
    if (latestTime !== undefined) {
      const time = timeAt(this.#journal.payloadWords, start);
      if (time > latestTime && time <= this.#now() + clockToleranceUs) return this.#applyAfterPause(start, end, time);
    }
    const refusal = this.#machine.refusal?.(payload, start, this.orderLimits);
    if (refusal) throw refusal;
    const sequence = this.#journal.append(COMMAND, end);
    this.#replication?.appended(COMMAND, this.#epoch, sequence, payload, start, end);
    const out = this.#recent.buffer(this.#feed.published);
    const before = out.length;
    try {
      this.#machine.apply(payload, start, this.#epoch, sequence, out);
    } catch (violation) {
      out.length = before;
      this.#fail(sequence, violation);
      return sequence;
    }
    this.#recent.close(sequence);
    return sequence;
  }

  /** The logged command violates an assertion of the state machine: nothing of it is told, and nothing follows it. */
  #fail(sequence: number, violation: unknown): void {
    this.#poison = new PoisonCommand(sequence, violation);
    this.#stopped = new ShardUnavailable(this.#poison.message, "no");
    this.#options.report?.(this.#poison.message);
    this.flush();
  }

  #now(): number {
    return this.#options.clock?.() ?? Date.now() * 1_000;
  }

  /**
   * After a pause so long that the state machine would take the clock of the claimed command to be broken, though it agrees with the one here, as after
   * a weekend without a command: moves the time in steps that are logged first.
   */
  #applyAfterPause(start: number, end: number, time: number): number {
    const command = this.#journal.payload.slice(start, end);
    while (time > this.#machine.latestTime!) this.#enterCommand(this.#machine.timeStep!(this.#machine.latestTime!));
    this.#claim(command.length, false);
    const { payload, payloadStart } = this.#journal;
    payload.set(command, payloadStart);
    return this.#apply(payloadStart, payloadStart + command.length);
  }

  /** What is durable here, and wherever else it must be, is published. */
  #tell(durable: number): void {
    const replication = this.#replication;
    let through = durable;
    try {
      through = replication?.mayTell(durable) ?? durable;
    } catch (lost) {
      this.#stop((lost as LeaseLost).message, "unknown");
      return;
    }
    this.#publish(through);
  }

  /** Everything up to `durable` is safe: subscribers first, then the acknowledgements. */
  #publish(durable: number): void {
    const through = Math.min(durable, this.#recent.last);
    if (through > this.#feed.published) {
      const from = this.#feed.published + 1;
      this.#publishing = true;
      try {
        this.#feed.publish(through);
      } catch (error) {
        this.#stop(`a subscriber has failed: ${error instanceof Error ? error.message : String(error)}`, "unknown");
        return;
      } finally {
        this.#publishing = false;
      }
      this.#waiting.answer(from, through);
    }
    if (this.#poison && durable >= this.#poison.sequence) this.#waiting.rejectAll(this.#poison.message, "unknown");
    if (this.#keeping.isDue(through)) void this.snapshot();
  }

  #stop(reason: string, logged: "no" | "unknown"): void {
    if (this.#stopped && this.#waiting.isEmpty) return;
    this.#options.report?.(reason);
    this.#stopped ??= new ShardUnavailable(reason, "no");
    this.#waiting.rejectAll(reason, logged);
  }
}

const kindsThatPass: Partial<Record<Command["kind"], engine.CommandType>> = {
  cancelOrder: CommandType.CANCEL_ORDER,
  cancelAllOrders: CommandType.CANCEL_ALL_ORDERS,
  cancelOrderList: CommandType.CANCEL_ORDER_LIST,
  killSwitch: CommandType.KILL_SWITCH,
};
