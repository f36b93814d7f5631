/** Internal sockets as an eavesdropper or a client without TLS finds them: every port that the processes of the exchange listen on, over the real processes. */

import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { connect, type SecureVersion } from "node:tls";
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
    started = { shard, gateway: await exchange.startGateway("gateway", shard.port, 11, tls) };
  });
  after(() => exchange.remove());

  it("finds no other port than those of service and health", function () {
    if (process.platform !== "linux") this.skip();
    for (const [name, { port, healthPort, process: service }] of Object.entries(started)) {
      deepStrictEqual(listeningPorts(service.pid).sort(ascending), [port, healthPort].sort(ascending), name);
    }
  });

  for (const [opening, bytes] of Object.entries(openings)) {
    it(`is told nothing by any of them when it sends ${opening}`, async () => {
      for (const [name, { port, healthPort }] of Object.entries(started)) {
        for (const each of [port, healthPort]) {
          const { text, closed } = await answerTo(each, bytes);
          ok(isNothingOrAlert(text), `${name} port ${each} answered ${JSON.stringify(text.toString("latin1"))}`);
          if (bytes.length >= 11) equal(closed, true, `${name} port ${each} keeps the connection`);
        }
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
    ok((await handshake(started.shard.port, "TLSv1.2")).startsWith("refused"), "services speak the newest version to each other");
    for (const { port, healthPort } of Object.values(started)) {
      for (const each of [port, healthPort]) {
        ok((await handshake(each, "TLSv1.1")).startsWith("refused"), `port ${each}`);
        equal(await handshake(each, "TLSv1.3"), "TLSv1.3", `port ${each}`);
      }
    }
  });
});

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
