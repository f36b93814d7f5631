/**
 * Binary order entry of members away from the shard: a gateway checks the logon and every command, and passes frames on over a connection to the
 * shard for each member's. The member's own session reaches the shard, so what is sent again after a loss, through whichever gateway, is applied
 * once; results come back as the shard wrote them.
 */

import { randomBytes } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { commandLength } from "@bourse/engine";
import type { ServerTls } from "../../../process/certificates";
import { beginsTrace } from "../../../process/spans";
import { addressOf, type ShardClientOptions } from "./client-options";
import {
  FRAME_HEADER,
  FrameReader,
  FrameType,
  MAX_CLIENT_FRAME,
  MAX_SERVER_FRAME,
  newFrame,
  ProtocolError,
  RefusalReason,
  refusalFrame,
  textFrame,
  writeFrameHeader,
} from "./frames";
import { logonFrame, readLogon } from "./logon";
import { openSocket } from "./outgoing";
import { Passage } from "./passage";
import { isResults, visitResults } from "./results";
import { listenOn, type ShardServer } from "./server";
import { type BinaryClient, KEY_CHECK_MS, type ShardServerOptions } from "./server-options";
import { TracedFrame } from "./traced-commands";

export interface RelayOptions extends Pick<ShardServerOptions, "findClient" | "logonMs" | "maxBacklogBytes" | "maxConnections"> {
  /** The shard, and this process's key there, which must be one for members' sessions. */
  shard: Pick<ShardClientOptions, "connect" | "tls" | "keyId" | "privateKey">;
  listen: { host: string; port: number };
  /** Needed off the loopback. */
  tls?: ServerTls;
}

/** Rejects when the address cannot be used, and when it is off the loopback without TLS. */
export async function serveRelay(options: RelayOptions): Promise<ShardServer> {
  const { listen, tls, logonMs = 5000, maxConnections = 1024 } = options;
  const relayed = new Set<Relayed>();
  const accept = (socket: Socket) => {
    if (relayed.size >= maxConnections) {
      socket.destroy();
      return;
    }
    const connection = new Relayed(socket, options);
    relayed.add(connection);
    socket.once("close", () => relayed.delete(connection));
  };
  const server = tls
    ? createTlsServer({ ...tls, minVersion: "TLSv1.3", handshakeTimeout: logonMs, noDelay: true }, accept)
    : createServer({ noDelay: true }, accept);
  tls?.renews?.(server, "TLSv1.3");
  const port = await listenOn(server, listen, tls !== undefined);
  return {
    port,
    get connections() {
      return relayed.size;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of relayed) connection.end(textFrame(FrameType.STOPPING, "the gateway stops"));
      await closed;
    },
  };
}

class Relayed {
  readonly #member: Socket;
  readonly #options: RelayOptions;
  readonly #challenge = randomBytes(32);
  readonly #fromMember = new FrameReader(MAX_CLIENT_FRAME);
  readonly #toShard = new Passage((bytes) => this.#writeToShard(bytes));
  #shard: Socket | undefined;
  #client: BinaryClient | undefined;
  #session = 0;
  #takesRuns = false;
  #keyTimer: NodeJS.Timeout | undefined;
  /** Whether the shard is told which commands are traced, and the frame of which one is. */
  #tells = false;
  #traced: TracedFrame | undefined;
  /** Frames that the member sent before the shard had accepted the logon. */
  #early: Buffer[] | undefined = [];
  #ended = false;

