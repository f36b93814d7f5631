/**
 * Binary order entry: the shard's own protocol (docs/binary-order-entry.md), logged on with an API key instead of a key of the house, behind
 * the same permissions, addresses and limits as an order over REST. Commands and results stay as they are encoded.
 */

import { CommandType } from "@bourse/engine";
import type { ServerTls } from "../process/certificates";
import type { Users } from "../services/ports";
import {
  type BinaryClient,
  memberSessions,
  ProtocolError,
  type RelayOptions,
  type ShardServer,
  type ShardServerOptions,
  serveRelay,
  serveShard,
} from "../services/trading/remote";
import type { Acknowledged } from "./acknowledged";
import { findKey } from "./authentication";
import { ApiError } from "./errors";
import type { RateLimits } from "./rate-limits";
import type { Clock } from "./services";

export interface BinaryOptions {
  /** The shard in this process, or where it is and with which key this process logs on there for its members. */
  shard: ShardServerOptions["shard"] | RelayOptions["shard"];
  /** 0 takes a free one. */
  port: number;
  /**
   * For a shard that is elsewhere: undefined once what this gateway reads includes everything up to that sequence, else what resolves then.
   * @default reads do not wait for what members have been told
   */
  reached?: (sequence: number) => Promise<void> | undefined;
}

export interface BinaryDeps extends BinaryOptions {
  host: string;
  users: Users;
  limits: RateLimits;
  clock: Clock;
  /** Told what members are told. @default nobody */
  acknowledged?: Acknowledged;
  /** Needed off the loopback. */
  tls: ServerTls | undefined;
}

/** Sessions that each account has. */
export const sessionsPerAccount = 8;
/** Accounts from here up have no sessions: the 31 bits below {@link memberSessions} hold so many. */
const mostAccounts = 2 ** 28;

/** The first session of `account`; it and the next seven are the account's. */
export const firstSession = (account: number) => memberSessions + account * sessionsPerAccount;

/** Commands that members may send. */
const ofMembers = new Set<number>([
  CommandType.NEW_ORDER,
  CommandType.CANCEL_ORDER,
  CommandType.CANCEL_ALL_ORDERS,
  CommandType.CANCEL_REPLACE,
  CommandType.AMEND_ORDER,
  CommandType.NEW_ORDER_LIST,
  CommandType.CANCEL_ORDER_LIST,
]);

/** Serves binary order entry. Rejects when the address cannot be used, and when it is off the loopback without TLS. */
export function serveBinary({ shard, host, port, tls, ...deps }: BinaryDeps): Promise<ShardServer> {
  const findClient = (apiKey: string, address: string) => member(deps, apiKey, address);
  const options = { listen: { host, port }, tls, findClient };
  return "keyId" in shard ? serveRelay({ shard, ...options }) : serveShard({ shard, ...options });
}

type MemberDeps = Pick<BinaryDeps, "users" | "limits" | "clock" | "acknowledged">;

/** The client behind an API key. Throws a ProtocolError with the words of the REST API when the key may not trade from this address. */
function member({ users, limits, clock, acknowledged }: MemberDeps, apiKey: string, from: string): BinaryClient | undefined {
  const address = from.replace(/^::ffff:/, "");
  const key = allowed(() => {
    const now = Math.floor(clock() / 1000);
    limits.connect(address, now);
    return findKey(users, apiKey, "trade", address, now);
  });
  const { account, verification } = key;
  if (verification.kind !== "ed25519") throw new ProtocolError("Only Ed25519 keys can log on here.");
  if (account >= mostAccounts) throw new ProtocolError(`Accounts from ${mostAccounts} up have no sessions.`);
  const first = firstSession(account);
  const assertGood = (now: number) => void allowed(() => findKey(users, apiKey, "trade", address, now));
  // Of the frame that is being read, in ms and as the two words of a time in microseconds.
  let now = 0;
  let lowTime = 0;
  let highTime = 0;
  return {
    publicKey: verification.publicKey,
    sessions: { has: (session) => session >= first && session < first + sessionsPerAccount },
    accounts: new Set([account]),
    readsEvents: false,
    assertGood: () => assertGood(Math.floor(clock() / 1000)),
    acknowledged: acknowledged && ((sequence) => acknowledged.note(account, sequence)),
    arrived() {
      const received = clock();
      now = Math.floor(received / 1000);
      lowTime = received % 2 ** 32;
      highTime = Math.floor(received / 2 ** 32);
      assertGood(now);
    },
    admit(bytes, start) {
      const type = bytes[start + 2];
      if (!ofMembers.has(type)) throw new ProtocolError(`A command of type ${type} cannot be sent with an API key.`);
      try {
        limits.charge(address, 1, now);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 418) throw new ProtocolError(error.message);
        return error.message;
      }
      // The time of a command is that of its arrival, whatever its sender says.
      bytes.writeUInt32LE(lowTime, start + 8);
      bytes.writeUInt32LE(highTime, start + 12);
      return undefined;
    },
  };
}

function allowed<T>(find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (error instanceof ApiError) throw new ProtocolError(error.message);
    throw error;
  }
}
