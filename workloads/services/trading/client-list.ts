/**
 * Who may log on to a shard, as a JSON document that an operator writes: `{"clients": [{"publicKey": "<PEM>", "sessions": [1, 2],
 * "accounts": "all", "readsEvents": true}]}`. A client's key id is made from its public key. Instead of `publicKey` there may be `publicKeyFile`, a key or
 * a certificate (PEM) beside the list; sessions may also be a range, `{"first": 1, "last": 1000}`. With `"relaysMembers": true` the sessions of
 * members are added, which gateways with binary order entry share. With `"certificate": "gateway"` whoever shows a certificate of the authority for that name logs on as the client, with a key of its
 * own, which the list need not have: a service whose key nobody else knows. With `previousKey` the client may also log on with the key that it had before, until all its processes have the new one.
 * With `"copiesLog": true` the client is another member of the shard.
 */

import { createPublicKey, type KeyObject, type X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { keyIdOf } from "./remote/client-options";
import { type BinaryClient, memberSessions } from "./remote/server-options";

/** A client of the list. */
export interface ListedClient extends BinaryClient {
  /** Name in certificates with which others log on as this client. */
  certificate?: string;
}

/** Clients by key id. @param folder where files that it names are. @throws TypeError that names the first fault by its place. */
export function readClientList(text: string, folder: string): Map<string, ListedClient> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new TypeError(`it is not JSON: ${(error as Error).message}`);
  }
  const entries = (document as { clients?: unknown } | null)?.clients;
  if (!Array.isArray(entries) || entries.length === 0) throw new TypeError('it must be {"clients": [...]} with at least one client');
  const clients = new Map<string, ListedClient>();
  const held: Range[] = [];
  entries.forEach((entry: Record<string, unknown> | null, place) => {
    const fail = (field: string, allowed: string): never => {
      throw new TypeError(`clients[${place}].${field} is ${JSON.stringify(entry?.[field])}; it must be ${allowed}`);
    };
    const publicKey =
      entry?.publicKey === undefined && entry?.publicKeyFile === undefined && entry?.certificate !== undefined
        ? undefined
        : entry?.publicKeyFile !== undefined && entry.publicKey === undefined
          ? (readPublicKey(readBeside(folder, entry.publicKeyFile)) ??
            fail("publicKeyFile", "the name of a file with an Ed25519 key or certificate (PEM)"))
          : (readPublicKey(entry?.publicKey) ?? fail("publicKey", "the PEM text of an Ed25519 public key"));
    const ranges = readSessions(entry?.sessions) ?? fail("sessions", "a list of session numbers from 1 to 2^32 - 1, or a range of them");
    const accounts: ListedClient["accounts"] =
      entry?.accounts === "all" ? "all" : (readNumbers(entry?.accounts, 0) ?? fail("accounts", '"all" or a list of account numbers'));
    const readsEvents = typeof entry?.readsEvents === "boolean" ? entry.readsEvents : fail("readsEvents", "true or false");
    const relaysMembers = entry?.relaysMembers ?? false;
    if (typeof relaysMembers !== "boolean") fail("relaysMembers", "true or false");
    const certificate = entry?.certificate;
    const named = typeof certificate === "string" && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(certificate);
    if (certificate !== undefined && !named) fail("certificate", "a name in certificates, such as gateway");
    if ([...clients.values()].some((other) => certificate !== undefined && other.certificate === certificate)) {
      fail("certificate", "a name of its own: another client has this one");
    }
    for (const { first, last } of ranges) {
      const other = held.find((range) => range.first <= last && first <= range.last);
      if (other !== undefined) fail("sessions", `free of session ${Math.max(first, other.first)}, which clients[${other.place}] has`);
    }
    const copiesLog = entry?.copiesLog ?? false;
    if (typeof copiesLog !== "boolean") fail("copiesLog", "true or false");
    held.push(...ranges.map((range) => ({ ...range, place })));
    const own = (session: number) => ranges.some(({ first, last }) => first <= session && session <= last);
    const sessions = { has: (session: number) => own(session) || (relaysMembers === true && session >= memberSessions) };
    const previousKey = entry?.previousKey === undefined ? undefined : readPublicKey(entry.previousKey);
    if (entry?.previousKey !== undefined && previousKey === undefined) fail("previousKey", "the PEM text of an Ed25519 public key");
    const rights: Omit<ListedClient, "publicKey"> = {
      sessions,
      accounts,
      readsEvents,
      copiesLog: copiesLog === true,
      ...(named ? { certificate } : {}),
    };
    // No key has such an id.
    if (publicKey === undefined) clients.set(`certificate:${certificate}`, { publicKey: "certificate", ...rights });
    for (const [field, key] of Object.entries({ publicKey, previousKey })) {
      if (key === undefined) continue;
      if (clients.has(keyIdOf(key))) fail(field, "a key of its own: another client has this one");
      clients.set(keyIdOf(key), { publicKey: key, ...rights });
    }
  });
  return clients;
}

/**
 * The client of a key, else the one of a certificate.
 *
 * @param certificate that the connection has shown, of an authority that was checked
 */
export function findListed(
  clients: ReadonlyMap<string, ListedClient>,
  keyId: string,
  certificate: X509Certificate | undefined,
): BinaryClient | undefined {
  const listed = clients.get(keyId);
  // One that has no key in the list is known by nothing but its certificate.
  if (listed !== undefined && listed.publicKey !== "certificate") return listed;
  if (certificate === undefined) return undefined;
  const isOf = (name: string) => certificate.checkHost(name, { subject: "never", wildcards: false }) !== undefined;
  const named = [...clients.values()].find((client) => client.certificate !== undefined && isOf(client.certificate));
  return named && { ...named, publicKey: "certificate" };
}

interface Range {
  first: number;
  last: number;
  place: number;
}

function readSessions(given: unknown): Omit<Range, "place">[] | undefined {
  const { first, last } = (given ?? {}) as Record<string, unknown>;
  const ends = readNumbers([first, last], 1);
  if (ends !== undefined) return (first as number) <= (last as number) ? [{ first: first as number, last: last as number }] : undefined;
  const numbers = readNumbers(given, 1);
  return numbers && [...numbers].map((session) => ({ first: session, last: session }));
}

/** Undefined when it cannot be read, or is not beside the list. */
function readBeside(folder: string, name: unknown): string | undefined {
  if (typeof name !== "string" || !/^[A-Za-z0-9-][A-Za-z0-9.-]*$/.test(name)) return undefined;
  try {
    return readFileSync(join(folder, name), "utf8");
  } catch {
    return undefined;
  }
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
