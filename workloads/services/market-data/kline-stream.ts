/** Live klines: one update after each batch that traded, and the last update of an interval when it has passed, traded or not. */

import type { Kline, KlineInterval } from "../ports";
import { openTimeOf, shiftOpenTime } from "./intervals";
import { type KlineSeries, klineAt } from "./klines";

/**
 * How long after the end of an interval, in ms, it is called closed without a later trade: trades carry the time of their arrival at the
 * gateway and take a moment to be matched.
 */
const CLOSE_DELAY_MS = 250;

interface Channel {
  series: KlineSeries;
  listeners: Set<(kline: Kline) => void>;
  /** Beginning of the interval that the listeners see. */
  openTime: number;
}

export class KlineStreams {
  private readonly channels = new Map<KlineSeries, Channel>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly now: () => number) {}

  listen(series: KlineSeries, listener: (kline: Kline) => void): () => void {
    let channel = this.channels.get(series);
    if (channel === undefined) {
      channel = { series, listeners: new Set(), openTime: this.current(series.interval) };
      this.channels.set(series, channel);
    }
    channel.listeners.add(listener);
    this.timer ??= setInterval(() => this.passTime(), CLOSE_DELAY_MS).unref();
    const joined = channel;
    return () => {
      joined.listeners.delete(listener);
      if (joined.listeners.size > 0) return;
      this.channels.delete(series);
      if (this.channels.size === 0) this.stop();
    };
  }

  /** After a batch that traded in this series. */
  update(series: KlineSeries): void {
    const channel = this.channels.get(series);
    if (channel === undefined || series.last === undefined) return;
    this.closeUntil(channel, series.last.openTime);
    this.send(channel, channel.openTime, this.now());
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private passTime(): void {
    for (const channel of this.channels.values()) this.closeUntil(channel, this.current(channel.series.interval));
  }

  private current(interval: KlineInterval): number {
    return openTimeOf(interval, this.now() - CLOSE_DELAY_MS);
  }

  /** Sends the closing update of every interval before the one that begins at `openTime`. */
  private closeUntil(channel: Channel, openTime: number): void {
    while (channel.openTime < openTime) {
      const next = shiftOpenTime(channel.series.interval, channel.openTime, 1);
      this.send(channel, channel.openTime, next);
      channel.openTime = next;
    }
  }

  private send(channel: Channel, openTime: number, now: number): void {
    const { series } = channel;
    const record = series.records[series.firstFrom(openTime + 1) - 1];
    if (record === undefined) return;
    const kline = klineAt(series.interval, openTime, record, now);
    for (const listener of channel.listeners) listener(kline);
  }
}
