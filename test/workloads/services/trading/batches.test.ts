import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { type Command, commandLength, decodeEvents, EventBuffer, Exchange, encodeCommand, MAX_COMMAND_LENGTH, Side } from "@bourse/engine";
import { FileJournal, type RecordKind } from "../../../../workloads/journal";
import {
  createTradingShard,
  type StateMachines,
  type TradingShard,
  type TradingShardOptions,
} from "../../../../workloads/services/trading";
import { CountedExchange } from "../../../../workloads/services/trading/counted-exchange";
import type { Replication } from "../../../../workloads/services/trading/replication/log-copies";
import { nothingYet, notice, opening, randomCommands, smallWorld } from "../../engine/random-commands";
import { Random, SimulatedDisk } from "../../journal/simulated-disk";
import { cancelOrder, limitOrder, openMarket, START_TIME } from "./command-mix";

const SHARD = 3;
const DAY = 86_400_000_000;

interface Round {
  commands: Uint8Array[];
  /** Where they lie: at this byte of memory that begins at that. */
  start: number;
  begins: number;
  /** Whether the disk writes behind it. */
  syncs: boolean;
}

/** What became of all rounds. */
interface Outcome {
  /** Of each command: its sequence and the counts of its account behind it, or why it was refused. */
  results: (string | { sequence: number; counts: number[] })[];
  events: { sequence: number; bytes: string; isRepeated: boolean }[];
  groups: { kind: RecordKind; epoch: number; sequence: number; bytes: string }[][];
  copied: unknown[];
  stateHash: string;
  reports: string[];
  position: number;
  /** Calls of the shard that entered something. */
  calls: number;
}

const encoded = (command: Command): Uint8Array => {
  const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
  return bytes.slice(0, encodeCommand(command, bytes, 0));
};

const hex = (bytes: Uint8Array, start: number, end: number) => Buffer.from(bytes.subarray(start, end)).toString("hex");

/** Enters a round's commands each by itself. */
function oneByOne(shard: TradingShard, bytes: Uint8Array, start: number, { commands }: Round, outcome: Outcome): void {
  let at = start;
  for (const { length } of commands) {
    enterOne(shard, bytes, at, at + length, outcome);
    at += length;
  }
}

function enterOne(shard: TradingShard, bytes: Uint8Array, at: number, end: number, { results }: Outcome): void {
  try {
    const sequence = shard.enter(bytes, at, end);
    const counts = new Uint32Array(2);
    shard.writeOrderCounts(new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 20, true), counts, 0);
    results.push({ sequence, counts: [...counts] });
  } catch (error) {
    results.push(String(error));
  }
}

/** Enters as many as possible at once. The counts go into a ring, across its end. */
function together(shard: TradingShard, bytes: Uint8Array, start: number, { commands }: Round, outcome: Outcome): void {
  const end = start + commands.reduce((sum, { length }) => sum + length, 0);
  const counts = new Uint32Array(2 * 512);
  let place = 2 * 500;
  for (let at = start, n = 0; at < end; ) {
    let sequence = shard.entered;
    const next = shard.enterAll(bytes, at, end, counts, place);
    if (next > at) outcome.calls++;
    for (; at < next; at += commands[n++].length) {
      outcome.results.push({ sequence: ++sequence, counts: [...counts.subarray(place, place + 2)] });
      place = (place + 2) % counts.length;
    }
    strictEqual(shard.entered, sequence);
    if (at === end) break;
    enterOne(shard, bytes, at, at + commands[n].length, outcome);
    at += commands[n++].length;
  }
}

