/** A load generator for binary order entry: frames of orders made beforehand, numbered as they go out, as many under way as a window allows. */

import { createPrivateKey, sign } from "node:crypto";
import { connect, type Socket } from "node:net";
import { encodeCommand, OrderType, SelfTradePrevention, Side, TimeInForce } from "@bourse/engine";
import { FrameReader, FrameType } from "../workloads/services/trading/remote";
import { FRAME_HEADER, logonMessage, newFrame, padded, RESULT_HEADER, writeFrameHeader } from "../workloads/services/trading/remote/frames";

export interface Member {
  account: number;
  apiKey: string;
  /** PEM. */
  privateKey: string;
}

const ordersPerFrame = 16;
/** Frames of a connection that are on their way at once. */
const framesUnderWay = 4;
const eventRejected = 1;

export class BinaryLoadConnection {
  results = 0;
  refused = 0;
  rejected = 0;
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
        if (connection.#sent > 0) connection.start();
      });
    });
    return connection;
  }

  /** Sends until the window is full; goes on with each answer. */
  start(): void {
    while (!this.#stopped && this.#sent - this.results - this.refused <= (framesUnderWay - 1) * ordersPerFrame) {
      const frame = Buffer.from(this.#frame);
      for (let at = FRAME_HEADER; at < frame.length; at += this.#orderLength) frame.writeBigUInt64LE(BigInt(++this.#number), at + 24);
      this.#sent += ordersPerFrame;
      this.socket.write(frame);
    }
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
