/** A Pulumi project on disk: its stacks, their configuration, and the recording of a stack's program. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { type OutputFixture, type RecordOptions, type ResourceGraph, recordProgram, stackReferenceType } from "./graph";
import { stackOutputs } from "./graph/stack-outputs";

/** What the user gave is wrong; the message says what is allowed and how to fix it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A project with the folder that holds its `Pulumi.yaml`. */
export interface Project {
  name: string;
  folder: string;
  /** Absolute path of the program. */
  main: string;
  /** Names of the stacks that have a configuration file, sorted. */
  stacks: string[];
  /** Defaults that `Pulumi.yaml` gives, by full key. */
  defaults: Record<string, unknown>;
  configFolder: string;
}

/** Configuration of a stack: plain values by full key (`bourse:preset`); secrets are replaced, since only the Pulumi CLI can decrypt them. */
export interface StackConfig {
  values: Record<string, unknown>;
  secretKeys: string[];
}

/** Finds the project of `folder`: the nearest `Pulumi.yaml` upwards. */
export function findProject(folder: string): Project {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const file = join(at, "Pulumi.yaml");
    if (existsSync(file)) return readProject(file);
    if (dirname(at) === at)
      throw new UsageError(`no Pulumi.yaml in ${resolve(folder)} or above it; run the command inside a Pulumi project`);
  }
}

function readProject(file: string): Project {
  const folder = dirname(file);
  const content = readYaml(file);
  const { name } = content;
  if (typeof name !== "string") throw new UsageError(`${file} has no name; a Pulumi project starts with "name: <project>"`);
  const configFolder = join(folder, typeof content.stackConfigDir === "string" ? content.stackConfigDir : ".");
  const stacks = existsSync(configFolder)
    ? readdirSync(configFolder)
        .map((entry) => /^Pulumi\.(.+)\.ya?ml$/.exec(entry)?.[1])
        .filter((stack) => stack !== undefined)
        .sort()
    : [];
  return { name, folder, main: mainOf(folder, content.main), stacks, defaults: defaultsOf(content.config, name), configFolder };
}

/** The program: `main` of Pulumi.yaml, a file or a folder; else index.ts or index.js. */
function mainOf(folder: string, main: unknown): string {
  const given = join(folder, typeof main === "string" ? main : ".");
  const candidates = [given, join(given, "index.ts"), join(given, "index.js")].filter((path) => /\.[cm]?[jt]s$/.test(path));
  const found = candidates.find(existsSync);
  if (found === undefined)
    throw new UsageError(`the program ${given} of the project does not exist; set "main" in ${join(folder, "Pulumi.yaml")}`);
  return found;
}

function defaultsOf(config: unknown, project: string): Record<string, unknown> {
  const defaults: Record<string, unknown> = {};
  for (const [key, declared] of Object.entries((config ?? {}) as Record<string, unknown>)) {
    const value =
      typeof declared === "object" && declared !== null
        ? ((declared as Record<string, unknown>).default ?? (declared as Record<string, unknown>).value)
        : declared;
    if (value !== undefined) defaults[key.includes(":") ? key : `${project}:${key}`] = value;
  }
  return defaults;
}

/** Reads the configuration of `stack`; an unknown stack is an error that lists the known ones. */
export function readStackConfig(project: Project, stack: string): StackConfig {
  if (!project.stacks.includes(stack)) {
    const known =
      project.stacks.length === 0 ? `none, since ${project.configFolder} has no Pulumi.<stack>.yaml` : project.stacks.join(", ");
    throw new UsageError(`no stack "${stack}" in project "${project.name}"; known stacks: ${known}`);
  }
  const config = readYaml(join(project.configFolder, `Pulumi.${stack}.yaml`)).config ?? {};
  if (typeof config !== "object" || Array.isArray(config))
    throw new UsageError(`"config" of stack "${stack}" must be a table of keys and values`);
  const values: Record<string, unknown> = { ...project.defaults };
  const secretKeys: string[] = [];
  for (const [key, value] of Object.entries(config as Record<string, unknown>)) {
    const full = key.includes(":") ? key : `${project.name}:${key}`;
    const secret = hasSecret(value);
    if (secret) secretKeys.push(full);
    values[full] = secret ? withoutSecrets(value) : value;
  }
  return { values, secretKeys };
}

