/** The examples run as they stand. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { recordProgram } from "bourse/testing";

const examples = join(__dirname, "../../examples");

describe("the examples", () => {
  it("record the data layer in an adopted network, with its keys and nothing else", async () => {
    const graph = await recordProgram({}, () => require(join(examples, "one-component")));
    const components = graph.resources.filter(({ type }) => type.startsWith("bourse:")).map(({ type, name }) => `${type} ${name}`);
    assert.deepEqual(components.sort(), [
      "bourse:data:AuroraStore shop-data-sql",
      "bourse:data:DataLayer shop-data",
      "bourse:foundation:ClientAccess shop-data-sql-access",
      "bourse:security:KeyRing shop",
    ]);
    assert.equal(graph.ofType("aws:ec2/vpc:Vpc").length, 0);
  });

  it("match two resting orders by price with the book alone", () => {
    const source = join(__dirname, "../../source.cjs");
    const printed = execFileSync(process.execPath, ["-r", source, join(examples, "engine-five-lines.ts")], { encoding: "utf8" });
    assert.match(printed, /^0 .*makerId: 2, price: 100, quantity: 2.*makerId: 1, price: 101, quantity: 2.*\[ \[ 101, 3 \] \]/);
  });
});
