/** What a client has sent and has no answer to: commands, which are sent again under the numbers that they had, and questions for order counts and positions. */

import type { Command } from "@bourse/engine";
import * as engine from "@bourse/engine";
import { type CommandResult, type OrderCounts, type Position, ShardBusy, ShardUnavailable, TooManyOrders } from "../port";
import type { PositionState } from "./client-options";
import { CopyState, FRAME_HEADER, FrameType, newFrame, RefusalReason } from "./frames";
import { OutgoingCommands } from "./outgoing-commands";
import { visitResults } from "./results";

// A constant of this file, as decision 0014 says.
const { decodeEvents } = engine;

interface Unanswered<T> {
  /** An encoded command, or the frame of a question. */
  bytes: Buffer;
  resolve: (answer: T) => void;
  reject: (error: Error) => void;
  /** It was sent over a connection that was lost before the answer. */
  maybeLogged?: boolean;
}

export class UnansweredCommands {
  readonly outgoing: OutgoingCommands;
  readonly #limit: number;
  /** By session sequence. */
  readonly #commands = new Map<number, Unanswered<CommandResult>>();
  readonly #questions = new Map<number, Unanswered<OrderCounts>>();
  readonly #positions = new Map<number, Unanswered<PositionState>>();
  #number: number;
  #question = 0;

  /**
   * @param before session sequence before the first to use
   * @param limit commands that may wait
   */
  constructor(session: number, before: number, limit: number) {
    this.outgoing = new OutgoingCommands(session);
    this.#number = before;
    this.#limit = limit;
  }

  /** All encoded commands, oldest first. */
  get commands(): Buffer[] {
    return [...this.#commands.values()].map(({ bytes }) => bytes);
  }

  /** The frames of all questions. */
  get questions(): Buffer[] {
    return [...this.#questions.values(), ...this.#positions.values()].map(({ bytes }) => bytes);
  }

  /** What was sent may have been logged: a refusal of its repetition says nothing of that. */
  connectionLost(): void {
    for (const command of this.#commands.values()) command.maybeLogged = true;
  }

  /** Encodes the command under the next number, which it returns, among those that go out next. Throws {@link ShardBusy} when too many wait. */
  add(command: Command, resolve: (result: CommandResult) => void, reject: (error: Error) => void): number {
    if (this.#commands.size >= this.#limit) throw new ShardBusy(`${this.#commands.size} commands wait for their results`);
    const number = ++this.#number;
    this.#commands.set(number, { bytes: this.outgoing.add(command, number), resolve, reject });
    return number;
  }

  /** The frame of a question for an account's counts. */
  ask(account: number, time: number, resolve: (counts: OrderCounts) => void, reject: (error: Error) => void): Buffer {
    const number = ++this.#question;
    const bytes = newFrame(FrameType.ASK_COUNTS, 24);
    bytes.writeBigUInt64LE(BigInt(number), FRAME_HEADER);
    bytes.writeBigUInt64LE(BigInt(time), FRAME_HEADER + 8);
    bytes.writeUInt32LE(account, FRAME_HEADER + 16);
    this.#questions.set(number, { bytes, resolve, reject });
    return bytes;
  }

  /** The frame of a question for a position. */
  askPosition({ shard, epoch, sequence }: Position, resolve: (state: PositionState) => void, reject: (error: Error) => void): Buffer {
    const number = ++this.#question;
    const bytes = newFrame(FrameType.ASK_POSITION, 24);
    bytes.writeBigUInt64LE(BigInt(number), FRAME_HEADER);
    bytes.writeUInt32LE(shard, FRAME_HEADER + 8);
    bytes.writeUInt32LE(epoch, FRAME_HEADER + 12);
    bytes.writeBigUInt64LE(BigInt(sequence), FRAME_HEADER + 16);
    this.#positions.set(number, { bytes, resolve, reject });
    return bytes;
  }

  /** The results in the body of a frame of this type. */
  results(type: FrameType, bytes: Buffer, start: number, end: number): void {
    visitResults(type, bytes, start, end, (number, sequence, epoch, countsAt, eventsAt, eventsEnd) => {
      const command = take(this.#commands, number);
      if (!command) return;
      const orderCounts = { tenSeconds: bytes.readUInt32LE(countsAt), day: bytes.readUInt32LE(countsAt + 4) };
      const events = decodeEvents(bytes, eventsAt, eventsEnd);
      command.resolve({ position: { shard: events[0]?.shard ?? 0, epoch, sequence }, events, orderCounts });
    });
  }

  /** The refusal in a frame's body. */
  refused(bytes: Buffer, at: number): void {
    const command = take(this.#commands, Number(bytes.readBigUInt64LE(at)));
    if (!command) return;
    const text = bytes.toString("latin1", at + 16, at + 16 + bytes[at + 9]);
    const reason: RefusalReason = bytes[at + 8];
    // Of orders over a limit the shard looks first whether they are repeated.
    if (command.maybeLogged && reason !== RefusalReason.TOO_MANY_ORDERS)
      command.reject(new ShardUnavailable(unknownWhether(text), "unknown"));
    else if (reason === RefusalReason.BUSY) command.reject(new ShardBusy(text));
    else if (reason === RefusalReason.TOO_MANY_ORDERS) command.reject(new TooManyOrders(text, bytes.readUInt32LE(at + 12)));
    else command.reject(new ShardUnavailable(text, "no"));
  }

  /** The counts in a frame's body. */
  counts(bytes: Buffer, at: number): void {
    const question = take(this.#questions, Number(bytes.readBigUInt64LE(at)));
    question?.resolve({ tenSeconds: bytes.readUInt32LE(at + 8), day: bytes.readUInt32LE(at + 12) });
  }

  /** What a frame's body says of a position. */
  position(bytes: Buffer, at: number): void {
    const question = take(this.#positions, Number(bytes.readBigUInt64LE(at)));
    const copied: CopyState = bytes.readUInt32LE(at + 12);
    question?.resolve({
      held: bytes.readUInt32LE(at + 8) === 1,
      copied: copied === CopyState.COPIED,
      keptElsewhere: copied !== CopyState.NOT_KEPT,
    });
  }

  /** No answer will come to any of them. */
  giveUp(reason: string): void {
    const commands = [...this.#commands.values()];
    const questions = [...this.#questions.values(), ...this.#positions.values()];
    this.#commands.clear();
    this.#questions.clear();
    this.#positions.clear();
    for (const { reject } of commands) reject(new ShardUnavailable(unknownWhether(reason), "unknown"));
    for (const { reject } of questions) reject(new ShardUnavailable(reason, "no"));
  }
}

const unknownWhether = (reason: string) => `${reason}; it is unknown whether the command was logged`;

function take<T>(waiting: Map<number, T>, number: number): T | undefined {
  const found = waiting.get(number);
  waiting.delete(number);
  return found;
}