/** An encrypted value is `{ secure: <text> }`, at any depth. */
function hasSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.hasOwn(value, "secure") || Object.values(value).some(hasSecret);
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Object.hasOwn(value, "secure")) return "[secret]";
  if (Array.isArray(value)) return value.map(withoutSecrets);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner)]));
}

function readYaml(file: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) throw new UsageError(`${file} must hold keys and values`);
  return content as Record<string, unknown>;
}

/** Runs the stack's program in this process and records what it registers: no credentials, no Pulumi CLI, no network. */
export function recordStack(
  project: Project,
  stack: string,
  config: StackConfig,
  options: Pick<RecordOptions, "known" | "outputs"> = {},
): Promise<ResourceGraph> {
  const account = config.values[`${project.name}:accountId`];
  const asText = (value: unknown) => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value));
  return recordProgram(
    {
      project: project.name,
      stack,
      config: Object.fromEntries(Object.entries(config.values).map(([key, value]) => [key, asText(value)])),
      secretConfigKeys: config.secretKeys,
      ...(typeof account === "string" ? { accountId: account } : {}),
      ...options,
    },
    () => runProgram(project.main),
  );
}

/**
 * The stack whose configuration `stack` has, and the stacks to record for it, in order. A configuration with a list `<project>:layers` is that of as
 * many stacks, `<stack>-<layer>`, each of which may read the outputs of those before it.
 */
export function layersOf(project: Project, stack: string): { settings: string; recorded: string[] } {
  const layersIn = (settings: string): string[] => {
    const given = readStackConfig(project, settings).values[`${project.name}:layers`];
    return Array.isArray(given) ? given.map((layer) => `${settings}-${layer}`) : [];
  };
  if (!project.stacks.includes(stack)) {
    for (const settings of project.stacks) {
      const layers = layersIn(settings);
      if (layers.includes(stack)) return { settings, recorded: layers.slice(0, layers.indexOf(stack) + 1) };
    }
  }
  const layers = layersIn(stack);
  return { settings: stack, recorded: layers.length === 0 ? [stack] : layers };
}

/** Records stacks one after the other; a reference to one before is answered with its outputs. */
export async function recordLayers(project: Project, stacks: readonly string[], config: StackConfig): Promise<ResourceGraph[]> {
  const graphs: ResourceGraph[] = [];
  for (const stack of stacks)
    graphs.push(await recordStack(project, stack, config, { outputs: { [stackReferenceType]: answering(graphs) } }));
  return graphs;
}

/** References to one of `graphs` give its outputs, others those that come with the recorder. */
function answering(graphs: readonly ResourceGraph[]): OutputFixture {
  const before = [...graphs];
  return (facts) => {
    const [, project, stack] = String(facts.inputs.name).split("/");
    const found = before.find((graph) => graph.project === project && graph.stack === stack);
    return found === undefined ? stackOutputs(facts) : { outputs: { outputs: found.stackOutputs, secretOutputNames: [] } };
  };
}

/** As the Pulumi CLI runs a program: load the file, and call its export when that is a function. */
async function runProgram(main: string): Promise<unknown> {
  if (main.endsWith(".ts") && require.extensions[".ts"] === undefined) {
    // As the Pulumi CLI does; the SDK brings ts-node, the project may have its own.
    const paths = [dirname(main), dirname(require.resolve("@pulumi/pulumi"))];
    require(require.resolve("ts-node/register/transpile-only", { paths }));
  }
  delete require.cache[require.resolve(main)];
  const exported = require(main) as unknown;
  const entry =
    typeof exported === "object" && exported !== null && "default" in exported ? (exported as { default: unknown }).default : exported;
  return typeof entry === "function" ? await entry() : exported;
}
