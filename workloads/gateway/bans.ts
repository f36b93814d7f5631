/**
 * Addresses that may ask for nothing: who goes on after its 429s is banned (418), at every gateway. Who bans tells the store, all read it in the
 * background (docs/decisions/0021-limits-are-told-not-asked.md); nothing is asked while a request is served.
 */

import type { LeaseStore } from "../stores/leases/port";
import { ApiError } from "./errors";

/** Shortest and longest ban (rest-api.md: "from 2 minutes to 3 days"); each further one within a day is twice as long. */
const shortestBan = 120_000;
const longestBan = 3 * 86_400_000;
const banMemory = 86_400_000;

/** Time between two looks at what the other gateways have banned, in ms. */
const LOOK_MS = 250;
/** Time after a look or a telling that failed. */
const AGAIN_MS = 1_000;
/** Bans that wait to be told while the store is away. Of more, the oldest are this gateway's own affair. */
const mostWaiting = 10_000;

interface Ban {
  until: number;
  strikes: number;
}

export class Bans {
  private readonly bans = new Map<string, Ban>();
  private waiting: string[] = [];
  private place = "";
  private timer: NodeJS.Timeout | undefined;
  private exchanging = false;
  private closed = false;

  /** @param store where all gateways tell their bans; undefined for the only gateway */
  constructor(private readonly store?: LeaseStore) {
    this.plan(0);
  }

  /** Throws -1003 with 418 while the address is banned. */
  assertNone(address: string, now: number): void {
    if (this.bans.size === 0) return;
    const ban = this.bans.get(address);
    if (ban === undefined) return;
    if (now < ban.until) throw banned(ban.until, now);
    if (now > ban.until + banMemory) this.bans.delete(address);
  }

  /** Bans the address from now on, here at once and elsewhere within a second. Returns what to throw. */
  add(address: string, now: number): ApiError {
    for (const [other, { until }] of this.bans) if (now > until + banMemory) this.bans.delete(other);
    const strikes = (this.bans.get(address)?.strikes ?? 0) + 1;
    const until = now + Math.min(longestBan, shortestBan * 2 ** (strikes - 1));
    this.bans.set(address, { until, strikes });
    if (this.store !== undefined) {
      if (this.waiting.length === mostWaiting) this.waiting.shift();
      this.waiting.push(`${until} ${strikes} ${address}`);
      if (!this.exchanging) this.plan(0);
    }
    return banned(until, now);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private plan(ms: number): void {
    if (this.closed || this.store === undefined) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.exchange(this.store!), ms);
    this.timer.unref();
  }

  /** Tells what waits and learns what the others have told. That the store is away is told by who counts with it. */
  private async exchange(store: LeaseStore): Promise<void> {
    const telling = this.waiting;
    this.waiting = [];
    this.exchanging = true;
    let next = AGAIN_MS;
    try {
      await Promise.all(telling.map((text) => store.announce(text)));
      const { texts, place } = await store.announced(this.place);
      this.place = place;
      for (const text of texts) this.learn(text);
      next = texts.length > 0 || this.waiting.length > 0 ? 0 : LOOK_MS;
    } catch {
      // Told twice is told once: who has a ban already keeps it.
      this.waiting = [...telling, ...this.waiting].slice(-mostWaiting);
    } finally {
      this.exchanging = false;
      this.plan(next);
    }
  }

  private learn(text: string): void {
    const [until, strikes, address] = text.split(" ");
    const known = this.bans.get(address);
    if (known !== undefined && known.until >= Number(until)) return;
    this.bans.set(address, { until: Number(until), strikes: Number(strikes) });
  }
}

function banned(until: number, now: number): ApiError {
  const message = `Way too much request weight used; IP banned until ${until}. Please use WebSocket Streams for live updates to avoid bans.`;
  return new ApiError(-1003, message, 418, undefined, Math.ceil((until - now) / 1000));
}
