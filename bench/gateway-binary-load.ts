/**
 * A load generator for binary order entry: frames of orders made beforehand and numbered as they go out, as many under way as a window allows, or so many a
 * second.
 */

import { createPrivateKey, sign } from "node:crypto";
import { connect, type Socket } from "node:net";
import { encodeCommand, OrderType, SelfTradePrevention, Side, TimeInForce } from "@bourse/engine";
import { firstSession } from "../workloads/gateway/binary";
import { FrameReader, FrameType } from "../workloads/services/trading/remote";
import { FRAME_HEADER, logonMessage, newFrame, padded, RESULT_HEADER, writeFrameHeader } from "../workloads/services/trading/remote/frames";
import type { Member } from "./gateway-home";
import { type Latency, now, sleep } from "./gateway-load";
import { OpenLoop } from "./gateway-open-loop";
import { orderConnections, type Throughput } from "./gateway-order-load";
import type { BenchServer } from "./gateway-process";

const ordersPerFrame = 16;
/** Frames of a connection that are on their way at once. */
const framesUnderWay = 4;
const eventRejected = 1;

export class BinaryLoadConnection {
  results = 0;
  refused = 0;
  rejected = 0;
  /** Told of each frame whose orders all have results. @default nobody */
  onFrame: ((connection: BinaryLoadConnection) => void) | undefined;
  #answered = 0;
  readonly #frames = new FrameReader(1 << 28);
  readonly #frame: Buffer;
  readonly #orderLength: number;
  #sent = 0;
  #number = Date.now() * 1000;
  #stopped = false;

  private constructor(
    private readonly socket: Socket,
    account: number,
    session: number,
  ) {
    const bytes = Buffer.alloc(FRAME_HEADER + ordersPerFrame * 512);
    let end = FRAME_HEADER;
    for (let place = 0; place < ordersPerFrame; place++) {
      const head = { kind: "newOrder", time: 0, session, sessionSequence: 1, account, symbol: 1 } as const;
      const rules = { type: OrderType.LIMIT, timeInForce: TimeInForce.GTC, selfTradePrevention: SelfTradePrevention.NONE };
      const size = { price: 4_000_000, quantity: 20, quoteQuantity: 0n, stopPrice: 0, trailingDelta: 0, icebergQuantity: 0 };
      end = encodeCommand(
        { ...head, side: place % 2 === 0 ? Side.SELL : Side.BUY, ...rules, ...size, clientKey: 0n, clientOrderId: "" },
        bytes,
        end,
      );
    }
    writeFrameHeader(bytes, 0, FrameType.COMMANDS, end);
    this.#frame = bytes.subarray(0, end);
    this.#orderLength = (end - FRAME_HEADER) / ordersPerFrame;
  }

