/** A member's connection to the leader that it follows. It ends for good with the first fault: who follows then looks again who leads. */

import type { KeyObject } from "node:crypto";
import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { FRAME_HEADER, FrameReader, FrameType, MAX_SERVER_FRAME, newFrame, SILENT_BEATS } from "../remote/frames";
import { logonFrame } from "../remote/logon";
import { openSocket } from "../remote/outgoing";
import { Following, type FollowingOptions } from "./following";

export interface LeaderConnectionOptions
  extends Pick<FollowingOptions, "shard" | "member" | "copy" | "incoming" | "code" | "agree" | "neverLeads" | "report"> {
  host: string;
  port: number;
  /** Needed off the loopback. */
  tls?: ConnectionOptions;
  keyId: string;
  privateKey: KeyObject;
  /** A session of that key that no other member uses. */
  session: number;
}

/** From connecting to having logged on. */
const LOGON_MS = 5_000;

export class LeaderConnection {
  readonly following: Following;
  /** Resolves with why it has ended. */
  readonly ended: Promise<string>;
  readonly #options: LeaderConnectionOptions;
  readonly #socket: Socket;
  readonly #logonTimer: NodeJS.Timeout;
  #heartbeat: NodeJS.Timeout | undefined;
  #silentBeats = 0;
  #reason = "";

  constructor(options: LeaderConnectionOptions) {
    this.#options = options;
    const { host, port, tls } = options;
    const socket = openSocket({ host, port }, tls);
    this.#socket = socket;
    this.following = new Following({
      ...options,
      send: (frame) => {
        if (!socket.destroyed) socket.write(frame);
      },
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      end: (reason) => this.close(reason),
    });
    const frames = new FrameReader(MAX_SERVER_FRAME);
    socket.on("data", (chunk: Buffer) => {
      this.#silentBeats = 0;
      try {
        frames.push(chunk, (type, bytes, start, end) => this.#frame(type, bytes, start, end));
      } catch (error) {
        this.close((error as Error).message);
      }
    });
    this.#logonTimer = setTimeout(() => this.close(`no answer within ${LOGON_MS} ms`), LOGON_MS);
    socket.once("error", (error) => this.close(error.message));
    this.ended = new Promise((resolve) => {
      socket.once("close", () => {
        clearTimeout(this.#logonTimer);
        clearInterval(this.#heartbeat);
        this.following.leave();
        resolve(this.#reason || "the leader has ended the connection");
      });
    });
  }

  /** Nothing is taken or said from now on. */
  close(reason: string): void {
    this.#reason ||= reason;
    this.following.leave();
    this.#socket.destroy();
  }

  #frame(type: FrameType, bytes: Buffer, start: number, end: number): void {
    const { keyId, session, privateKey } = this.#options;
    const at = start + FRAME_HEADER;
    if (type === FrameType.CHALLENGE) this.#socket.write(logonFrame(bytes.subarray(at, end), keyId, session, privateKey));
    else if (type === FrameType.ACCEPTED) {
      clearTimeout(this.#logonTimer);
      this.#heartbeat = setInterval(() => this.#beat(), bytes.readUInt32LE(at + 16));
      this.following.begin(Number(bytes.readBigUInt64LE(at + 8)));
    } else if (type === FrameType.LOGOUT || type === FrameType.STOPPING) this.close(bytes.toString("latin1", at, end).replace(/\0+$/, ""));
    else this.following.frame(bytes, start, end);
  }

  /** A leader that is no longer heard is left. While frames wait for the disk it is not asked of it. */
  #beat(): void {
    if (this.#socket.isPaused()) this.#silentBeats = 0;
    if (this.#silentBeats++ === SILENT_BEATS) this.close("nothing was heard from the leader");
    else this.#socket.write(newFrame(FrameType.HEARTBEAT, 0));
  }
}
