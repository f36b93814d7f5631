import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../../../workloads/local/cli";
import { openTradingShard } from "../../../../workloads/services/trading";
import { limitOrder, openMarket, START_TIME } from "./command-mix";

describe("bourse-exchange verify, trace and journal", function () {
  this.timeout(60_000);
  let folder: string;
  const errors: string[] = [];
  const { error } = console;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "bourse-reports-"));
    const shard = await openTradingShard({ folder, shard: 0, segmentBytes: 16 << 20 });
    await Promise.all([...openMarket(2)].map((command) => shard.submit(command)));
    for (let i = 0; i < 6; i++) await shard.submit(limitOrder(1 + (i % 2), i % 2, 100, 5 + i, START_TIME + 100 + i));
    await shard.close();
    console.error = (line: string) => errors.push(line);
  });
  after(() => {
    console.error = error;
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => errors.splice(0));

  async function run(...args: string[]): Promise<{ status: number | undefined; lines: string[] }> {
    const lines: string[] = [];
    return { status: await main([...args, "--folder", folder], (line) => lines.push(line)), lines };
  }

  it("prove that balances sum to deposits less withdrawals", async () => {
    const { status, lines } = await run("verify");
    strictEqual(status, 0, errors.join());
    match(lines[0], /sequences 1 to 16 replay without a gap/);
    ok(
      lines.some((line) => /^asset 1: accounts \d+ \+ fees [1-9]\d* = deposits less withdrawals 2000000000000$/.test(line)),
      lines.join("\n"),
    );
  });

  it("tell an order's life: hold, fill, release", async () => {
    const { status, lines } = await run("trace", "1");
    strictEqual(status, 0);
    const text = lines.join("\n");
    match(lines[0], /^1\.11 {2}received 2023-11-14T22:13:20\.000Z, logged 20/);
    match(text, /"kind":"orderAccepted".*"orderId":1/);
    match(text, /"kind":"balanceChanged".*"locked":"5000"/);
    match(text, /"kind":"trade".*"makerOrderId":1/);
    strictEqual((await run("trace", "999")).status, 1);
    match(errors.join(), /the log has no order 999/);
    strictEqual((await run("trace", "x")).status, 2);
  });

  it("export every command as a JSON line", async () => {
    const { lines } = await run("journal", "export", "--from", "15");
    deepStrictEqual(
      lines.map((line) => JSON.parse(line)).map(({ sequence, command }) => [sequence, command.kind, command.quantity]),
      [
        [15, "newOrder", 9],
        [16, "newOrder", 10],
      ],
    );
    strictEqual((await run("journal", "show", "--from", "11", "--count", "2")).lines.length, 2);
  });

  it("refuse to pass over a healthy command, or with one approval", async () => {
    const skip = (...approvals: string[]) =>
      run("journal", "skip", "--sequence", "3", "--reason", "test", ...approvals.flatMap((name) => ["--approve", name]));
    strictEqual((await skip("ada", "grace")).status, 1);
    match(errors.join(), /sequence 3 cannot be passed over: no command of the log violates an assertion/);
    strictEqual((await skip("ada", "Ada ")).status, 1);
    match(errors.join(), /two different people must approve/);
  });

  it("explain damage, and end the log before it only when told to", async () => {
    const segment = join(folder, "segment-0000000001.log");
    const bytes = readFileSync(segment);
    const whole = await run("journal", "check");
    strictEqual(whole.status, 0);
    const offset = 1024 + Math.max(0, bytes.subarray(1024).indexOf("GRP1")) + 100;
    bytes[offset] ^= 4;
    writeFileSync(segment, bytes);

    const { status, lines } = await run("journal", "check");
    strictEqual(status, 1);
    match(
      lines.join("\n"),
      /DAMAGED: .*segment-0000000001\.log at offset \d+: the checksum of the record of sequence \d+ is wrong, and a later group/,
    );
    await rejects(openTradingShard({ folder, shard: 0, segmentBytes: 16 << 20 }), /is corrupt at offset \d+/);
    strictEqual((await run("journal", "repair")).status, 2, "changes nothing without being told to");
    strictEqual((await run("journal", "check")).status, 1);

    const repaired = await run("journal", "repair", "--give-up");
    strictEqual(repaired.status, 0, errors.join());
    ok(
      readdirSync(folder).some((name) => name.endsWith(".removed")),
      "what was removed is kept",
    );
    strictEqual((await run("journal", "check")).status, 0);
    strictEqual((await run("verify")).status, 0);
    const shard = await openTradingShard({ folder, shard: 0, segmentBytes: 16 << 20 });
    ok(shard.position.sequence < 16);
    await shard.close();
  });

  it("run from the command line, on any Node", () => {
    const bin = join(__dirname, "../../../../workloads/bin/bourse-exchange.js");
    match(execFileSync(process.execPath, [bin, "verify", "--folder", folder], { encoding: "utf8" }), /replay without a gap/);
  });
});
