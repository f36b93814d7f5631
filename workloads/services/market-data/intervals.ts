/** Where klines begin and end: fixed lengths from 1970, weeks from Monday, calendar months; all in UTC milliseconds. */

import type { KlineInterval } from "../ports";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** 1970-01-05, the first Monday. */
const FIRST_MONDAY = 4 * DAY;

const lengths: Record<Exclude<KlineInterval, "1M">, number> = {
  "1s": SECOND,
  "1m": MINUTE,
  "3m": 3 * MINUTE,
  "5m": 5 * MINUTE,
  "15m": 15 * MINUTE,
  "30m": 30 * MINUTE,
  "1h": HOUR,
  "2h": 2 * HOUR,
  "4h": 4 * HOUR,
  "6h": 6 * HOUR,
  "8h": 8 * HOUR,
  "12h": 12 * HOUR,
  "1d": DAY,
  "3d": 3 * DAY,
  "1w": WEEK,
};

/** The beginning of the interval that contains `time`. */
export function openTimeOf(interval: KlineInterval, time: number): number {
  if (interval === "1M") return monthAt(time, 0);
  const length = lengths[interval];
  const origin = interval === "1w" ? FIRST_MONDAY : 0;
  return Math.floor((time - origin) / length) * length + origin;
}

/** The beginning of the interval that is `count` after (or before) the one that begins at `openTime`. */
export function shiftOpenTime(interval: KlineInterval, openTime: number, count: number): number {
  return interval === "1M" ? monthAt(openTime, count) : openTime + count * lengths[interval];
}

/** The last millisecond of the interval that begins at `openTime`. */
export function closeTimeOf(interval: KlineInterval, openTime: number): number {
  return shiftOpenTime(interval, openTime, 1) - 1;
}

function monthAt(time: number, shift: number): number {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + shift, 1);
}
