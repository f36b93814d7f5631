/** A shard of two members as processes, killed under load: what a bot was told is there, and everybody goes on by himself. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeEvents, type Event, type EventBuffer } from "@bourse/engine";
import { nodeFileSystem } from "../../../../../workloads/journal";
import { exchanges, verifyFolder } from "../../../../../workloads/services/trading";
import { connectShard, keyIdOf } from "../../../../../workloads/services/trading/remote";
import { replayFolder } from "../../../../../workloads/services/trading/replay-folder";
import { certificate, ServiceProcess } from "../../exchange-processes";
import { until } from "../../until";
import { limitOrder, openMarket, START_TIME } from "../command-mix";
import { freePort } from "./members";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const text = (events: readonly Event[]) => JSON.stringify(events, (_name, value) => (typeof value === "bigint" ? `${value}` : value));

describe("a shard of two members as processes", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "bourse-two-members-"));
  const started: ServiceProcess[] = [];
  let tls: string;
  before(() => {
    tls = certificate(join(folder, "tls"));
    writeFileSync(join(folder, "key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }).toString(), { mode: 0o600 });
    const client = { publicKey: publicKey.export({ type: "spki", format: "pem" }), accounts: "all", readsEvents: true, copiesLog: true };
    writeFileSync(join(folder, "clients.json"), JSON.stringify({ clients: [{ ...client, sessions: { first: 1, last: 99 } }] }));
  });
  after(async () => {
    for (const each of started) each.destroy();
    await Promise.all(started.map((each) => each.ended()));
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (
    name: string,
    port: number,
    session: number,
  ): Promise<{ process: ServiceProcess; ready: () => Promise<boolean>; leads: () => Promise<boolean> }> => {
    const service = ServiceProcess.spawn("services/trading/main", {
      BOURSE_HOME: join(folder, name),
      BOURSE_TRADING_CLIENTS: join(folder, "clients.json"),
      BOURSE_TLS: tls,
      BOURSE_HOST: "127.0.0.1",
      BOURSE_PORT: String(port),
      BOURSE_HEALTH_PORT: "0",
      BOURSE_LEADERSHIP: `sqlite:${join(folder, "leadership.sqlite")}`,
      BOURSE_MEMBER_ADDRESS: `localhost:${port}`,
      BOURSE_TRADING_KEY: join(folder, "key.pem"),
      BOURSE_TRADING_SESSION: String(session),
      BOURSE_LEASE_SECONDS: "5",
      BOURSE_METRICS: "log",
      BOURSE_METRICS_SECONDS: "1",
      // Longer than anything that a busy machine does to a process: it must not be the patience that lets the test go on.
      BOURSE_COPY_PATIENCE_MS: "20000",
    });
    started.push(service);
    const { healthPort } = await service.line(/is running/);
    const answers = (path: string) => () =>
      new Promise<boolean>((resolve) => {
        const asked = request({ host: "127.0.0.1", port: healthPort, path, rejectUnauthorized: false }, (answer) => {
          answer.resume();
          resolve(answer.statusCode === 200);
        });
        asked.on("error", () => resolve(false)).end();
      });
    return { process: service, ready: answers("/ready"), leads: answers("/leads") };
  };

  /** What the process has last told of its part. */
  const figures = async (service: ServiceProcess, matches: RegExp) => {
    const document: Record<string, unknown> = await service.line(matches);
    const own = ["Leads", "StandbyReady", "StandbysInSync", "RecordsNotCopied", "Diverged"];
    return Object.fromEntries(own.flatMap((name) => (name in document ? [[name, document[name]]] : [])));
  };

  it("loses nothing that was acknowledged when the leader is killed under load, and its clients go on at the other", async () => {
    const ports = [await freePort(), await freePort()];
    const one = await start("one", ports[0], 1);
    await until(one.ready);
    const other = await start("other", ports[1], 2);
    await until(other.ready);
    deepStrictEqual([await one.leads(), await other.leads()], [true, false], "a load balancer asks who leads");
    deepStrictEqual(await figures(one.process, /"StandbysInSync":1/), {
      Leads: 1,
      StandbyReady: 0,
      StandbysInSync: 1,
      RecordsNotCopied: 0,
      Diverged: 0,
    });
    deepStrictEqual(await figures(other.process, /"StandbyReady":1/), { Leads: 0, StandbyReady: 1, Diverged: 0 });
    let tries = 0;
    const client = await connectShard({
      connect: () => ({ host: "localhost", port: ports[tries++ % 2] }),
      tls: { ca: readFileSync(join(tls, "ca.crt")), cert: readFileSync(join(tls, "tls.crt")), key: readFileSync(join(tls, "tls.key")) },
      keyId: keyIdOf(publicKey),
      privateKey,
      session: 50,
      giveUpMs: 60_000,
    });
    for (const command of openMarket(2)) await client.submit(command);

    // Each lane has one order on its way, as a bot that waits for its answer.
    const acknowledged = new Map<number, string>();
    let stopping = false;
    let number = 0;
    const lane = async () => {
      while (!stopping) {
        const n = number++;
        const { position, events } = await client.submit(limitOrder(1 + (n % 2), n % 2, 100, 1, START_TIME + 1_000 + n));
        ok(!acknowledged.has(position.sequence), `sequence ${position.sequence} was given twice`);
        acknowledged.set(
          position.sequence,
          JSON.stringify(events, (_name, value) => (typeof value === "bigint" ? `${value}` : value)),
        );
      }
    };
    const lanes = Array.from({ length: 32 }, lane);
    await until(() => acknowledged.size > 2_000);
    await one.process.end("SIGKILL");
    const before = acknowledged.size;
    await until(() => acknowledged.size > before + 2_000);
    stopping = true;
    await Promise.all(lanes);

    // The killed one takes up what it missed, and gets the lead when the other leaves.
    strictEqual(await other.leads(), true);
    const again = await start("one", ports[0], 1);
    await until(again.ready);
    strictEqual(await other.process.end("SIGTERM"), 0);
    const last = await client.submit(limitOrder(1, 0, 100, 1, START_TIME + 1_000_000));
    strictEqual(last.position.epoch, 3);
    await client.close();
    strictEqual(await again.process.end("SIGTERM"), 0);
    const [ones, others] = ["one", "other"].map((name) => verifyFolder(nodeFileSystem, join(folder, name, "journal")));
    strictEqual(ones.through, last.position.sequence);
    strictEqual(others.through, ones.through - 1);
    // What every client was told is what the log says; what was asked again after the loss is there once more, as a repeat.
    const told = new Map(acknowledged);
    const applied = (_epoch: number, sequence: number, out: EventBuffer, start: number) => {
      if (!told.delete(sequence)) return;
      strictEqual(text(decodeEvents(out.bytes, start, out.length)), acknowledged.get(sequence), `sequence ${sequence}`);
    };
    replayFolder({ fileSystem: nodeFileSystem, folder: join(folder, "one", "journal"), machines: exchanges(0), applied });
    strictEqual(told.size, 0);
  });
});