  /** Logs on; a bare server needs no logon. */
  static async open(port: number, member: Member | undefined, session: number): Promise<BinaryLoadConnection> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const connection = new BinaryLoadConnection(socket, member?.account ?? 1, session);
    await new Promise<void>((resolve, reject) => {
      socket.on("error", reject);
      if (member === undefined) socket.once("connect", resolve);
      socket.on("data", (chunk: Buffer) => {
        connection.#frames.push(chunk, (type, bytes, start, end) => {
          if (type === FrameType.RESULTS) connection.#count(bytes, start + FRAME_HEADER, end);
          else if (type === FrameType.REFUSED) connection.refused++;
          else if (type === FrameType.CHALLENGE) connection.#logon(member!, session, bytes.subarray(start + FRAME_HEADER, end));
          else if (type === FrameType.ACCEPTED) resolve();
          else if (type === FrameType.LOGOUT) reject(new Error(bytes.toString("latin1", start + FRAME_HEADER, end)));
        });
        if (connection.onFrame === undefined) {
          if (connection.#sent > 0) connection.start();
          return;
        }
        for (; connection.#answered < Math.floor(connection.results / ordersPerFrame); connection.#answered++)
          connection.onFrame(connection);
      });
    });
    return connection;
  }

  /** Sends until the window is full; goes on with each answer. */
  start(): void {
    while (!this.#stopped && this.#sent - this.results - this.refused <= (framesUnderWay - 1) * ordersPerFrame) this.sendFrame();
  }

  sendFrame(): void {
    const frame = Buffer.from(this.#frame);
    for (let at = FRAME_HEADER; at < frame.length; at += this.#orderLength) frame.writeBigUInt64LE(BigInt(++this.#number), at + 24);
    this.#sent += ordersPerFrame;
    this.socket.write(frame);
  }

  stop(): void {
    this.#stopped = true;
    this.socket.destroy();
  }

  #logon({ apiKey, privateKey }: Member, session: number, challenge: Buffer): void {
    const signature = sign(null, logonMessage(challenge, apiKey, session), createPrivateKey(privateKey));
    const frame = newFrame(FrameType.LOGON, 8 + padded(apiKey.length) + signature.length);
    frame.writeUInt32LE(session, FRAME_HEADER);
    frame.writeUInt16LE(apiKey.length, FRAME_HEADER + 4);
    frame.write(apiKey, FRAME_HEADER + 8, "latin1");
    frame.set(signature, frame.length - signature.length);
    this.socket.write(frame);
  }

  #count(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end; at += RESULT_HEADER + bytes.readUInt32LE(at + 20)) {
      this.results++;
      if (bytes[at + RESULT_HEADER + 2] === eventRejected) this.rejected++;
    }
  }
}

const openConnections = async (port: number, members: readonly Member[] | undefined) =>
  Promise.all(
    Array.from({ length: orderConnections }, (_, place) => {
      const member = members?.[place % members.length];
      const session = member === undefined ? 0 : firstSession(member.account) + Math.floor(place / members!.length);
      return BinaryLoadConnection.open(port, member, session);
    }),
  );

function assertAccepted(connections: readonly BinaryLoadConnection[]): void {
  const refused = connections.reduce((sum, each) => sum + each.refused, 0);
  const rejected = connections.reduce((sum, each) => sum + each.rejected, 0);
  if (refused + rejected > 0) throw new Error(`of the binary orders ${refused} were refused, ${rejected} rejected`);
}

/** Orders over pipelined connections, buys and sells in turns, so that half of them trade. Throws when one is refused. */
export async function greatestBinaryRate(
  server: BenchServer,
  port: number,
  members: readonly Member[] | undefined,
  warmUpMs: number,
  measuredMs: number,
): Promise<Throughput> {
  const connections = await openConnections(port, members);
  const results = () => connections.reduce((sum, each) => sum + each.results, 0);
  for (const connection of connections) connection.start();
  await sleep(warmUpMs);
  const before = await server.use();
  const [first, started] = [results(), now()];
  await sleep(measuredMs);
  const [answered, elapsed] = [results() - first, now() - started];
  const after = await server.use();
  for (const connection of connections) connection.stop();
  assertAccepted(connections);
  await sleep(200);
  return { perSecond: (answered / elapsed) * 1000, serverMicroseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / answered };
}

/** So many orders a second in frames of sixteen, each at its time; latency counts from that time until all results of the frame are here. */
export async function binaryLatencyAt(
  port: number,
  members: readonly Member[],
  perSecond: number,
  warmUpMs: number,
  measuredMs: number,
): Promise<Latency> {
  const connections = await openConnections(port, members);
  const loop = new OpenLoop<BinaryLoadConnection>();
  for (const connection of connections) connection.onFrame = () => loop.answered(connection, 1);
  await loop.run(connections, perSecond / ordersPerFrame, (connection) => connection.sendFrame(), warmUpMs, measuredMs);
  for (const connection of connections) connection.stop();
  assertAccepted(connections);
  return loop.latency(`binary frames at ${perSecond} orders/s`);
}