async function run(rounds: Round[], enter: typeof together, options: Partial<TradingShardOptions> & { groupBytes?: number } = {}) {
  const { groupBytes = 16_384 } = options;
  const due: (() => void)[] = [];
  const schedule = (work: () => void) => due.push(work);
  const sizes = { segmentBytes: 64 * groupBytes, groupBytes, groups: 3 };
  const files = { folder: "shard", shard: SHARD, fileSystem: new SimulatedDisk(new Random(1)), clock: () => START_TIME };
  const journal = new FileJournal({ ...files, ...sizes, schedule });
  const outcome: Outcome = { results: [], events: [], groups: [], copied: [], stateHash: "", reports: [], position: 0, calls: 0 };
  const replication: Replication = {
    changed: () => {},
    pin: () => ({ move: () => {}, release: () => {} }),
    appended: (kind, epoch, sequence, bytes, start, end) => outcome.copied.push([kind, epoch, sequence, hex(bytes, start, end)]),
    flush: () => {},
    mayTell: (durable) => durable,
    settled: () => Promise.resolve(),
  };
  const report = (message: string) => outcome.reports.push(message);
  const shard = await createTradingShard({ journal, reserveBytes: 4096, defer: schedule, replication, report, ...options });
  await shard.subscribeEncoded(shard.position, ({ first, last, bytes, start, repeated, endOf }) => {
    for (let sequence = first, from = start; sequence <= last; from = endOf(sequence++))
      outcome.events.push({ sequence, bytes: hex(bytes, from, endOf(sequence)), isRepeated: repeated.has(sequence) });
  });
  for (const round of rounds) {
    const length = round.commands.reduce((sum, command) => sum + command.length, round.start);
    const bytes = new Uint8Array(new ArrayBuffer(round.begins + length), round.begins);
    let at = round.start;
    for (const command of round.commands) {
      bytes.set(command, at);
      at += command.length;
    }
    enter(shard, bytes, round.start, round, outcome);
    shard.flush();
    if (round.syncs) for (let work = due.shift(); work; work = due.shift()) work();
  }
  shard.flush();
  for (let work = due.shift(); work; work = due.shift()) work();
  for await (const group of journal.read(1, journal.durable)) {
    const records: Outcome["groups"][number] = [];
    group.visit((kind, epoch, sequence, bytes, start, end) => records.push({ kind, epoch, sequence, bytes: hex(bytes, start, end) }));
    outcome.groups.push(records);
  }
  outcome.stateHash = shard.stateHash();
  outcome.position = shard.position.sequence;
  const closed = shard.close();
  for (let work = due.shift(); work; work = due.shift()) work();
  await closed;
  return outcome;
}

/** Both ways give the same; returns what. */
async function same(rounds: Round[], options: () => Partial<TradingShardOptions> & { groupBytes?: number } = () => ({})): Promise<Outcome> {
  const expected = await run(rounds, oneByOne, options());
  const outcome = await run(rounds, together, options());
  for (const [n, result] of outcome.results.entries()) deepStrictEqual(result, expected.results[n], `command ${n}`);
  deepStrictEqual({ ...outcome, calls: 0 }, expected);
  return outcome;
}

const round = (commands: Uint8Array[], more: Partial<Round> = {}): Round => ({ commands, start: 0, begins: 0, syncs: true, ...more });

/** Rounds of random length, at random places of memory, of the commands. */
function inRounds(random: Random, commands: Uint8Array[], longest: number): Round[] {
  const rounds: Round[] = [];
  for (let n = 0; n < commands.length; ) {
    const count = 1 + random.integer(longest);
    const [start, begins] = random.pick([
      [0, 0],
      [8, 8],
      [16, 0],
      [4, 4],
      [3, 0],
      [0, 5],
    ]);
    rounds.push(round(commands.slice(n, n + count), { start, begins, syncs: random.chance(0.7) }));
    n += count;
  }
  return rounds;
}

