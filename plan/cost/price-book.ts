/** List prices by region and service, from the dated files beside this one. */

import type { PriceSource } from "../plan";
import asiaPacificNortheast1 from "./prices-ap-northeast-1.json";
import europeWest1 from "./prices-eu-west-1.json";
import usEast1 from "./prices-us-east-1.json";
import usWest2 from "./prices-us-west-2.json";

interface ServicePrices {
  /** AWS's public price page. */
  page: string;
  /** Month in which the prices were taken from it. */
  asOf: string;
  /** USD by key; a key ends in its unit (`natGateway.hour`) or in an instance size, whose price is by the hour. */
  prices: Record<string, number>;
}

interface PriceFile {
  region: string;
  services: Record<string, ServicePrices>;
}

/** One price with where it comes from. */
export interface Price {
  usd: number;
  source: PriceSource;
}

/** Global services are priced as AWS bills them, from us-east-1. */
const files: readonly PriceFile[] = [usEast1, usWest2, europeWest1, asiaPacificNortheast1];

/** Regions with a price file. */
export const pricedRegions: readonly string[] = files.map((file) => file.region);

/** The price `key` of `service` in `region`; undefined when it is not known. */
export function priceOf(region: string, service: string, key: string): Price | undefined {
  const file = files.find((each) => each.region === region);
  const prices = file?.services[service];
  const usd = prices?.prices[key] ?? (prices === undefined ? undefined : instancePrice(prices.prices, key));
  if (prices === undefined || usd === undefined) return undefined;
  return { usd, source: { region, service, page: prices.page, asOf: prices.asOf } };
}

/** Sizes of an instance family as multiples of `large`: AWS prices the sizes of a family in proportion. Bare metal is priced apart. */
const multiples: Record<string, number> = { large: 1, xlarge: 2 };
for (const factor of [2, 3, 4, 6, 8, 9, 10, 12, 16, 18, 24, 32, 48]) multiples[`${factor}xlarge`] = factor * 2;

/** `instance.m7i.4xlarge` from `instance.m7i.large`. */
function instancePrice(prices: Record<string, number>, key: string): number | undefined {
  const dot = key.lastIndexOf(".");
  const multiple = multiples[key.slice(dot + 1)];
  const large = prices[`${key.slice(0, dot)}.large`];
  return multiple === undefined || large === undefined ? undefined : large * multiple;
}
