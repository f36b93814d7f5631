/**
 * The steps of a failover, as `docs/runbooks/region-failover.md` has them. Each sees for itself whether it is done, so that a walk that was interrupted is taken
 * up by walking again.
 */

import type { EndpointGroup, FailoverCloud } from "./cloud";
import type { FailoverTargets } from "./targets";

/** Whether both regions are well, or the first is lost and with it what had not been copied. */
export type FailoverKind = "planned" | "lost";

export interface FailoverStep {
  key: "close" | "follower" | "database" | "shard" | "open" | "serving";
  /** What is done, in the imperative. */
  title: string;
  /** The calls that it makes, or what a person does. */
  how: string;
  /** What cannot be taken back, which is confirmed before; undefined for a step that can. */
  irreversible?: string;
  /** Done by a person, whose word is taken; the others call AWS. */
  byHand?: true;
  /** Whether a later step shows that a person did this one. */
  passed?(): Promise<boolean>;
  /** Whether the world is as the step leaves it. */
  done?(): Promise<boolean>;
  /** Begins it; undefined for one that only waits. Called again, it does what is left. */
  act?(): Promise<void>;
}

/** Whether the database is being moved (RDS API, GlobalCluster: Status). */
export function isMoving(status: string): boolean {
  return status === "switching-over" || status === "failing-over";
}

export function failoverSteps(targets: FailoverTargets, kind: FailoverKind, cloud: FailoverCloud): FailoverStep[] {
  const { from, to, database, accelerators, dial } = targets;
  const groupsIn = async (region: string) => (await cloud.endpointGroups(accelerators)).filter((group) => group.region === region);
  const allOf = async (region: string, holds: (group: EndpointGroup) => boolean) => {
    const groups = await groupsIn(region);
    return groups.length >= accelerators.length && groups.every(holds);
  };
  const turn = async (region: string, percentage: number) => {
    for (const group of await groupsIn(region)) if (group.dial !== percentage) await cloud.setDial(group.arn, percentage);
  };
  const moved = async () => {
    const { status, members } = await cloud.globalDatabase(database.identifier);
    return status === "available" && members.some(({ region, writer }) => region === to && writer);
  };
  return [
    {
      key: "close",
      title: `Stop entry in ${from}`,
      how: `dials of ${accelerators.join(", ")} in ${from} to 0 (globalaccelerator UpdateEndpointGroup)`,
      irreversible: `clients of ${from} are turned away until ${to} is opened`,
      done: () => allOf(from, (group) => group.dial === 0),
      act: () => turn(from, 0),
    },
    {
      key: "follower",
      title: `Note the position of the log's copy in ${to}`,
      how:
        kind === "planned"
          ? `stop the shard in ${from}, and wait until the copy has its last position`
          : "its position is what is kept; what came later is lost, and no withdrawal beyond it has left",
      byHand: true,
      passed: moved,
    },
    {
      key: "database",
      title: `Make ${to} the writer of the database ${database.identifier}`,
      how: kind === "planned" ? "rds SwitchoverGlobalCluster, which loses nothing" : "rds FailoverGlobalCluster with AllowDataLoss",
      irreversible: kind === "planned" ? `writes go to ${to} from then on` : `what had not been copied to ${to} is lost`,
      done: moved,
      act: async () => {
        const { status, members } = await cloud.globalDatabase(database.identifier);
        const target = members.find(({ region }) => region === to);
        if (target === undefined) throw new Error(`the database ${database.identifier} has no cluster in ${to}`);
        // One that is under way is only waited for.
        if (isMoving(status)) return;
        if (kind === "planned") await cloud.switchOver(database.identifier, target.arn);
        else await cloud.failOver(database.identifier, target.arn);
      },
    },
    {
      key: "shard",
      title: `Start the shard in ${to} on the copied log`,
      how: "docs/runbooks/shard-failover.md: cut everything downstream to its position; bourse-exchange verify finds every sum at zero",
      irreversible: `commands that ${from} logged after that position never happened`,
      byHand: true,
    },
    {
      key: "open",
      title: `Open ${to}`,
      how: `dials of ${accelerators.join(", ")} in ${to} to ${dial} (globalaccelerator UpdateEndpointGroup)`,
      done: () => allOf(to, (group) => group.dial === dial),
      act: () => turn(to, dial),
    },
    {
      key: "serving",
      title: `See that ${to} serves`,
      how: `every endpoint of ${accelerators.join(", ")} in ${to} is healthy`,
      done: () => allOf(to, ({ endpoints, healthy }) => endpoints > 0 && healthy === endpoints),
    },
  ];
}