describe("commands that are entered by one call", function () {
  this.timeout(60_000);

  /** Random commands of every kind, with what the exchange must have told for them to mean something. */
  function* everyKind(seed: number): Generator<Command> {
    const exchange = new Exchange({ shard: SHARD });
    const newest = nothingYet();
    const random = randomCommands(seed, smallWorld, newest);
    const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
    const out = new EventBuffer();
    const first = opening(smallWorld);
    for (let sequence = 1; ; sequence++) {
      const command = first.shift() ?? (random.next().value as Command);
      encodeCommand(command, bytes, 0);
      out.clear();
      exchange.apply(bytes, 0, 1, sequence, out);
      notice(newest, decodeEvents(out.bytes, 0, out.length));
      yield command;
    }
  }

  const take = (commands: Iterator<Command>, count: number) =>
    Array.from({ length: count }, () => encoded(commands.next().value as Command));

  it("are logged, applied, counted and told as those that are entered one after the other, of every kind and wherever they lie", async () => {
    for (const seed of [1, 2, 3, 4]) {
      const commands = take(everyKind(seed), 3000);
      const outcome = await same(inRounds(new Random(seed), commands, seed === 1 ? 500 : 60), () => ({ groupBytes: 65_536 }));
      strictEqual(outcome.results.filter((result) => typeof result !== "string").length, 3000);
      ok(outcome.calls < 800, `${outcome.calls} calls`);
    }
  });

  it("are refused as one after the other where they are malformed, while those around them are taken", async () => {
    const random = new Random(7);
    const commands = take(everyKind(7), 2000);
    let broken = 0;
    for (const command of commands) {
      if (!random.chance(0.05)) continue;
      const at = random.pick([3, 7 + 8, 16 + 15, 2, 23, 40, 48]);
      if (at >= command.length) continue;
      command[at] = 0xff;
      if (at === 23) command.fill(0xff, 20, 24);
      broken++;
    }
    const outcome = await same(inRounds(random, commands, 100), () => ({ groupBytes: 65_536 }));
    const refused = outcome.results.filter((result) => typeof result === "string").length;
    ok(refused > 30 && refused <= broken, `${refused} of ${broken} were refused`);
  });

  it("begin another group where one after the other does, and are refused where the queue is full, all but cancels", async () => {
    const random = new Random(9);
    const commands = [...openMarket(4)].map(encoded);
    for (let n = 0; n < 3000; n++) {
      const time = START_TIME + 1_000_000 + n;
      const isCancel = random.chance(0.3);
      commands.push(
        encoded(
          isCancel
            ? cancelOrder(1 + (n % 4), BigInt(n - 5), time)
            : limitOrder(1 + (n % 4), n % 2, 100 + (n % 3), 1 + random.integer(9), time, BigInt(n)),
        ),
      );
    }
    const rounds = inRounds(random, commands, 300);
    for (const each of rounds) each.syncs = random.chance(0.2);
    const outcome = await same(rounds);
    const refused = outcome.results.filter((result) => typeof result === "string");
    ok(refused.length > 100 && refused.every((text) => /^ShardBusy/.test(text as string)), `${refused.length} were refused`);
    ok(outcome.groups.length > 10);
  });

  it("are held to the limits of their accounts one after the other", async () => {
    const random = new Random(11);
    const commands = [...openMarket(6)].map(encoded);
    for (let n = 0; n < 2000; n++) {
      const time = START_TIME + 1_000_000 + n * 20_000;
      const account = 1 + Math.min(random.integer(6), random.integer(6));
      const repeats = random.chance(0.05);
      const command = random.chance(0.2)
        ? cancelOrder(account, BigInt(random.integer(n + 1)), time)
        : limitOrder(account, n % 2, 100 + (n % 2) * 8 - random.integer(9), 1 + random.integer(9), time, BigInt(n));
      commands.push(repeats ? commands[commands.length - 1] : encoded({ ...command, session: 5, sessionSequence: n + 1 }));
    }
    const outcome = await same(inRounds(random, commands, 100), () => ({ groupBytes: 65_536, orderLimits: { tenSeconds: 12, day: 30 } }));
    const refused = outcome.results.filter((result) => typeof result === "string");
    ok(refused.some((text) => /orders per 10 SECOND/.test(text as string)));
    ok(refused.some((text) => /orders per 1 DAY/.test(text as string)));
    ok(outcome.events.some(({ isRepeated }) => isRepeated));
    ok(refused.length > 300 && refused.length < 1500, `${refused.length} were refused`);
  });

  it("move the time in steps after a pause, and are refused where their time is far ahead", async () => {
    const orders = (from: number, time: number) =>
      Array.from({ length: 10 }, (_, n) => encoded(limitOrder(1, Side.BUY, 100, 1, time + n, BigInt(from + n))));
    const far = START_TIME + 40.5 * DAY;
    const resumed = START_TIME + 7.5 * DAY;
    const commands = [...[...openMarket(1)].map(encoded), ...orders(1, START_TIME + 1000), ...orders(11, far), ...orders(21, resumed)];
    const { results, events } = await same([round(commands)], () => ({ clock: () => resumed + 100 }));
    const sequences = results.map((result) => (result as { sequence: number }).sequence);
    strictEqual(sequences.at(-1)! - sequences.at(-10)!, 9);
    ok(sequences.at(-10)! - sequences.at(-11)! > 5, "steps lie before the first behind the pause");
    strictEqual(events.length, sequences.at(-1));
  });

  it("end at one that violates an assertion: those before it are told, it is logged, nothing behind it is", async () => {
    const commands = [...openMarket(3)].map(encoded);
    for (let n = 1; n <= 40; n++) commands.push(encoded(limitOrder(1 + (n % 3), n % 2, 100, 5, START_TIME + 1000, BigInt(n))));
    const market = commands.length - 40;
    const deposit = [...openMarket(1)].find(({ kind }) => kind === "deposit")!;
    for (const [failing, syncs] of [
      [market + 20, true],
      [market + 20, false],
      [market + 3, true],
      [market + 2, true],
      [1, true],
    ] as const) {
      const before = Math.min(market + 1, failing - 1);
      const withFailing = failing > market ? commands.with(failing - 1, encoded(deposit)) : commands;
      const rounds = [round(withFailing.slice(0, before), { syncs }), round(withFailing.slice(before))];
      const { results, events, groups, reports } = await same(rounds, () => ({ machines: failingAt(failing) }));
      strictEqual(events.length, failing - 1);
      strictEqual(groups.flat().length, failing);
      ok(reports.some((text) => text.includes(`the command at sequence ${failing} violates an assertion: told to fail`)));
      ok(results.slice(failing).every((result) => typeof result === "string" && /^ShardUnavailable/.test(result)));
    }
  });

  it("are not taken from within a listener, or by a shard that has been stopped", async () => {
    const orders = [1, 2, 3].map((key) => encoded(limitOrder(1, Side.BUY, 100, 1, START_TIME, BigInt(key))));
    const bytes = Buffer.concat(orders);
    const due: (() => void)[] = [];
    const schedule = (work: () => void) => due.push(work);
    const files = { folder: "shard", shard: SHARD, fileSystem: new SimulatedDisk(new Random(1)) };
    const journal = new FileJournal({ ...files, segmentBytes: 262_144, groupBytes: 16_384, groups: 2, schedule });
    const shard = await createTradingShard({ journal, reserveBytes: 0, defer: schedule });
    for (const command of openMarket(1)) shard.enter(encoded(command), 0);
    let taken: number | undefined;
    await shard.subscribeEncoded(shard.position, () => {
      taken ??= shard.enterAll(bytes, 0, bytes.length);
    });
    strictEqual(shard.enterAll(bytes, 0, bytes.length), bytes.length);
    shard.flush();
    for (let work = due.shift(); work; work = due.shift()) work();
    strictEqual(taken, 0);
    const { entered } = shard;
    await shard.close();
    strictEqual(shard.enterAll(bytes, 0, bytes.length), 0);
    strictEqual(shard.entered, entered);
    throws(() => shard.enter(bytes, 0, commandLength(bytes, 0)), /the shard has been stopped/);
  });
});

/** Exchanges with a defect that the command at a sequence meets, after all of its work. */
function failingAt(sequence: number): StateMachines {
  const failing = (counted: CountedExchange) => {
    const exchange = counted.exchange as unknown as { applyPaused(...args: unknown[]): void };
    const { applyPaused } = exchange;
    exchange.applyPaused = (...args) => {
      applyPaused.apply(exchange, args);
      if (counted.lastSequence === sequence) throw new Error("told to fail");
    };
    return counted;
  };
  return {
    create: () => failing(new CountedExchange(new Exchange({ shard: SHARD }))),
    read: (state) => failing(CountedExchange.readState(state)),
  };
}
