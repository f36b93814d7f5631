/**
 * Runs one tier of the tests, each file in a process of its own, and ends with `N passed, N failed, N skipped`.
 *
 *   node -r ./source.cjs scripts/test.ts [--tier test|prove|soak|engine] [path part ...]
 *
 * What a soak prints is shown as it runs.
 *
 * A skip stands for a server that is not installed and names the command that installs it; BOURSE_REQUIRE_ALL=1 turns it into a failure.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

/** What mocha's JSON reporter writes, as far as it is read here. */
interface MochaReport {
  stats: { passes: number; failures: number; pending: number };
  failures: { fullTitle: string; err: { message?: string; stack?: string } }[];
  pending: { fullTitle: string }[];
}

interface FileResult {
  file: string;
  passed: number;
  failed: number;
  skipped: string[];
  /** What went wrong, ready to print. */
  complaints: string[];
  seconds: number;
}

const root = join(__dirname, "..");
const tiers = {
  test: { suffix: ".test.ts", minutes: 4, shows: false },
  prove: { suffix: ".prove.ts", minutes: 12, shows: false },
  soak: { suffix: ".soak.ts", minutes: 240, shows: true },
  engine: { suffix: ".engine.ts", minutes: 60, shows: true },
};
const requireAll = process.env.BOURSE_REQUIRE_ALL === "1";
const running = new Set<ChildProcess>();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { tier: { type: "string", default: "test" } } });
  if (!(values.tier in tiers)) {
    console.error(`unknown tier "${values.tier}"; allowed: ${Object.keys(tiers).join(", ")}`);
    return 2;
  }
  const tier = tiers[values.tier as keyof typeof tiers];
  const files = globSync(`test/**/*${tier.suffix}`, { cwd: root })
    .sort()
    .filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)));
  if (files.length === 0) {
    console.error(`no test file of tier "${values.tier}"${positionals.length > 0 ? ` matches ${positionals.join(", ")}` : ""}`);
    return 2;
  }

  const reports = mkdtempSync(join(tmpdir(), "bourse-test-"));
  const results: FileResult[] = [];
  const queue = [...files];
  const runNext = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const result = await runFile(file, join(reports, `${results.length}-${queue.length}.json`), tier);
      results.push(result);
      printFile(result, results.length, files.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), files.length) }, runNext));
  rmSync(reports, { recursive: true, force: true });
  return printTotal(results);
}

async function runFile(file: string, reportPath: string, { minutes, shows }: { minutes: number; shows: boolean }): Promise<FileResult> {
  const started = performance.now();
  const arguments_ = [
    join(root, "node_modules/mocha/bin/mocha.js"),
    "--reporter",
    "json",
    "--reporter-option",
    `output=${reportPath}`,
    file,
  ];
  const child = spawn(process.execPath, arguments_, { cwd: root, stdio: ["ignore", "pipe", "pipe"], detached: true });
  running.add(child);
  let output = "";
  const keep = (chunk: Buffer): void => {
    if (shows) process.stdout.write(chunk);
    output = (output + chunk.toString()).slice(-20_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, minutes * 60_000);
  const exitCode = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(timer);
  running.delete(child);
  killGroup(child);

  const result: FileResult = { file, passed: 0, failed: 0, skipped: [], complaints: [], seconds: (performance.now() - started) / 1000 };
  const report = readReport(reportPath);
  if (report !== undefined) {
    result.passed = report.stats.passes;
    result.failed = report.failures.length;
    result.complaints = report.failures.map(({ fullTitle, err }) => `${fullTitle}\n${err.stack ?? err.message ?? ""}`);
    result.skipped = report.pending.map(({ fullTitle }) => fullTitle);
  }
  if (timedOut) {
    const state = report === undefined ? "did not finish" : "finished its tests but kept a handle open";
    addFailure(result, `${state} within ${minutes} minutes\n${output}`);
  } else if (report === undefined) addFailure(result, `ended with status ${exitCode} before reporting\n${output}`);
  else if (result.passed + result.failed + result.skipped.length === 0) addFailure(result, "holds no test");
  if (requireAll) for (const title of result.skipped.splice(0)) addFailure(result, `skipped although BOURSE_REQUIRE_ALL=1: ${title}`);
  return result;
}

function addFailure(result: FileResult, complaint: string): void {
  result.failed += 1;
  result.complaints.push(complaint);
}

function readReport(path: string): MochaReport | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** Ends what a test file left running; each runs in a process group of its own. */
function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}

function printFile(result: FileResult, done: number, total: number): void {
  const verdict = result.failed > 0 ? "FAIL" : result.passed === 0 ? "skip" : "ok  ";
  const skipped = result.skipped.length > 0 ? `, ${result.skipped.length} skipped` : "";
  console.log(
    `${verdict} ${String(done).padStart(3)}/${total} ${result.file}: ${result.passed} passed${skipped} (${result.seconds.toFixed(1)} s)`,
  );
  for (const complaint of result.complaints) console.log(`     ${complaint.trim().replaceAll("\n", "\n     ")}`);
}

function printTotal(results: FileResult[]): number {
  const sum = (count: (result: FileResult) => number): number => results.reduce((total, result) => total + count(result), 0);
  const skips = results.flatMap((result) => result.skipped);
  if (skips.length > 0) console.log(`\nskipped:\n${skips.map((title) => `  ${title}`).join("\n")}`);
  const failed = sum((result) => result.failed);
  const slowest = [...results].sort((a, b) => b.seconds - a.seconds).slice(0, 3);
  console.log(`\nslowest: ${slowest.map(({ file, seconds }) => `${file} ${seconds.toFixed(0)} s`).join(", ")}`);
  console.log(`${sum((result) => result.passed)} passed, ${failed} failed${skips.length > 0 ? `, ${skips.length} skipped` : ""}`);
  return failed === 0 ? 0 : 1;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    for (const child of running) killGroup(child);
    process.exit(130);
  });
}
main().then(
  (status) => process.exit(status),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
