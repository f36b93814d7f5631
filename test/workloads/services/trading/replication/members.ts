/** Members of one shard in this process, over real connections and real folders. */

import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "@bourse/engine";
import {
  connectShard,
  keyIdOf,
  openSharedShard,
  type ShardClient,
  type SharedShard,
  serveShard,
} from "../../../../../workloads/services/trading/remote";
import { type Member, type MemberOptions, memberOf, startMember } from "../../../../../workloads/services/trading/replication";
import { inProcessLeadership, type LeadershipStore } from "../../../../../workloads/stores/leadership";
import { until } from "../../until";

export const SHARD = 3;
/** Longer than a busy machine lets a process wait. */
const LEASE_MS = 5_000;
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const keyId = keyIdOf(publicKey);

/** Three places for members, each with its folder and its port. */
export class Members {
  readonly store: LeadershipStore = inProcessLeadership();
  readonly reports: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "bourse-members-"));
  readonly #ports = new Map<string, number>();
  readonly #running = new Set<Member>();
  readonly #servers = new Map<string, { close(): Promise<void> }>();
  #sessions = 100;

  folder(name: string): string {
    return join(this.#folder, name);
  }

  async start(name: string, more: Partial<MemberOptions> = {}): Promise<Member> {
    const port = this.#ports.get(name) ?? (await freePort());
    this.#ports.set(name, port);
    const folder = this.folder(name);
    // The first need not wait for others that may have a log.
    const first = { holder: "", address: "", epoch: 0, renewal: 1, inSync: [memberOf(folder)], told: 0 };
    await this.store.replace("shard", undefined, first);
    const member = await startMember({
      folder,
      shard: SHARD,
      segmentBytes: 16 << 20,
      store: this.store,
      name: "shard",
      member: memberOf(folder),
      address: `127.0.0.1:${port}`,
      leaseMs: LEASE_MS,
      patienceMs: LEASE_MS,
      keyId,
      privateKey,
      session: ++this.#sessions,
      code: "this",
      lead: async (shard, copies) => {
        const client = { publicKey, sessions: { has: () => true }, accounts: "all" as const, readsEvents: true, copiesLog: true };
        const server = await serveShard({ shard, copies, listen: { host: "127.0.0.1", port }, findClient: () => client, heartbeatMs: 200 });
        this.#servers.set(name, server);
        return server;
      },
      report: (message) => this.reports.push(`${name}: ${message}`),
      ...more,
    });
    this.#running.add(member);
    return member;
  }

  /** A client that knows all members and tries one after the other. */
  async client(): Promise<ShardClient> {
    this.#sessions++;
    let tries = 0;
    const connect = () => {
      const ports = [...this.#ports.values()];
      return { host: "127.0.0.1", port: ports[tries++ % ports.length] };
    };
    for (;;) {
      try {
        return await connectShard({ keyId, privateKey, session: this.#sessions + 1_000, giveUpMs: 30_000, connect });
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** As a service of the exchange reaches the members. */
  async shared(): Promise<SharedShard> {
    this.#sessions += 2;
    let tries = 0;
    const connect = () => {
      const ports = [...this.#ports.values()];
      return { host: "127.0.0.1", port: ports[tries++ % ports.length] };
    };
    const session = this.#sessions + 1_000;
    for (;;) {
      try {
        return await openSharedShard({ keyId, privateKey, session, catchUpSession: session + 1, connect });
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  async stop(member: Member): Promise<void> {
    this.#running.delete(member);
    await member.close();
  }

  async remove(): Promise<void> {
    await Promise.all([...this.#running].map((member) => member.close().catch(() => {})));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export const leads = (member: Member) => until(() => member.role === "leader");
export const isReady = (member: Member) => until(() => member.role === "standby" && member.unready === undefined);
export const submitAll = (client: ShardClient, commands: Iterable<Command>) =>
  Promise.all([...commands].map((each) => client.submit(each)));

/** Below the range from which systems give ports of themselves: nobody is given it meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    const taken = (server.address() as AddressInfo).port;
    server.close();
    await once(server, "close");
    return taken;
  }
}
