/** The exchange as processes of its own, as pods run it: one shard, gateways, a database of users that they share; all on the loopback. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ccxt from "ccxt";
import { type DemoAccount, openDemoAccounts } from "../../../workloads/local/demo-accounts";
import { Home } from "../../../workloads/local/home";
import { listInstruments } from "../../../workloads/local/listing";
import { openProjections } from "../../../workloads/services/projections";
import type { OrderEntry } from "../../../workloads/services/trading/port";
import { keyIdOf, openSharedShard } from "../../../workloads/services/trading/remote";
import { createUsers } from "../../../workloads/services/users";
import { openFileSecrets } from "../../../workloads/stores/secrets/files";
import { openSqlite } from "../../../workloads/stores/sql/sqlite";

const root = join(__dirname, "..", "..", "..");

/** Longest time that a start may take on a machine that is busy with other tests, in ms. */
const startMs = 20_000;

/** How Node.js runs an entry point: in which folder, with which arguments. */
export interface Program {
  folder: string;
  argumentsOf(entry: string): string[];
}

const fromSource: Program = { folder: root, argumentsOf: (entry) => ["-r", "./source.cjs", `workloads/${entry}.ts`] };

/** A service's process, from its start to its end. */
export class ServiceProcess {
  private output = "";

  private constructor(private readonly child: ChildProcess) {
    const keep = (chunk: Buffer) => {
      this.output += chunk;
    };
    child.stdout!.on("data", keep);
    child.stderr!.on("data", keep);
  }

  /** Starts an entry point, such as `gateway/main`, with nothing but the given variables. */
  static spawn(entry: string, environment: Record<string, string>, program: Program = fromSource): ServiceProcess {
    const env = { PATH: process.env.PATH, NODE_ENV: "production", ...environment };
    return new ServiceProcess(spawn(process.execPath, program.argumentsOf(entry), { cwd: program.folder, env }));
  }

  /** Waits for a line of the log, at most {@link startMs}. */
  // biome-ignore lint/suspicious/noExplicitAny: lines of a log have fields of every shape
  async line(matches: RegExp): Promise<any> {
    for (const deadline = Date.now() + startMs; ; ) {
      const found = this.output.split("\n").find((line) => matches.test(line));
      if (found !== undefined) return JSON.parse(found);
      if (this.child.exitCode !== null || Date.now() > deadline) {
        this.destroy();
        throw new Error(`no line ${matches} (status ${this.child.exitCode}):\n${this.output}`);
      }
      await new Promise((wake) => setTimeout(wake, 20));
    }
  }

