/**
 * The steps of a failover, as `docs/runbooks/region-failover.md` has them. Each sees for itself whether it is done, so that a walk that was interrupted is taken
 * up by walking again.
 */

import type { EndpointGroup, FailoverCloud } from "./cloud";
import { givenUp, handedOver, isGivenTo } from "./leadership";
import type { FailoverTargets } from "./targets";

/** Whether both regions are well, or the first is lost and with it what had not been copied. */
export type FailoverKind = "planned" | "lost";

export interface FailoverStep {
  key: "close" | "shard" | "database" | "downstream" | "open" | "serving";
  /** What is done, in the imperative. */
  title: string;
  /** The calls that it makes, or what a person does. */
  how: string;
  /** What cannot be taken back, which is confirmed before; undefined for a step that can. */
  irreversible?: string;
  /** Done by a person, whose word is taken; the others call AWS. */
  byHand?: true;
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
  const { from, to, database, accelerators, dial, leadership } = targets;
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
  const record = async () => {
    const found = await cloud.leadership(leadership);
    if (found === undefined) throw new Error(`nobody has led the shard yet, as ${leadership} says`);
    return found;
  };
  let ordered = false;
  const steps: FailoverStep[] = [
    {
      key: "close",
      title: `Stop entry in ${from}`,
      how: `dials of ${accelerators.join(", ")} in ${from} to 0 (globalaccelerator UpdateEndpointGroup)`,
      irreversible: `clients of ${from} are turned away until ${to} is opened`,
      done: () => allOf(from, (group) => group.dial === 0),
      act: () => turn(from, 0),
    },
    {
      key: "shard",
      title: `Give the lead of the shard to ${to}`,
      how:
        kind === "planned"
          ? `the leader is told in ${leadership} (dynamodb PutItem), and ends when a copy in ${to} has everything, which then leads`
          : `${leadership} says that ${to} leads with what its copies have (dynamodb PutItem); a leader in ${from} acknowledges nothing after it`,
      irreversible: kind === "planned" ? `orders are entered in ${to}` : `commands that had not been copied to ${to} never happened`,
      done: async () => {
        const { holder, region, handsOverTo, ...rest } = await record();
        if (region === to) return holder !== "";
        if (ordered && handsOverTo === undefined && !isGivenTo({ holder, ...rest }, to))
          throw new Error(`the lead stays in ${from}, since no copy in ${to} had everything; see docs/runbooks/region-behind.md`);
        return false;
      },
      act: async () => {
        for (ordered = true; ; ) {
          const seen = await record();
          if (seen.region === to || (kind === "planned" ? seen.handsOverTo === to : isGivenTo(seen, to))) return;
          // A renewal of the leader may come between.
          const next = kind === "planned" ? handedOver(seen, to) : givenUp(seen, to);
          if (await cloud.replaceLeadership(leadership, seen, next)) return;
        }
      },
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
      key: "downstream",
      title: "Cut what lies downstream to the shard's position",
      how: "docs/runbooks/region-failover.md; bourse-exchange verify finds every sum at zero",
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
  // Nothing is downstream of what was not lost.
  return kind === "planned" ? steps.filter(({ key }) => key !== "downstream") : steps;
}
