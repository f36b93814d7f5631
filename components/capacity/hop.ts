/** What a hop is: what it must carry, what one unit of it carries, and what of the load tables of hops are made of. */

import type { Figure } from "./figures";
import type { Load } from "./load";

/** One thing a hop must carry. A hop with several takes the largest count. */
export interface Demand {
  /** What it is, for the reason text. */
  what: string;
  value: number;
  unit: string;
  /** What one unit of the hop carries. */
  each: Figure;
}

/**
 * How a hop is spread: `zones` still carries its demand with one zone lost, `pair` with one of the hot tier's two zones lost, `single` has a
 * quarter in hand, and `counted` adds up what others are already sized with.
 */
export type Spread = "zones" | "pair" | "single" | "counted";

/** Sizes so far, by name; a hop may depend on those above it in the table. */
export type SizesSoFar = (name: string) => number;

export interface Hop {
  name: string;
  layer: "ingress" | "services" | "cluster" | "data" | "messaging";
  title: string;
  unit: string;
  spread: Spread;
  /** Fewest that are built: what high availability needs, or what the service gives or sells at least. */
  minimum: number;
  /** The count is a multiple of the zones, one group in each. */
  perZone?: boolean;
  /** The most zones that the service spreads over, however many the region has. @default all of them */
  mostZones?: number;
  demands(load: Load, sizes: SizesSoFar): Demand[];
}

/** Requests that no cache can answer. */
export const uncacheable = (load: Load): number => Math.round(load.edgeRequests * (1 - load.cacheableShare));

export const secondsADay = 86_400;
/** The busiest minute carries five times the day's average. */
const dailyPeak = 5;

/** Sign-ins a second at the peak of the day: a quarter of the users each day. */
export const signIns = (load: Load): number => ((load.users * 0.25) / secondsADay) * dailyPeak;
/** Mails a second at the peak of the day: one a day to 1 % of the users. */
export const mails = (load: Load): number => Math.ceil(((load.users * 0.01) / secondsADay) * dailyPeak);
/** Requests a second of the account API that no cached answer of the authorizer serves: a tenth of three for each sign-in. */
export const sessionLookups = (load: Load): number => signIns(load) * 3 * 0.1;
