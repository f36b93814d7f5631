/** IPv4 ranges and port ranges: containing, overlapping, intersecting. */

/** An IPv4 range as first and last address. */
export interface AddressRange {
  first: number;
  last: number;
}

/** The whole IPv4 space. */
export const everywhere: AddressRange = { first: 0, last: 0xffffffff };

/** The range of `10.0.0.0/16`; undefined for anything that is not an IPv4 CIDR. */
export function rangeOf(cidr: unknown): AddressRange | undefined {
  const match = typeof cidr === "string" ? /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr) : null;
  if (match === null) return undefined;
  const [a, b, c, d, bits] = match.slice(1).map(Number);
  if (Math.max(a, b, c, d) > 255 || bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  const first = Math.floor((((a * 256 + b) * 256 + c) * 256 + d) / size) * size;
  return { first, last: first + size - 1 };
}

export function contains(outer: AddressRange, inner: AddressRange): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

export function overlaps(a: AddressRange, b: AddressRange): boolean {
  return a.first <= b.last && b.first <= a.last;
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
