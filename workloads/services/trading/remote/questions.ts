/** What a client may ask of a shard beside entering commands: how many orders an account has placed, and whether a position is of the log. */

import { CopyState, FRAME_HEADER, FrameType, newFrame, ProtocolError } from "./frames";
import type { BinaryClient, ShardServerOptions } from "./server-options";

/** Answers ASK_COUNTS. Throws a {@link ProtocolError}. */
export async function answerCounts(
  client: BinaryClient,
  { shard }: ShardServerOptions,
  bytes: Buffer,
  start: number,
  end: number,
): Promise<Buffer> {
  if (end - start !== FRAME_HEADER + 24) throw new ProtocolError(`a question for counts has 24 bytes, not ${end - start - FRAME_HEADER}`);
  const at = start + FRAME_HEADER;
  const account = bytes.readUInt32LE(at + 16);
  if (client.accounts !== "all" && !client.accounts.has(account)) throw new ProtocolError(`the key may not ask for account ${account}`);
  const number = bytes.readBigUInt64LE(at);
  const { tenSeconds, day } = await shard.orderCounts(account, Number(bytes.readBigUInt64LE(at + 8)));
  const frame = newFrame(FrameType.COUNTS, 16);
  frame.writeBigUInt64LE(number, FRAME_HEADER);
  frame.writeUInt32LE(tenSeconds, FRAME_HEADER + 8);
  frame.writeUInt32LE(day, FRAME_HEADER + 12);
  return frame;
}

/** Answers ASK_POSITION. Throws a {@link ProtocolError}. */
export async function answerPosition(
  client: BinaryClient,
  { shard, copies }: ShardServerOptions,
  bytes: Buffer,
  start: number,
  end: number,
): Promise<Buffer> {
  if (!client.readsEvents) throw new ProtocolError("the key may not ask for positions");
  if (end - start !== FRAME_HEADER + 24)
    throw new ProtocolError(`a question for a position has 24 bytes, not ${end - start - FRAME_HEADER}`);
  const at = start + FRAME_HEADER;
  const number = bytes.readBigUInt64LE(at);
  const position = {
    shard: bytes.readUInt32LE(at + 8),
    epoch: bytes.readUInt32LE(at + 12),
    sequence: Number(bytes.readBigUInt64LE(at + 16)),
  };
  const holds = await shard.holds(position);
  const frame = newFrame(FrameType.POSITION, 16);
  frame.writeBigUInt64LE(number, FRAME_HEADER);
  frame.writeUInt32LE(holds ? 1 : 0, FRAME_HEADER + 8);
  const copied = copies?.areElsewhere ? CopyState.MISSING : CopyState.NOT_KEPT;
  frame.writeUInt32LE(holds && (copies?.keptElsewhere ?? 0) >= position.sequence ? CopyState.COPIED : copied, FRAME_HEADER + 12);
  return frame;
}
