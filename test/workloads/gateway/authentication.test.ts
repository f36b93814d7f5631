import { deepEqual, equal, throws } from "node:assert/strict";
import { createHmac, createPrivateKey, createSecretKey, generateKeyPairSync, sign } from "node:crypto";
import { assertInWindow, findKey, isSignedBy, withoutSignature } from "../../../workloads/gateway/authentication";
import { readForm } from "../../../workloads/gateway/form";
import { assertOrigin, loopbackHosts } from "../../../workloads/gateway/origin";
import type { ApiKey, KeyPermission, Users } from "../../../workloads/services/ports";

const hmacKey = (change: Partial<ApiKey> = {}): ApiKey => ({
  apiKey: "K".repeat(64),
  account: 7,
  permissions: new Set<KeyPermission>(["read"]),
  allowedAddresses: [],
  expiresAt: 0,
  verification: { kind: "hmac", secret: createSecretKey(Buffer.from("secret")) },
  ...change,
});

const usersWith = (key: ApiKey) => ({ findKey: (apiKey: string) => (apiKey === key.apiKey ? key : undefined) }) as unknown as Users;

describe("Signatures", () => {
  // The example of binance-spot-api-docs, rest-api.md, "HMAC Keys".
  const secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
  const payload = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559";
  const signature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";
  const documented = hmacKey({ verification: { kind: "hmac", secret: createSecretKey(Buffer.from(secret)) } });

  it("accepts the documented HMAC example, in either case", () => {
    equal(isSignedBy(documented, payload, signature), true);
    equal(isSignedBy(documented, payload, signature.toUpperCase()), true);
  });

  it("refuses a changed payload, a changed signature and one of another form", () => {
    equal(isSignedBy(documented, `${payload}0`, signature), false);
    equal(isSignedBy(documented, payload, signature.replace("c", "d")), false);
    equal(isSignedBy(documented, payload, signature.slice(2)), false);
    equal(isSignedBy(documented, payload, ""), false);
  });

  it("accepts Ed25519 and RSA signatures of their own key only", () => {
    const ed25519 = generateKeyPairSync("ed25519");
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const ed25519Signature = sign(null, Buffer.from(payload), ed25519.privateKey).toString("base64");
    const rsaSignature = sign(
      "sha256",
      Buffer.from(payload),
      createPrivateKey(rsa.privateKey.export({ type: "pkcs8", format: "pem" })),
    ).toString("base64");
    const byEd25519 = hmacKey({ verification: { kind: "ed25519", publicKey: ed25519.publicKey } });
    const byRsa = hmacKey({ verification: { kind: "rsa", publicKey: rsa.publicKey } });
    equal(isSignedBy(byEd25519, payload, ed25519Signature), true);
    equal(isSignedBy(byRsa, payload, rsaSignature), true);
    equal(isSignedBy(byEd25519, `${payload} `, ed25519Signature), false);
    equal(isSignedBy(byEd25519, payload, rsaSignature), false);
    equal(isSignedBy(byRsa, payload, ed25519Signature), false);
  });

  it("is over the bytes as sent, wherever the signature stands among them", () => {
    equal(withoutSignature("a=1&b=2&signature=ff"), "a=1&b=2");
    equal(withoutSignature("a=1&signature=ff&b=2"), "a=1&b=2");
    equal(withoutSignature("signature=ff&a=1"), "a=1");
    equal(withoutSignature("signature=ff"), "");
    equal(withoutSignature("mysignature=ff&a=%C3%BC"), "mysignature=ff&a=%C3%BC");
    equal(withoutSignature(""), "");
  });

  it("covers a payload that is no UTF-8", () => {
    const bytes = Buffer.from([0x61, 0x3d, 0xff, 0xfe]);
    const digest = createHmac("sha256", secret).update(bytes).digest("hex");
    equal(isSignedBy(documented, bytes.toString("latin1"), digest), true);
  });
});

