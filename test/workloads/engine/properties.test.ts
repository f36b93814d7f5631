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
import { nothingYet, notice, opening, randomCommands, smallWorld, worlds } from "./random-commands";

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
});
