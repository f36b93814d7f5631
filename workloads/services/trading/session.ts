/** The session with which a process logs on to a shard, read from its environment. */

import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import type { Environment } from "../../process/environment";

/** Addresses that a network may have apart: the last 24 bits, more than a VPC's largest range (VPC guide, "VPC CIDR blocks": /16). */
const addressSpace = 2 ** 24;

/**
 * A session, or the one of a range that belongs to the pod's address: addresses are unique in a network while pods live, and one that is given to
 * another pod ends what is left of the first pod's connection.
 *
 * @param interfaces of this machine, for a pod that is told to take its own
 */
export function readSession(environment: Environment, interfaces = networkInterfaces()): number {
  const [, first, last] = /^(\d{1,10})-(\d{1,10})$/.exec(environment.optional("BOURSE_TRADING_SESSION") ?? "") ?? [];
  if (first === undefined) return environment.integer("BOURSE_TRADING_SESSION", 1, 2 ** 32 - 2);
  const pairs = (Number(last) + 1 - Number(first)) / 2;
  if (Number(first) < 1 || pairs !== addressSpace || Number(last) > 2 ** 32 - 1) {
    environment.fault(
      "BOURSE_TRADING_SESSION",
      `a session, or a range first-last of ${2 * addressSpace} sessions: a pair for each address`,
    );
  }
  const allowed = "the pod's IPv4 address, or own on a machine that has one address";
  const given = environment.text("BOURSE_POD_ADDRESS", allowed);
  const address = given === "own" ? ownAddress(interfaces) : given;
  if (address === undefined || !isIPv4(address)) {
    if (given !== "") environment.fault("BOURSE_POD_ADDRESS", allowed);
    return 0;
  }
  const host = address.split(".").reduce((number, part) => (number * 256 + Number(part)) % addressSpace, 0);
  return Number(first) + 2 * host;
}

/** The machine's one address in its network, as an ECS task has it (ECS guide, "awsvpc"); undefined where there are several. */
function ownAddress(interfaces: ReturnType<typeof networkInterfaces>): string | undefined {
  const found = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal, address }) => family === "IPv4" && !internal && !address.startsWith("169.254."));
  return found.length === 1 ? found[0].address : undefined;
}
