/**
 * The binary protocol of a shard, over TCP or a local socket. Everything is little-endian and a multiple of 8 bytes long.
 *
 *     frame = u32 length of the whole frame, u8 type, u8 protocol version, u16 zero, body
 *
 * | from | type | body |
 * |---|---|---|
 * | server | CHALLENGE | 32 random bytes, once, at connect |
 * | client | LOGON | u32 session, u16 length of the key id, u16 1 when it takes RESULT_RUNS frames and else 0, key id padded to 8, Ed25519 signature (64 bytes) over {@link logonMessage} |
 * | server | ACCEPTED | u32 shard, u32 epoch, u64 last published sequence, u32 heartbeat interval in ms, u32 1 when it takes TRACE frames, u32 + u32 unfilled orders that an account may place in ten seconds and in a day |
 * | client | COMMANDS | encoded commands of the engine, one behind the other, each with the session and an ascending session sequence |
 * | client | TRACE | u64 session sequence of a command that comes next, 16 bytes of a trace and 8 of a span (W3C Trace Context): its spans are sent; of services of the house alone |
 * | server | RESULTS | for each: u64 session sequence, u64 sequence, u32 epoch, u32 length of the events, u32 + u32 unfilled orders of the account in ten seconds and in the day, the encoded events |
 * | server | RESULT_RUNS | in the place of most RESULTS, to a client that takes them: runs of commands whose session sequences and sequences both follow one another, each run: u64 session sequence and u64 sequence of the first, u32 epoch, u32 number of commands; for each u32 length of its events, u32 + u32 unfilled orders of its account in ten seconds and in the day, in all padded to 8; the encoded events of them, one behind the other |
 * | server | REFUSED | u64 session sequence, u8 reason, u8 text length, u16 zero, u32 seconds after which it is worth trying again or 0, text padded to 8: nothing was logged |
 * | client | ASK_COUNTS | u64 number of the question, u64 time in microseconds, u32 account, u32 zero |
 * | server | COUNTS | u64 number of the question, u32 + u32 unfilled orders of the account in ten seconds and in the day |
 * | client | SUBSCRIBE | u32 shard, u32 epoch, u64 sequence: events after this position |
 * | client | ASK_POSITION | u64 number of the question, u32 shard, u32 epoch, u64 sequence: is this position of the log, and is it copied |
 * | server | POSITION | u64 number of the question, u32 1 when the log holds it and 0 when it was given up in a takeover, u32 whether copies in another place have it, see {@link CopyState} |
 * | client | PIN | u64 sequence: the log after it is needed as long as this connection lasts or until another PIN; all ones for none of it |
 * | server | EVENTS | u32 shard, u32 epoch, u64 first and u64 last sequence, the encoded events of these whole commands |
 * | client | COPY_LOG | u32 shard, u32 epoch and u64 sequence of the last record that it has, 16 bytes that name its folder: asks for the records behind |
 * | server | LOG_FROM | the records follow: u32 epoch of the server's term, u32 zero, text that names the code that applies its commands |
 * | server | LOG_DIFFERS | the logs part at or before a place in the server's: u32 epoch, u32 zero, u64 sequence; the connection ends |
 * | server | RECORDS | u32 shard, u32 epoch, u64 first sequence, then for each record u32 kind, u32 length, the payload padded to 8 |
 * | client | KEPT | u64 sequence up to which its copy is durable, u32 1 when it could lead with it, u32 zero |
 * | server | SNAPSHOTS | in the place of LOG_FROM: the records behind are no longer kept; the first 64 bytes of each snapshot that can be had, newest first |
 * | client | SEND_SNAPSHOT | u64 sequence of one of them, u64 offset in its file: asks for it from there |
 * | server | SNAPSHOT_PIECE | u64 offset in the file, u32 length, u32 CRC-32C of these bytes, the bytes padded to 8 |
 * | server | STATE | u64 sequence, hash of the server's state there as text |
 * | both | HEARTBEAT | nothing; sent when nothing else was for an interval, and three silent intervals end the connection |
 * | both | LOGOUT | why, as text padded to 8 with zeros; the connection ends, and another would end the same way |
 * | server | STOPPING | why, likewise; the connection ends, and another is worth trying |
 *
 * The session sequence numbers commands and results in both directions. After a lost connection the client sends again what was not answered,
 * under the same numbers: a command that was logged is not logged again, and its first result comes.
 */

export const PROTOCOL_VERSION = 1;
export const FRAME_HEADER = 8;
/** Longest frame from a client. A server's are as long as the events of one batch. */
export const MAX_CLIENT_FRAME = 1 << 16;
export const MAX_SERVER_FRAME = 1 << 28;
export const RESULT_HEADER = 32;
/** Of a run of results, and what it has for each command. */
export const RUN_HEADER = 24;
export const RUN_ENTRY = 12;
export const EVENTS_HEADER = FRAME_HEADER + 24;
/** Heartbeat intervals in which a peer may be silent. */
export const SILENT_BEATS = 3;
/** Sequence of a PIN that keeps nothing. */
export const NO_PIN = 0xffff_ffff_ffff_ffffn;

export enum FrameType {
  CHALLENGE = 1,
  LOGON = 2,
  ACCEPTED = 3,
  COMMANDS = 4,
  RESULTS = 5,
  REFUSED = 6,
  SUBSCRIBE = 7,
  EVENTS = 8,
  HEARTBEAT = 9,
  LOGOUT = 10,
  STOPPING = 11,
  PIN = 12,
  ASK_COUNTS = 13,
  COUNTS = 14,
  COPY_LOG = 15,
  LOG_FROM = 16,
  LOG_DIFFERS = 17,
  RECORDS = 18,
  KEPT = 19,
  STATE = 20,
  SNAPSHOTS = 21,
  SEND_SNAPSHOT = 22,
  SNAPSHOT_PIECE = 23,
  ASK_POSITION = 24,
  POSITION = 25,
  TRACE = 26,
  RESULT_RUNS = 27,
}

