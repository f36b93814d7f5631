/**
 * Runs benchmarks, each in a process of its own, prints their figures and writes them to `.bourse/bench/<name>.json`.
 *
 *   npm run bench [-- name part ...]
 *
 * A benchmark is a file `bench/<name>.bench.ts` whose default export is `() => Promise<BenchmarkReport>`.
 */

import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { basename, join } from "node:path";

/** What a benchmark returns. Figures bear their unit in the name or the text, for example `"orders per second": 5200000`. */
export interface BenchmarkReport {
  name: string;
  /** Everything a reader needs to judge the figures: message mix, sizes, passes, what is excluded. */
  conditions: Record<string, string | number>;
  figures: Record<string, string | number>;
}

const root = join(__dirname, "..");

function runAll(parts: string[]): number {
  const files = globSync("bench/*.bench.ts", { cwd: root })
    .sort()
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)));
  if (files.length === 0) {
    console.error(`no benchmark matches ${parts.join(", ")}; there are: ${globSync("bench/*.bench.ts", { cwd: root }).join(", ")}`);
    return 2;
  }
  let status = 0;
  for (const file of files) {
    console.log(`\n${file} ...`);
    const child = spawnSync(process.execPath, ["--expose-gc", "-r", join(root, "source.cjs"), __filename, "--one", file], {
      cwd: root,
      stdio: "inherit",
    });
    if (child.status !== 0) status = 1;
  }
  return status;
}

async function runOne(file: string): Promise<void> {
  const run = require(join(root, file)).default as () => Promise<BenchmarkReport>;
  const report = await run();
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  const result = { ...report, conditions: { ...machine, ...report.conditions } };
  printTable("conditions", result.conditions);
  printTable("figures", result.figures);
  const folder = join(root, ".bourse/bench");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${basename(file, ".bench.ts")}.json`);
  writeFileSync(path, `${JSON.stringify(result, undefined, 2)}\n`);
  console.log(`written to ${path}`);
}

function printTable(title: string, rows: Record<string, string | number>): void {
  console.log(`  ${title}`);
  const width = Math.max(...Object.keys(rows).map((key) => key.length));
  for (const [key, value] of Object.entries(rows)) {
    console.log(
      `    ${key.padEnd(width)}  ${typeof value === "number" ? value.toLocaleString("en-US", { maximumFractionDigits: 3 }) : value}`,
    );
  }
}

const [flag, file] = process.argv.slice(2);
if (flag === "--one" && file !== undefined) {
  runOne(file).then(
    () => process.exit(0),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
} else process.exit(runAll(process.argv.slice(2)));
