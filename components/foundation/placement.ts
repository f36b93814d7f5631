/**
 * Where something may run. The trading path wants one zone, reliability wants several: the type says which was chosen, and a hot
 * placement cannot be written without its standby.
 */

import type { Fault } from "./faults";

/** One zone, for the lowest latency, and another in which a standby follows and takes over. */
export interface HotPlacement {
  tier: "hot";
  /** Zone id (`use1-az4`) of the leader. Zone names map to different places in different accounts, ids do not (EC2 guide, "AZ IDs"). */
  zoneId: string;
  /** Another zone id, for the standby. */
  standbyZoneId: string;
}

/** Faults of a hot placement within the zones of a network. */
export function hotPlacementFaults(path: string, placement: HotPlacement, zoneIds: readonly string[]): Fault[] {
  const faults: Fault[] = [];
  for (const key of ["zoneId", "standbyZoneId"] as const) {
    if (zoneIds.includes(placement[key])) continue;
    faults.push({
      path: `${path}.${key}`,
      given: placement[key],
      allowed: `a zone id of the network: ${zoneIds.join(", ")}`,
      fix: "use a listed zone id, or add the zone to the network",
    });
  }
  if (placement.zoneId === placement.standbyZoneId) {
    faults.push({
      path: `${path}.standbyZoneId`,
      given: placement.standbyZoneId,
      allowed: "a zone other than zoneId, so that one zone's loss leaves a standby",
      fix: `use ${zoneIds.find((zoneId) => zoneId !== placement.zoneId) ?? "a second zone"}`,
    });
  }
  return faults;
}
