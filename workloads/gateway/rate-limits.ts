/**
 * How much a caller may ask for: request weight per address and minute (429, then a ban: 418). Windows are aligned to the clock, as Binance's are.
 * Everything is in memory: nothing remote is asked while a request is served. What other gateways have counted is learnt in the background. Unfilled
 * orders are counted by the shard.
 */

import type { OrderLimits } from "../services/trading/port";
import type { LeaseStore } from "../stores/leases/port";
import { Bans } from "./bans";
import { ApiError } from "./errors";
import { type SharedCounts, SharedWindow, totalOf } from "./shared-windows";

/** Limits as `exchangeInfo` publishes them. */
export interface LimitSettings {
  /** Weight that one address may use in a minute. @default 6000 */
  requestWeight: number;
  /** Requests of one address in five minutes. @default 61000 */
  rawRequests: number;
  /** Requests that an address may send after its first 429 in a minute before it is banned. @default 20 */
  requestsAfterLimit: number;
  /** WebSocket connections that one address may open in five minutes. @default 300 */
  connectionsPerFiveMinutes: number;
  /** Messages that a client may send in a second over one stream connection. @default 5 */
  messagesPerSecond: number;
  /** Streams of one connection. @default 1024 */
  streamsPerConnection: number;
}

/** Binance's published limits (rest-api.md "LIMITS", web-socket-streams.md "WebSocket Limits", `exchangeInfo`). */
export const publishedLimits: LimitSettings = {
  requestWeight: 6000,
  rawRequests: 61_000,
  requestsAfterLimit: 20,
  connectionsPerFiveMinutes: 300,
  messagesPerSecond: 5,
  streamsPerConnection: 1024,
};

export class RateLimits {
  readonly settings: LimitSettings;
  private readonly weights: SharedWindow;
  private readonly requests: SharedWindow;
  private readonly refusals: SharedWindow;
  private readonly connections: SharedWindow;
  private readonly bans: Bans;

  /**
   * @param shared what all gateways have counted; undefined for the only gateway
   * @param store where all gateways tell their bans; undefined for the only gateway
   */
  constructor(
    settings: Partial<LimitSettings> = {},
    private readonly shared?: SharedCounts,
    store?: LeaseStore,
  ) {
    this.bans = new Bans(store);
    this.settings = { ...publishedLimits, ...settings };
    const { requestWeight, rawRequests, requestsAfterLimit, connectionsPerFiveMinutes } = this.settings;
    this.weights = new SharedWindow("weight", 60_000, requestWeight, shared);
    this.requests = new SharedWindow("requests", 300_000, rawRequests, shared);
    this.refusals = new SharedWindow("refusals", 60_000, requestsAfterLimit, shared);
    this.connections = new SharedWindow("connections", 300_000, connectionsPerFiveMinutes, shared);
  }

  /** Whether the store of limits is away: each gateway then gives away a part of them by itself. */
  get alone(): boolean {
    return this.shared?.failing ?? false;
  }

  /** Counts a request of `weight` and returns the weight used in this minute. Throws -1003: 429 over the limit, 418 while banned. */
  charge(address: string, weight: number, now: number): number {
    this.bans.assertNone(address, now);
    const used = this.weights.add(address, weight, now);
    const requests = this.requests.add(address, 1, now);
    const tooMuch = this.weights.exceeds(used);
    if (!tooMuch && !this.requests.exceeds(requests)) return totalOf(used);
    if (totalOf(this.refusals.add(address, 1, now)) > this.settings.requestsAfterLimit) throw this.bans.add(address, now);
    if (tooMuch) {
      throw new ApiError(
        -1003,
        `Too much request weight used; current limit is ${this.settings.requestWeight} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`,
        429,
        undefined,
        this.weights.remaining(now),
      );
    }
    throw new ApiError(-1003, "Too many requests queued.", 429, undefined, this.requests.remaining(now));
  }

  /** Counts a new connection. Throws -1034 over the limit, -1003 while the address is banned. */
  connect(address: string, now: number): void {
    this.bans.assertNone(address, now);
    const limit = this.settings.connectionsPerFiveMinutes;
    if (!this.connections.exceeds(this.connections.add(address, 1, now))) return;
    throw new ApiError(
      -1034,
      `Too many connection attempts from IP; current limit is ${limit} per '5 MINUTES'.`,
      429,
      undefined,
      this.connections.remaining(now),
    );
  }

  usedWeight(address: string, now: number): number {
    return this.weights.get(address, now);
  }

  /** Tells and learns of no more bans. */
  close(): void {
    this.bans.close();
  }
}

/** The `rateLimits` of `exchangeInfo`, with `count` in answers of the WebSocket API. */
export const rateLimitViews = {
  weight: (settings: LimitSettings) => ({
    rateLimitType: "REQUEST_WEIGHT",
    interval: "MINUTE",
    intervalNum: 1,
    limit: settings.requestWeight,
  }),
  tenSeconds: (limits: OrderLimits) => ({
    rateLimitType: "ORDERS",
    interval: "SECOND",
    intervalNum: 10,
    limit: limits.tenSeconds,
  }),
  day: (limits: OrderLimits) => ({ rateLimitType: "ORDERS", interval: "DAY", intervalNum: 1, limit: limits.day }),
  requests: (settings: LimitSettings) => ({
    rateLimitType: "RAW_REQUESTS",
    interval: "MINUTE",
    intervalNum: 5,
    limit: settings.rawRequests,
  }),
};
