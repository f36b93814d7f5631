/**
 * The servers of binary order entry that the gateway benchmark loads: the shard with its port for members, as it is where projections follow in
 * other processes; a gateway away from it that passes frames on; and a bare server of the same framing.
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { type AddressInfo, createServer } from "node:net";
import { serveBinary } from "../workloads/gateway/binary";
import { systemClock } from "../workloads/gateway/operation";
import { RateLimits } from "../workloads/gateway/rate-limits";
import { BTC, commandHeader, feeTiers, listInstruments, submit, transferId, USDT } from "../workloads/local/listing";
import type { Instruments, Users } from "../workloads/services/ports";
import { type OrderEntry, openTradingShard } from "../workloads/services/trading";
import { FrameReader, keyIdOf, memberSessions, serveShard } from "../workloads/services/trading/remote";
import { RESULT_HEADER } from "../workloads/services/trading/remote/frames";
import { createUsers } from "../workloads/services/users";
import { openFileSecrets } from "../workloads/stores/secrets/files";
import { openSqlite } from "../workloads/stores/sql/sqlite";
import { type BehindRelay, limits, type Member, openHome, orderLimits, type ServerReady } from "./gateway-home";

/** Eight sessions each: 64 connections. */
const memberAccounts = 8;

export async function openMembers(users: Users, entry: OrderEntry): Promise<Member[]> {
  const members: Member[] = [];
  for (let place = 0; place < memberAccounts; place++) {
    const { account } = await users.createAccount(`member ${place}`);
    await fund(entry, account);
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const pem = publicKey.export({ type: "spki", format: "pem" }) as string;
    const { apiKey } = await users.registerPublicKey(account, "bench", pem, ["read", "trade"]);
    members.push({ account, apiKey, privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string });
  }
  return members;
}

async function fund(entry: OrderEntry, account: number): Promise<void> {
  const head = { ...commandHeader(systemClock()), account };
  const flags = { canTrade: true, canWithdraw: true, canDeposit: true, feeTier: feeTiers.regular, discountFees: false, tradeGroup: 0 };
  await submit(entry, { kind: "setAccount", ...head, ...flags });
  for (const asset of [BTC, USDT]) {
    await submit(entry, { kind: "deposit", ...head, asset, amount: 10n ** 16n, transferId: transferId(account, asset) });
  }
}

/** Two ports of one shard: for members, and for a gateway that relays them. */
export async function startBinary(): Promise<ServerReady> {
  const home = openHome();
  const shard = await openTradingShard({ folder: home.path("journal"), shard: 0, orderLimits, report: console.error });
  const nothing = { asset: () => undefined, bySymbol: () => undefined } as unknown as Instruments;
  await listInstruments(shard, nothing, systemClock);
  const stores = { users: home.path("users.sqlite"), secrets: home.path("secrets") };
  const users = await createUsers({ sql: openSqlite(stores.users), secrets: openFileSecrets(stores.secrets) });
  const members = await openMembers(users, shard);
  const { port } = await serveBinary({ shard, ...binaryOptions(users) });

  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const sessions = { has: (session: number) => session >= memberSessions };
  const relay = { publicKey, sessions, accounts: "all", readsEvents: false } as const;
  const house = await serveShard({ shard, listen: { host: "127.0.0.1", port: 0 }, findClient: () => relay });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  return { port, accounts: [], binary: { port, members, behindRelay: { port: house.port, privateKey: key, ...stores } } };
}

/** A gateway in a process of its own, before the shard of {@link startBinary}. */
export async function startRelay(behind: BehindRelay): Promise<ServerReady> {
  const users = await createUsers({ sql: openSqlite(behind.users), secrets: openFileSecrets(behind.secrets) });
  const privateKey = createPrivateKey(behind.privateKey);
  const shard = { connect: { host: "127.0.0.1", port: behind.port }, keyId: keyIdOf(createPublicKey(privateKey)), privateKey };
  const { port } = await serveBinary({ shard, ...binaryOptions(users) });
  return { port, accounts: [] };
}

const binaryOptions = (users: Users) =>
  ({ host: "127.0.0.1", port: 0, tls: undefined, users, limits: new RateLimits(limits), clock: systemClock }) as const;

/** Answers each frame with one that has a constant result for each of its commands, and looks at nothing else. */
export async function startBareBinary(): Promise<ServerReady> {
  const result = RESULT_HEADER + bareResultEvents;
  const server = createServer({ noDelay: true }, (socket) => {
    const frames = new FrameReader(1 << 16);
    socket.on("data", (chunk: Buffer) =>
      frames.push(chunk, (_, bytes, start, end) => {
        const answers = Math.floor((end - start) / bareCommand);
        const answer = Buffer.alloc(8 + answers * result);
        answer.writeUInt32LE(answer.length, 0);
        answer.writeUInt32LE(bytes.readUInt32LE(start + 4) + 1, 4);
        for (let at = 8; at < answer.length; at += result) answer.writeUInt32LE(bareResultEvents, at + 20);
        socket.write(answer);
      }),
    );
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, accounts: [] };
}

/** Bytes of an order and of its events, about. */
const bareCommand = 64;
const bareResultEvents = 256;
