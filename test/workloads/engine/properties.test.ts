/** What must hold after every command, over random streams of all commands: the state audit, exact continuation, and the event stream's own rules. */

import assert from "node:assert/strict";
import {
  type Command,
  checkCommand,
  decodeCommand,
  decodeEvents,
  type Event,
  EventBuffer,
  Exchange,
  encodeCommand,
  MAX_COMMAND_LENGTH,
} from "@bourse/engine";
import { Outcome } from "../../../workloads/engine/outcome";
import { nothingYet, notice, opening, random, randomCommands, smallWorld, worlds } from "./random-commands";

const bytes = new Uint8Array(MAX_COMMAND_LENGTH);

/** An exchange that is driven by decoded commands. */
class Driver {
  readonly out = new EventBuffer();
  readonly newest = nothingYet();

  constructor(public exchange: Exchange) {}

  apply(command: Command): Event[] {
    const end = encodeCommand(command, bytes, 0);
    assert.equal(checkCommand(bytes, 0, end), undefined);
    assert.deepEqual(decodeCommand(bytes, 0), command);
    this.out.clear();
    this.exchange.apply(bytes, 0, 1, this.exchange.lastSequence + 1, this.out);
    const events = decodeEvents(this.out.bytes, 0, this.out.length);
    notice(this.newest, events);
    return events;
  }
}

