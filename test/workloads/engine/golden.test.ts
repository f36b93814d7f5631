/** Logs of earlier versions replay to the bytes that they gave then. */

import assert from "node:assert/strict";
import { Exchange } from "@bourse/engine";
import { goldenLog, goldenNames, replay } from "./golden";

describe("golden logs", () => {
  for (const name of goldenNames) {
    it(`${name} replays to the same events and the same state`, () => {
      const { log, golden } = goldenLog(name);
      assert.deepEqual(replay(log), golden);
    });

    it(`${name} does so through a written and read state after every 40th command`, () => {
      const { log, golden } = goldenLog(name);
      const resumed = replay(log, (exchange, sequence) => (sequence % 40 === 0 ? Exchange.readState(exchange.writeState()) : exchange));
      assert.deepEqual(resumed, golden);
    });
  }
});
