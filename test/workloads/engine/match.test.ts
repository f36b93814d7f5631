/** The matcher over JSON lines: what `bourse-exchange match` does. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { parseCommand, runMatch } from "../../../workloads/local/match";

async function match(lines: Iterable<string>): Promise<{ faults: number; events: Record<string, unknown>[] }> {
  const output = new PassThrough();
  const chunks: Buffer[] = [];
  output.on("data", (chunk: Buffer) => chunks.push(chunk));
  const faults = await runMatch(Readable.from([...lines].map((line) => `${line}\n`)), output);
  const text = Buffer.concat(chunks).toString();
  return {
    faults,
    events:
      text === ""
        ? []
        : text
            .trimEnd()
            .split("\n")
            .map((line) => JSON.parse(line)),
  };
}

const documentation = readFileSync(join(__dirname, "../../../docs/order-types.md"), "utf8");
const example = documentation.split("```json\n")[1].split("\n```")[0].split("\n");

describe("the matcher over JSON lines", () => {
  it("runs the example of the documentation to its trade, with enums by name and amounts as text", async () => {
    const { faults, events } = await match(example);
    assert.equal(faults, 0);
    const trade = events.find((event) => event["kind"] === "trade");
    assert.deepEqual([trade?.["price"], trade?.["quantity"], trade?.["takerSide"], trade?.["quoteAmount"]], [101, 3, "BUY", "303"]);
  });

  it("answers a line that cannot be used with its number and the fault, and goes on", async () => {
    const { faults, events } = await match(["nonsense", '{"kind":"newOrder","price":-1}', '{"kind":"newOrder","color":"red"}', ...example]);
    assert.equal(faults, 3);
    assert.deepEqual(
      events.slice(0, 3).map(({ kind, line }) => [kind, line]),
      [
        ["error", 1],
        ["error", 2],
        ["error", 3],
      ],
    );
    assert.ok(events.some((event) => event["kind"] === "trade"));
  });

  for (const [line, message] of [
    ["[]", /must be a JSON object/],
    ['{"kind":"order"}', /kind is "order"; allowed are newOrder/],
    ['{"kind":"newOrder","side":"UP"}', /side is "UP"; allowed is BUY, SELL/],
    ['{"kind":"newOrder","side":"toString"}', /side is "toString"; allowed is BUY, SELL/],
    ['{"kind":"newOrder","quantity":1.5}', /quantity is 1.5; allowed is an integer from 0/],
    ['{"kind":"deposit","amount":"-5"}', /amount is "-5"; allowed is an integer from 0/],
    ['{"kind":"cancelOrder","onlyIf":"never"}', /onlyIf is "never"; allowed is any, new, partiallyFilled/],
    ['{"kind":"newOrder","clientOrderId":"é"}', /up to 36 characters of printable ASCII/],
    ['{"kind":"newOrderList","legs":[{"size":1}]}', /legs\[0\]\.size is not a field here/],
  ] as const) {
    it(`refuses ${line}`, () => assert.throws(() => parseCommand(line), message));
  }
});
