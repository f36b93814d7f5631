/** What a Pulumi program registers: the resources with their inputs, options and dependencies, as plain data. */

/** Stands in inputs and outputs for a value that only the provider can tell. Only in a graph recorded with unknown outputs. */
export const UNKNOWN = "(known after deployment)";

/** One registered (or read) resource. */
export interface RecordedResource {
  /** As the engine writes it, with the types of all parents. */
  readonly urn: string;
  /** Type token, for example `aws:kms/key:Key`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** URN of the parent; the stack itself counts as none. */
  readonly parent?: string;
  /** True for a resource that a provider manages, false for a component. */
  readonly custom: boolean;
  /** True for a component that a plugin builds (`awsx`, `eks`); its children are not visible here. */
  readonly remote: boolean;
  /** True for a resource that the program reads (`X.get`) and does not manage. */
  readonly read: boolean;
  /** Inputs as plain data, secrets in the clear: mask {@link secretPaths} before showing them to anybody. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Paths within the inputs that hold secrets, for example `authToken` or `users[0].password`. */
  readonly secretPaths: readonly string[];
  /** The physical id; absent for components and when outputs are unknown. */
  readonly id?: string;
  /** The provider's outputs (fixtures), or what the component registered. */
  outputs: Readonly<Record<string, unknown>>;
  /** URN of the explicit provider. */
  readonly provider?: string;
  /** Explicit providers of a component by package. */
  readonly providers: Readonly<Record<string, string>>;
  /** Region that the resource is made in, from its `region` argument, its provider or the stack's configuration. */
  readonly region: string;
  readonly protect: boolean;
  readonly aliases: readonly RecordedAlias[];
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly retainOnDelete: boolean;
  /** Id of an existing resource to adopt. */
  readonly importId?: string;
  /** URNs of all resources that it depends on, explicitly or by a property. */
  readonly dependencies: readonly string[];
  /** URNs by the property that refers to them. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
}

/** An earlier identity of a resource: a URN, or the parts that differ from the present one. */
export type RecordedAlias = string | { name?: string; type?: string; parent?: string; noParent?: boolean };

/** One call of a provider's function (a data source). */
export interface RecordedInvoke {
  readonly token: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly result: Readonly<Record<string, unknown>>;
}

/** All that one run of a program registered, in the order of registration. */
export class ResourceGraph {
  private readonly byUrn: ReadonlyMap<string, RecordedResource>;

  constructor(
    readonly project: string,
    readonly stack: string,
    /** False when the program ran as a preview, with unknown outputs. */
    readonly known: boolean,
    readonly resources: readonly RecordedResource[],
    readonly invokes: readonly RecordedInvoke[],
    /** What the program returned, as plain data. */
    readonly stackOutputs: Readonly<Record<string, unknown>>,
    /** Paths within {@link stackOutputs} that hold secrets. */
    readonly secretOutputPaths: readonly string[] = [],
  ) {
    this.byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  }

  /** The resource with `urn`, or undefined. */
  find(urn: string): RecordedResource | undefined {
    return this.byUrn.get(urn);
  }

  /** The one resource of `type` named `name`; an error that lists the names of that type when there is none or there are several. */
  get(type: string, name: string): RecordedResource {
    const found = this.ofType(type).filter((resource) => resource.name === name);
    if (found.length === 1) return found[0];
    const names = this.ofType(type).map((resource) => resource.name);
    throw new Error(
      `${found.length} resources of type ${type} named "${name}"; the graph has ${names.length === 0 ? "none of that type" : names.join(", ")}`,
    );
  }

  /** All resources of a type token, in the order of registration. */
  ofType(type: string): RecordedResource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** Direct children. */
  childrenOf(parent: RecordedResource): RecordedResource[] {
    return this.resources.filter((resource) => resource.parent === parent.urn);
  }

  /** All resources below `ancestor`. */
  within(ancestor: RecordedResource): RecordedResource[] {
    return this.resources.filter((resource) => this.ancestorsOf(resource).some((each) => each.urn === ancestor.urn));
  }

  /** Parent, its parent, and so on to the top. */
  ancestorsOf(resource: RecordedResource): RecordedResource[] {
    const ancestors: RecordedResource[] = [];
    for (let urn = resource.parent; urn !== undefined; ) {
      const parent = this.byUrn.get(urn);
      if (parent === undefined) break;
      ancestors.push(parent);
      urn = parent.parent;
    }
    return ancestors;
  }

  /** The resources that property `property` of `resource` refers to. */
  referencesOf(resource: RecordedResource, property: string): RecordedResource[] {
    const urns = resource.propertyDependencies[property] ?? [];
    return urns.flatMap((urn) => this.byUrn.get(urn) ?? []);
  }

  /** The resource whose physical id is `id` (known outputs only). */
  withId(type: string, id: unknown): RecordedResource | undefined {
    return this.resources.find((resource) => resource.type === type && resource.id !== undefined && resource.id === id);
  }
}
