/** Process of `shard-copies.bench.ts`: a member of the shard that copies the log of the one that leads, and never leads itself. */

import { createPrivateKey } from "node:crypto";
import { memberOf, startMember } from "../workloads/services/trading/replication";
import { LeaderConnection } from "../workloads/services/trading/replication/leader-connection";
import { openSqliteLeadership } from "../workloads/stores/leadership";

/** In the environment, as JSON. */
export interface CopyOptions {
  folder: string;
  leadership: string;
  privateKey: string;
  session: number;
  port: number;
  /** Certificates of the connection to the leader, as PEM; without them it is plain. */
  tls?: { ca: string; cert: string; key: string };
}

async function run({ folder, leadership, privateKey, session, port, tls }: CopyOptions): Promise<void> {
  const member = await startMember({
    folder,
    shard: 1,
    store: openSqliteLeadership(leadership),
    name: "shard-1",
    member: memberOf(folder),
    address: "127.0.0.1:1",
    keyId: "copy",
    privateKey: createPrivateKey(privateKey),
    session,
    code: "this",
    // One machine with more to do than it can: neither side takes the other for lost.
    leaseMs: 60_000,
    connectLeader: (options) => new LeaderConnection({ ...options, host: tls ? "localhost" : "127.0.0.1", port, tls }),
    lead: () => Promise.reject(new Error("the copy must not lead")),
    report: (message) => console.error(`copy: ${message}`),
  });
  process.once("SIGTERM", () => void member.close().finally(() => process.exit()));
}

void run(JSON.parse(process.env.BOURSE_BENCH_COPY!));
