/** The events that one connection follows, and the part of the log that its client still needs. */

import { JournalTooOld } from "../../../journal";
import type { LogPin, Position, Subscription } from "../port";
import type { EncodedBatch } from "../recent-events";
import type { TradingShard } from "../shard";
import { EVENTS_HEADER, FRAME_HEADER, FrameType, NO_PIN, ProtocolError } from "./frames";
import { CHUNK_BYTES, type Chunk, type OutputChunks } from "./output";
import type { BinaryClient } from "./server-options";

export interface EventStreamOptions {
  shard: TradingShard;
  output: OutputChunks;
  /** Sends the first `length` bytes of the chunk as one frame. */
  send: (chunk: Chunk, type: FrameType, length: number) => void;
  /** Tells why and ends the connection. */
  end: (reason: string) => void;
}

export class EventStream {
  #feed: Subscription | undefined;
  #pin: LogPin | undefined;

  constructor(private readonly options: EventStreamOptions) {}

  /** Takes SUBSCRIBE. Throws a {@link ProtocolError}. */
  subscribe(client: BinaryClient, bytes: Buffer, start: number, end: number): void {
    if (!client.readsEvents) throw new ProtocolError("the key may not read events");
    if (this.#feed) throw new ProtocolError("this connection has a subscription already");
    if (end - start !== FRAME_HEADER + 16) throw new ProtocolError(`a subscription has 16 bytes, not ${end - start - FRAME_HEADER}`);
    const at = start + FRAME_HEADER;
    const from: Position = {
      shard: bytes.readUInt32LE(at),
      epoch: bytes.readUInt32LE(at + 4),
      sequence: Number(bytes.readBigUInt64LE(at + 8)),
    };
    let closed = false;
    this.#feed = { close: () => (closed = true) };
    const listener = (batch: EncodedBatch) => {
      if (!closed) this.#sendEvents(batch);
    };
    this.options.shard.subscribeEncoded(from, listener).then(
      (subscription) => {
        if (closed) subscription.close();
        else this.#feed = subscription;
      },
      (error: Error) => this.options.end(error.message),
    );
  }

  /** Takes PIN. Throws a {@link ProtocolError}. */
  movePin(client: BinaryClient, bytes: Buffer, start: number, end: number): void {
    if (!client.readsEvents) throw new ProtocolError("the key may not read events");
    if (end - start !== FRAME_HEADER + 8) throw new ProtocolError(`a pin has 8 bytes, not ${end - start - FRAME_HEADER}`);
    const sequence = bytes.readBigUInt64LE(start + FRAME_HEADER);
    this.#pin?.release();
    const passedOver = (oldest: number) => this.options.end(new JournalTooOld(Number(sequence) + 1, oldest + 1).message);
    this.#pin = sequence === NO_PIN ? undefined : this.options.shard.pin(Number(sequence), passedOver);
  }

  close(): void {
    this.#feed?.close();
    this.#pin?.release();
  }

  /** As many whole commands in a frame as fit. */
  #sendEvents(batch: EncodedBatch): void {
    const { output, send } = this.options;
    for (let first = batch.first, start = batch.start; first <= batch.last; ) {
      let last = first;
      while (last < batch.last && EVENTS_HEADER + batch.endOf(last + 1) - start <= CHUNK_BYTES) last++;
      const end = batch.endOf(last);
      const chunk = output.take(EVENTS_HEADER + end - start);
      const { bytes } = chunk;
      bytes.writeUInt32LE(batch.shard, FRAME_HEADER);
      bytes.writeUInt32LE(batch.epoch, FRAME_HEADER + 4);
      bytes.writeBigUInt64LE(BigInt(first), FRAME_HEADER + 8);
      bytes.writeBigUInt64LE(BigInt(last), FRAME_HEADER + 16);
      bytes.set(batch.bytes.subarray(start, end), EVENTS_HEADER);
      send(chunk, FrameType.EVENTS, EVENTS_HEADER + end - start);
      start = end;
      first = last + 1;
    }
  }
}
