/** Proves that the `transform` hooks of a component reach every child. */

import type { ResourceGraph } from "../plan/graph";

/** A stand-in for a `transform` argument of any shape: a hook under every key, at every depth, which notes the children it is called for. */
export interface TransformProbe<Transforms> {
  /** Pass this as `transform`. */
  readonly transform: Transforms;
  /** Logical names of the children that a hook was called for. */
  readonly names: ReadonlySet<string>;
}

/** A new probe for a `transform` argument of type `Transforms`. */
export function probeTransforms<Transforms>(): TransformProbe<Transforms> {
  const names = new Set<string>();
  const hook = (_args: object, _opts: object, name: string): void => void names.add(name);
  const everyKey: typeof hook = new Proxy(hook, {
    get: (target, key) => (typeof key === "string" && !(key in target) ? everyKey : Reflect.get(target, key)),
  });
  return { transform: everyKey as unknown as Transforms, names };
}

/** Names of managed children that no hook was called for; providers, which are no part of the deployment, aside. */
export function untransformed(graph: ResourceGraph, probe: TransformProbe<unknown>): string[] {
  return graph.resources
    .filter((resource) => (resource.custom || resource.remote) && !resource.read && !resource.type.startsWith("pulumi:"))
    .filter((resource) => !probe.names.has(resource.name))
    .map((resource) => `${resource.type} "${resource.name}"`);
}
