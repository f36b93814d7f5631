/** `bourse-exchange keys` beside an exchange that runs, and binary order entry of `npm start` with the key that it registers. */

import { equal, match, rejects } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstSession } from "../../../workloads/gateway/binary";
import { keyCommand } from "../../../workloads/local/key-commands";
import { type RunningServer, startServer } from "../../../workloads/local/server";
import { connectShard } from "../../../workloads/services/trading/remote";
import { openSqlite } from "../../../workloads/stores/sql";

describe("bourse-exchange keys", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "bourse-keys-"));
  const home = join(folder, "home");
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const pem = join(folder, "public.pem");
  let server: RunningServer;

  before(async () => {
    writeFileSync(pem, publicKey.export({ type: "spki", format: "pem" }));
    server = await startServer({ port: 0, binaryPort: 0, home, demo: false, plan: false }, () => {});
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = async (...args: string[]) => {
    const lines: string[] = [];
    await keyCommand(args, { BOURSE_HOME: home }, (line) => lines.push(line));
    return lines.join("\n");
  };

  const logOn = (apiKey: string) => {
    const [host, port] = JSON.parse(readFileSync(join(home, "demo.json"), "utf8")).binary.split(":");
    const session = firstSession(server.accounts[0].account);
    return connectShard({ connect: { host, port: Number(port) }, keyId: apiKey, privateKey, session, giveUpMs: 500 });
  };

  /** Until the running exchange has looked for changes. */
  async function takenOver<T>(attempt: () => Promise<T>): Promise<T> {
    for (const deadline = Date.now() + 20_000; ; await new Promise((wake) => setTimeout(wake, 100))) {
      try {
        return await attempt();
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  }

  it("register a public key with which its owner logs on to the running exchange, until it is revoked", async () => {
    const apiKey = await run("register", "--account", "alice", "--public-key", pem, "--label", "binary");
    match(apiKey, /^[A-Za-z0-9]{64}$/);
    match(await run("list", "--account", "alice"), new RegExp(`^${apiKey}  binary  read,trade$`, "m"));
    const client = await takenOver(() => logOn(apiKey));
    await client.close();

    equal(await run("change", apiKey, "--permission", "read"), `changed ${apiKey}`);
    match(await run("list", "--account", "alice"), new RegExp(`^${apiKey}  binary  read$`, "m"));
    await takenOver(() => rejects(logOn(apiKey), /Invalid API-key/));
    await run("change", apiKey, "--permission", "trade", "--address", "192.0.2.1");
    await run("change", apiKey, "--address", "any");
    await (await takenOver(() => logOn(apiKey))).close();

    equal(await run("revoke", apiKey), `revoked ${apiKey}`);
    await takenOver(() => rejects(logOn(apiKey), /Invalid API-key/));

    const sql = openSqlite(join(home, "exchange.sqlite"));
    const db = sql.database<{ key_audit: { action: string; api_key: string } }>();
    const audit = await db.selectFrom("key_audit").select("action").where("api_key", "=", apiKey).execute();
    equal(
      audit
        .map(({ action }) => action)
        .sort()
        .join(),
      "change,change,change,create,revoke",
    );
    await sql.close();
  });

  it("say what is wrong with a call", async () => {
    await rejects(run("register", "--account", "nobody", "--public-key", pem), /account "nobody" is not known/);
    await rejects(run("register", "--account", "alice"), /--public-key FILE is missing/);
    await rejects(run("register", "--account", "alice", "--public-key", join(folder, "none")), /none cannot be read \(ENOENT\)/);
    await rejects(
      run("register", "--account", "alice", "--public-key", pem, "--permission", "rule"),
      /got "rule", expected read, trade, withdraw/,
    );
    await rejects(run("change", "KEY"), /--permission or --address is missing/);
    await rejects(run("forget"), /Usage: bourse-exchange keys register/);
    await rejects(
      keyCommand(["list"], { BOURSE_HOME: folder }, () => {}),
      /holds no exchange/,
    );
  });
});
