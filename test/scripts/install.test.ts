import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const script = join(__dirname, "..", "..", "scripts", "install.mjs");

interface Run {
  status: number | null;
  output: string;
  ms: number;
}

/** A small checkout whose npm is a program of the test: it writes down that it ran, then does what `behaviour` says. */
class Checkout {
  readonly root = mkdtempSync(join(tmpdir(), "bourse-install-"));

  constructor(behaviour: string) {
    mkdirSync(join(this.root, "scripts"));
    cpSync(script, join(this.root, "scripts", "install.mjs"));
    this.lock({
      "node_modules/node": { version: "24.0.0", integrity: "sha512-a" },
      "node_modules/left": { version: "1.0.0", integrity: "sha512-b" },
    });
    writeFileSync(
      join(this.root, "npm.cjs"),
      `const fs = require("node:fs");
       fs.appendFileSync("runs", process.argv.slice(2).join(" ") + "\\n");
       const lock = JSON.parse(fs.readFileSync("package-lock.json", "utf8"));
       const finish = () => {
         fs.mkdirSync("node_modules/.bin", { recursive: true });
         fs.writeFileSync("node_modules/.bin/node", "");
         const { "": _, ...packages } = lock.packages;
         fs.writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages }));
       };
       ${behaviour}`,
    );
  }

  lock(packages: Record<string, object>): void {
    writeFileSync(join(this.root, "package-lock.json"), JSON.stringify({ packages: { "": {}, ...packages } }));
  }

  run(env: NodeJS.ProcessEnv = {}): Promise<Run> {
    return new Promise((resolve) => {
      const began = Date.now();
      const child = spawn(process.execPath, [join(this.root, "scripts", "install.mjs")], {
        cwd: this.root,
        env: { ...process.env, npm_execpath: join(this.root, "npm.cjs"), npm_node_execpath: process.execPath, ...env },
      });
      let output = "";
      child.stdout.on("data", (chunk) => {
        output += chunk;
      });
      child.stderr.on("data", (chunk) => {
        output += chunk;
      });
      child.on("close", (status) => resolve({ status, output, ms: Date.now() - began }));
    });
  }

  /** Arguments of each run of npm. */
  npmRuns(): string[] {
    return existsSync(join(this.root, "runs")) ? readFileSync(join(this.root, "runs"), "utf8").trim().split("\n") : [];
  }
}

describe("The installation before npm start, test and prove", () => {
  const checkouts: Checkout[] = [];
  const checkout = (behaviour = "finish();") => {
    checkouts.push(new Checkout(behaviour));
    return checkouts.at(-1) as Checkout;
  };
  after(() => {
    for (const { root } of checkouts) rmSync(root, { recursive: true, force: true });
  });

  it("installs exactly what the lockfile names, says so, and installs nothing the second time", async () => {
    const fresh = checkout();
    const first = await fresh.run();
    assert.equal(first.status, 0, first.output);
    assert.match(first.output, /Installing 2 packages \(nothing is installed yet\)/);
    const second = await fresh.run();
    assert.deepEqual([second.status, second.output], [0, ""]);
    assert.deepEqual(fresh.npmRuns(), ["ci --no-audit --no-fund --loglevel=error"]);
  });

  it("installs again when a locked version changes, and when an installation was interrupted", async () => {
    const updated = checkout();
    await updated.run();
    updated.lock({
      "node_modules/node": { version: "24.0.0", integrity: "sha512-a" },
      "node_modules/left": { version: "1.0.1", integrity: "sha512-c" },
    });
    assert.match((await updated.run()).output, /1 of package-lock.json are missing or outdated/);
    rmSync(join(updated.root, "node_modules", ".package-lock.json"));
    await updated.run();
    assert.equal(updated.npmRuns().length, 3);
  });

  it("does not miss optional packages of other operating systems", async () => {
    const here = checkout();
    await here.run();
    const lock = JSON.parse(readFileSync(join(here.root, "package-lock.json"), "utf8"));
    here.lock({ ...lock.packages, "node_modules/only-on-windows": { version: "1.0.0", optional: true, os: ["win32"] } });
    assert.equal((await here.run()).output, "");
  });

  it("shows how far it is in lines where the output is not a terminal", async () => {
    const slow = checkout("setTimeout(finish, 6000);");
    const { output } = await slow.run();
    assert.match(output, /5 s: \d of 2 packages unpacked/);
    assert.match(output, /Installed in 6 s/);
  }).timeout(20_000);

  for (const [name, complaint, problem, fix] of [
    ["no network", "npm error code ENOTFOUND\nnpm error network request failed", /registry cannot be reached/, /check the network/],
    ["a full disk", "npm error code ENOSPC\nnpm error nospc no space left on device", /the disk is full/, /free at least 2 GB/],
    ["a folder that it may not write", "npm error code EACCES", /npm may not write here/, /who owns this folder/],
    [
      "a lockfile that disagrees",
      `npm error code EUSAGE\nnpm error Missing: left@2.0.0 from lock file\nnpm error Clean install a project\n${"npm error Options\n".repeat(30)}`,
      /disagree\.\n(.*\n)*.*Missing: left@2\.0\.0/,
      /npm install/,
    ],
  ] as const) {
    it(`fails with one message that names the fix: ${name}`, async () => {
      const { status, output } = await checkout(`console.error(${JSON.stringify(complaint)}); process.exit(1);`).run();
      assert.equal(status, 1);
      assert.match(output, problem);
      assert.match(output, new RegExp(`To fix it: .*${fix.source}`));
      assert.doesNotMatch(output, /at .*install\.mjs/, "no stack trace");
    });
  }

  it("fails when npm claims to have installed but has not", async () => {
    const { status, output } = await checkout("process.exit(0);").run();
    assert.equal(status, 1);
    assert.match(output, /packages are missing: node_modules\/node/);
  });

  it("names the fix when npm cannot be started", async () => {
    const broken = checkout();
    const program = join(broken.root, "not-executable");
    writeFileSync(program, "");
    chmodSync(program, 0o600);
    const { status, output } = await broken.run({ npm_node_execpath: program });
    assert.equal(status, 1);
    assert.match(output, /npm cannot be started: .*To fix it: install npm 10/s);
  });

  it("installs once when two commands start at the same time", async () => {
    const shared = checkout("setTimeout(finish, 800);");
    const runs = await Promise.all([shared.run(), shared.run()]);
    assert.deepEqual(
      runs.map(({ status }) => status),
      [0, 0],
    );
    assert.equal(shared.npmRuns().length, 1);
  });

  it("is done within half a second when there is nothing to do", async () => {
    const done = checkout();
    await done.run();
    assert.ok((await done.run()).ms < 500);
  });

  it("refuses a Node that is too old, naming the one it needs", async () => {
    const { requireNode } = await import(script);
    assert.throws(() => requireNode("18.20.1"), /Node 18\.20\.1 is too old\n {2}To fix it: install Node 20 or newer/);
    requireNode("20.0.0");
  });
});