  constructor(member: Socket, options: RelayOptions) {
    this.#member = member;
    this.#options = options;
    const { logonMs = 5000 } = options;
    const logonTimer = setTimeout(() => {
      if (this.#early !== undefined) this.#logOut(`nobody logged on within ${logonMs} ms`);
    }, logonMs);
    member.on("data", (chunk: Buffer) => this.#receive(chunk));
    member.on("error", () => member.destroy());
    member.once("close", () => {
      clearTimeout(logonTimer);
      clearInterval(this.#keyTimer);
      this.#ended = true;
      this.#shard?.destroy();
    });
    const challenge = newFrame(FrameType.CHALLENGE, 32);
    this.#challenge.copy(challenge, FRAME_HEADER);
    member.write(challenge);
  }

  /** Sends what is last and ends both connections. */
  end(last: Buffer): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#member.end(last);
    // A peer that does not read must not keep the connection.
    setTimeout(() => this.#member.destroy(), 1000).unref();
    this.#shard?.end();
  }

  #logOut(reason: string): void {
    this.end(textFrame(FrameType.LOGOUT, reason));
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return;
    this.#toShard.begin(chunk);
    try {
      this.#fromMember.push(chunk, (type, bytes, start, end) => {
        if (!this.#ended) this.#frame(type, bytes, start, end);
      });
      this.#toShard.end();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // What came before the fault counts, as on a connection to the shard itself.
      if (this.#early === undefined) this.#toShard.end();
      this.#logOut(error.message);
    }
  }

  #frame(type: FrameType, bytes: Buffer, start: number, end: number): void {
    if (type === FrameType.LOGON) this.#logon(bytes.subarray(start, end));
    else if (this.#client === undefined) throw new ProtocolError("the first frame must be a logon");
    else if (type === FrameType.COMMANDS) this.#commands(this.#client, bytes, start, end);
    else if (type === FrameType.HEARTBEAT || type === FrameType.LOGOUT) this.#toShard.pass(bytes, start, end);
    else throw new ProtocolError(`a client cannot send frames of type ${type}`);
  }

  #logon(frame: Buffer): void {
    if (this.#client !== undefined) throw new ProtocolError("this connection has logged on already");
    const { client, session, takesRuns } = readLogon(frame, this.#challenge, (keyId) =>
      this.#options.findClient(keyId, this.#member.remoteAddress ?? ""),
    );
    this.#client = client;
    this.#session = session;
    this.#takesRuns = takesRuns;
    const { assertGood } = client;
    if (assertGood) this.#keyTimer = setInterval(() => this.#checkKey(assertGood), KEY_CHECK_MS);
    const { tls } = this.#options.shard;
    const shard = openSocket(addressOf(this.#options.shard.connect), tls);
    this.#shard = shard;
    const fromShard = new FrameReader(MAX_SERVER_FRAME);
    const toMember = new Passage((bytes) => this.#toMember(bytes));
    shard.on("data", (chunk: Buffer) => {
      toMember.begin(chunk);
      fromShard.push(chunk, (type, bytes, start, end) => {
        if (isResults(type)) client.acknowledged?.(newestSequence(type, bytes, start + FRAME_HEADER, end));
        if (type === FrameType.CHALLENGE) this.#logonToShard(bytes.subarray(start + FRAME_HEADER, end));
        else {
          if (type === FrameType.ACCEPTED) this.#accepted(bytes, start + FRAME_HEADER);
          toMember.pass(bytes, start, end);
        }
        if (isResults(type) && this.#traced?.ends(type, bytes, start + FRAME_HEADER, end)) this.#traced = undefined;
      });
      toMember.end();
    });
    shard.on("error", () => shard.destroy());
    shard.once("close", () => this.end(textFrame(FrameType.STOPPING, "the connection to the shard is lost")));
  }

  #checkKey(assertGood: () => void): void {
    try {
      assertGood();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#logOut(error.message);
    }
  }

  #logonToShard(challenge: Buffer): void {
    const { keyId, privateKey } = this.#options.shard;
    this.#shard!.write(logonFrame(challenge, keyId, this.#session, privateKey, this.#takesRuns));
  }

  #accepted(bytes: Buffer, at: number): void {
    this.#tells = bytes.readUInt32LE(at + 20) === 1;
    // That is between the shard and this relay.
    bytes.writeUInt32LE(0, at + 20);
    for (const early of this.#early ?? []) this.#shard!.write(early);
    this.#early = undefined;
  }

  /** Passes on what is admitted: all of a frame as it is, or what is left of it in a frame of its own. */
  #commands(client: BinaryClient, bytes: Buffer, start: number, end: number): void {
    client.arrived?.();
    let left: Buffer[] | undefined;
    let from = start + FRAME_HEADER;
    let at = from;
    while (at < end) {
      const length = commandLength(bytes, at);
      if (length < 32 || at + length > end) {
        throw new ProtocolError(`a command of ${length} bytes was announced, ${end - at} are left in the frame`);
      }
      const account = bytes.readUInt32LE(at + 20);
      if (client.accounts !== "all" && !client.accounts.has(account)) throw new ProtocolError(`the key may not act for account ${account}`);
      const refusal = client.admit?.(bytes, at, length);
      if (refusal !== undefined) {
        left ??= [];
        left.push(bytes.subarray(from, at));
        from = at + length;
        this.#toMember(refusalFrame(Number(bytes.readBigUInt64LE(at + 24)), RefusalReason.NOT_ADMITTED, refusal));
      }
      at += length;
    }
    if (left === undefined) {
      if (beginsTrace() && this.#tells && end > start + FRAME_HEADER) this.#trace(bytes, start + FRAME_HEADER);
      this.#toShard.pass(bytes, start, end);
    } else this.#passRest([...left, bytes.subarray(from, end)]);
  }

  #trace(bytes: Buffer, firstCommand: number): void {
    this.#traced = TracedFrame.begin(bytes, firstCommand);
    const announcement = this.#traced?.announcement();
    if (announcement !== undefined) this.#toShard.pass(announcement, 0, announcement.length);
  }

  #passRest(parts: Buffer[]): void {
    const length = parts.reduce((sum, part) => sum + part.length, FRAME_HEADER);
    if (length === FRAME_HEADER) return;
    const header = Buffer.alloc(FRAME_HEADER);
    writeFrameHeader(header, 0, FrameType.COMMANDS, length);
    const frame = Buffer.concat([header, ...parts]);
    this.#toShard.pass(frame, 0, length);
  }

  #writeToShard(bytes: Buffer): void {
    if (this.#early === undefined) this.#shard!.write(bytes);
    else if (this.#early.push(bytes) > mostEarly) throw new ProtocolError("frames were sent before the logon was accepted");
  }

  /** A reader that is too slow is cut off, never waited for. */
  #toMember(bytes: Buffer): void {
    if (this.#ended) return;
    this.#member.write(bytes);
    if (this.#member.writableLength <= (this.#options.maxBacklogBytes ?? 64 << 20)) return;
    this.#ended = true;
    this.#member.destroy();
    this.#shard?.destroy();
  }
}

/** A client that does not wait for its logon has little to say. */
const mostEarly = 16;

function newestSequence(type: FrameType, results: Buffer, start: number, end: number): number {
  let newest = 0;
  visitResults(type, results, start, end, (_number, sequence) => {
    newest = Math.max(newest, sequence);
  });
  return newest;
}
