/** Security group rules that are open to the world, in any of the forms that AWS resources give them. */

import { listOf } from "../plan/read-inputs";

/** Ports of the public protocols: HTTP (which redirects), HTTPS and WebSocket, the binary order gateway. */
export const publicPorts: readonly number[] = [80, 443, 9443];

const world = ["0.0.0.0/0", "::/0"];

/** True when a rule names every IPv4 or IPv6 address. */
export function isOpen(rule: Readonly<Record<string, unknown>>): boolean {
  const addresses = [rule.cidrIpv4, rule.cidrIpv6, ...listOf(rule.cidrBlocks), ...listOf(rule.ipv6CidrBlocks)];
  return addresses.some((address) => world.includes(String(address)));
}
