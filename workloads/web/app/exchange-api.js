/**
 * The public REST API as the page uses it. Signed requests carry an HMAC-SHA256 of their parameters, made in the browser with WebCrypto;
 * the secret never leaves the page.
 */

/** What the exchange answered to a request that it refused, in its own words. */
export class ExchangeError extends Error {
  /** @param {number} code @param {string} text */
  constructor(code, text) {
    super(code === 0 ? text : `${text} (${code})`);
    this.code = code;
  }
}

/**
 * @typedef {{ name: string, apiKey: string, secretKey: string }} Account
 * @typedef {Record<string, string | number | undefined>} Parameters
 */

/** Milliseconds a signed request may be old when it arrives. */
const recvWindow = 10_000;

/** Milliseconds after which a request counts as failed. */
const timeoutMs = 10_000;

/** Difference between the exchange's clock and ours, in ms; kept by {@link synchroniseClock}. */
let clockOffset = 0;

/** The exchange's time in ms. */
export function exchangeTime() {
  return Date.now() + clockOffset;
}

/** Learns how far this machine's clock is from the exchange's; half of the round trip is taken off. Returns the round trip in ms. */
export async function synchroniseClock() {
  const began = performance.now();
  const { serverTime } = await publicGet("time");
  const roundTrip = performance.now() - began;
  clockOffset = Math.round(serverTime + roundTrip / 2 - Date.now());
  return roundTrip;
}

/** @param {Parameters} parameters */
function query(parameters) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) search.set(name, String(value));
  return search.toString();
}

/** @param {string} path @param {RequestInit} [init] @returns {Promise<any>} */
async function request(path, init = {}) {
  let response;
  try {
    response = await fetch(path, { ...init, cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    throw new ExchangeError(
      0,
      error instanceof DOMException && error.name === "TimeoutError"
        ? "The exchange did not answer in time."
        : "The exchange cannot be reached.",
    );
  }
  const body = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body;
  throw new ExchangeError(body?.code ?? 0, body?.msg ?? `The exchange answered with status ${response.status}.`);
}

/** A public read below /api/v3. @param {string} path @param {Parameters} [parameters] */
export function publicGet(path, parameters = {}) {
  const text = query(parameters);
  return request(`/api/v3/${path}${text && `?${text}`}`);
}

/** Accounts of the embedded exchange; none where it does not offer them. @returns {Promise<Account[]>} */
export async function demoAccounts() {
  try {
    return (await request("/local/demo")).accounts;
  } catch {
    return [];
  }
}

/** @type {WeakMap<Account, Promise<CryptoKey>>} */
const keys = new WeakMap();

/** Hex HMAC-SHA256 of `text` with the account's secret. @param {Account} account @param {string} text */
export async function sign(account, text) {
  const encoder = new TextEncoder();
  let key = keys.get(account);
  if (key === undefined) {
    key = crypto.subtle.importKey("raw", encoder.encode(account.secretKey), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    keys.set(account, key);
  }
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", await key, encoder.encode(text)));
  return Array.from(signature, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * A signed request below /api/v3.
 * @param {Account} account @param {"GET" | "POST" | "DELETE"} method @param {string} path @param {Parameters} [parameters]
 */
export async function signedRequest(account, method, path, parameters = {}) {
  const text = query({ ...parameters, recvWindow, timestamp: exchangeTime() });
  const signed = `${text}&signature=${await sign(account, text)}`;
  const headers = { "X-MBX-APIKEY": account.apiKey };
  if (method !== "POST") return request(`/api/v3/${path}?${signed}`, { method, headers });
  return request(`/api/v3/${path}`, { method, headers: { ...headers, "Content-Type": "application/x-www-form-urlencoded" }, body: signed });
}
