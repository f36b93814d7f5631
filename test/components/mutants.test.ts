/** Keeps `mutants.json` whole: `npm run mutants -- components` breaks what it lists and proves that the tests named there notice. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ModuleKind, transpileModule } from "typescript";

interface Mutant {
  component: string;
  file: string;
  find: string;
  replace: string;
  tests: string[];
}

const folder = join(__dirname, "../../components");
const mutants: Mutant[] = JSON.parse(readFileSync(join(__dirname, "mutants.json"), "utf8"));

describe("Secure defaults that tests must defend", () => {
  it("are listed at least twice for every component", () => {
    const components = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => [...readFileSync(join(folder, file), "utf8").matchAll(/^export class (\w+) extends BourseComponent\b/gm)])
      .map(([, component]) => component);
    const listed = mutants.map(({ component }) => component);
    assert.deepEqual([...new Set(listed)].sort(), components.sort());
    assert.deepEqual(
      components.filter((component) => listed.filter((other) => other === component).length < 2),
      [],
    );
  });

  it("can each be removed in exactly one place, which leaves a program", function () {
    this.timeout(60_000);
    const faulty = mutants.filter(({ file, find, replace }) => {
      const source = readFileSync(join(folder, file), "utf8");
      if (source.split(find).length !== 2) return true;
      const { diagnostics = [] } = transpileModule(
        source.replace(find, () => replace),
        { reportDiagnostics: true, compilerOptions: { module: ModuleKind.CommonJS } },
      );
      return diagnostics.length > 0;
    });
    assert.deepEqual(faulty, []);
  });

  it("are each defended by test files that exist", () => {
    const missing = mutants.filter(({ tests }) => tests.length === 0 || tests.some((test) => !existsSync(join(__dirname, test))));
    assert.deepEqual(missing, []);
  });
});
