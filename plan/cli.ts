/** The command `bourse`: plans of stacks, differences of plans, and the failover between two regions. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { isDay } from "../policy/suppressions";
import { diffPlans } from "./diff/diff";
import { diffText } from "./diff/text";
import { runFailover } from "./failover/failover-command";
import type { Plan } from "./plan";
import { planStack } from "./plan-stack";
import { planHtml } from "./render/html";
import { planMarkdown } from "./render/markdown";
import { summaryText } from "./render/summary";
import { findProject, UsageError } from "./stack";

const usage = `usage: bourse plan <stack> [--out DIR] [--date YYYY-MM-DD] [--cwd DIR]
       bourse plan diff <before.json> <after.json> [--json]
       bourse failover <from> <to> [--drill] [--lost] [--cwd DIR]

plan        records the stack's program without credentials or the Pulumi CLI, writes plan.json, plan.md and plan.html
            to DIR (default .bourse/plan/<stack>) and prints a summary
plan diff   prints what changes between two plans: added, removed, replaced and updated resources, and the cost
failover    prints the steps by which the region of stack <to> takes over from that of <from>; --drill walks them with the credentials that the AWS
            CLI would use, asks before what cannot be taken back, and goes on where an earlier walk stopped; --lost: <from> answers no more, and what
            was not copied is given up`;

/** Runs the command. @returns the exit status: 0, 1 for a fault in the configuration or program, 2 for a wrong command line */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    console.error(faultText(error));
    return error instanceof CommandLineError ? 2 : 1;
  }
}

class CommandLineError extends Error {}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = commandLine(args);
  if (values.help === true) {
    console.log(usage);
    return 0;
  }
  const [command, ...rest] = positionals;
  if (command === "failover") {
    if (rest.length !== 2 || rest[0] === rest[1]) {
      throw new CommandLineError(
        `failover takes two stacks of regions, got ${rest.length === 2 ? "one twice" : rest.length}: ${rest.join(", ")}\n${usage}`,
      );
    }
    const [from, to] = rest;
    const { drill = false, lost = false } = values;
    return runFailover(findProject(values.cwd ?? process.cwd()), { from, to, drill, kind: lost ? "lost" : "planned", day: today() });
  }
  if (command !== "plan")
    throw new CommandLineError(command === undefined ? usage : `unknown command "${command}"; allowed: plan, failover\n${usage}`);
  if (rest[0] === "diff" && rest.length !== 1) return runDiff(rest.slice(1), values.json === true);
  if (rest.length !== 1) throw new CommandLineError(`give one stack, got ${rest.length}: ${rest.join(", ")}\n${usage}`);
  return runPlan(rest[0], { out: values.out, date: values.date, cwd: values.cwd });
}

function commandLine(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: "string" },
        date: { type: "string" },
        cwd: { type: "string" },
        json: { type: "boolean" },
        drill: { type: "boolean" },
        lost: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new CommandLineError(`${(error as Error).message}\n${usage}`);
  }
}

async function runPlan(stack: string, options: { out?: string; date?: string; cwd?: string }): Promise<number> {
  if (options.date !== undefined && !isDay(options.date))
    throw new CommandLineError(`--date "${options.date}" is no day; write YYYY-MM-DD`);
  const project = findProject(options.cwd ?? process.cwd());
  const plan = await planStack(project, stack, { date: options.date, day: options.date ?? today() });
  const out = resolve(options.out ?? join(project.folder, ".bourse", "plan", stack));
  writePlan(plan, out);
  console.log(summaryText(plan));
  console.log(
    `Written         ${["plan.json", "plan.md", "plan.html"].map((file) => relative(process.cwd(), join(out, file))).join(", ")}`,
  );
  return 0;
}

const today = () => new Date().toISOString().slice(0, 10);

/** Writes `plan.json`, `plan.md` and `plan.html` into `folder`. */
export function writePlan(plan: Plan, folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "plan.json"), `${JSON.stringify(plan, undefined, 2)}\n`);
  writeFileSync(join(folder, "plan.md"), planMarkdown(plan));
  writeFileSync(join(folder, "plan.html"), planHtml(plan));
}

function runDiff(files: readonly string[], asJson: boolean): number {
  if (files.length !== 2) throw new CommandLineError(`plan diff takes two plan.json files, got ${files.length}\n${usage}`);
  const [before, after] = files.map(readPlan);
  const difference = diffPlans(before, after);
  console.log(asJson ? JSON.stringify(difference, undefined, 2) : diffText(difference));
  return 0;
}

function readPlan(file: string): Plan {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`${file} is no plan: ${(error as Error).message}`);
  }
  const plan = content as Partial<Plan> | null;
  if (plan?.format !== "bourse.plan") throw new UsageError(`${file} is no plan of this command; write one with: bourse plan <stack>`);
  if (plan.version !== 1)
    throw new UsageError(`${file} has version ${String(plan.version)} of the format, this command reads version 1; plan again`);
  return plan as Plan;
}

/** The error as the user needs it: faults one a line, no stack trace for what the user can correct. */
export function faultText(error: unknown): string {
  if (error instanceof pulumi.InputPropertiesError) {
    const lines = (error.errors ?? []).map(({ propertyPath, reason }) => `- ${propertyPath}: ${reason}`);
    return [error.message, ...lines.filter((line) => !error.message.includes(line))].join("\n");
  }
  if (error instanceof UsageError || error instanceof CommandLineError) return error.message;
  if (error instanceof Error)
    return error.name === "RecordingError" || error.name === "ResourceError" ? error.message : (error.stack ?? error.message);
  return String(error);
}
