/** Members of one shard as processes, over mutual TLS, with one leadership record. */

import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectShard, keyIdOf, type ShardClient } from "../../../../../workloads/services/trading/remote";
import { certificate, ServiceProcess } from "../../exchange-processes";

export interface MemberProcess {
  process: ServiceProcess;
  ready: () => Promise<boolean>;
  leads: () => Promise<boolean>;
}

export class MemberProcesses {
  readonly folder = mkdtempSync(join(tmpdir(), "bourse-members-"));
  readonly #started: ServiceProcess[] = [];
  readonly #tls: string;
  readonly #keys = generateKeyPairSync("ed25519");

  constructor() {
    const { publicKey, privateKey } = this.#keys;
    this.#tls = certificate(join(this.folder, "tls"));
    writeFileSync(join(this.folder, "key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }).toString(), { mode: 0o600 });
    const client = { publicKey: publicKey.export({ type: "spki", format: "pem" }), accounts: "all", readsEvents: true, copiesLog: true };
    writeFileSync(join(this.folder, "clients.json"), JSON.stringify({ clients: [{ ...client, sessions: { first: 1, last: 99 } }] }));
  }

  /** The log of a member. */
  log(name: string): string {
    return join(this.folder, name, "journal");
  }

  async start(name: string, port: number, session: number, more: Record<string, string> = {}): Promise<MemberProcess> {
    const service = ServiceProcess.spawn("services/trading/main", {
      BOURSE_HOME: join(this.folder, name),
      BOURSE_TRADING_CLIENTS: join(this.folder, "clients.json"),
      BOURSE_TLS: this.#tls,
      BOURSE_HOST: "127.0.0.1",
      BOURSE_PORT: String(port),
      BOURSE_HEALTH_PORT: "0",
      BOURSE_LEADERSHIP: `sqlite:${join(this.folder, "leadership.sqlite")}`,
      BOURSE_MEMBER_ADDRESS: `localhost:${port}`,
      BOURSE_TRADING_KEY: join(this.folder, "key.pem"),
      BOURSE_TRADING_SESSION: String(session),
      BOURSE_LEASE_SECONDS: "5",
      BOURSE_METRICS: "log",
      BOURSE_METRICS_SECONDS: "1",
      // Longer than anything that a busy machine does to a process: it must not be the patience that lets the test go on.
      BOURSE_COPY_PATIENCE_MS: "20000",
      ...more,
    });
    this.#started.push(service);
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
  }

  /** A client that tries the members one after the other. */
  client(ports: readonly number[], session: number): Promise<ShardClient> {
    let tries = 0;
    const { publicKey, privateKey } = this.#keys;
    const read = (name: string) => readFileSync(join(this.#tls, name));
    return connectShard({
      connect: () => ({ host: "localhost", port: ports[tries++ % ports.length] }),
      tls: { ca: read("ca.crt"), cert: read("tls.crt"), key: read("tls.key") },
      keyId: keyIdOf(publicKey),
      privateKey,
      session,
      giveUpMs: 60_000,
    });
  }

  async remove(): Promise<void> {
    for (const each of this.#started) each.destroy();
    await Promise.all(this.#started.map((each) => each.ended()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What the process has told of its part, in the first line that matches. */
export async function figures(service: ServiceProcess, matches: RegExp): Promise<Record<string, unknown>> {
  const document: Record<string, unknown> = await service.line(matches);
  const own = ["Leads", "StandbyReady", "StandbysInSync", "RecordsNotCopied", "Diverged"];
  return Object.fromEntries(own.flatMap((name) => (name in document ? [[name, document[name]]] : [])));
}
