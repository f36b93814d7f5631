/**
 * Who may log on to a shard, as a JSON document that an operator writes: `{"clients": [{"publicKey": "<PEM>", "sessions": [1, 2],
 * "accounts": "all", "readsEvents": true}]}`. A client's key id is made from its public key.
 */

import { createPublicKey, type KeyObject } from "node:crypto";
import { keyIdOf } from "./remote/client";
import type { BinaryClient } from "./remote/server-options";

/** Clients by key id. @throws TypeError that names the first fault by its place. */
export function readClientList(text: string): Map<string, BinaryClient> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new TypeError(`it is not JSON: ${(error as Error).message}`);
  }
  const entries = (document as { clients?: unknown } | null)?.clients;
  if (!Array.isArray(entries) || entries.length === 0) throw new TypeError('it must be {"clients": [...]} with at least one client');
  const clients = new Map<string, BinaryClient>();
  const holders = new Map<number, number>();
  entries.forEach((entry: Record<string, unknown> | null, place) => {
    const fail = (field: string, allowed: string): never => {
      throw new TypeError(`clients[${place}].${field} is ${JSON.stringify(entry?.[field])}; it must be ${allowed}`);
    };
    const publicKey = readPublicKey(entry?.publicKey) ?? fail("publicKey", "the PEM text of an Ed25519 public key");
    const sessions = readNumbers(entry?.sessions, 1) ?? fail("sessions", "a list of session numbers from 1 to 2^32 - 1");
    const accounts =
      entry?.accounts === "all" ? "all" : (readNumbers(entry?.accounts, 0) ?? fail("accounts", '"all" or a list of account numbers'));
    const readsEvents = typeof entry?.readsEvents === "boolean" ? entry.readsEvents : fail("readsEvents", "true or false");
    for (const session of sessions) {
      const holder = holders.get(session);
      if (holder !== undefined) fail("sessions", `free of session ${session}, which clients[${holder}] has`);
      holders.set(session, place);
    }
    const keyId = keyIdOf(publicKey);
    if (clients.has(keyId)) fail("publicKey", "a key of its own: another client has this one");
    clients.set(keyId, { publicKey, sessions, accounts, readsEvents });
  });
  return clients;
}

function readPublicKey(pem: unknown): KeyObject | undefined {
  if (typeof pem !== "string") return undefined;
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === "ed25519" ? key : undefined;
  } catch {
    return undefined;
  }
}

function readNumbers(list: unknown, least: number): Set<number> | undefined {
  const valid = Array.isArray(list) && list.length > 0 && list.every((each) => Number.isInteger(each) && each >= least && each < 2 ** 32);
  return valid ? new Set(list as number[]) : undefined;
}
