/** Runs a Pulumi program in this process, without engine, plugins or credentials, and records what it registers. */

import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import type * as resourceProtocol from "@pulumi/pulumi/proto/resource_pb";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { fixtureOutputs, type OutputFixture } from "./fixtures";
import type { ResourceFacts } from "./identity";
import { type InvokeFixture, invokeResult } from "./invokes";
import {
  aliasOf,
  answering,
  optional,
  propertyDependenciesOf,
  providerUrn,
  type ReadAnswer,
  type RegisterAnswer,
  registerAnswer,
  stackType,
  struct,
  withoutStack,
} from "./monitor-messages";
import { plainProperties } from "./properties";
import { type RecordedInvoke, type RecordedResource, ResourceGraph } from "./resource-graph";
import { structureFaults } from "./structure";

/** How to run a program. */
export interface RecordOptions {
  /** @default "bourse" */
  project?: string;
  /** @default "test" */
  stack?: string;
  /** Stack configuration with full keys, for example `aws:region`; objects as JSON text, as the CLI hands them over. @default {} */
  config?: Record<string, string>;
  /** Keys of `config` that are secret. @default none */
  secretConfigKeys?: string[];
  /** False runs the program as a first preview: ids and everything that a provider computes are unknown. @default true */
  known?: boolean;
  /** Account that ARNs and `getCallerIdentity` name. @default "123456789012" */
  accountId?: string;
  /** Outputs by resource type, over the fixtures that come with the recorder. */
  outputs?: Record<string, OutputFixture>;
  /** Results by function token, over those that come with the recorder. */
  invokes?: Record<string, InvokeFixture>;
  /** Longest time in ms that the program may take to settle. @default 60000 */
  timeoutMs?: number;
}

/** A program that failed to run cleanly; the message lists every fault. */
export class RecordingError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(
      `the program has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:\n${faults.map((fault) => `- ${fault}`).join("\n")}`,
    );
    this.name = "RecordingError";
  }
}

/** The default of the AWS provider in this library when a program configures none. */
const defaultRegion = "us-east-1";

/** The queue of open calls, which the SDK exports without declaring it. */
const runtime = pulumi.runtime as typeof pulumi.runtime & { waitForRPCs(): Promise<void> };

let previous: Promise<unknown> = Promise.resolve();

/**
 * Runs `program` and returns what it registered. Runs wait for one another, since the Pulumi runtime keeps its state in the process.
 *
 * @throws what the program throws, or a {@link RecordingError} that lists rejected promises, resources with the same URN, children
 * without their parent or without its name, and calls without a fixture.
 */
export function recordProgram(options: RecordOptions, program: () => Promise<unknown> | unknown): Promise<ResourceGraph> {
  const run = previous.then(() => new Recording(options).run(program));
  previous = run.catch(() => undefined);
  return run;
}

class Recording {
  private readonly project: string;
  private readonly stack: string;
  private readonly known: boolean;
  private readonly accountId: string;
  private readonly resources: RecordedResource[] = [];
  private readonly byUrn = new Map<string, RecordedResource>();
  private readonly invokes: RecordedInvoke[] = [];
  private readonly rejections: string[] = [];
  private stackOutputs: Record<string, unknown> = {};
  private secretOutputPaths: readonly string[] = [];
  private activity = 0;

  constructor(private readonly options: RecordOptions) {
    this.project = options.project ?? "bourse";
    this.stack = options.stack ?? "test";
    this.known = options.known ?? true;
    this.accountId = options.accountId ?? "123456789012";
  }

  async run(program: () => Promise<unknown> | unknown): Promise<ResourceGraph> {
    // Rejections that nobody handles belong to the program while it runs; test runners have listeners of their own, set aside meanwhile.
    const others = process.listeners("unhandledRejection");
    const onRejection = (reason: unknown): void => void this.rejections.push(reason instanceof Error ? reason.message : String(reason));
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", onRejection);
    // The SDK formats a stack trace for every promise; each would be mapped to its sources, which takes most of the time.
    const { prepareStackTrace } = Error;
    const { sourceMapsEnabled } = process;
    Error.prepareStackTrace = String;
    process.setSourceMapsEnabled(false);
    let failure: { error: unknown } | undefined;
    try {
      await this.install();
      const outcome = pulumi.runtime
        .runInPulumiStack(async () => (await program()) ?? {})
        .then(
          () => undefined,
          (error: unknown) => ({ error }),
        );
      failure = await this.withinLimit(outcome.then((ended) => this.settled().then(() => ended)));
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
      process.setSourceMapsEnabled(sourceMapsEnabled);
      process.removeListener("unhandledRejection", onRejection);
      for (const listener of others) process.on("unhandledRejection", listener);
      pulumi.runtime.setAllConfig({});
    }
    if (failure !== undefined) throw failure.error;
    const faults = [...new Set(this.rejections), ...structureFaults(this.resources)];
    if (faults.length > 0) throw new RecordingError(faults);
    const { project, stack, known, invokes, stackOutputs, secretOutputPaths } = this;
    const resources = this.placed();
    return new ResourceGraph(project, stack, known, resources, invokes, stackOutputs, secretOutputPaths);
  }

