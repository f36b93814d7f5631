import { deepEqual, equal } from "node:assert/strict";
import { documentedPrograms, runDocumented } from "./documented";
import { installer, python } from "./python";
import { type StartedExchange, startExchange } from "./started-exchange";

describe("docs/connect-a-bot.md, Python", function () {
  this.timeout(120_000);
  let exchange: StartedExchange;

  before(async function () {
    if (python() === undefined) {
      this.test!.parent!.title += ` (not installed: run ${installer})`;
      this.skip();
    }
    exchange = await startExchange();
  });

  after(async () => {
    if (exchange !== undefined) equal(await exchange.stop(), 0);
  });

  const programs = documentedPrograms().filter(({ language }) => language === "python");

  it("has a program for each Python client", () => {
    deepEqual(
      programs.map(({ file }) => file),
      ["python_binance.py", "ccxt_python.py"],
    );
  });

  for (const program of programs) {
    it(`${program.file} places an order and cancels it`, () => runDocumented(program, python()!, exchange));
  }
});
