import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Home, HomeError } from "../../../workloads/local/home";

/** Takes the home in another process, which then waits; resolves once it has it. */
async function holder(folder: string) {
  const program = `const { Home } = require(${JSON.stringify(require.resolve("../../../workloads/local/home"))});
    Home.open(${JSON.stringify(folder)}); console.log("taken"); setInterval(() => {}, 1000);`;
  const source = join(__dirname, "..", "..", "..", "source.cjs");
  const child = spawn(process.execPath, ["-r", source, "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

describe("The home of the embedded exchange", () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), "bourse-home-")), "a", "home");
  });
  afterEach(() => rmSync(join(folder, "..", ".."), { recursive: true, force: true }));

  it("is made for its owner alone, and so are its files", () => {
    const home = Home.open(folder);
    home.write("secret.json", "{}");
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(home.path("secret.json")).mode & 0o777, 0o600);
    assert.equal(home.read("secret.json"), "{}");
    assert.equal(home.read("missing"), undefined);
    home.close();
  });

  it("belongs to one process: a second one is refused with the pid of the first", async () => {
    const child = await holder(folder);
    assert.throws(
      () => Home.open(folder),
      new HomeError(
        `${folder} is in use by process ${child.pid}. Stop that one, or set BOURSE_HOME to another folder to run a second exchange.`,
      ),
    );
    child.kill("SIGKILL");
    await once(child, "close");
    Home.open(folder).close();
  });

  it("is free again after it was closed", () => {
    Home.open(folder).close();
    Home.open(folder).close();
  });

  it("leaves nothing behind when nothing was put into it", () => {
    Home.open(folder).close();
    assert.equal(existsSync(folder), false);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "kept"), "");
    Home.open(folder).close();
    assert.deepEqual(readdirSync(folder).sort(), ["kept", "lock"]);
  });

  it("is refused with the reason when it cannot be a folder", () => {
    const file = join(folder, "..", "..", "file");
    writeFileSync(file, "");
    assert.throws(
      () => Home.open(join(file, "home")),
      /^HomeError: BOURSE_HOME .*file\/home cannot be used: ENOTDIR.*Set BOURSE_HOME to a folder that this user may write\.$/,
    );
  });
});
