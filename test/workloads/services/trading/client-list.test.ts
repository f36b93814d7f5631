import { deepStrictEqual, equal, throws } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readClientList } from "../../../../workloads/services/trading/client-list";
import { keyIdOf } from "../../../../workloads/services/trading/remote";

const key = generateKeyPairSync("ed25519").publicKey;
const pem = (publicKey = key) => publicKey.export({ type: "spki", format: "pem" }).toString();
const client = { publicKey: pem(), sessions: [1, 2], accounts: "all", readsEvents: true };
const list = (...clients: unknown[]) => JSON.stringify({ clients });

describe("The list of a shard's clients", () => {
  it("finds each client by the id of its key", () => {
    const other = generateKeyPairSync("ed25519").publicKey;
    const member = { publicKey: pem(other), sessions: [3], accounts: [1_000, 1_001], readsEvents: false };
    const clients = readClientList(list(client, member));
    equal(clients.size, 2);
    const { publicKey, ...rest } = clients.get(keyIdOf(other))!;
    equal(publicKey.equals(other), true);
    deepStrictEqual(rest, { sessions: new Set([3]), accounts: new Set([1_000, 1_001]), readsEvents: false });
  });

  it("is refused where two clients could use one session, or one key is there twice", () => {
    const other = { ...client, publicKey: pem(generateKeyPairSync("ed25519").publicKey), sessions: [2, 3] };
    throws(
      () => readClientList(list(client, other)),
      /clients\[1\]\.sessions is \[2,3\]; it must be free of session 2, which clients\[0\] has/,
    );
    throws(() => readClientList(list(client, { ...client, sessions: [3] })), /clients\[1\]\.publicKey .* another client has this one/);
  });

  it("is refused with the place of a fault", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 }).publicKey;
    const faults: [unknown, RegExp][] = [
      [{ ...client, publicKey: pem(rsa) }, /clients\[0\]\.publicKey is .*; it must be the PEM text of an Ed25519 public key/],
      [{ ...client, publicKey: "none" }, /publicKey is "none"/],
      [{ ...client, sessions: [] }, /sessions is \[\]; it must be a list of session numbers from 1/],
      [{ ...client, sessions: [0] }, /sessions is \[0\]/],
      [{ ...client, accounts: "some" }, /accounts is "some"; it must be "all" or a list of account numbers/],
      [{ ...client, readsEvents: "yes" }, /readsEvents is "yes"; it must be true or false/],
      [null, /clients\[0\]\.publicKey is undefined/],
    ];
    for (const [entry, message] of faults) throws(() => readClientList(list(entry)), message);
    for (const text of ["{", "[]", "null", '{"clients":[]}']) throws(() => readClientList(text), TypeError, text);
  });
});
