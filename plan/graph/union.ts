/** Stacks that read each other as one graph: what refers to another stack's outputs refers to the resources that gave them. */

import { type RecordedResource, ResourceGraph } from "./resource-graph";

export const stackReferenceType = "pulumi:pulumi:StackReference";

/** URNs by the output's text that they gave. */
type Givers = ReadonlyMap<string, string>;

/**
 * One graph of `graphs`, which are given in the order of their deployment. References to a stack among them are resolved and left out; those to
 * others stay.
 */
export function unionOf(project: string, stack: string, graphs: readonly ResourceGraph[]): ResourceGraph {
  const givers = new Map(graphs.map((graph) => [`${graph.project}/${graph.stack}`, giversIn(graph)]));
  const resources = graphs.flatMap((graph) => {
    const references = new Map<string, Givers>();
    for (const { urn, inputs } of graph.ofType(stackReferenceType)) {
      const found = givers.get(String(inputs.name).split("/").slice(1).join("/"));
      if (found !== undefined) references.set(urn, found);
    }
    return graph.resources.filter(({ urn }) => !references.has(urn)).map((resource) => resolved(resource, references));
  });
  const known = graphs.every((graph) => graph.known);
  const invokes = graphs.flatMap((graph) => graph.invokes);
  const outputs = Object.assign({}, ...graphs.map((graph) => graph.stackOutputs));
  return new ResourceGraph(
    project,
    stack,
    known,
    resources,
    invokes,
    outputs,
    graphs.flatMap((graph) => graph.secretOutputPaths),
  );
}

/** Which resource each text among the outputs is of: the first that made it and was not given it, by its id or ARN before other outputs. */
function giversIn(graph: ResourceGraph): Givers {
  const managed = graph.resources.filter(({ custom, remote }) => custom || remote);
  const owners = new Map<string, string>();
  const own = (urn: string, inputs: unknown, made: unknown) => {
    const given = new Set(textsIn(inputs));
    for (const text of textsIn(made)) if (!given.has(text) && !owners.has(text)) owners.set(text, urn);
  };
  for (const { urn, inputs, id, outputs } of managed) own(urn, inputs, [id, outputs.arn]);
  for (const { urn, inputs, outputs } of managed) own(urn, inputs, outputs);
  return new Map(textsIn(graph.stackOutputs).flatMap((text) => (owners.has(text) ? [[text, owners.get(text)!] as const] : [])));
}

function resolved(resource: RecordedResource, references: ReadonlyMap<string, Givers>): RecordedResource {
  if (!resource.dependencies.some((urn) => references.has(urn))) return resource;
  const propertyDependencies = Object.fromEntries(
    Object.entries(resource.propertyDependencies).map(([property, urns]) => {
      const text = JSON.stringify(resource.inputs[property] ?? "");
      const behind = (urn: string) => [...references.get(urn)!].filter(([given]) => mentions(text, given)).map(([, giver]) => giver);
      return [property, [...new Set(urns.flatMap((urn) => (references.has(urn) ? behind(urn) : urn)))]];
    }),
  );
  const direct = resource.dependencies.filter((urn) => !references.has(urn));
  return { ...resource, propertyDependencies, dependencies: [...new Set([...direct, ...Object.values(propertyDependencies).flat()])] };
}

/** Whether JSON has `given` as a whole word, not as the beginning of a longer name. */
function mentions(json: string, given: string): boolean {
  const word = JSON.stringify(given).slice(1, -1);
  for (let at = json.indexOf(word); at >= 0; at = json.indexOf(word, at + 1)) {
    if (!/[\w-]/.test(json[at - 1] ?? "") && !/[\w-]/.test(json[at + word.length] ?? "")) return true;
  }
  return false;
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
