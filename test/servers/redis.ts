/** A real Redis in cluster mode: three nodes that share the slots, without replicas and without a disk. */

import { Redis } from "ioredis";
import { findProgram, freePort, type RunningProgram, requireServer, run, scratchFolder, untilReady } from "./server";

export interface RedisServer {
  host: string;
  /** Of the first node; it tells clients where the others are. */
  port: number;
  stop(): Promise<void>;
  /** Starts it again, empty, on the same ports. */
  restart(): Promise<void>;
}

/** A cluster has so many slots (Redis cluster specification). */
const slots = 16_384;
const nodes = 3;

/** Tests with a cluster that runs while they do; `body` is given what returns it then. */
export function withRedis(title: string, body: (server: () => RedisServer) => void): void {
  requireServer(title, findProgram("redis-server"), "apt-get install redis-server", (program) => {
    let server: RedisServer | undefined;
    before(async function () {
      this.timeout(60_000);
      server = await start(program);
    });
    after(async function () {
      this.timeout(60_000);
      await server?.stop();
    });
    body(() => server!);
  });
}

async function start(program: string): Promise<RedisServer> {
  const ports: number[] = [];
  while (ports.length < nodes) {
    const port = await freePort();
    // A node's other port, for the cluster, is its first plus 10,000.
    if (port < 55_000) ports.push(port);
  }
  let stopAll = await startNodes(program, ports);
  return {
    host: "127.0.0.1",
    port: ports[0],
    stop: () => stopAll(),
    async restart() {
      stopAll = await startNodes(program, ports);
    },
  };
}

async function startNodes(program: string, ports: readonly number[]): Promise<() => Promise<void>> {
  const started: { server: RunningProgram; remove: () => void }[] = [];
  const stop = async () => {
    for (const { server, remove } of started) {
      await server.stop();
      remove();
    }
  };
  try {
    for (const port of ports) {
      const { folder, remove } = scratchFolder("redis");
      const settings = { port, bind: "127.0.0.1", dir: folder, "cluster-enabled": "yes", save: "", appendonly: "no" };
      const server = run(
        program,
        Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
      );
      started.push({ server, remove });
    }
    for (const [n, port] of ports.entries()) {
      await onNode(started[n].server, port, async (node) => {
        const [from, end] = [Math.floor((n * slots) / nodes), Math.floor(((n + 1) * slots) / nodes)];
        await node.call("CLUSTER", "ADDSLOTSRANGE", from, end - 1);
        await node.call("CLUSTER", "MEET", "127.0.0.1", ports[0]);
      });
    }
    for (const [n, port] of ports.entries()) {
      await untilReady(started[n].server, () =>
        onNode(started[n].server, port, async (node) => {
          const info = String(await node.call("CLUSTER", "INFO"));
          if (!info.includes("cluster_state:ok") || !info.includes(`cluster_known_nodes:${nodes}`)) throw new Error(info);
        }),
      );
    }
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs `use` with a connection to one node, once it answers. */
async function onNode(server: RunningProgram, port: number, use: (node: Redis) => Promise<void>): Promise<void> {
  const node = new Redis({ host: "127.0.0.1", port, lazyConnect: true, retryStrategy: () => 50 });
  node.on("error", () => {});
  try {
    await untilReady(server, () => node.ping());
    await use(node);
  } finally {
    node.disconnect();
  }
}
