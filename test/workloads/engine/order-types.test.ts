/** Executes every row of every table in `docs/order-types.md`. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SymbolFilters } from "@bourse/engine";
import { Scenario } from "./scenario";

interface Row {
  section: string;
  filters: Partial<SymbolFilters>;
  /** Of the rules; undefined for the newest. */
  version: number | undefined;
  name: string;
  given: string;
  when: string;
  outcome: string;
  book: string;
}

function rows(): Row[] {
  const found: Row[] = [];
  let section = "";
  let filters: Partial<SymbolFilters> = {};
  let version: number | undefined;
  for (const line of readFileSync(join(__dirname, "../../../docs/order-types.md"), "utf8").split("\n")) {
    if (line.startsWith("## ")) {
      section = line.slice(3);
      filters = {};
      version = undefined;
    } else if (line.startsWith("Rules: version ")) {
      version = Number(line.slice("Rules: version ".length));
    } else if (line.startsWith("Filters: `")) {
      const pairs = [...line.matchAll(/(\w+)=(\d+)(n?)/g)];
      filters = Object.fromEntries(pairs.map(([, name, value, big]) => [name, big === "n" ? BigInt(value) : Number(value)]));
    } else if (line.startsWith("|") && !line.startsWith("| case") && !line.startsWith("|---")) {
      const [name, given, when, outcome, book] = line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim());
      found.push({ section, filters, version, name, given, when, outcome, book });
    }
  }
  return found;
}

const sections = Map.groupBy(rows(), (row) => row.section);

describe("order types, by the tables of docs/order-types.md", () => {
  it("has a table for every order type, list, prevention mode and filter", () => assert.ok(sections.size >= 13 && rows().length >= 120));

  for (const [section, cases] of sections) {
    describe(section, () => {
      for (const row of cases) {
        it(row.name, () => {
          const scenario = new Scenario(row.filters, row.version);
          scenario.run(row.given);
          const outcomes = scenario.run(row.when).join("; ");
          assert.equal(outcomes === "" ? "nothing" : outcomes, row.outcome);
          assert.equal(scenario.book(), row.book);
        });
      }
    });
  }
});