/** Of a position, in another place than the shard's. */
export enum CopyState {
  MISSING = 0,
  COPIED = 1,
  /** No copy is kept elsewhere. */
  NOT_KEPT = 2,
}

export enum RefusalReason {
  BUSY = 1,
  UNAVAILABLE = 2,
  /** A limit of the client; the text says which. */
  NOT_ADMITTED = 3,
  /** The account's limit of unfilled orders; the text is Binance's. */
  TOO_MANY_ORDERS = 4,
}

/** The peer does not keep to the protocol; the message says how. Ends that connection, and nothing else. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

export const padded = (length: number): number => (length + 7) & ~7;

/** A frame with room for `body` bytes behind its header. */
export function newFrame(type: FrameType, body: number): Buffer {
  const frame = Buffer.alloc(FRAME_HEADER + body);
  writeFrameHeader(frame, 0, type, frame.length);
  return frame;
}

export function writeFrameHeader(bytes: Buffer, offset: number, type: FrameType, length: number): void {
  bytes.writeUInt32LE(length, offset);
  bytes.writeUInt32LE(type | (PROTOCOL_VERSION << 8), offset + 4);
}

export function textFrame(type: FrameType, text: string): Buffer {
  const frame = newFrame(type, padded(Math.min(text.length, 1000)));
  frame.write(text, FRAME_HEADER, frame.length - FRAME_HEADER, "latin1");
  return frame;
}

/** Tells that a command was refused and nothing logged. */
export function refusalFrame(number: number, reason: RefusalReason, text: string, retryAfter = 0): Buffer {
  const short = text.slice(0, 255);
  const frame = newFrame(FrameType.REFUSED, 16 + padded(short.length));
  frame.writeBigUInt64LE(BigInt(number), FRAME_HEADER);
  frame[FRAME_HEADER + 8] = reason;
  frame[FRAME_HEADER + 9] = short.length;
  frame.writeUInt32LE(retryAfter, FRAME_HEADER + 12);
  frame.write(short, FRAME_HEADER + 16, "latin1");
  return frame;
}

/** What a client signs: it binds the server's challenge, the key and the session. */
export function logonMessage(challenge: Uint8Array, keyId: string, session: number): Buffer {
  return Buffer.concat([Buffer.from("bourse binary logon 1\0"), challenge, Buffer.from(`${keyId}\0${session}`)]);
}

/**
 * Cuts a byte stream into frames. What arrives whole is not copied; only the rest of a chunk is, until it is complete, into memory that is used again.
 */
export class FrameReader {
  #rest = Buffer.alloc(FRAME_HEADER);
  /** Bytes of an incomplete frame in `#rest`, and its length, 0 while that is unknown. */
  #have = 0;
  #length = 0;

  /** @param limit longest frame to accept */
  constructor(readonly limit: number) {}

  /**
   * Calls `visit` for each whole frame in `bytes[start, end)`, its body in `bytes[start + 8, end)`. The bytes are valid during that call. Throws a
   * {@link ProtocolError} for a wrong length or version.
   */
  push(chunk: Buffer, visit: (type: FrameType, bytes: Buffer, start: number, end: number) => void): void {
    let start = 0;
    if (this.#have > 0) {
      start = this.#complete(chunk, 0);
      if (start < 0) return;
      const length = this.#length;
      this.#have = this.#length = 0;
      visit(this.#rest[4], this.#rest, 0, length);
    }
    for (;;) {
      const left = chunk.length - start;
      if (left < FRAME_HEADER) break;
      const length = this.#lengthAt(chunk, start);
      if (left < length) break;
      visit(chunk[start + 4], chunk, start, start + length);
      start += length;
    }
    if (start < chunk.length) this.#complete(chunk, start);
  }

  #lengthAt(bytes: Buffer, start: number): number {
    const length = bytes.readUInt32LE(start);
    if (length < FRAME_HEADER || length % 8 !== 0 || length > this.limit) {
      throw new ProtocolError(`a frame says it has ${length} bytes; allowed are multiples of 8 from ${FRAME_HEADER} to ${this.limit}`);
    }
    if (bytes[start + 5] !== PROTOCOL_VERSION)
      throw new ProtocolError(`protocol version ${bytes[start + 5]} was used, only ${PROTOCOL_VERSION} is known`);
    return length;
  }

  /** Adds `chunk[start...]` to the incomplete frame. Returns where that ends in `chunk`, or -1 when it is still incomplete. */
  #complete(chunk: Buffer, start: number): number {
    let at = start;
    while (this.#length === 0 || this.#have < this.#length) {
      const wanted = (this.#length === 0 ? FRAME_HEADER : this.#length) - this.#have;
      const copied = chunk.copy(this.#rest, this.#have, at, at + wanted);
      if (copied === 0) return -1;
      at += copied;
      this.#have += copied;
      if (this.#length === 0 && this.#have === FRAME_HEADER) this.#begin(this.#lengthAt(this.#rest, 0));
    }
    return at;
  }

  #begin(length: number): void {
    this.#length = length;
    if (length <= this.#rest.length) return;
    const longer = Buffer.alloc(length);
    this.#rest.copy(longer, 0, 0, this.#have);
    this.#rest = longer;
  }
}
