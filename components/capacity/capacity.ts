/** Target load -> sizes of every hop, each with its reason; every size can be overridden. */

import * as pulumi from "@pulumi/pulumi";
import type { Fault } from "../foundation";
import type { Basis } from "./figures";
import type { Hop } from "./hop";
import { type CapacityTarget, capacityTargetFaults, type Load, loadOf } from "./load";
import { type RateNeed, rateNeeds } from "./rates";
import { hops, type SizeName } from "./sizes";

/** The size of one hop. */
export interface Size {
  name: SizeName;
  layer: Hop["layer"];
  title: string;
  unit: string;
  /** What to build. */
  value: number;
  /** What the load asks for, whether or not {@link value} was overridden. */
  derived: number;
  overridden: boolean;
  /** How {@link derived} came about, in one sentence with the figures. */
  reason: string;
  basis: Basis;
  source: string;
}

/** Sizes of all hops for a load, and the request rates that AWS quotas must allow. */
export interface Capacity {
  load: Load;
  sizes: Readonly<Record<SizeName, Size>>;
  rates: readonly RateNeed[];
}

export interface CapacityOptions {
  /** Zones that zonal hops are spread over: 2 to 6. @default 3 */
  zones?: number;
  /** Sizes to use instead of the derived ones. @default none */
  overrides?: Partial<Record<SizeName, number>>;
}

/** A quarter in hand for hops that do not lose capacity with a zone. */
const headroom = 1.25;

/** Faults of a target and its options. */
export function capacityFaults(target: unknown, options: CapacityOptions = {}): Fault[] {
  const faults = capacityTargetFaults(target);
  const zones = options.zones ?? 3;
  if (!(Number.isInteger(zones) && zones >= 2 && zones <= 6)) {
    faults.push({ path: "zones", given: zones, allowed: "a whole number from 2 to 6", fix: "use 3, the default" });
  }
  const names: readonly string[] = hops.map((hop) => hop.name);
  for (const [name, value] of Object.entries(options.overrides ?? {})) {
    const path = `overrides.${name}`;
    if (!names.includes(name))
      faults.push({ path, given: value, allowed: `only ${names.join(", ")}`, fix: "remove it or correct its spelling" });
    else if (!(Number.isInteger(value) && value > 0))
      faults.push({ path, given: value, allowed: "a whole number above 0", fix: "leave it out to use the derived size" });
  }
  if (faults.length === 0) faults.push(...busiestSymbolFaults(loadOf(target as CapacityTarget)));
  return faults;
}

/** A symbol's book lives in one shard, whatever their number. */
function busiestSymbolFaults(load: Load): Fault[] {
  const limit = hops.find((hop) => hop.name === "shards")!.demands(load)[0].each;
  const need = load.peakOrders * load.busiestSymbolShare;
  if (need <= limit.value) return [];
  const allowed = `at most ${shown(limit.value)} ${limit.unit} for one symbol, which cannot be split over shards`;
  return [{ path: "capacity.busiestSymbolShare", given: load.busiestSymbolShare, allowed, fix: "lower the share or the peak orders" }];
}

/** Sizes every hop. Throws `pulumi.InputPropertiesError` naming every fault. */
export function capacityFor(target: CapacityTarget, options: CapacityOptions = {}): Capacity {
  const faults = capacityFaults(target, options);
  if (faults.length > 0) {
    throw new pulumi.InputPropertiesError({
      message: "the capacity cannot be derived",
      errors: faults.map((fault) => ({
        propertyPath: fault.path,
        reason: `given ${JSON.stringify(fault.given) ?? "nothing"}; allowed: ${fault.allowed}; fix: ${fault.fix}`,
      })),
    });
  }
  const load = loadOf(target);
  const sizes = new Map<string, Size>();
  const sizeSoFar = (name: string): number => {
    const size = sizes.get(name);
    if (size === undefined) throw new Error(`${name} is sized after the hop that needs it`);
    return size.value;
  };
  for (const hop of hops) sizes.set(hop.name, sizeHop(hop, load, options, sizeSoFar));
  return { load, sizes: Object.fromEntries(sizes) as Record<SizeName, Size>, rates: rateNeeds(load) };
}

function sizeHop(hop: Hop & { name: SizeName }, load: Load, options: CapacityOptions, sizeSoFar: (name: string) => number): Size {
  const zones = Math.min(options.zones ?? 3, hop.mostZones ?? 6);
  const factor = { zones: zones / (zones - 1), pair: 2, single: headroom, counted: 1 }[hop.spread];
  const step = hop.perZone ? zones : 1;
  const counted = hop.demands(load, sizeSoFar).map((demand) => ({ demand, count: (demand.value * factor) / demand.each.value }));
  const binding = counted.reduce((largest, next) => (next.count > largest.count ? next : largest));
  // The tolerance keeps 3.0000000000000004 at 3.
  const needed = Math.ceil(binding.count - 1e-9);
  const derived = Math.ceil(Math.max(needed, hop.minimum) / step) * step;

  const { demand } = binding;
  const spare = {
    zones: ` x ${shown(factor)} to survive the loss of one of ${zones} zones`,
    pair: " x 2 to survive the loss of one of the two hot zones",
    single: ` x ${headroom} headroom`,
    counted: "",
  }[hop.spread];
  const parts = [
    `${shown(demand.value)} ${demand.unit} (${demand.what})${spare} / ${shown(demand.each.value)} ${demand.each.unit} = ${shown(needed)}`,
  ];
  if (needed < hop.minimum) parts.push(`at least ${shown(hop.minimum)}`);
  if (derived !== Math.max(needed, hop.minimum)) parts.push(`${shown(derived)} for equal numbers in ${zones} zones`);

  const override = options.overrides?.[hop.name];
  return {
    name: hop.name,
    layer: hop.layer,
    title: hop.title,
    unit: hop.unit,
    value: override ?? derived,
    derived,
    overridden: override !== undefined,
    reason: parts.join("; "),
    basis: demand.each.basis,
    source: demand.each.source,
  };
}

/** A figure with thousands separators, and two decimals below 100; the same in every locale. */
function shown(value: number): string {
  return value.toLocaleString("en-GB", { maximumFractionDigits: value < 100 ? 2 : 0 });
}
