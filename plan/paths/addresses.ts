/** IPv4 and IPv6 ranges and port ranges: containing, overlapping, intersecting. */

import { isIP } from "node:net";

export const families = [4, 6] as const;
export type Family = (typeof families)[number];

/** A range as first and last address. */
export interface AddressRange {
  family: Family;
  first: bigint;
  last: bigint;
}

const widths: Readonly<Record<Family, number>> = { 4: 32, 6: 128 };

/** Every address of a family. */
export function everywhere(family: Family): AddressRange {
  return { family, first: 0n, last: (1n << BigInt(widths[family])) - 1n };
}

/** The range of `10.0.0.0/16` or `2600:1f18::/56`; undefined for anything that is no CIDR. */
export function rangeOf(cidr: unknown): AddressRange | undefined {
  const [, address = "", bits = ""] = typeof cidr === "string" ? (/^([^/]+)\/(\d{1,3})$/.exec(cidr) ?? []) : [];
  const family = isIP(address);
  if (family !== 4 && family !== 6) return undefined;
  if (Number(bits) > widths[family]) return undefined;
  const size = 1n << BigInt(widths[family] - Number(bits));
  const first = ((family === 4 ? ipv4Number(address) : ipv6Number(address)) / size) * size;
  return { family, first, last: first + size - 1n };
}

function ipv4Number(address: string): bigint {
  return address.split(".").reduce((number, part) => number * 256n + BigInt(part), 0n);
}

/** Eight groups, of which `::` leaves out as many as are missing; the last two may be written as an IPv4 address. */
function ipv6Number(address: string): bigint {
  const groups = (text: string) =>
    text === "" ? [] : text.split(":").flatMap((part) => (part.includes(".") ? ipv4Groups(part) : [BigInt(`0x${part}`)]));
  const [head, tail = ""] = address.replace(/%.*$/, "").split("::");
  const [before, after] = [groups(head), groups(tail)];
  const left = Array.from({ length: 8 - before.length - after.length }, () => 0n);
  return [...before, ...left, ...after].reduce((number, group) => (number << 16n) + group, 0n);
}

function ipv4Groups(address: string): bigint[] {
  const number = ipv4Number(address);
  return [number >> 16n, number & 0xffffn];
}

export function contains(outer: AddressRange, inner: AddressRange): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

export function overlaps(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** Ports from the first to the last. */
export type PortRange = readonly [from: number, to: number];

export const allPorts: PortRange = [0, 65_535];

/** Ports in both lists, merged and ascending. */
export function commonPorts(a: readonly PortRange[], b: readonly PortRange[]): PortRange[] {
  const common: PortRange[] = [];
  for (const [aFrom, aTo] of a) {
    for (const [bFrom, bTo] of b) {
      const from = Math.max(aFrom, bFrom);
      const to = Math.min(aTo, bTo);
      if (from <= to) common.push([from, to]);
    }
  }
  return merged(common);
}

/** The same ports in the fewest ranges, ascending. */
export function merged(ranges: readonly PortRange[]): PortRange[] {
  const out: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((x, y) => x[0] - y[0])) {
    const last = out.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else out.push([from, to]);
  }
  return out;
}

/** `ranges` without `taken`. */
export function without(ranges: readonly PortRange[], taken: PortRange): PortRange[] {
  return ranges.flatMap(([from, to]): PortRange[] => {
    const left: PortRange[] = [];
    if (from < taken[0]) left.push([from, Math.min(to, taken[0] - 1)]);
    if (to > taken[1]) left.push([Math.max(from, taken[1] + 1), to]);
    return left;
  });
}

/** `443, 8080-8090`, or `all`. */
export function shownPorts(ranges: readonly PortRange[]): string {
  return merged(ranges)
    .map(([from, to]) => (from === 0 && to === 65_535 ? "all" : from === to ? `${from}` : `${from}-${to}`))
    .join(", ");
}
