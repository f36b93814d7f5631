/** The logon of a client: its frame, and who stands behind one. */

import { type KeyObject, sign, verify } from "node:crypto";
import { FRAME_HEADER, FrameType, logonMessage, newFrame, ProtocolError, padded } from "./frames";
import type { BinaryClient } from "./server-options";

const SIGNATURE = 64;

/** Bit of what a client takes that not all do. Others are passed over. */
const TAKES_RUNS = 1;

/** The frame that answers a challenge. @param takesRuns whether results may come in runs */
export function logonFrame(challenge: Buffer, keyId: string, session: number, privateKey: KeyObject, takesRuns = false): Buffer {
  const signature = sign(null, logonMessage(challenge, keyId, session), privateKey);
  const frame = newFrame(FrameType.LOGON, 8 + padded(keyId.length) + signature.length);
  frame.writeUInt32LE(session, FRAME_HEADER);
  frame.writeUInt16LE(keyId.length, FRAME_HEADER + 4);
  frame.writeUInt16LE(takesRuns ? TAKES_RUNS : 0, FRAME_HEADER + 6);
  frame.write(keyId, FRAME_HEADER + 8, "latin1");
  frame.set(signature, frame.length - signature.length);
  return frame;
}

/** The client and the session of a logon, and whether results may come in runs. Throws a {@link ProtocolError} that says what is wrong with it. */
export function readLogon(
  frame: Buffer,
  challenge: Buffer,
  findClient: (keyId: string) => BinaryClient | undefined,
): { client: BinaryClient; session: number; takesRuns: boolean } {
  const body = frame.subarray(FRAME_HEADER);
  if (body.length < 8) throw new ProtocolError("the logon is too short");
  const session = body.readUInt32LE(0);
  const keyLength = body.readUInt16LE(4);
  const signatureAt = 8 + padded(keyLength);
  if (signatureAt + SIGNATURE !== body.length) {
    throw new ProtocolError(`a logon with a key id of ${keyLength} bytes has ${signatureAt + SIGNATURE} bytes, not ${body.length}`);
  }
  const keyId = body.toString("latin1", 8, 8 + keyLength);
  const client = findClient(keyId);
  const signed = (publicKey: KeyObject) => verify(null, logonMessage(challenge, keyId, session), publicKey, body.subarray(signatureAt));
  if (!client || !(client.publicKey === "certificate" || signed(client.publicKey))) {
    throw new ProtocolError("the key is unknown or the signature is wrong");
  }
  if (!client.sessions.has(session)) throw new ProtocolError(`the key may not use session ${session}`);
  return { client, session, takesRuns: (body.readUInt16LE(6) & TAKES_RUNS) !== 0 };
}
