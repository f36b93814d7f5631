/** The command `bourse failover`: prints what a failover between two regions would do, or walks it. */

import { createInterface } from "node:readline/promises";
import { setTimeout as wait } from "node:timers/promises";
import { planStack } from "../plan-stack";
import { type Project, readStackConfig, UsageError } from "../stack";
import { awsCloud, clientsOf, loadSdk } from "./aws-cloud";
import { liveChecks, plannedChecks } from "./checks";
import type { FailoverCloud } from "./cloud";
import { type FailoverKind, failoverSteps } from "./steps";
import { type FailoverTargets, failoverTargets } from "./targets";
import { walk } from "./walk";

export interface FailoverOptions {
  /** Stacks of the region that is left, and of the one that takes over. */
  from: string;
  to: string;
  kind: FailoverKind;
  /** Walks the steps; else they are only printed. */
  drill: boolean;
  /** Day on which suppressions of the plans are looked at. */
  day: string;
}

/** What a walk touches. @default AWS, the terminal and the clock */
export interface FailoverSurroundings {
  cloud?(targets: FailoverTargets): Promise<FailoverCloud>;
  print?(line: string): void;
  confirm?(question: string): Promise<boolean>;
  sleep?(ms: number): Promise<unknown>;
}

/** Runs the command. @returns the exit status: 0, or 1 where a condition does not hold or the walk stopped */
export async function runFailover(project: Project, options: FailoverOptions, surroundings: FailoverSurroundings = {}): Promise<number> {
  const { print = console.log, confirm = askTerminal, sleep = wait } = surroundings;
  const { from, to, kind, drill } = options;
  const plan = (stack: string) => planStack(project, stack, { day: options.day });
  const global = globalStackOf(project, from);
  const targets = failoverTargets({ from: await plan(from), to: await plan(to), global: await plan(global) });
  const planned = plannedChecks(targets);

  print(`Failover of ${project.name} from ${targets.from} to ${targets.to}, ${kind === "planned" ? "both well" : `${targets.from} lost`}`);
  if (!drill) {
    for (const { what, found, holds } of planned) print(`${holds ? "ok  " : "FAIL"}  ${what}: ${found}`);
    for (const { service, name, need } of targets.quotas)
      print(`      ${service}: ${name} of ${targets.to} must have been raised to ${need}`);
    // No step is run, so nothing is asked of the cloud.
    for (const [index, step] of failoverSteps(targets, kind, unasked).entries()) {
      print(`${index + 1}  ${step.title}${step.byHand ? " (by hand)" : ""}`);
      print(`     ${step.how}`);
      if (step.irreversible !== undefined) print(`     confirmed before: ${step.irreversible}`);
    }
    print(`Walk it with --drill, which first asks AWS for health, lag, nodes and quotas of ${targets.to}.`);
    return planned.every(({ holds }) => holds) ? 0 : 1;
  }
  const cloud = await (surroundings.cloud ?? callAws)(targets);
  const checks = [...planned, ...(await liveChecks(targets, kind, cloud))];
  const steps = failoverSteps(targets, kind, cloud);
  const done = await walk({ checks, steps, print, confirm, sleep: async (ms) => void (await sleep(ms)) });
  if (done) print(`${targets.to} is the home region. To go back: bourse failover ${to} ${from} --drill`);
  return done ? 0 : 1;
}

/** The stack of the accelerators, which the region's configuration names. */
function globalStackOf(project: Project, stack: string): string {
  const given = readStackConfig(project, stack).values[`${project.name}:globalStack`];
  const name = typeof given === "string" ? given.split("/").at(-1)! : "global";
  if (!project.stacks.includes(name))
    throw new UsageError(`the stack "${name}" of the accelerators has no configuration; set globalStack of "${stack}"`);
  return name;
}

const unasked = new Proxy({} as FailoverCloud, {
  get: () => () => {
    throw new Error("a printed plan asks nothing of AWS");
  },
});

async function callAws({ to }: FailoverTargets): Promise<FailoverCloud> {
  const sdk = await loadSdk();
  return awsCloud(sdk, clientsOf(sdk, to));
}

/** Only a typed "yes" is one; an input that ends is none. */
async function askTerminal(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const ended = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
    return (await Promise.race([terminal.question(`${question} [yes] `), ended])).trim() === "yes";
  } finally {
    terminal.close();
  }
}
