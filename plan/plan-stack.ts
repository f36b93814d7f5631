/** Project and stack -> plan: reads the configuration, records the program, analyses the graph. */

import { type CapacityTarget, capacityFaults, type SizeName } from "../components/capacity";
import { faultsError } from "../components/foundation";
import { rules } from "../policy/rules";
import { type Suppression, suppressionFaults } from "../policy/suppressions";
import { unionOf } from "./graph";
import { makePlan } from "./make-plan";
import type { Plan } from "./plan";
import { layersOf, type Project, readStackConfig, recordLayers, UsageError } from "./stack";

/**
 * Plans one stack; one with `<project>:layers` is as many stacks, `<stack>-<layer>`, which are planned together, or by such a name alone. From its configuration the plan takes `<project>:capacity` or `plan:capacity` (the load to compare sizes, usage and quotas with),
 * `<project>:sizes` or `plan:sizes` (sizes to use instead of derived ones), `<project>:preset` (anything but `development` is production) and `policy:suppressions`.
 *
 * @throws UsageError for an unknown stack or faulty suppressions, and what the program throws
 */
export async function planStack(project: Project, stack: string, options: { day: string; date?: string }): Promise<Plan> {
  const { settings, recorded } = layersOf(project, stack);
  const config = readStackConfig(project, settings);
  const capacity = config.values[`${project.name}:capacity`] ?? config.values["plan:capacity"];
  const overrides = (config.values[`${project.name}:sizes`] ?? config.values["plan:sizes"] ?? {}) as Partial<Record<SizeName, number>>;
  const capacityErrors = capacity === undefined ? [] : capacityFaults(capacity, { overrides });
  if (capacityErrors.length > 0) throw faultsError(`the configuration of stack "${stack}" has faults`, capacityErrors);
  const suppressions = config.values["policy:suppressions"] ?? [];
  const faults = suppressionFaults(
    suppressions,
    rules.map((rule) => rule.id),
  );
  if (faults.length > 0) throw new UsageError(["policy:suppressions has faults:", ...faults.map((fault) => `- ${fault}`)].join("\n"));

  const graphs = await recordLayers(project, recorded, config);
  const graph = stack === settings ? unionOf(project.name, stack, graphs) : graphs.at(-1)!;
  return makePlan(graph, {
    ...(capacity === undefined ? {} : { capacity: capacity as CapacityTarget, capacityOverrides: overrides }),
    production: config.values[`${project.name}:preset`] !== "development",
    suppressions: suppressions as Suppression[],
    ...options,
  });
}
