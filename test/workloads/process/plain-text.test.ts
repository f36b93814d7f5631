/** Internal sockets as an eavesdropper or a client without TLS finds them: every port that the processes of the exchange listen on, over the real processes. */

import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:http2";
import { type AddressInfo, createConnection } from "node:net";
import { join } from "node:path";
import { connect, type SecureVersion } from "node:tls";
import { serviceNames } from "../../../components/services/catalog";
import { ExchangeProcesses } from "../services/exchange-processes";

type Started = Awaited<ReturnType<ExchangeProcesses["startShard"]>>;

/** What clients of each protocol send first, without TLS. */
const openings: Record<string, Buffer> = {
  "an HTTP request": Buffer.from("GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  "a WebSocket": Buffer.from(
    "GET /ws-api/v3 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n",
  ),
  "HTTP/2 without TLS": Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  "bytes of the shard's protocol": Buffer.from([8, 0, 1, 0, 0, 0, 0, 0]),
  nothing: Buffer.alloc(0),
};

/** Longest time that a server may take to answer or close, ms; a silent client is let wait for the handshake. */
const patienceMs = 1_500;

describe("A client without TLS", function () {
  this.timeout(120_000);
  const exchange = new ExchangeProcesses();
  let folder: string;
  let started: Record<string, Started>;

  before(async () => {
    folder = exchange.certificate();
    const tls = { BOURSE_TLS: folder, BOURSE_HOST: "127.0.0.1" };
    const shard = await exchange.startShard(0, tls);
    // The broker is away, and the stream has no shards: what is asked here is answered without them.
    streams.on("stream", (call) => {
      call.respond({ ":status": 200, "content-type": "application/x-amz-json-1.1" });
      call.resume().end('{"Shards":[]}');
    });
    await once(streams.listen(0, "127.0.0.1"), "listening");
    const endpoint = `http://127.0.0.1:${(streams.address() as AddressInfo).port}`;
    const away = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "none", AWS_SECRET_ACCESS_KEY: "none", AWS_ENDPOINT_URL: endpoint };
    exchange.write("password", "none");
    const broker = { ...tls, BOURSE_BROKER_PASSWORD_FILE: exchange.path("password") };
    const bus = { ...tls, ...away, BOURSE_BUS: "kinesis:orders" };
    const mail = { BOURSE_MAIL: `outbox:${exchange.path("outbox")}`, BOURSE_MAIL_FROM: "no-reply@exchange.example" };
    const publisher = {
      BOURSE_TRADING: `localhost:${shard.port}`,
      BOURSE_TRADING_KEY: exchange.path("gateway.pem"),
      BOURSE_TRADING_SESSION: "21",
    };
    started = {
      trading: shard,
      gateway: await exchange.startGateway("gateway", shard.port, 11, { ...tls, BOURSE_BINARY_PORT: "0" }),
      "order-book": await exchange.startFollower("order-book", shard.port, 31, tls),
      "market-data": await exchange.startFollower("market-data", shard.port, 41, tls),
      wallet: await exchange.startFollower("wallet", shard.port, 51, tls),
      history: await exchange.startFollower("history", shard.port, 61, tls),
      users: await exchange.startUsers(broker),
      notification: await exchange.startBeside("notification", {
        ...broker,
        ...mail,
        BOURSE_NOTICE_QUEUE: "amqp://guest@127.0.0.1:9/notices",
      }),
      analytics: await exchange.startBeside("analytics", bus),
      publisher: await exchange.startBeside("publisher", { ...bus, ...publisher }),
    };
  });
  const streams = createServer();
  after(async () => {
    await exchange.remove();
    streams.close();
  });

  it("is tried on every service of the catalog", () => {
    deepStrictEqual(Object.keys(started).sort(), [...serviceNames].sort());
  });

  it("finds no other port than those of service, health and binary order entry", function () {
    if (process.platform !== "linux") this.skip();
    for (const [name, each] of Object.entries(started)) {
      deepStrictEqual(listeningPorts(each.process.pid).sort(ascending), portsOf(each).sort(ascending), name);
    }
  });

  for (const [opening, bytes] of Object.entries(openings)) {
    it(`is told nothing by any of them when it sends ${opening}`, async () => {
      const tried = Object.entries(started).flatMap(([name, each]) => portsOf(each).map((port) => ({ name, port })));
      const answers = await Promise.all(tried.map(async (each) => ({ ...each, ...(await answerTo(each.port, bytes)) })));
      for (const { name, port, text, closed } of answers) {
        ok(isNothingOrAlert(text), `${name} port ${port} answered ${JSON.stringify(text.toString("latin1"))}`);
        if (bytes.length >= 11) equal(closed, true, `${name} port ${port} keeps the connection`);
      }
    });
  }

  it("gets no further with a version of TLS before 1.2", async () => {
    const [ca, key] = ["tls.crt", "tls.key"].map((file) => readFileSync(join(folder, file)));
    const handshake = (port: number, maxVersion: SecureVersion) =>
      new Promise<string>((resolve) => {
        const options = { host: "127.0.0.1", port, ca, cert: ca, key, servername: "localhost", minVersion: "TLSv1" as const, maxVersion };
        const socket = connect({ ...options, ciphers: "DEFAULT@SECLEVEL=0" });
        socket
          .once("secureConnect", () => resolve(socket.getProtocol() ?? ""))
          .once("error", ({ message }) => resolve(`refused: ${message}`));
        socket.once("close", () => resolve("refused: closed")).once("secureConnect", () => socket.destroy());
      });
    ok((await handshake(started.trading.port, "TLSv1.2")).startsWith("refused"), "services speak the newest version to each other");
    for (const service of Object.values(started)) {
      for (const each of portsOf(service)) {
        ok((await handshake(each, "TLSv1.1")).startsWith("refused"), `port ${each}`);
        equal(await handshake(each, "TLSv1.3"), "TLSv1.3", `port ${each}`);
      }
    }
  });
});

function portsOf({ port, healthPort, binaryPort }: Started): number[] {
  return [port, healthPort, ...(binaryPort === undefined ? [] : [binaryPort])];
}

const ascending = (one: number, other: number) => one - other;

/** Nothing, or records of TLS that carry an alert (content type 21, RFC 8446, section 5.1). */
function isNothingOrAlert(bytes: Buffer): boolean {
  return bytes.length === 0 || (bytes[0] === 21 && bytes[1] === 3 && bytes.length <= 7);
}

/** Everything that a server says to a client that sends `bytes`, until it closes or the client has waited. */
function answerTo(port: number, bytes: Buffer): Promise<{ text: Buffer; closed: boolean }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = createConnection({ host: "127.0.0.1", port }, () => socket.write(bytes));
    const done = (closed: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text: Buffer.concat(chunks), closed });
    };
    const timer = setTimeout(() => done(false), patienceMs);
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.once("error", () => done(true)).once("close", () => done(true));
  });
}

/** TCP ports on which a process listens: its sockets among those of the machine that are in state LISTEN (proc_net, state 0A). */
function listeningPorts(pid: number): number[] {
  const folder = `/proc/${pid}/fd`;
  const inodes = new Set(
    readdirSync(folder).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(join(folder, fd)))?.[1] ?? [];
      } catch {
        // Closed since the folder was read.
        return [];
      }
    }),
  );
  const lines = ["tcp", "tcp6"].flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, "utf8").split("\n").slice(1));
  return lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const listens = fields[3] === "0A" && inodes.has(fields[9]);
    return listens ? [Number.parseInt(fields[1].split(":")[1], 16)] : [];
  });
}