describe("API keys", () => {
  it("must have a plausible form, be known, unexpired, used from an allowed address and for what they permit", () => {
    const now = 1_000;
    const use = (key: ApiKey, security: "key" | "read" | "trade" | "withdraw" = "read", address = "10.0.0.1") =>
      findKey(usersWith(key), key.apiKey, security, address, now);
    equal(use(hmacKey()).account, 7);
    throws(() => findKey(usersWith(hmacKey()), undefined, "read", "", now), {
      code: -2014,
      status: 401,
      message: "API-key format invalid.",
    });
    throws(() => findKey(usersWith(hmacKey()), "short", "read", "", now), { code: -2014 });
    const refused = { code: -2015, status: 401, message: "Invalid API-key, IP, or permissions for action." };
    throws(() => findKey(usersWith(hmacKey()), "X".repeat(64), "read", "", now), refused);
    throws(() => use(hmacKey({ expiresAt: now })), refused);
    equal(use(hmacKey({ expiresAt: now + 1 })).account, 7);
    throws(() => use(hmacKey({ allowedAddresses: ["10.0.0.2"] })), refused);
    equal(use(hmacKey({ allowedAddresses: ["10.0.0.1"] })).account, 7);
    throws(() => use(hmacKey(), "trade"), refused);
    throws(() => use(hmacKey({ permissions: new Set<KeyPermission>(["read", "trade"]) }), "withdraw"), refused);
  });

  it("are good for requests that are neither too old nor from the future", () => {
    const now = 10_000_000_000;
    assertInWindow(now - 5_000_000, 5_000_000, now);
    assertInWindow(now + 999_999, 5_000_000, now);
    throws(() => assertInWindow(now - 5_000_001, 5_000_000, now), {
      code: -1021,
      message: "Timestamp for this request is outside of the recvWindow.",
    });
    throws(() => assertInWindow(now + 1_000_000, 5_000_000, now), {
      code: -1021,
      message: "Timestamp for this request was 1000ms ahead of the server's time.",
    });
  });
});

describe("Forms", () => {
  const read = (query: string, body = "") => ({ ...readForm(query, body) });

  it("decode names and values, and take what stands in both places from the query", () => {
    deepEqual(read("a=1&b=%5B%22X%22%5D", "a=2&c=x+y"), { a: "1", b: '["X"]', c: "x y" });
    deepEqual(read("", ""), {});
    deepEqual(read("a&b=&c=1=2"), { a: "", b: "", c: "1=2" });
  });

  it("refuse a name twice, broken percent signs and too many parameters", () => {
    throws(() => read("a=1&a=1"), { code: -1101, message: "Duplicate values for a parameter detected." });
    throws(() => read("a=%zz"), { code: -1100 });
    throws(() => read("a=%ff"), { code: -1100 });
    throws(() => read(Array.from({ length: 101 }, (_, index) => `p${index}=1`).join("&")), { code: -1101 });
  });

  it("keep names that mean something to JavaScript as plain names", () => {
    const parameters = readForm("__proto__=1&constructor=2", "");
    deepEqual(Object.keys(parameters), ["__proto__", "constructor"]);
    equal(({} as Record<string, unknown>)["1"], undefined);
  });
});

describe("Host and Origin", () => {
  const request = (headers: Record<string, string>) => ({ headers }) as unknown as Parameters<typeof assertOrigin>[0];

  it("admit this machine's own names, and pages of the same host", () => {
    for (const host of ["127.0.0.1:8080", "localhost:8080", "localhost", "stream.localhost:9443", "[::1]:8080"]) {
      assertOrigin(request({ host }), loopbackHosts);
      assertOrigin(request({ host, origin: `http://${host}` }), loopbackHosts);
    }
  });

  it("refuse a rebound name and a foreign page, and say what was sent", () => {
    throws(() => assertOrigin(request({ host: "evil.example:8080" }), loopbackHosts), {
      status: 403,
      message: /Host 'evil\.example:8080'/,
    });
    throws(() => assertOrigin(request({ host: "127.0.0.1.evil.example" }), loopbackHosts), { status: 403 });
    throws(() => assertOrigin(request({ host: "notlocalhost" }), loopbackHosts), { status: 403 });
    throws(() => assertOrigin(request({}), loopbackHosts), { status: 403 });
    const host = "127.0.0.1:8080";
    for (const origin of ["http://evil.example", "null", "http://127.0.0.1:3000", "http://127.0.0.1:8080.evil.example"]) {
      throws(() => assertOrigin(request({ host, origin }), loopbackHosts), { status: 403, message: /Origin/ });
    }
  });
});
