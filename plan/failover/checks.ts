/** What must hold before a failover begins: the second region is there, healthy, large enough and close behind. */

import type { FailoverCloud } from "./cloud";
import { type FailoverKind, isMoving } from "./steps";
import type { FailoverTargets, PlannedNodes } from "./targets";

/** A condition, and whether it holds. */
export interface Check {
  what: string;
  /** What was found. */
  found: string;
  holds: boolean;
}

/** The copy may be this far behind: the alarm of the second region's cluster begins there (`components/data/aurora-alarms.ts`). */
export const mostLagMs = 5_000;

/** What the plans alone tell. */
export function plannedChecks({ from, to, nodes }: FailoverTargets): Check[] {
  const [has, needs] = [countOf(nodes.to), countOf(nodes.from)];
  return [{ what: `${to} is planned with as many hot nodes as ${from}`, found: `${has} of ${needs}`, holds: has >= needs && has > 0 }];
}

/** What AWS tells. Asks everything, also after one that does not hold; a call that fails is a condition that does not hold. */
export async function liveChecks(targets: FailoverTargets, kind: FailoverKind, cloud: FailoverCloud): Promise<Check[]> {
  const { from, to, accelerators, database, nodes, quotas } = targets;
  const check = async (what: string, ask: () => Promise<Omit<Check, "what">>): Promise<Check> => {
    try {
      return { what, ...(await ask()) };
    } catch (error) {
      return { what, found: `no answer: ${(error as Error).message}`, holds: false };
    }
  };
  const checks = [
    await check(`${to} has a healthy endpoint in every accelerator`, async () => {
      const groups = (await cloud.endpointGroups(accelerators)).filter(({ region }) => region === to);
      const healthy = groups.filter((group) => group.endpoints > 0 && group.healthy === group.endpoints);
      return { found: `${healthy.length} of ${accelerators.length}`, holds: healthy.length === accelerators.length };
    }),
    await check(`the database ${database.identifier} has a cluster in ${to} that can take over`, async () => {
      const { status, members } = await cloud.globalDatabase(database.identifier);
      const found = members.find(({ region }) => region === to);
      // A walk that is taken up may find it under way; of a lost region the status tells nothing that could be waited for.
      const ready = kind === "lost" || status === "available" || isMoving(status);
      return { found: `${status}, ${members.length} members`, holds: found !== undefined && ready };
    }),
    await check(`its copy is at most ${mostLagMs / 1000} s behind`, async () => {
      const { members } = await cloud.globalDatabase(database.identifier);
      if (members.some(({ region, writer }) => region === to && writer)) return { found: "it is the writer", holds: true };
      const lag = await cloud.copyLag(database.standbyCluster);
      if (lag === undefined) return { found: "no figure in five minutes", holds: kind === "lost" };
      return { found: `${lag} ms`, holds: kind === "lost" || lag <= mostLagMs };
    }),
    await check(`hot nodes of ${to} are in service`, async () => {
      let count = 0;
      for (const { name } of nodes.to) count += await cloud.nodesInService(name);
      const needed = countOf(nodes.from);
      return { found: `${count} of ${needed} that ${from} has`, holds: count >= needed };
    }),
  ];
  for (const { service, name, serviceCode, quotaCode, need } of quotas) {
    checks.push(
      await check(`${service}: ${name} is raised in ${to}`, async () => {
        const value = await cloud.quota(serviceCode, quotaCode!);
        return { found: `${value} of ${need}`, holds: value >= need };
      }),
    );
  }
  return checks;
}

function countOf(groups: readonly PlannedNodes[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}
