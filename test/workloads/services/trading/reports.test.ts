import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

  it("say what is wrong with a folder or a sequence, each of them", async () => {
    const nothing = join(folder, "nothing");
    mkdirSync(nothing);
    const calls = [["verify"], ["trace", "1"], ...["check", "repair", "show", "export", "skip"].map((name) => ["journal", name])];
    const told = async (where: string, args: string[]) => {
      errors.splice(0);
      const status = await main([...args, "--folder", where], () => {});
      return `${status} ${errors.join()}`;
    };
    for (const args of calls) {
      const call = args.join(" ");
      match(
        await told(nothing, args),
        /^2 bourse-exchange: there is no log in .*nothing: say where it is with --folder, or set BOURSE_HOME$/,
        call,
      );
      match(await told(join(folder, "none"), args), /^2 bourse-exchange: there is no folder .*none: say which with --folder/, call);
      match(await told(join(folder, "segment-0000000001.log"), args), /^1 bourse-exchange: .*\.log is not a folder/, call);
    }
    strictEqual((await run("journal", "show", "--from", "17")).status, 1);
    match(errors.join(), /the log has no sequence 17: it ends before/);
    strictEqual((await run("journal", "show", "--from", "0")).status, 2);
    match(errors.join(), /--from is "0", it must be a positive integer/);
    deepStrictEqual(await run("journal", "export", "--from", "17"), { status: 0, lines: [] });
  });

  it("read a running shard, and change nothing of it", async () => {
    const running = mkdtempSync(join(tmpdir(), "bourse-reports-"));
    const shard = await openTradingShard({ folder: running, shard: 0, segmentBytes: 16 << 20 });
    try {
      await Promise.all([...openMarket(2)].map((command) => shard.submit(command)));
      for (const args of [["verify"], ["journal", "check"], ["journal", "show"], ["journal", "export"]])
        strictEqual(await main([...args, "--folder", running], () => {}), 0, errors.join());
      const skip = ["journal", "skip", "--sequence", "3", "--reason", "test", "--approve", "ada", "--approve", "grace"];
      strictEqual(await main([...skip, "--folder", running], () => {}), 1);
      match(errors.join(), /is in use by another process: stop that one first/);
      strictEqual(shard.stopped, undefined);
    } finally {
      await shard.close();
      rmSync(running, { recursive: true });
    }
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

  it("tell of a whole snapshot behind the damage, from which a repair goes on with nothing lost", async () => {
    const own = mkdtempSync(join(tmpdir(), "bourse-reports-"));
    const options = { folder: own, shard: 0, segmentBytes: 16 << 20 };
    const told = async (...args: string[]) => {
      const lines: string[] = [];
      return [await main([...args, "--folder", own], (line) => lines.push(line)), lines.join("\n")] as const;
    };
    try {
      const shard = await openTradingShard(options);
      await Promise.all([...openMarket(2)].map((command) => shard.submit(command)));
      for (let i = 0; i < 6; i++) await shard.submit(limitOrder(1 + (i % 2), i % 2, 100, 5 + i, START_TIME + 100 + i));
      await shard.snapshot();
      const { sequence: snapshot } = shard.position;
      for (let i = 6; i < 12; i++) await shard.submit(limitOrder(1 + (i % 2), i % 2, 100, 5 + i, START_TIME + 100 + i));
      const [hash, { sequence }] = [shard.stateHash(), shard.position];
      await shard.close();
      const segment = join(own, "segment-0000000001.log");
      const bytes = readFileSync(segment);
      bytes[512 + 100] ^= 4;
      writeFileSync(segment, bytes);

      await rejects(openTradingShard(options), /is corrupt at offset 512/);
      const [status, text] = await told("journal", "check");
      strictEqual(status, 1);
      match(text, /None of its records can be read\. Restore the file from a copy/);
      match(text, new RegExp(`The snapshot at sequence ${snapshot} is whole: .* goes on from it`));
      match(text, new RegExp(`^snapshot at sequence ${snapshot}: whole$`, "m"));
      match((await told("journal", "repair", "--give-up"))[1], new RegExp(`^the log now ends at sequence ${sequence};`));
      strictEqual((await told("journal", "check"))[0], 0);
      strictEqual((await told("verify"))[0], 0, errors.join());
      const again = await openTradingShard(options);
      deepStrictEqual([again.stateHash(), again.position.sequence], [hash, sequence]);
      await again.close();
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
  });

  it("run from the command line, on any Node", () => {
    const bin = join(__dirname, "../../../../workloads/bin/bourse-exchange.js");
    match(execFileSync(process.execPath, [bin, "verify", "--folder", folder], { encoding: "utf8" }), /replay without a gap/);
  });
});
