/** Leases in Redis in cluster mode, as ElastiCache runs it: each count is a key that ends by itself. */

import type { ConnectionOptions } from "node:tls";
import { Cluster } from "ioredis";
import { announcementsAtOnce, announcementsKeptMs, keptAnnouncements, type LeaseStore } from "./port";

export interface RedisLeasesOptions {
  /** Any node of the cluster, or the name that stands for all of them. */
  host: string;
  port: number;
  /** Needed off the loopback. */
  tls?: ConnectionOptions;
  /** @default no sign-in */
  username?: string;
  /** Asked at the start, again until there is one, and then every ten minutes, before one of fifteen minutes has ended. */
  password?: () => Promise<string>;
  /** Told of each change between answering and not answering, and of failures in between that the client repairs itself. */
  onError: (error: Error) => void;
}

/** A command without an answer for so long has failed: half of what the port allows. */
const COMMAND_MS = 500;
/** Tokens of ElastiCache are good for 15 minutes (ElastiCache guide, "Authenticating with IAM"). */
const RENEW_PASSWORD_MS = 10 * 60_000;
const MOST_RETRY_MS = 2_000;
/** The stream of announcements. */
const ANNOUNCEMENTS = "bourse:announcements";

/** Connects in the background: a process starts whether the cluster is there or not. */
export function openRedisLeases(options: RedisLeasesOptions): LeaseStore {
  const { password, onError } = options;
  let cluster: Cluster | undefined;
  /** Connects with a newer password, to take the place of `cluster`. */
  let next: Cluster | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  /** A connection keeps the password that its client was made with, so each password has a client of its own. */
  const connect = (word: string | undefined) => {
    next?.disconnect();
    const opened = openCluster(options, word);
    if (cluster === undefined) cluster = opened;
    else {
      next = opened;
      opened.once("ready", () => {
        cluster?.quit().catch(() => {});
        cluster = opened;
        next = undefined;
      });
    }
  };
  const signIn = async (token: () => Promise<string>) => {
    let wait = RENEW_PASSWORD_MS;
    try {
      const word = await token();
      if (!closed) connect(word);
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
      wait = MOST_RETRY_MS;
    }
    if (closed) return;
    timer = setTimeout(() => void signIn(token), wait);
    timer.unref();
  };
  if (password === undefined) connect(undefined);
  else void signIn(password);

  const connected = (): Cluster => {
    if (cluster === undefined) throw new Error("there is no password for Redis yet");
    return cluster;
  };

  return {
    async renew(spent) {
      const client = connected();
      const counts = spent.map(async ({ key, amount, endsAt }) => {
        // In this order, so that a count without an end cannot be left behind.
        const [, count] = await Promise.all([client.set(key, 0, "PXAT", endsAt, "NX"), client.incrby(key, amount)]);
        return count;
      });
      return Promise.all(counts);
    },
    async announce(text) {
      const client = connected();
      const added = client.xadd(ANNOUNCEMENTS, "MAXLEN", "~", keptAnnouncements, "*", "text", text);
      await Promise.all([added, client.pexpire(ANNOUNCEMENTS, announcementsKeptMs)]);
    },
    async announced(place) {
      const [stream] = (await connected().xread("COUNT", announcementsAtOnce, "STREAMS", ANNOUNCEMENTS, place || "0")) ?? [];
      const entries = stream?.[1] ?? [];
      return { texts: entries.map(([, [, text]]) => text), place: entries.at(-1)?.[0] ?? place };
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      next?.disconnect();
      cluster?.disconnect();
    },
  };
}

function openCluster({ host, port, tls, username, onError }: RedisLeasesOptions, password: string | undefined): Cluster {
  const cluster = new Cluster([{ host, port }], {
    redisOptions: { tls, username, password, commandTimeout: COMMAND_MS, connectTimeout: COMMAND_MS * 4, maxRetriesPerRequest: 1 },
    enableAutoPipelining: true,
    // What cannot be told now is told later by who counts; waiting here would only hide that the cluster is away.
    enableOfflineQueue: false,
    clusterRetryStrategy: (times) => Math.min(times * 100, MOST_RETRY_MS),
    // Certificates are of names: addresses must not be put in their place (ioredis README, "Special note: AWS ElastiCache Clusters with TLS").
    dnsLookup: (address, callback) => callback(null, address),
  });
  cluster.on("error", onError);
  return cluster;
}
