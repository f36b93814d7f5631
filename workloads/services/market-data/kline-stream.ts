/** Live klines: one update after each batch that traded, and the last update of an interval when it has passed, traded or not. */

import type { Kline, KlineInterval } from "../ports";
import { openTimeOf, shiftOpenTime } from "./intervals";
import { fillKlines, type KlineSeries, klineAt } from "./klines";
import { joinKlines } from "./zoned-klines";

/**
 * How long after the end of an interval, in ms, it is called closed without a later trade: trades carry the time of their arrival at the
 * gateway and take a moment to be matched.
 */
const CLOSE_DELAY_MS = 250;

interface Channel {
  /** Klines of the interval itself, or of the shorter one of which those of a time zone are joined. */
  series: KlineSeries;
  interval: KlineInterval;
  /** Where intervals begin, from UTC. */
  offsetMs: number;
  listeners: Set<(kline: Kline) => void>;
  /** Beginning of the interval that the listeners see. */
  openTime: number;
}

export class KlineStreams {
  private readonly channels = new Map<KlineSeries, Channel[]>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly now: () => number) {}

  /** @param series of `interval`, or of the shorter one of which intervals at `offsetMs` are joined */
  listen(series: KlineSeries, interval: KlineInterval, offsetMs: number, listener: (kline: Kline) => void): () => void {
    const channels = this.channels.get(series) ?? [];
    this.channels.set(series, channels);
    let channel = channels.find((each) => each.interval === interval && each.offsetMs === offsetMs);
    if (channel === undefined) {
      channel = { series, interval, offsetMs, listeners: new Set(), openTime: 0 };
      channel.openTime = this.current(channel);
      channels.push(channel);
    }
    channel.listeners.add(listener);
    this.timer ??= setInterval(() => this.passTime(), CLOSE_DELAY_MS).unref();
    const joined = channel;
    return () => {
      joined.listeners.delete(listener);
      if (joined.listeners.size === 0) this.leave(joined);
    };
  }

  private leave(channel: Channel): void {
    const left = (this.channels.get(channel.series) ?? []).filter((each) => each !== channel);
    if (left.length > 0) this.channels.set(channel.series, left);
    else this.channels.delete(channel.series);
    if (this.channels.size === 0) this.stop();
  }

  /** After a batch that traded in this series. */
  update(series: KlineSeries): void {
    const channels = this.channels.get(series);
    if (channels === undefined || series.last === undefined) return;
    for (const channel of channels) {
      this.closeUntil(channel, beginning(channel, series.last.openTime));
      this.send(channel, channel.openTime, this.now());
    }
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private passTime(): void {
    for (const channels of this.channels.values()) {
      for (const channel of channels) this.closeUntil(channel, this.current(channel));
    }
  }

  private current(channel: Channel): number {
    return beginning(channel, this.now() - CLOSE_DELAY_MS);
  }

  /** Sends the closing update of every interval before the one that begins at `openTime`. */
  private closeUntil(channel: Channel, openTime: number): void {
    while (channel.openTime < openTime) {
      const next = nextBeginning(channel);
      this.send(channel, channel.openTime, next);
      channel.openTime = next;
    }
  }

  private send(channel: Channel, openTime: number, now: number): void {
    const kline = klineOf(channel, openTime, now);
    if (kline !== undefined) for (const listener of channel.listeners) listener(kline);
  }
}

const beginning = ({ interval, offsetMs }: Channel, time: number) => openTimeOf(interval, time + offsetMs) - offsetMs;

const nextBeginning = ({ interval, offsetMs, openTime }: Channel) => shiftOpenTime(interval, openTime + offsetMs, 1) - offsetMs;

/** The kline that begins at `openTime`, the channel's; undefined before the first trade. */
function klineOf(channel: Channel, openTime: number, now: number): Kline | undefined {
  const { series, interval, offsetMs } = channel;
  const before = series.firstFrom(openTime + 1) - 1;
  if (series.interval === interval) {
    const record = series.records[before];
    return record && klineAt(interval, openTime, record, now);
  }
  const to = openTimeOf(series.interval, Math.min(nextBeginning(channel) - 1, now));
  const parts = fillKlines(series.interval, series.records.slice(Math.max(0, before)), openTime, to, now);
  return joinKlines(parts, interval, offsetMs, now)[0];
}
