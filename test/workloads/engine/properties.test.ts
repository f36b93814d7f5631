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
import { AT, BATCH } from "../../../workloads/engine/areas";
import { Pause } from "../../../workloads/engine/codes";
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

  for (const [name, world] of Object.entries(worlds)) {
    it(`gives the same events and the same hash for groups of commands as for each alone, with ${name}`, function () {
      this.timeout(60_000);
      for (let seed = 21; seed <= 23; seed++) {
        const alone = new Driver(new Exchange({ shard: 3 }));
        for (const command of opening(world)) alone.apply(command);
        const grouped = Exchange.readState(alone.exchange.writeState());
        const stream = randomCommands(seed, world, alone.newest);
        const out = new EventBuffer();
        const group = new Uint8Array(1000 * (MAX_COMMAND_LENGTH + 32));
        const ends = new Uint32Array(1000);
        const next = random(seed);
        for (let round = 0; round < 40; round++) {
          // By turns one behind the other, and as in a log, with headers between them; at any address.
          const between = round % 2 === 0 ? 0 : 24;
          const start = next(16);
          let end = start;
          const wanted: Uint8Array[] = [];
          const count = 1 + next(round === 39 ? 1000 : round % 4 === 0 ? 90 : 6);
          for (let n = 0; n < count; n++) {
            const command = stream.next().value as Command;
            if (n > 0) end += between;
            end = encodeCommand(command, group, end);
            alone.apply(command);
            wanted.push(alone.out.bytes.slice(0, alone.out.length));
          }
          out.clear();
          assert.equal(grouped.applyAll(group, start, end, between, 1, grouped.lastSequence + 1, out, ends), count);
          let from = 0;
          for (const [n, events] of wanted.entries()) {
            assert.deepEqual(out.bytes.subarray(from, ends[n]), events);
            from = ends[n];
          }
          assert.equal(from, out.length);
        }
        grouped.audit();
        assert.equal(grouped.stateHash(), alone.exchange.stateHash());
      }
    });
  }

  for (const [name, world] of Object.entries(worlds)) {
    it(`gives the same events and the same hash for plain orders whether they are compiled or go the general way, with ${name}`, function () {
      this.timeout(60_000);
      const shifted = new Uint8Array(MAX_COMMAND_LENGTH + 3);
      for (let seed = 31; seed <= 33; seed++) {
        const short = new Driver(new Exchange({ shard: 3 }));
        const general = new Exchange({ shard: 3 });
        declineAll(general);
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

  it("goes on in a memory that is seen by other arrays after every line that was taken", function () {
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

/** What the tests reach into. */
interface Insides {
  core: {
    compiled: { run(end: number, between: number): Pause };
    memory: { i: Int32Array; take(count: number): number; grow(pages: number): void };
    orders: { extras: { more(count: number): void }; more(count: number): void };
    levels: { more(count: number): void };
    positions: { more(count: number): void };
    ledger: { more(count: number): void };
  };
}

/** Lets no command be compiled: fills alone are. */
function declineAll(exchange: Exchange): void {
  const { core } = exchange as unknown as Insides;
  const { compiled, memory } = core;
  const run = (end: number): Pause => (memory.i[BATCH * 16 + AT] < end ? Pause.OTHER : Pause.END);
  core.compiled = { ...compiled, run };
}

/** Lets pools take single lines, and every line that is taken grow the memory, whose arrays are others then: whoever keeps an old one reads and writes nothing. */
function moveAtEveryLine(exchange: Exchange): void {
  const { core } = exchange as unknown as Insides;
  const { memory } = core;
  const take = memory.take.bind(memory);
  memory.take = (count: number): number => {
    const first = take(count);
    memory.grow(1);
    return first;
  };
  for (const pool of [core.orders, core.orders.extras, core.levels, core.positions, core.ledger]) {
    const more = pool.more.bind(pool);
    pool.more = (): void => more(1);
  }
}