describe("the exchange under random commands", () => {
  for (const [name, world] of Object.entries(worlds)) {
    it(`passes its audit after every command, with ${name}`, function () {
      this.timeout(60_000);
      for (let seed = 1; seed <= 3; seed++) {
        const driver = new Driver(new Exchange({ shard: 3 }));
        for (const command of opening(world)) driver.apply(command);
        const commands = randomCommands(seed, world, driver.newest);
        for (let n = 0; n < 1500; n++) {
          const command = commands.next().value as Command;
          try {
            driver.apply(command);
            driver.exchange.audit();
          } catch (error) {
            throw new Error(
              `seed ${seed}, command ${n}: ${JSON.stringify(command, (_, value) => (typeof value === "bigint" ? `${value}` : value))}`,
              { cause: error },
            );
          }
        }
      }
    });
  }

  it("continues from a written state with the same events and the same hash", function () {
    this.timeout(60_000);
    for (let seed = 11; seed <= 13; seed++) {
      const straight = new Driver(new Exchange({ shard: 3 }));
      const resumed = new Driver(new Exchange({ shard: 3 }));
      for (const command of opening(smallWorld)) {
        straight.apply(command);
        resumed.apply(command);
      }
      const stream = randomCommands(seed, smallWorld, straight.newest);
      for (let n = 0; n < 1500; n++) {
        const command = stream.next().value as Command;
        straight.apply(command);
        resumed.apply(command);
        assert.deepEqual(resumed.out.bytes.subarray(0, resumed.out.length), straight.out.bytes.subarray(0, straight.out.length));
        if (n % 25 !== 24) continue;
        resumed.exchange = Exchange.readState(n % 50 === 49 ? resumed.exchange.writeState() : resumed.exchange.stateChunks(256));
        resumed.exchange.audit();
        assert.equal(resumed.exchange.stateHash(), straight.exchange.stateHash());
      }
    }
  });

  it("gives the same events and the same hash when it is told of the next commands beforehand, of whichever kinds", function () {
    this.timeout(60_000);
    for (let seed = 21; seed <= 23; seed++) {
      const plain = new Driver(new Exchange({ shard: 3 }));
      for (const command of opening(smallWorld)) plain.apply(command);
      const told = Exchange.readState(plain.exchange.writeState());
      const stream = randomCommands(seed, smallWorld, plain.newest);
      const out = new EventBuffer();
      const group = new Uint8Array(40 * (MAX_COMMAND_LENGTH + 32));
      for (let round = 0; round < 40; round++) {
        // By turns one behind the other, and as in a log, with headers between them.
        const between = round % 2 === 0 ? 0 : 24;
        const starts: number[] = [];
        let end = 0;
        const wanted: Uint8Array[] = [];
        for (let n = 0; n < 40; n++) {
          const command = stream.next().value as Command;
          starts.push(end);
          end = encodeCommand(command, group, end);
          end += between;
          plain.apply(command);
          wanted.push(plain.out.bytes.slice(0, plain.out.length));
        }
        let ready = 0;
        for (const [n, start] of starts.entries()) {
          if (start >= ready) {
            const before = told.stateHash();
            ready = told.prefetch(group, start, end, between);
            assert.equal(ready, end, "40 commands are looked at together");
            assert.equal(told.stateHash(), before);
          }
          out.clear();
          told.apply(group, start, 1, told.lastSequence + 1, out);
          assert.deepEqual(out.bytes.subarray(0, out.length), wanted[n]);
        }
      }
      told.audit();
      assert.equal(told.stateHash(), plain.exchange.stateHash());
    }
  });

  for (const [name, world] of Object.entries(worlds)) {
    it(`gives the same events and the same hash for plain orders on the short and on the general way, with ${name}`, function () {
      this.timeout(60_000);
      const shifted = new Uint8Array(MAX_COMMAND_LENGTH + 3);
      for (let seed = 31; seed <= 33; seed++) {
        const short = new Driver(new Exchange({ shard: 3 }));
        const general = new Exchange({ shard: 3 });
        const never = { newOrder: () => Outcome.DECLINED, cancelOrder: () => Outcome.DECLINED };
        Object.assign(general, { plain: never, plainCancels: never });
        const out = new EventBuffer();
        const stream = randomCommands(seed, world, short.newest);
        const commands = opening(world);
        for (let n = 0; n < 2000; n++) {
          const command = commands[n] ?? (stream.next().value as Command);
          short.apply(command);
          // At any address: words of the machine lie at multiples of four bytes.
          encodeCommand(command, shifted.subarray(n & 3), 0);
          out.clear();
          general.apply(shifted, n & 3, 1, general.lastSequence + 1, out);
          assert.deepEqual(out.bytes.subarray(0, out.length), short.out.bytes.subarray(0, short.out.length));
        }
        general.audit();
        assert.equal(general.stateHash(), short.exchange.stateHash());
      }
    });
  }

  for (const [name, world] of Object.entries(worlds)) {
    it(`gives the same events and the same hash for many commands at once as for one after the other, with ${name}`, function () {
      this.timeout(60_000);
      for (let seed = 51; seed <= 52; seed++) {
        const single = new Driver(new Exchange({ shard: 3 }));
        const many = new Exchange({ shard: 3 });
        const stream = randomCommands(seed, world, single.newest);
        const first = opening(world);
        const next = random(seed);
        const group = new Uint8Array(200 * (MAX_COMMAND_LENGTH + 24));
        const out = new EventBuffer();
        const ends = new Uint32Array(200);
        for (let round = 0; round < 40; round++) {
          // One behind the other at any address, and as in a log, with headers between them.
          const between = [0, 8, 24, 0][round & 3];
          const start = [0, 24, 72, 1 + next(8)][round & 3];
          const count = 1 + next(round % 5 === 0 ? 200 : 60);
          const wanted = [];
          let end = start;
          for (let n = 0; n < count; n++) {
            const command = first.shift() ?? (stream.next().value as Command);
            if (n > 0) end = group.fill(0xff, end, end + between) && end + between;
            end += encodeCommand(command, group.subarray(end), 0);
            single.apply(command);
            wanted.push(single.out.bytes.slice(0, single.out.length));
          }
          if (out.length > 100_000) out.clear();
          let from = out.length;
          assert.equal(many.applyAll(group, start, end, between, 1, many.lastSequence + 1, out, ends), count);
          assert.equal(many.lastSequence, single.exchange.lastSequence);
          for (const [n, events] of wanted.entries()) {
            assert.deepEqual(out.bytes.subarray(from, ends[n]), events, `seed ${seed}, round ${round}, command ${n}`);
            from = ends[n];
          }
          assert.equal(from, out.length);
        }
        many.audit();
        assert.equal(many.stateHash(), single.exchange.stateHash());
      }
    });
  }

  it("applies many commands at once up to the one that violates an assertion", () => {
    const many = new Exchange();
    const commands = opening(smallWorld);
    const group = new Uint8Array(commands.length * MAX_COMMAND_LENGTH);
    let end = 0;
    for (const command of commands) end = encodeCommand(command, group, end);
    const failing = 7;
    const violation = new Error("told to fail");
    const { administration } = many as unknown as { administration: { apply(type: number, view: DataView, offset: number): void } };
    const apply = administration.apply.bind(administration);
    administration.apply = (type, view, offset) => {
      if (many.lastSequence === failing) throw violation;
      apply(type, view, offset);
    };
    const out = new EventBuffer();
    const ends = new Uint32Array(commands.length);
    assert.throws(() => many.applyAll(group, 0, end, 0, 1, 1, out, ends), violation);
    assert.equal(many.lastSequence, failing);
    const events = decodeEvents(out.bytes, 0, ends[failing - 2]);
    assert.deepEqual([...new Set(events.map(({ sequence }) => sequence))], [1, 2, 3, 4, 5, 6]);
    assert.deepEqual([...ends.subarray(failing - 1)], new Array(commands.length - failing + 1).fill(0));
  });

  it("passes over malformed bytes that it is told of beforehand", () => {
    const driver = new Driver(new Exchange());
    for (const command of opening(smallWorld)) driver.apply(command);
    const { exchange } = driver;
    const before = exchange.stateHash();
    const next = random(5);
    for (let n = 0; n < 20_000; n++) {
      const noise = Uint8Array.from({ length: next(200) }, () => next(256));
      if (noise.length > 2) {
        noise[1] = 0;
        noise[2] = 1 + next(2);
      }
      const rest = exchange.prefetch(noise, 0, noise.length);
      assert.ok(rest >= 0 && rest <= noise.length);
    }
    assert.equal(exchange.stateHash(), before);
  });

  it("goes on in a memory that is another one after every line that was taken, and takes none that is not there on the short way", function () {
    this.timeout(60_000);
    for (let seed = 41; seed <= 43; seed++) {
      const steady = new Driver(new Exchange());
      const restless = new Driver(new Exchange());
      moveAtEveryLine(restless.exchange);
      const stream = randomCommands(seed, smallWorld, steady.newest);
      const commands = opening(smallWorld);
      for (let n = 0; n < 1500; n++) {
        const command = commands[n] ?? (stream.next().value as Command);
        steady.apply(command);
        restless.apply(command);
        assert.deepEqual(restless.out.bytes.subarray(0, restless.out.length), steady.out.bytes.subarray(0, steady.out.length));
      }
      restless.exchange.audit();
      assert.equal(restless.exchange.stateHash(), steady.exchange.stateHash());
    }
  });
});

