/** What a policy rule is: a plain object, checked by the planner over a recorded graph and by Pulumi at deployment. */

/** A resource as rules see it, whoever recorded it. */
export interface PolicyResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
}

/** The resources around the one that is checked. */
export interface PolicyGraph {
  /** True for a stack that carries customers: rules `in: "production"` apply. */
  readonly production: boolean;
  ofType(type: string): readonly PolicyResource[];
  /** What `property` of `resource` refers to. */
  referencesOf(resource: PolicyResource, property: string): readonly PolicyResource[];
  /** Resources of `type` whose `property` refers to `resource`. */
  referrersOf(resource: PolicyResource, type: string, property: string): readonly PolicyResource[];
}

export type Severity = "mandatory" | "advisory";

/** One rule. Its texts are shown to the user. */
export interface Rule {
  /** Stable name, by which it is suppressed: lower case with hyphens. */
  id: string;
  title: string;
  /** What it checks. */
  checks: string;
  /** Why that matters. */
  why: string;
  fix: string;
  /** Mandatory findings stop a deployment. */
  severity: Severity;
  /** Production stacks only. @default every stack */
  in?: "production";
  /** True when the check looks at other resources; Pulumi can then check it only once all are known. @default false */
  needsGraph?: boolean;
  /** Resource types that are checked. */
  types: readonly string[];
  /** One sentence for each fault of the resource; none when it complies. */
  check(resource: PolicyResource, graph: PolicyGraph): string[];
  /** Examples for the rule's test and documentation. */
  passing: Example;
  failing: Example;
}

/** A resource that passes or fails, with the others that decide it. */
export interface Example extends ExampleResource {
  others?: readonly ExampleResource[];
}

export interface ExampleResource {
  type: string;
  /** @default "example" */
  name?: string;
  inputs: Record<string, unknown>;
  protect?: boolean;
  /** Names of the resources that a property refers to. */
  references?: Record<string, readonly string[]>;
}
