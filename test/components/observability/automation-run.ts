/**
 * Runs an automation document step by step against fakes of the APIs that it calls, as Systems Manager does: parameters are checked against their patterns, values are put in,
 * a wait asks again, an assertion ends the run (Systems Manager guide, "Automation actions reference").
 */

/** One call of an API of AWS. */
export interface ApiCall {
  service: string;
  api: string;
  inputs: Record<string, unknown>;
}

export type FakeApi = (call: ApiCall) => unknown;

interface Step {
  name: string;
  action: string;
  inputs: Record<string, unknown>;
  outputs?: { Name: string; Selector: string }[];
  isEnd: boolean;
}

interface Content {
  schemaVersion: string;
  assumeRole: string;
  parameters: Record<string, { type: string; allowedPattern?: string; default?: string }>;
  mainSteps: Step[];
}

/** Times that a wait asks before it gives up. */
const asks = 5;

/** Runs the document; returns its calls and outputs. @throws as the automation would fail, naming the step */
export function runAutomation(
  content: string,
  given: Record<string, string | number>,
  api: FakeApi,
): { calls: ApiCall[]; outputs: Record<string, unknown> } {
  const { parameters, mainSteps } = JSON.parse(content) as Content;
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(given)) if (parameters[name] === undefined) throw new Error(`the document has no parameter ${name}`);
  for (const [name, { type, allowedPattern, default: standard }] of Object.entries(parameters)) {
    const value = given[name] ?? standard;
    if (value === undefined) throw new Error(`the parameter ${name} is missing`);
    if (type === "Integer" && !Number.isInteger(value)) throw new Error(`the parameter ${name} is no integer`);
    if (allowedPattern !== undefined && !new RegExp(allowedPattern).test(String(value)))
      throw new Error(`the parameter ${name} does not match`);
    values[name] = value;
  }
  const calls: ApiCall[] = [];
  const outputs: Record<string, unknown> = {};
  for (const step of mainSteps) {
    const { Service, Api, PropertySelector, DesiredValues, ...inputs } = filled(step.inputs, { ...values, ...outputs }) as Record<
      string,
      unknown
    >;
    const ask = () => {
      const call = { service: String(Service), api: String(Api), inputs };
      calls.push(call);
      return api(call);
    };
    const wanted = (answer: unknown) => (DesiredValues as unknown[]).includes(selected(answer, String(PropertySelector)));
    if (step.action === "aws:executeAwsApi") {
      const answer = ask();
      for (const { Name, Selector } of step.outputs ?? []) outputs[`${step.name}.${Name}`] = selected(answer, Selector);
    } else if (step.action === "aws:waitForAwsResourceProperty") {
      let left = asks;
      while (!wanted(ask())) if (--left === 0) throw new Error(`${step.name}: the value did not come`);
    } else if (step.action === "aws:assertAwsResourceProperty") {
      if (!wanted(ask())) throw new Error(`${step.name}: the value is not as wanted`);
    } else throw new Error(`${step.name}: unknown action ${step.action}`);
    if (step.isEnd) break;
  }
  return { calls, outputs };
}

/** Every `{{ name }}` replaced; a value that is nothing else keeps its type. */
function filled(value: unknown, values: Record<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((each) => filled(each, values));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filled(each, values)]));
  }
  if (typeof value !== "string") return value;
  const find = (name: string) => {
    if (!(name in values)) throw new Error(`{{ ${name} }} names nothing`);
    return values[name];
  };
  const whole = /^\{\{ ([\w.]+) \}\}$/.exec(value);
  return whole === null ? value.replaceAll(/\{\{ ([\w.]+) \}\}/g, (_, name) => String(find(name))) : find(whole[1]);
}

/** The value at `$.a.b[0].c`. */
function selected(answer: unknown, selector: string): unknown {
  let at = answer as Record<string | number, unknown> | undefined;
  for (const [, key, index] of selector.matchAll(/\.(\w+)|\[(\d+)\]/g)) at = at?.[key ?? Number(index)] as typeof at;
  return at;
}