  private async install(): Promise<void> {
    const unused = () => {
      throw new Error("the recorder answers registrations itself");
    };
    await pulumi.runtime.setMocks(
      { newResource: unused, call: (call) => this.invoke(call.token, call.inputs, call.provider) },
      this.project,
      this.stack,
      !this.known,
    );
    pulumi.runtime.setAllConfig(this.options.config ?? {}, this.options.secretConfigKeys ?? []);
    const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor;
    monitor.registerResource = answering((request: resourceProtocol.RegisterResourceRequest) => this.register(request));
    monitor.readResource = answering((request: resourceProtocol.ReadResourceRequest) => this.read(request));
    monitor.registerResourceOutputs = answering((request: resourceProtocol.RegisterResourceOutputsRequest) => this.complete(request));
  }

  /** Resolves when nothing has happened for a number of turns of the event loop and no call to the monitor is open. */
  private async settled(): Promise<void> {
    for (let quiet = 0, seen = -1; quiet < 20; ) {
      await runtime.waitForRPCs();
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.activity === seen ? quiet + 1 : 0;
      seen = this.activity;
    }
  }

  private async withinLimit<Result>(work: Promise<Result>): Promise<Result> {
    const limit = this.options.timeoutMs ?? 60_000;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const last = this.resources.at(-1);
        const after = last === undefined ? "no resource" : `${this.resources.length} resources, the last ${last.type} "${last.name}"`;
        reject(new RecordingError([`the program did not settle within ${limit} ms, after ${after}`, ...new Set(this.rejections)]));
      }, limit);
    });
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }

  private register(request: resourceProtocol.RegisterResourceRequest): RegisterAnswer {
    const wire = request.getObject()?.toJavaScript() ?? {};
    const urn = this.urnOf(request.getParent(), request.getType(), request.getName());
    if (request.getType() === stackType) return registerAnswer(urn, "", {});
    const { values, secretPaths } = plainProperties(wire);
    const provider = request.getProvider() === "" ? undefined : providerUrn(request.getProvider());
    const facts: ResourceFacts = {
      urn,
      type: request.getType(),
      name: request.getName(),
      inputs: values,
      accountId: this.accountId,
      region: this.regionOf(values, provider, request.getParent()),
    };
    const managed = request.getCustom() || request.getRemote();
    const fixture = managed ? fixtureOutputs(facts, this.options.outputs ?? {}) : { outputs: {} };
    const computed = this.known ? fixture.outputs : unknownOutputs(fixture.outputs, values);
    const id = request.getCustom() && this.known ? (fixture.id ?? request.getName()) : undefined;
    this.add({
      ...facts,
      ...optional("parent", this.parentOf(request.getParent())),
      ...optional("id", id),
      ...optional("provider", provider),
      ...optional("importId", request.getImportid() === "" ? undefined : request.getImportid()),
      custom: request.getCustom(),
      remote: request.getRemote(),
      read: false,
      secretPaths,
      outputs: { ...(request.getCustom() ? values : {}), ...plainProperties(computed).values },
      providers: Object.fromEntries(
        request
          .getProvidersMap()
          .toArray()
          .map(([name, reference]) => [name, providerUrn(reference)]),
      ),
      protect: request.getProtect() ?? false,
      aliases: request.getAliasesList().map(aliasOf),
      ignoreChanges: request.getIgnorechangesList(),
      replaceOnChanges: request.getReplaceonchangesList(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      retainOnDelete: request.getRetainondelete() ?? false,
      dependencies: withoutStack(request.getDependenciesList()),
      propertyDependencies: propertyDependenciesOf(request),
    });
    // A provider returns its inputs too; a remote component returns only what it makes.
    return registerAnswer(urn, id ?? "", { ...(request.getCustom() ? wire : {}), ...computed });
  }

  private read(request: resourceProtocol.ReadResourceRequest): ReadAnswer {
    const wire = request.getProperties()?.toJavaScript() ?? {};
    const { values, secretPaths } = plainProperties(wire);
    const urn = this.urnOf(request.getParent(), request.getType(), request.getName());
    const provider = request.getProvider() === "" ? undefined : providerUrn(request.getProvider());
    const region = this.regionOf(values, provider, request.getParent());
    const facts: ResourceFacts = {
      urn,
      type: request.getType(),
      name: request.getName(),
      inputs: values,
      accountId: this.accountId,
      region,
    };
    const fixture = fixtureOutputs(facts, this.options.outputs ?? {});
    this.add({
      ...facts,
      ...optional("parent", this.parentOf(request.getParent())),
      ...optional("provider", provider),
      id: request.getId(),
      custom: true,
      remote: false,
      read: true,
      secretPaths,
      outputs: { ...fixture.outputs, ...values },
      providers: {},
      protect: false,
      aliases: [],
      ignoreChanges: [],
      replaceOnChanges: [],
      deleteBeforeReplace: false,
      retainOnDelete: false,
      dependencies: withoutStack(request.getDependenciesList()),
      propertyDependencies: {},
    });
    return { getUrn: () => urn, getProperties: () => struct({ ...fixture.outputs, ...wire }), getUnknown: () => false };
  }

  private complete(request: resourceProtocol.RegisterResourceOutputsRequest): object {
    this.activity++;
    const { values, secretPaths } = plainProperties(request.getOutputs()?.toJavaScript() ?? {});
    const resource = this.byUrn.get(request.getUrn());
    if (resource !== undefined) resource.outputs = values;
    else [this.stackOutputs, this.secretOutputPaths] = [values, secretPaths];
    return {};
  }

  private invoke(token: string, inputs: Record<string, unknown>, provider: string | undefined): Record<string, unknown> {
    this.activity++;
    const region = this.regionOf(inputs, provider === undefined || provider === "" ? undefined : providerUrn(provider), "");
    const result = withDetails(() => invokeResult(token, { inputs, region, accountId: this.accountId }, this.options.invokes ?? {}));
    this.invokes.push({ token, inputs, result });
    return result;
  }

  private add(resource: RecordedResource): void {
    this.activity++;
    this.resources.push(resource);
    this.byUrn.set(resource.urn, resource);
  }

  /** As the engine: the types of all ancestors but the stack, then the own type. */
  private urnOf(parent: string, type: string, name: string): string {
    const parentType = parent === "" ? stackType : parent.split("::")[2];
    const qualified = parentType === stackType ? type : `${parentType}$${type}`;
    return `urn:pulumi:${this.stack}::${this.project}::${qualified}::${name}`;
  }

  private parentOf(urn: string): string | undefined {
    return urn === "" || urn.split("::")[2] === stackType ? undefined : urn;
  }

  /** What no provider places, such as components and the objects of a cluster, is where the program's only AWS provider is. */
  private placed(): RecordedResource[] {
    const regions = new Set(this.resources.filter(({ type }) => type === "pulumi:providers:aws").map(({ inputs }) => inputs.region));
    const [only] = regions;
    if (regions.size !== 1 || typeof only !== "string") return this.resources;
    const isPlaced = ({ type, inputs }: RecordedResource) => type.startsWith("aws:") || typeof inputs.region === "string";
    return this.resources.map((resource) => (isPlaced(resource) ? resource : { ...resource, region: only }));
  }

  private regionOf(inputs: Record<string, unknown>, provider: string | undefined, parent: string): string {
    if (typeof inputs.region === "string") return inputs.region;
    const placeOf = (owner: string | undefined) => owner && this.byUrn.get(owner)?.inputs.region;
    const own = placeOf(provider);
    if (typeof own === "string") return own;
    // A provider of another kind, such as that of a cluster, is where the resources of AWS around it are.
    for (let around = this.byUrn.get(parent); around !== undefined; around = this.byUrn.get(around.parent ?? "")) {
      const region = placeOf(around.providers.aws);
      if (typeof region === "string") return region;
    }
    return this.options.config?.["aws:region"] ?? defaultRegion;
  }
}

/** A first preview knows of the outputs only those that repeat an input. */
function unknownOutputs(outputs: Record<string, unknown>, inputs: Record<string, unknown>): Record<string, unknown> {
  const unknown = Object.keys(outputs).filter((key) => !isDeepStrictEqual(outputs[key], inputs[key]));
  return Object.fromEntries(unknown.map((key) => [key, pulumi.runtime.unknownValue]));
}

/** Runs `answer`; the SDK shows only the `details` of an error that a data source returns. */
function withDetails<Result>(answer: () => Result): Result {
  try {
    return answer();
  } catch (error) {
    throw Object.assign(error as Error, { details: (error as Error).message });
  }
}
