/** The address plan of a network: where each tier and each zone lies, fixed once and for all, with room for more zones and tiers. */

/** Tiers of subnets. Public faces the internet, private holds what computes, database holds what stores. */
export const tiers = ["public", "private", "database"] as const;
export type Tier = (typeof tiers)[number];

/** An IPv4 range in CIDR notation, parsed. */
export interface Range {
  /** First address as an unsigned 32-bit number. */
  first: number;
  /** Bits of the prefix. */
  prefix: number;
}

/**
 * Zones that a network has room for. A zone's place is the number at the end of its id (`use1-az4` is the fourth), so neither order nor the
 * removal of a zone moves another. No region has a zone above 6 so far.
 */
export const zonePlaces = 8;

/** Blocks of each tier within the network, as bits added to its prefix and the block's place: half private, a quarter public and database, a quarter kept free. */
const tierBlocks: Record<Tier, { bits: number; place: number }> = {
  private: { bits: 1, place: 0 },
  public: { bits: 3, place: 4 },
  database: { bits: 3, place: 5 },
};

/** Longest prefix of a network whose smallest subnets still hold a load balancer's 8 free addresses (/26 with 59 usable). */
export const longestNetworkPrefix = 20;
/** Shortest prefix of a VPC: the Amazon VPC guide, "VPC CIDR blocks". */
export const shortestNetworkPrefix = 16;

/** The range that `text` names, or undefined when it is not CIDR notation or has address bits beyond its prefix. */
export function parseRange(text: string): Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const [a, b, c, d, prefix] = match.slice(1).map(Number);
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  const first = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  return first % sizeOf(prefix) === 0 ? { first, prefix } : undefined;
}

/** The range in CIDR notation. */
export function rangeText({ first, prefix }: Range): string {
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${prefix}`;
}

/** True when the ranges share an address. */
export function overlap(one: Range, other: Range): boolean {
  return one.first < other.first + sizeOf(other.prefix) && other.first < one.first + sizeOf(one.prefix);
}

/** The block that holds all subnets of a tier. */
export function tierRange(network: Range, tier: Tier): Range {
  const { bits, place } = tierBlocks[tier];
  return blockOf(network, bits, place);
}

/** The subnet of a tier in a zone: an eighth of the tier's block. */
export function subnetRange(network: Range, tier: Tier, zoneId: string): Range {
  return blockOf(tierRange(network, tier), Math.log2(zonePlaces), zonePlace(zoneId));
}

/** Place of the zone among {@link zonePlaces}, from 0. The id must match {@link isZoneId}. */
export function zonePlace(zoneId: string): number {
  return Number(zoneId.slice(-1)) - 1;
}

/** True for the id of an availability zone, such as `use1-az4`. Local and Wavelength zones have other ids, and no room in the plan. */
export function isZoneId(zoneId: string): boolean {
  return /^[a-z]{2,6}\d-az[1-8]$/.test(zoneId);
}

/** Place of a tier's subnet among the 256 IPv6 subnets of a network, in which each zone has 8. */
export function ipv6Place(tier: Tier, zoneId: string): number {
  return zonePlace(zoneId) * 8 + tiers.indexOf(tier);
}

function blockOf(range: Range, bits: number, place: number): Range {
  const prefix = range.prefix + bits;
  return { first: range.first + place * sizeOf(prefix), prefix };
}

function sizeOf(prefix: number): number {
  return 2 ** (32 - prefix);
}
