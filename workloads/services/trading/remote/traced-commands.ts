/**
 * The commands of one connection that are traced: which they are is told by TRACE frames before them, and their spans are made once their results are on their
 * way. A connection without such commands has none of this.
 */

import { type Command, checkCommand, commandLength, decodeCommand, decodeEvents } from "@bourse/engine";
import { type Context, ROOT_CONTEXT, TraceFlags, trace } from "@opentelemetry/api";
import { endSpan, type HrTime, now, type Span, SpanKind, startSpan } from "../../../process/spans";
import { describeCommand, tellApplied } from "../command-spans";
import type { EncodedBatch } from "../recent-events";
import { FRAME_HEADER, FrameType, newFrame, ProtocolError } from "./frames";
import { visitResults } from "./results";

/** Number of the command, identifiers of the trace and of the span. */
const BODY = 32;
/** Commands of a connection that are traced at a time; more are not traced. */
const mostTraced = 64;

/** Says that the command with this number comes next or soon, and in which span it is sent. */
export function traceFrame(number: number, { traceId, spanId }: { traceId: string; spanId: string }): Buffer {
  const frame = newFrame(FrameType.TRACE, BODY);
  frame.writeBigUInt64LE(BigInt(number), FRAME_HEADER);
  frame.write(traceId, FRAME_HEADER + 8, 16, "hex");
  frame.write(spanId, FRAME_HEADER + 24, 8, "hex");
  return frame;
}

/** Of an encoded command. */
function sessionSequence(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at + 24));
}

interface Traced {
  parent: Context;
  arrived: HrTime;
  begun?: HrTime;
  applied?: HrTime;
  command?: Command;
}

export class TracedCommands {
  /** Announced, by number. */
  readonly #announced = new Map<number, Traced>();
  /** Applied and not yet durable, by sequence. */
  readonly #applied = new Map<number, Traced>();

  get isEmpty(): boolean {
    return this.#announced.size === 0 && this.#applied.size === 0;
  }

  /** @throws ProtocolError */
  announce(bytes: Buffer, start: number, end: number): void {
    if (end - start !== FRAME_HEADER + BODY) throw new ProtocolError(`a trace has ${BODY} bytes, not ${end - start - FRAME_HEADER}`);
    const at = start + FRAME_HEADER;
    const traceId = bytes.toString("hex", at + 8, at + 24);
    const spanId = bytes.toString("hex", at + 24, at + 32);
    const sender = { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
    // Commands that were announced and never came must not keep others from being traced.
    if (this.#announced.size >= mostTraced) this.#announced.clear();
    this.#announced.set(Number(bytes.readBigUInt64LE(at)), { parent: trace.setSpanContext(ROOT_CONTEXT, sender), arrived: now() });
  }

  /** The command is entered now: undefined when it is not traced. */
  begin(number: number): Traced | undefined {
    const traced = this.#announced.get(number);
    if (traced === undefined) return undefined;
    this.#announced.delete(number);
    traced.begun = now();
    return traced;
  }

  /** It was entered, under this sequence. */
  applied(traced: Traced, sequence: number, bytes: Uint8Array, start: number): void {
    traced.applied = now();
    traced.command = decodeCommand(bytes, start);
    if (this.#applied.size < mostTraced) this.#applied.set(sequence, traced);
  }

  /** The batch is durable, and the results in it have been written. */
  delivered(batch: EncodedBatch, durable: HrTime): void {
    for (const [sequence, { parent, arrived, begun, applied, command }] of this.#applied) {
      if (sequence > batch.last) continue;
      this.#applied.delete(sequence);
      const start = sequence === batch.first ? batch.start : batch.endOf(sequence - 1);
      const events = decodeEvents(batch.bytes, start, batch.endOf(sequence));
      const position = { shard: batch.shard, epoch: batch.epoch, sequence };
      const result = { position, events };
      tellApplied({ parent, command: command!, result, arrived, begun: begun!, applied: applied!, durable, answered: now() });
    }
  }
}

/** One frame of a member's at a time that is traced on its way through a relay: by its first command, until that one's result is passed on. */
export class TracedFrame {
  private constructor(
    readonly number: number,
    private readonly span: Span,
  ) {}

  /** Begins the span of a frame whose first command is at `at`; undefined when that is not well-formed, which the shard tells. */
  static begin(bytes: Buffer, at: number): TracedFrame | undefined {
    if (checkCommand(bytes, at, at + commandLength(bytes, at)) !== undefined) return undefined;
    const attributes = { bourse_operation: "binary", bourse_trade: true, ...describeCommand(decodeCommand(bytes, at)) };
    return new TracedFrame(sessionSequence(bytes, at), startSpan("binary order entry", { kind: SpanKind.SERVER, attributes }));
  }

  /** What goes before the frame. */
  announcement(): Buffer {
    return traceFrame(this.number, this.span.spanContext());
  }

  /** Whether the results in the body of a frame of this type have its command, with which the span ends. */
  ends(type: FrameType, results: Buffer, start: number, end: number): boolean {
    let has = false;
    visitResults(type, results, start, end, (number) => {
      has ||= number === this.number;
    });
    if (has) endSpan(this.span);
    return has;
  }
}
