/** Leases in Redis in cluster mode, as ElastiCache runs it: each count is a key that ends by itself. */

import type { ConnectionOptions } from "node:tls";
import { Cluster } from "ioredis";
import type { LeaseStore } from "./port";

export interface RedisLeasesOptions {
  /** Any node of the cluster, or the name that stands for all of them. */
  host: string;
  port: number;
  /** Needed off the loopback. */
  tls?: ConnectionOptions;
  /** @default no sign-in */
  username?: string;
  /** Asked at the start and every {@link RENEW_PASSWORD_MS}: connections that are made later use the latest. */
  password?: () => Promise<string>;
  /** Told of each change between answering and not answering, and of failures in between that the client repairs itself. */
  onError: (error: Error) => void;
}

/** A command without an answer for so long has failed: half of what the port allows. */
const COMMAND_MS = 500;
/** Tokens of ElastiCache are good for 15 minutes (ElastiCache guide, "Authenticating with IAM"). */
const RENEW_PASSWORD_MS = 10 * 60_000;
const MOST_RETRY_MS = 2_000;

/** Connects in the background: a process starts whether the cluster is there or not. Rejects when no password can be had. */
export async function openRedisLeases(options: RedisLeasesOptions): Promise<LeaseStore> {
  const { host, port, tls, username, password, onError } = options;
  const redisOptions = {
    ...(tls === undefined ? {} : { tls }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: await password() }),
    commandTimeout: COMMAND_MS,
    connectTimeout: COMMAND_MS * 4,
    maxRetriesPerRequest: 1,
  };
  const cluster = new Cluster([{ host, port }], {
    redisOptions,
    enableAutoPipelining: true,
    // What cannot be told now is told later by who counts; waiting here would only hide that the cluster is away.
    enableOfflineQueue: false,
    clusterRetryStrategy: (times) => Math.min(times * 100, MOST_RETRY_MS),
    // Certificates are of names: addresses must not be put in their place (ioredis README, "Special note: AWS ElastiCache Clusters with TLS").
    dnsLookup: (address, callback) => callback(null, address),
  });
  cluster.on("error", onError);
  const renewing = setInterval(() => {
    password?.().then((next) => {
      redisOptions.password = next;
    }, onError);
  }, RENEW_PASSWORD_MS);
  renewing.unref();
  return {
    async renew(spent) {
      const counts = spent.map(async ({ key, amount, endsAt }) => {
        // In this order, so that a count without an end cannot be left behind.
        const [, count] = await Promise.all([cluster.set(key, 0, "PXAT", endsAt, "NX"), cluster.incrby(key, amount)]);
        return count;
      });
      return Promise.all(counts);
    },
    async close() {
      clearInterval(renewing);
      cluster.disconnect();
    },
  };
}
