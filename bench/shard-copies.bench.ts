/**
 * What copies cost a shard: the same shard, in one run, without a copy, with one in another process over the plain loopback, and with one over mutual TLS.
 * Each acknowledgement waits until the command is durable on both disks, which here are one; leader, copy and client share this machine's cores.
 *
 * The peer is the shard without a copy, before and after.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { certificate } from "../test/workloads/services/exchange-processes";
import { startThread } from "../workloads/process/thread";
import { type BinaryClient, serveShard } from "../workloads/services/trading/remote";
import { type Member, memberOf, startMember } from "../workloads/services/trading/replication";
import { openSqliteLeadership } from "../workloads/stores/leadership";
import type { BenchmarkReport } from "./run";
import type { CopyOptions } from "./shard-copy";
import type { Load, LoadResult, LoadThreadData } from "./shard-load";
import { describeMix, encodedMarket } from "./shard-mix";

const PER_SECOND = Number(process.env.BOURSE_BENCH_RATE ?? 50_000);
const SECONDS = 3;
const PASSES = 2;
const asFast = { connections: 1, commands: 400_000, perFrame: 256, window: 40 };
const atRate = { connections: 8, commands: PER_SECOND * SECONDS, perFrame: 8, window: 200, perSecond: PER_SECOND };

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;

interface Pass {
  perSecond: number;
  p50: number;
  p99: number;
}

class Bench {
  readonly folder = mkdtempSync(join(process.cwd(), ".bourse-bench-"));
  readonly #leadership = join(this.folder, "leadership.sqlite");
  readonly #tls = certificate(join(this.folder, "tls"));
  readonly #client: Worker;
  readonly #ports = { plain: 0, tls: 0 };
  #member!: Member;
  #sessions = 0;
  #copy: ChildProcess | undefined;
  #copies = 0;

  constructor() {
    const data: LoadThreadData = { keyId: "bench", privateKey: pem };
    this.#client = startThread(join(__dirname, "shard-load"), data);
  }

  async start(): Promise<void> {
    const folder = join(this.folder, "leader");
    const store = openSqliteLeadership(this.#leadership);
    const member = memberOf(folder);
    // Nobody else has a log: it need not wait for others.
    await store.replace("shard-1", undefined, { holder: "", address: "", epoch: 0, renewal: 1, inSync: [member], told: 0 });
    const client: BinaryClient = { publicKey, sessions: { has: () => true }, accounts: "all", readsEvents: true, copiesLog: true };
    this.#member = await startMember({
      folder,
      shard: 1,
      store,
      name: "shard-1",
      member,
      address: "127.0.0.1:1",
      keyId: "leader",
      privateKey,
      session: 9_000,
      code: "this",
      leaseMs: 60_000,
      snapshotEvery: Number.MAX_SAFE_INTEGER,
      lead: async (shard, copies) => {
        const listen = { host: "127.0.0.1", port: 0 };
        const plain = await serveShard({ shard, copies, listen, findClient: () => client });
        const tls = await serveShard({
          shard,
          copies,
          listen,
          tls: { ...this.#certificates, requestCert: true },
          findClient: () => client,
        });
        Object.assign(this.#ports, { plain: plain.port, tls: tls.port });
        return { close: async () => void (await Promise.all([plain.close(), tls.close()])) };
      },
      report: () => {},
    });
    while (this.#member.role !== "leader") await wait(10);
    for (const bytes of encodedMarket()) this.#member.shard!.enter(bytes, 0);
    this.#member.shard!.flush();
  }

  /** Runs both loads with the copy in sync, if any. */
  async pass(link: "none" | "plain" | "tls"): Promise<Pass> {
    const copy = link === "none" ? undefined : await this.#startCopy(link);
    const fast = await this.#measure(asFast);
    const paced = await this.#measure(atRate);
    if (copy !== undefined) {
      if (this.#member.copies!.inSync !== 1) throw new Error("the copy was lost on the way: the figures are those of a shard alone");
      copy.kill("SIGTERM");
      await once(copy, "exit");
      while (this.#member.copies!.inSync > 0) await wait(20);
    }
    return { perSecond: asFast.commands / fast.seconds, p50: paced.p50, p99: paced.p99 };
  }

  async close(): Promise<void> {
    this.#copy?.kill("SIGKILL");
    await this.#client.terminate();
    await this.#member?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #certificates() {
    const read = (name: string) => readFileSync(join(this.#tls, name), "utf8");
    return { ca: read("ca.crt"), cert: read("tls.crt"), key: read("tls.key") };
  }

  /** With a folder of its own, and waits until it is in sync. */
  async #startCopy(link: "plain" | "tls"): Promise<ChildProcess> {
    const n = ++this.#copies;
    const options: CopyOptions = {
      folder: join(this.folder, `copy-${n}`),
      leadership: this.#leadership,
      privateKey: pem,
      session: 9_000 + n,
      port: this.#ports[link],
      tls: link === "tls" ? this.#certificates : undefined,
    };
    const root = join(__dirname, "..");
    const child = spawn(process.execPath, ["-r", join(root, "source.cjs"), join(__dirname, "shard-copy.ts")], {
      cwd: root,
      env: { ...process.env, BOURSE_BENCH_COPY: JSON.stringify(options) },
      stdio: ["ignore", "inherit", "inherit"],
    });
    this.#copy = child;
    while (this.#member.copies!.inSync === 0) {
      if (child.exitCode !== null) throw new Error(`the copy has ended with status ${child.exitCode}`);
      await wait(20);
    }
    return child;
  }

  async #measure(load: Omit<Load, "port" | "session">): Promise<LoadResult> {
    // None is used twice: numbers that come again are answered with their first results.
    const session = this.#sessions + 1;
    this.#sessions += load.connections;
    this.#client.postMessage({ ...load, port: this.#ports.plain, session });
    const [result] = (await once(this.#client, "message")) as [LoadResult];
    if (result.refused > 0) console.error(`${result.refused} commands were refused as busy`);
    return result;
  }
}

export default async function run(): Promise<BenchmarkReport> {
  const bench = new Bench();
  try {
    await bench.start();
    const links = ["none", "plain", "tls"] as const;
    const passes: Record<(typeof links)[number], Pass[]> = { none: [], plain: [], tls: [] };
    // By turns: what else the machine does meets all alike.
    for (let n = 0; n < PASSES; n++) for (const link of links) passes[link].push(await bench.pass(link));
    passes.none.push(await bench.pass("none"));
    const best = (link: (typeof links)[number], of: (pass: Pass) => number, choose: (...values: number[]) => number) =>
      choose(...passes[link].map(of));
    const rate = (link: (typeof links)[number]) => Math.round(best(link, ({ perSecond }) => perSecond, Math.max));
    const names = { none: "without a copy", plain: "with a copy over the plain loopback", tls: "with a copy over mutual TLS" };
    const latencies = (link: (typeof links)[number]) => ({
      [`p50 ms of a frame ${names[link]}`]: best(link, ({ p50 }) => p50, Math.min).toFixed(2),
      [`p99 ms of a frame ${names[link]}`]: best(link, ({ p99 }) => p99, Math.min).toFixed(2),
    });
    return {
      name: "shard-copies",
      conditions: {
        commands: `${describeMix()}; every result is read to its end`,
        transport: "client over TCP on the loopback, on a thread of the leader's process; the copy is a process of its own",
        durability: "CRC-32C per record and group, one fdatasync a group, on both sides before the result; both folders on one disk",
        rates: `${asFast.commands} commands on one pipelined connection; then ${PER_SECOND} commands/s for ${SECONDS} s, open loop, in frames of ${atRate.perFrame} on ${atRate.connections} connections`,
        passes: `${PASSES} of each by turns, best of each`,
        "load average at the end": loadavg()[0].toFixed(1),
      },
      figures: {
        [`acknowledged commands per second ${names.none}`]: rate("none"),
        [`acknowledged commands per second ${names.plain}`]: rate("plain"),
        [`acknowledged commands per second ${names.tls}`]: rate("tls"),
        "ratio with a copy, plain": (rate("plain") / rate("none")).toFixed(2),
        "ratio with a copy, TLS": (rate("tls") / rate("none")).toFixed(2),
        ...latencies("none"),
        ...latencies("plain"),
        ...latencies("tls"),
      },
    };
  } finally {
    await bench.close();
  }
}