  /** Sends a signal and waits for the end; the exit status, or the signal that ended it. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    if (!this.child.kill(signal)) return this.child.exitCode ?? this.child.signalCode;
    return this.ended();
  }

  async ended(): Promise<number | NodeJS.Signals | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "close");
    return this.child.exitCode ?? this.child.signalCode;
  }

  destroy(): void {
    this.child.kill("SIGKILL");
  }

  get pid(): number {
    return this.child.pid!;
  }

  get text(): string {
    return this.output;
  }
}

/** Makes a folder with a certificate for localhost that is its own authority, with the file names of a pod's secret. */
export function certificate(folder: string): string {
  mkdirSync(folder);
  const [key, cert] = [join(folder, "tls.key"), join(folder, "tls.crt")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
  execFileSync("openssl", ["req", "-x509", ...curve, "-nodes", "-days", "1", ...subject, "-keyout", key, "-out", cert], {
    stdio: "ignore",
  });
  copyFileSync(cert, join(folder, "ca.crt"));
  return folder;
}

/** A folder with keys, and the variables of the services that are started over it. */
export class ExchangeProcesses {
  readonly folder = mkdtempSync(join(tmpdir(), "bourse-processes-"));
  private readonly processes: ServiceProcess[] = [];
  private readonly gatewayKey = generateKeyPairSync("ed25519");
  private readonly operatorKey = generateKeyPairSync("ed25519");

  /** @param program how the services are run; from their sources by default */
  constructor(private readonly program: Program = fromSource) {
    const client = (publicKey: KeyObject, sessions: number[]) => ({
      publicKey: publicKey.export({ type: "spki", format: "pem" }),
      sessions,
      accounts: "all",
      readsEvents: true,
    });
    const clients = [
      client(this.operatorKey.publicKey, [1, 2]),
      { ...client(this.gatewayKey.publicKey, [11, 12, 21, 22, 31, 32, 41, 42, 51, 52, 61, 62]), relaysMembers: true },
    ];
    this.write("clients.json", JSON.stringify({ clients }));
    this.write("gateway.pem", this.gatewayKey.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    mkdirSync(join(this.folder, "operator"));
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text, { mode: 0o600 });
  }

  /** A certificate for localhost that is its own authority; the folder of it. */
  certificate(): string {
    return certificate(this.path("tls"));
  }

  /** `port` 0 takes a free one. */
  async startShard(port = 0, more: Record<string, string> = {}) {
    const variables = { BOURSE_HOME: this.path("shard"), BOURSE_PORT: String(port), BOURSE_TRADING_CLIENTS: this.path("clients.json") };
    return this.running(this.spawn("services/trading/main", { ...variables, ...more }));
  }

  /** A gateway with projections of its own; `session` is 11 or 21. */
  async startGateway(name: string, shardPort: number, session: number, more: Record<string, string> = {}) {
    return this.running(this.spawnGateway(name, shardPort, session, more));
  }

  /** The same, without waiting until it runs. */
  spawnGateway(name: string, shardPort: number, session: number, more: Record<string, string> = {}): ServiceProcess {
    return this.spawn("gateway/main", {
      BOURSE_HOME: this.path(name),
      BOURSE_PORT: "0",
      BOURSE_TRADING: `localhost:${shardPort}`,
      BOURSE_TRADING_KEY: this.path("gateway.pem"),
      BOURSE_TRADING_SESSION: String(session),
      BOURSE_SQL_URL: `sqlite:${this.path("users.sqlite")}`,
      BOURSE_SECRETS: this.path("secrets"),
      BOURSE_DRAIN_SECONDS: "4",
      ...more,
    });
  }

  /** A service that follows the shard, with a database of its own; `session` is 31, 41, 51 or 61. */
  async startFollower(service: string, shardPort: number, session: number, more: Record<string, string> = {}) {
    return this.running(
      this.spawn(`services/${service}/main`, {
        BOURSE_PORT: "0",
        BOURSE_TRADING: `localhost:${shardPort}`,
        BOURSE_TRADING_KEY: this.path("gateway.pem"),
        BOURSE_TRADING_SESSION: String(session),
        BOURSE_SQL_URL: `sqlite:${this.path(`${service}.sqlite`)}`,
        BOURSE_DRAIN_SECONDS: "4",
        ...more,
      }),
    );
  }

  /** Users, over the same database as gateways; whom they tell is a broker that is away. */
  async startUsers(more: Record<string, string>) {
    return this.running(
      this.spawn("services/users/main", {
        BOURSE_PORT: "0",
        BOURSE_SQL_URL: `sqlite:${this.path("users.sqlite")}`,
        BOURSE_SECRETS: this.path("secrets"),
        BOURSE_NOTICE_TOPIC: "amqp://guest@127.0.0.1:9/notices",
        ...more,
      }),
    );
  }

  /** A service beside the trading path, whose servers may all be away: `notification`, `analytics`, or `publisher`, which follows the shard. */
  async startBeside(service: string, variables: Record<string, string>) {
    const own = { BOURSE_PORT: "0", BOURSE_SQL_URL: `sqlite:${this.path(`${service}.sqlite`)}` };
    return this.running(this.spawn(`services/${service}/main`, { ...own, ...variables }));
  }

  /** A bot of an account, on a gateway. */
  client(gatewayPort: number, { apiKey, secretKey }: DemoAccount): InstanceType<typeof ccxt.binance> {
    const base = `http://127.0.0.1:${gatewayPort}`;
    const api = `${base}/api/v3`;
    return new ccxt.binance({
      apiKey,
      secret: secretKey,
      urls: { api: { public: api, private: api, v1: api, sapi: `${base}/sapi/v1` } },
      options: { defaultType: "spot", fetchMarkets: { types: ["spot"] } },
    } as ConstructorParameters<typeof ccxt.binance>[0]);
  }

  /** Lists the instruments and opens the two demo accounts, as an operator's process does over the same connection that gateways use. */
  async openAccounts(shardPort: number): Promise<DemoAccount[]> {
    const shard = await openSharedShard({
      connect: { host: "localhost", port: shardPort },
      keyId: keyIdOf(this.operatorKey.publicKey),
      privateKey: this.operatorKey.privateKey,
      session: 1,
      catchUpSession: 2,
    });
    const sql = openSqlite(this.path("users.sqlite"));
    const memory = openSqlite(":memory:");
    const onError = (error: Error) => {
      throw error;
    };
    const projections = await openProjections({ feed: shard, sql: memory, shard: 0, onError });
    const users = await createUsers({ sql, secrets: openFileSecrets(this.path("secrets")), onError });
    const home = Home.open(this.path("operator"));
    const entry: OrderEntry = shard;
    const clock = () => Date.now() * 1_000;
    await listInstruments(entry, projections.instruments, clock);
    const notification = { setAddress: async () => {} };
    const accounts = await openDemoAccounts({ ...projections, home, users, entry, notification, clock });
    home.close();
    await users.close();
    await projections.close();
    await memory.close();
    await sql.close();
    await shard.close();
    return accounts;
  }

  /** Ends what is left and removes the folder. */
  async remove(): Promise<void> {
    for (const each of this.processes) each.destroy();
    await Promise.all(this.processes.map((each) => each.ended()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private spawn(entry: string, variables: Record<string, string>): ServiceProcess {
    const service = ServiceProcess.spawn(entry, { BOURSE_HEALTH_PORT: "0", ...variables }, this.program);
    this.processes.push(service);
    return service;
  }

  private async running(service: ServiceProcess) {
    const { port, healthPort, binaryPort } = await service.line(/is running/);
    return {
      process: service,
      port: port as number,
      healthPort: healthPort as number,
      /** Of a gateway that serves binary order entry. */
      binaryPort: binaryPort as number | undefined,
    };
  }
}