/** What the test reaches into. */
interface Insides {
  core: {
    memory: { i: Int32Array; f: Float64Array; take(count: number): number; grow(count: number): void };
    orders: { extras: { more(count: number): void }; more(count: number): void };
    levels: { more(count: number): void };
    positions: { more(count: number): void; find(account: number, symbol: number): number };
    ledger: { more(count: number): void };
  };
  plain: Record<string, (words: Int32Array, at: number) => unknown>;
  plainCancels: Record<string, (words: Int32Array, at: number) => unknown>;
}

/** Lets pools take single lines, and every line that is taken move the memory: what is written to the old one is lost. The short way must not meet that. */
function moveAtEveryLine(exchange: Exchange): void {
  const { core, plain, plainCancels } = exchange as unknown as Insides;
  let short = false;
  const { memory } = core;
  const take = memory.take.bind(memory);
  const move = (): void => {
    const { i } = memory;
    const buffer = new ArrayBuffer(i.byteLength);
    memory.i = new Int32Array(buffer);
    memory.i.set(i);
    memory.f = new Float64Array(buffer);
    i.fill(0x5a5a5a5a);
  };
  memory.take = (count: number): number => {
    const first = take(count);
    if (!short) move();
    return first;
  };
  const grow = memory.grow.bind(memory);
  memory.grow = (count: number): void => {
    assert.ok(!short, "a plain command needs no larger memory");
    grow(count);
  };
  for (const pool of [core.orders, core.orders.extras, core.levels, core.positions, core.ledger]) {
    const more = pool.more.bind(pool);
    pool.more = (): void => more(1);
  }
  const watch = (part: Record<string, (words: Int32Array, at: number) => unknown>, name: string): void => {
    const method = part[name].bind(part);
    part[name] = (words: Int32Array, at: number): unknown => {
      short = true;
      const known = core.positions.find(words[at + 5], words[at + 1]);
      // Opening a position is not part of it.
      if (known === 0) short = false;
      try {
        return method(words, at);
      } finally {
        short = false;
      }
    };
  };
  watch(plain, "newOrder");
  watch(plainCancels, "cancelOrder");
}
