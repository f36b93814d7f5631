/**
 * Breaks one place at a time and runs the tests, which must fail each time.
 *
 *   npm run mutants [-- engine|components|shard] [number or file part ...]
 *
 * `engine`, the default, breaks a rule of the matching engine and runs all of its tests. `components` removes or weakens one secure default of a
 * component, and `shard` one promise of the command log or of the trading shard; both run the tests that the entry names. Mutants are made in a copy of sources and tests in a temporary folder, one for each
 * process, and what is compiled is compiled there again. The tests must pass there without a mutant, and a mutant that no longer applies, because its line has changed, fails the run, so
 * that the lists (`test/workloads/engine/mutants.json`, `test/components/mutants.json`, `test/workloads/services/trading/mutants.json`) cannot go stale.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { compiled, compiledModules } from "./compile";

/** One change: `find` occurs exactly once in the file. */
interface Mutant {
  file: string;
  find: string;
  replace: string;
  /** Test files, below the suite's, of which one must fail. @default all of them */
  tests?: string[];
}

/** What is broken and what must notice. Folders are relative to the root. */
interface Suite {
  sources: string;
  tests: string;
  /** Folder of the list. @default that of the tests */
  list?: string;
  /** Further folders that the tests load. */
  needs: string[];
}

const suites: Record<string, Suite> = {
  engine: { sources: "workloads/engine", tests: "test/workloads/engine", needs: ["workloads/local"] },
  components: { sources: "components", tests: "test/components", needs: ["plan", "testing", "workloads/process"] },
  shard: { sources: "workloads", tests: "test/workloads", list: "test/workloads/services/trading", needs: [] },
};

const root = join(__dirname, "..");
/** Longer than the tests of a mutant take; one that loops for ever is caught by it. */
const limitMs = 120_000;
/** Longer than all tests together take. */
const wholeLimitMs = 600_000;
const processes = Math.min(2, availableParallelism());
const running = new Set<ChildProcess>();
const folders = new Set<string>();

async function main(): Promise<number> {
  const given = process.argv.slice(2);
  const named = given.length > 0 && Object.hasOwn(suites, given[0]);
  const suite = named ? suites[given[0]] : suites.engine;
  const chosen = named ? given.slice(1) : given;
  const all: Mutant[] = JSON.parse(readFileSync(join(root, suite.list ?? suite.tests, "mutants.json"), "utf8"));
  const mutants = all.map((mutant, index) => ({ ...mutant, number: index + 1 }));
  const selected = mutants.filter(
    ({ number, file }) =>
      chosen.length === 0 || chosen.some((part) => part === String(number) || (Number.isNaN(Number(part)) && file.includes(part))),
  );
  const stale = selected.filter(({ file, find }) => readFileSync(join(root, suite.sources, file), "utf8").split(find).length !== 2);
  for (const { number, file, find } of stale) console.log(`${number} does not apply: ${file} must hold exactly once: ${find}`);
  if (stale.length > 0) return 1;

  const copies = Array.from({ length: processes }, () => copyOf(suite));
  const everyTest = [...new Set(selected.flatMap((mutant) => testsOf(mutant, suite)))];
  if (!(await passes(everyTest, copies[0], wholeLimitMs))) {
    console.log(`the tests fail without any mutant: ${everyTest.join(" ")}`);
    return 1;
  }

  const queue = [...selected];
  const survivors: number[] = [];
  let done = 0;
  const work = async (folder: string): Promise<void> => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const started = performance.now();
      const caught = await isCaught(mutant, suite, folder);
      if (!caught) survivors.push(mutant.number);
      const seconds = ((performance.now() - started) / 1000).toFixed(0);
      const verdict = caught ? "caught  " : "SURVIVED";
      console.log(
        `${verdict} ${++done}/${selected.length} #${mutant.number} ${mutant.file}: ${mutant.find.trim()} -> ${mutant.replace.trim()} (${seconds} s)`,
      );
    }
  };
  await Promise.all(copies.map(work));
  console.log(`${selected.length - survivors.length} of ${selected.length} mutants caught`);
  return survivors.length === 0 ? 0 : 1;
}

/** A temporary copy of what the suite needs. Its packages are links to the installed ones, beside a cache of its own for what is transpiled. */
function copyOf({ sources, tests, needs }: Suite): string {
  const folder = mkdtempSync(join(tmpdir(), "bourse-mutant-"));
  folders.add(folder);
  for (const path of [sources, tests, ...needs]) cpSync(join(root, path), join(folder, path), { recursive: true });
  for (const file of ["source.cjs", "tsconfig.json", ".mocharc.json", "package.json"]) cpSync(join(root, file), join(folder, file));
  symlinkSync(join(root, "docs"), join(folder, "docs"));
  mkdirSync(join(folder, "node_modules"));
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name !== ".cache") symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  return folder;
}

function testsOf(mutant: Mutant, suite: Suite): string[] {
  return (mutant.tests ?? ["**/*.test.ts"]).map((test) => join(suite.tests, test));
}

/** Whether the mutant's tests fail with the change, which is undone afterwards. */
async function isCaught(mutant: Mutant, suite: Suite, folder: string): Promise<boolean> {
  const path = join(folder, suite.sources, mutant.file);
  const source = readFileSync(path, "utf8");
  writeFileSync(
    path,
    source.replace(mutant.find, () => mutant.replace),
  );
  const restore = await compileAgain(join(suite.sources, mutant.file), folder);
  const caught = !(await passes(testsOf(mutant, suite), folder, limitMs));
  writeFileSync(path, source);
  restore();
  return caught;
}

/** Where a file is one of a compiled module's, compiles that in a copy; returns what puts its former result back. A mutant that does not compile ends the run. */
async function compileAgain(file: string, folder: string): Promise<() => void> {
  const module = compiledModules.find(({ sources, reads }) => file.startsWith(`${sources}/`) || reads.includes(file));
  if (module === undefined) return () => {};
  const path = join(folder, module.result);
  const before = readFileSync(path, "utf8");
  writeFileSync(path, await compiled(folder, module));
  return () => writeFileSync(path, before);
}

async function passes(tests: string[], folder: string, milliseconds: number): Promise<boolean> {
  const child = spawn(process.execPath, [join(root, "node_modules/mocha/bin/mocha.js"), "--bail", ...tests], {
    cwd: folder,
    stdio: "ignore",
    env: { ...process.env, BOURSE_SHORTEN: "0" },
  });
  running.add(child);
  const timer = setTimeout(() => child.kill("SIGKILL"), milliseconds);
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(timer);
  running.delete(child);
  return status === 0;
}

process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
main().then(
  (status) => process.exit(status),
  (error: Error) => {
    console.log(error.message);
    process.exit(1);
  },
);
