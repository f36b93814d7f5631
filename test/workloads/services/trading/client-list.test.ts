import { deepStrictEqual, equal, throws } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findListed, readClientList } from "../../../../workloads/services/trading/client-list";
import { keyIdOf } from "../../../../workloads/services/trading/remote";

const key = generateKeyPairSync("ed25519").publicKey;
const pem = (publicKey = key) => publicKey.export({ type: "spki", format: "pem" }).toString();
const client = { publicKey: pem(), sessions: [1, 2], accounts: "all", readsEvents: true };
const list = (...clients: unknown[]) => JSON.stringify({ clients });

describe("The list of a shard's clients", () => {
  const folder = mkdtempSync(join(tmpdir(), "bourse-clients-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("takes the key of a certificate beside it, and a range of sessions", () => {
    const [keyFile, certificate] = [join(folder, "gateway.key"), join(folder, "gateway.crt")];
    const made = [
      "req",
      "-x509",
      "-newkey",
      "ed25519",
      "-nodes",
      "-days",
      "1",
      "-subj",
      "/CN=gateway",
      "-keyout",
      keyFile,
      "-out",
      certificate,
    ];
    execFileSync("openssl", made, { stdio: "ignore" });
    const { publicKey: _, ...rest } = client;
    const ranged = { ...rest, publicKeyFile: "gateway.crt", sessions: { first: 10, last: 20 } };
    const found = readClientList(list(client, ranged), folder).get(keyIdOf(createPublicKey(createPrivateKey(readFileSync(keyFile)))))!;
    deepStrictEqual(
      [9, 10, 20, 21].map((session) => found.sessions.has(session)),
      [false, true, true, false],
    );
    const faults: [unknown, RegExp][] = [
      [{ ...ranged, publicKeyFile: "other.crt" }, /clients\[1\]\.publicKeyFile is "other.crt"; it must be the name of a file/],
      [{ ...ranged, publicKeyFile: "../gateway.crt" }, /publicKeyFile is "..\/gateway.crt"/],
      [{ ...ranged, sessions: { first: 2, last: 20 } }, /sessions is .*; it must be free of session 2, which clients\[0\] has/],
      [{ ...ranged, sessions: { first: 20, last: 10 } }, /sessions is .*; it must be a list of session numbers/],
    ];
    for (const [entry, message] of faults) throws(() => readClientList(list(client, entry), folder), message);
  });

  it("lets a client log on with the key that it had before, with the same rights, and no other with that key", () => {
    const previous = generateKeyPairSync("ed25519").publicKey;
    const clients = readClientList(list({ ...client, previousKey: pem(previous) }), folder);
    const [now, before] = [key, previous].map((each) => clients.get(keyIdOf(each))!);
    deepStrictEqual([before.sessions.has(1), before.sessions.has(3), before.accounts, before.readsEvents], [true, false, "all", true]);
    deepStrictEqual([pem(now.publicKey as KeyObject), pem(before.publicKey as KeyObject)], [pem(), pem(previous)]);
    const other = { ...client, publicKey: pem(previous), sessions: [3] };
    throws(
      () => readClientList(list({ ...client, previousKey: pem(previous) }, other), folder),
      /clients\[1\]\.publicKey is .* another client has this one/,
    );
    throws(() => readClientList(list({ ...client, previousKey: pem() }), folder), /previousKey is .* another client has this one/);
    throws(() => readClientList(list({ ...client, previousKey: "none" }), folder), /previousKey is "none"; it must be the PEM text/);
  });

  it("finds by its certificate alone who has no key in the list, whatever key id is sent", () => {
    const { publicKey: _, ...rest } = client;
    const clients = readClientList(list({ ...rest, certificate: "gateway" }), folder);
    const found = findListed(clients, "unknown", certificateFor("gateway-1", ["gateway"]));
    deepStrictEqual([found?.publicKey, found?.sessions.has(2), found?.sessions.has(3)], ["certificate", true, false]);
    for (const keyId of ["unknown", ...clients.keys()]) {
      equal(findListed(clients, keyId, undefined), undefined);
      equal(findListed(clients, keyId, certificateFor("wallet-1", ["wallet"])), undefined);
    }
    throws(() => readClientList(list(rest), folder), /publicKey is undefined; it must be the PEM text/);
  });

  it("finds by the name in a certificate who has a key that is not listed, and by no other name of it", () => {
    const other = { ...client, publicKey: pem(generateKeyPairSync("ed25519").publicKey), sessions: [3], certificate: "gateway" };
    const clients = readClientList(list({ ...client, certificate: "wallet" }, other), folder);
    const shown = certificateFor("gateway-1", ["gateway", "*.bourse.svc"]);
    const found = findListed(clients, "unknown", shown);
    equal(found?.publicKey, "certificate");
    deepStrictEqual([found?.sessions.has(3), found?.sessions.has(1), found?.accounts], [true, false, "all"]);
    equal(findListed(clients, keyIdOf(key), shown)?.publicKey, clients.get(keyIdOf(key))?.publicKey, "a listed key is that of its client");
    for (const [what, certificate] of [
      ["no certificate", undefined],
      ["another name", certificateFor("gateway", ["history"])],
      ["a name in the subject alone", certificateFor("gateway", [])],
      ["a wildcard", certificateFor("a", ["*"])],
    ] as const) {
      equal(findListed(clients, "unknown", certificate), undefined, what);
    }
    equal(findListed(readClientList(list(client), folder), "unknown", shown), undefined, "no client has a certificate");
  });

  it("is refused where two clients have the certificates of one name, or a name is none", () => {
    const other = { ...client, publicKey: pem(generateKeyPairSync("ed25519").publicKey), sessions: [3] };
    const twice = list({ ...client, certificate: "gateway" }, { ...other, certificate: "gateway" });
    throws(() => readClientList(twice, folder), /clients\[1\]\.certificate is "gateway"; it must be a name of its own/);
    for (const certificate of ["", "*.bourse", "Gateway", 7, null]) {
      throws(
        () => readClientList(list({ ...other, certificate }), folder),
        /clients\[0\]\.certificate is .*; it must be a name in certificates/,
      );
    }
  });

  /** One that signs itself: who signs is checked by TLS. */
  function certificateFor(subject: string, names: string[]): X509Certificate {
    const file = join(folder, "shown.crt");
    const alternatives = names.length === 0 ? [] : ["-addext", `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}`];
    const made = ["req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "1", "-subj", `/CN=${subject}`, ...alternatives];
    execFileSync("openssl", [...made, "-keyout", join(folder, "shown.key"), "-out", file], { stdio: "ignore" });
    return new X509Certificate(readFileSync(file));
  }

  it("adds the sessions of members for a gateway that relays theirs", () => {
    const found = readClientList(list({ ...client, relaysMembers: true }), folder).get(keyIdOf(key))!;
    deepStrictEqual(
      [2, 3, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1].map((session) => found.sessions.has(session)),
      [true, false, false, true, true],
    );
    throws(() => readClientList(list({ ...client, relaysMembers: "yes" }), folder), /relaysMembers is "yes"; it must be true or false/);
  });

  it("finds each client by the id of its key", () => {
    const other = generateKeyPairSync("ed25519").publicKey;
    const member = { publicKey: pem(other), sessions: [3], accounts: [1_000, 1_001], readsEvents: false };
    const clients = readClientList(list(client, member), folder);
    equal(clients.size, 2);
    const { publicKey, sessions, ...rest } = clients.get(keyIdOf(other))!;
    equal((publicKey as KeyObject).equals(other), true);
    deepStrictEqual(
      [2, 3, 4].map((session) => sessions.has(session)),
      [false, true, false],
    );
    deepStrictEqual(rest, { accounts: new Set([1_000, 1_001]), readsEvents: false, copiesLog: false });
  });

  it("is refused where two clients could use one session, or one key is there twice", () => {
    const other = { ...client, publicKey: pem(generateKeyPairSync("ed25519").publicKey), sessions: [2, 3] };
    throws(
      () => readClientList(list(client, other), folder),
      /clients\[1\]\.sessions is \[2,3\]; it must be free of session 2, which clients\[0\] has/,
    );
    throws(
      () => readClientList(list(client, { ...client, sessions: [3] }), folder),
      /clients\[1\]\.publicKey .* another client has this one/,
    );
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
    for (const [entry, message] of faults) throws(() => readClientList(list(entry), folder), message);
    for (const text of ["{", "[]", "null", '{"clients":[]}']) throws(() => readClientList(text, folder), TypeError, text);
  });
});
