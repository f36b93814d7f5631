/**
 * Commands of a client on their way to the shard: each is encoded behind the one before, in the frame that goes out with all of a turn. Memory of its own for
 * each command would cost more than encoding it.
 */

import type { Command } from "@bourse/engine";
import * as engine from "@bourse/engine";
import { FRAME_HEADER, FrameType, writeFrameHeader } from "./frames";

// Constants of this file, as decision 0014 says.
const { encodeCommand, MAX_COMMAND_LENGTH } = engine;

/** Longest frame of commands. */
const FRAME_BYTES = 1 << 15;
const BLOCK_BYTES = 1 << 16;
/** Where in a command its session and its session sequence are. */
const SESSION_AT = 16;
const NUMBER_AT = 24;

export class OutgoingCommands {
  /** Frames that are full, and behind them the open one in the block: from its header to the end of its last command. */
  #frames: Buffer[] = [];
  #block = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  constructor(readonly session: number) {}

  /** Whether {@link take} would give no frame. */
  get isEmpty(): boolean {
    return this.#frames.length === 0 && this.#isOpenEmpty;
  }

  get #isOpenEmpty(): boolean {
    return this.#end <= this.#start + FRAME_HEADER;
  }

  /** Encodes the command under a number of this session. Its bytes stay as they are. Throws a RangeError where it is too long. */
  add(command: Command, number: number): Buffer {
    const from = this.#place();
    const to = encodeCommand(command, this.#block, from);
    if (to - from > MAX_COMMAND_LENGTH) throw new RangeError(`the command has ${to - from} bytes; it may have ${MAX_COMMAND_LENGTH}`);
    this.#block.writeUInt32LE(this.session, from + SESSION_AT);
    this.#block.writeBigUInt64LE(BigInt(number), from + NUMBER_AT);
    this.#end = to;
    return this.#block.subarray(from, to);
  }

  /** The frames with what was added since the last call. */
  take(): Buffer[] {
    this.#close();
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }

  #place(): number {
    if (this.#end + MAX_COMMAND_LENGTH - this.#start > FRAME_BYTES) this.#close();
    if (this.#start + FRAME_HEADER + MAX_COMMAND_LENGTH > this.#block.length || this.#end + MAX_COMMAND_LENGTH > this.#block.length) {
      this.#close();
      this.#block = Buffer.alloc(BLOCK_BYTES);
      this.#start = this.#end = 0;
    }
    return this.#isOpenEmpty ? this.#start + FRAME_HEADER : this.#end;
  }

  #close(): void {
    if (this.#isOpenEmpty) return;
    writeFrameHeader(this.#block, this.#start, FrameType.COMMANDS, this.#end - this.#start);
    this.#frames.push(this.#block.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}

/** Frames with commands that were encoded before, as few as they fit into. */
export function* commandFrames(commands: readonly Buffer[]): Generator<Buffer> {
  for (let at = 0; at < commands.length; ) {
    const header = Buffer.alloc(FRAME_HEADER);
    const parts: Buffer[] = [header];
    let length = FRAME_HEADER;
    for (; at < commands.length && length + commands[at].length <= FRAME_BYTES; at++) {
      parts.push(commands[at]);
      length += commands[at].length;
    }
    writeFrameHeader(header, 0, FrameType.COMMANDS, length);
    yield Buffer.concat(parts, length);
  }
}
