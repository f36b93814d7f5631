/**
 * Breaks the engine in one place at a time and runs its tests, which must fail each time.
 *
 *   npm run mutants [-- number or file part ...]
 *
 * Each mutant is a copy of the engine and its tests in a temporary folder. A mutant that no longer applies, because its line has changed, fails the
 * run, so that the list in `test/workloads/engine/mutants.json` cannot go stale.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

/** One change: `find` occurs exactly once in the file. */
interface Mutant {
  file: string;
  find: string;
  replace: string;
}

const root = join(__dirname, "..");
const engine = "workloads/engine";
const tests = "test/workloads/engine";
/** Longer than the whole suite takes; a mutant that loops for ever is caught by it. */
const limitMs = 120_000;
const running = new Set<ChildProcess>();

async function main(): Promise<number> {
  const all: Mutant[] = JSON.parse(readFileSync(join(root, tests, "mutants.json"), "utf8"));
  const chosen = process.argv.slice(2);
  const mutants = all.map((mutant, index) => ({ ...mutant, number: index + 1 }));
  const selected = mutants.filter(
    ({ number, file }) =>
      chosen.length === 0 || chosen.some((part) => part === String(number) || (Number.isNaN(Number(part)) && file.includes(part))),
  );
  const stale = selected.filter((mutant) => sourceOf(mutant).split(mutant.find).length !== 2);
  for (const { number, file, find } of stale) console.log(`${number} does not apply: ${file} must hold exactly once: ${find}`);
  if (stale.length > 0) return 1;

  const queue = [...selected];
  const survivors: number[] = [];
  let done = 0;
  const work = async (): Promise<void> => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const started = performance.now();
      const caught = await isCaught(mutant);
      if (!caught) survivors.push(mutant.number);
      const seconds = ((performance.now() - started) / 1000).toFixed(0);
      const verdict = caught ? "caught  " : "SURVIVED";
      console.log(
        `${verdict} ${++done}/${selected.length} #${mutant.number} ${mutant.file}: ${mutant.find.trim()} -> ${mutant.replace.trim()} (${seconds} s)`,
      );
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  console.log(`${selected.length - survivors.length} of ${selected.length} mutants caught`);
  return survivors.length === 0 ? 0 : 1;
}

function sourceOf(mutant: Mutant): string {
  return readFileSync(join(root, engine, mutant.file), "utf8");
}

/** Whether the engine's tests fail with the change. */
async function isCaught(mutant: Mutant): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "bourse-mutant-"));
  try {
    for (const path of [engine, tests]) cpSync(join(root, path), join(folder, path), { recursive: true });
    for (const file of ["source.cjs", "tsconfig.json", ".mocharc.json", "package.json"]) cpSync(join(root, file), join(folder, file));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    symlinkSync(join(root, "docs"), join(folder, "docs"));
    writeFileSync(
      join(folder, engine, mutant.file),
      sourceOf(mutant).replace(mutant.find, () => mutant.replace),
    );
    const child = spawn(process.execPath, [join(root, "node_modules/mocha/bin/mocha.js"), "--bail", `${tests}/**/*.test.ts`], {
      cwd: folder,
      stdio: "ignore",
      env: { ...process.env, BOURSE_SHORTEN: "0" },
    });
    running.add(child);
    const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
    const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
    clearTimeout(timer);
    running.delete(child);
    return status !== 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    for (const child of running) child.kill("SIGKILL");
    process.exit(130);
  });
}
main().then((status) => process.exit(status));
