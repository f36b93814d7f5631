/** Runs `aws_models.py`, which knows AWS's service models and how the inputs of this library's resources become requests. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { ResourceGraph } from "../../plan/graph";

/** A resource as the script reads it. */
export interface ModelledResource {
  type: string;
  name: string;
  id?: string;
  inputs: Readonly<Record<string, unknown>>;
  outputs: Readonly<Record<string, unknown>>;
}

/** Resources of AWS that the program manages, in the order of registration, those of another region left out. */
export function modelled(graph: ResourceGraph, region = "us-east-1"): ModelledResource[] {
  return graph.resources
    .filter(({ type, custom, read, region: where }) => type.startsWith("aws:") && custom && !read && where === region)
    .map(({ type, name, id, inputs, outputs }) => ({ type, name, id, inputs, outputs }));
}

/** What the script answers, parsed. @param python of the environment that has moto and cfn-lint */
export async function askModels<Answer>(python: string, args: readonly string[], resources: readonly ModelledResource[]): Promise<Answer> {
  const script = spawn(python, ["-B", join(__dirname, "aws_models.py"), ...args]);
  const answers = Promise.all([text(script.stdout), text(script.stderr), once(script, "close")]);
  script.stdin.end(JSON.stringify(resources));
  const [answer, complaint, [status]] = await answers;
  if (status !== 0) throw new Error(`aws_models.py ended with ${status}:\n${complaint.slice(-4000)}`);
  return JSON.parse(answer) as Answer;
}
