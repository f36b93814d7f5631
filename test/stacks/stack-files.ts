/** Records stacks from their files: a region in layers as its stacks, each with what those below have given. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { regionLayers } from "bourse";
import { type RecordOptions, type ResourceGraph, recordProgram, stackReferenceType } from "bourse/testing";
import { parse } from "yaml";
import { fixtureOutputs } from "../../plan/graph";
import { program } from "../../stacks";

export const stackFolder = join(__dirname, "../../stacks");
export const stackFile = (stack: string) => join(stackFolder, `Pulumi.${stack}.yaml`);

/** The configuration of a stack file, without the project's name. */
export function valuesOf(stack: string): Record<string, unknown> {
  const { config } = parse(readFileSync(stackFile(stack), "utf8")) as { config: Record<string, unknown> };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(/^bourse:/, ""), value]));
}

/**
 * The layers' graphs, each recorded under the name of the whole, so that ids made of URNs are those of the one stack.
 *
 * @param deployed what layers below have given when a first preview runs
 */
export async function recordLayers(stack: string, values: Record<string, unknown>, deployed?: ResourceGraph[]): Promise<ResourceGraph[]> {
  const known = deployed === undefined;
  const graphs: ResourceGraph[] = [];
  for (const layer of regionLayers) {
    const references: RecordOptions["outputs"] = {
      [stackReferenceType]: (facts) => {
        const below = regionLayers.findIndex((each) => String(facts.inputs.name).endsWith(`/${stack}-${each}`));
        return below < 0
          ? fixtureOutputs(facts, {})
          : { outputs: { outputs: (deployed ?? graphs)[below].stackOutputs, secretOutputNames: [] } };
      },
    };
    graphs.push(
      await recordProgram({ stack, known, accountId: "111122223333", outputs: references }, () => program(values, `${stack}-${layer}`)),
    );
  }
  return graphs;
}
