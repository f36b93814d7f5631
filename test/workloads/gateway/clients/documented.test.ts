import { deepEqual, equal } from "node:assert/strict";
import { documentedPrograms, runDocumented } from "./documented";
import { type StartedExchange, startExchange } from "./started-exchange";

const commands: Record<string, string> = { js: process.execPath, sh: "bash" };

describe("docs/connect-a-bot.md", function () {
  this.timeout(60_000);
  let exchange: StartedExchange;

  before(async () => {
    exchange = await startExchange();
  });

  after(async () => equal(await exchange.stop(), 0));

  const programs = documentedPrograms().filter(({ language }) => language in commands);

  it("has a program for each client that needs npm alone", () => {
    deepEqual(
      programs.map(({ file }) => file),
      ["curl.sh", "ccxt.js", "ccxt-pro.js", "binance-spot.js", "binance-connector.js"],
    );
  });

  for (const program of programs) {
    it(`${program.file} places an order and cancels it`, () => runDocumented(program, commands[program.language], exchange));
  }
});
