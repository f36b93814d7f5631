import { equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { installer, python, run } from "./python";
import { type StartedExchange, startExchange } from "./started-exchange";

describe("python-binance", function () {
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

  it("trades over REST and sockets, keeps a depth cache equal to the book, and raises its own exceptions", async () => {
    const script = join(__dirname, "python_binance_client.py");
    const output = await run(python()!, [script, join(exchange.home, "demo.json")], { timeoutMs: 100_000 });
    ok(output.trimEnd().endsWith("passed"), output);
  });
});
