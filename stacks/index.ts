/** The programs of the stacks. Importing this registers nothing; `main.ts` runs it under the Pulumi CLI, the planner under its recorder. */

export { globalProgram } from "./global";
export { recordsProgram } from "./records";
export { regionProgram } from "./region";
export * from "./settings";

import * as pulumi from "@pulumi/pulumi";
import { globalProgram } from "./global";
import { recordsProgram } from "./records";
import { regionProgram } from "./region";
import { readSettings } from "./settings";

/**
 * Registers what the configuration describes and returns the stack's outputs.
 *
 * @param values the configuration, without the project's name
 * @param stack the stack's name, by which the layers of a region are told apart
 */
export function program(values: Readonly<Record<string, unknown>>, stack: string = pulumi.getStack()): Record<string, unknown> {
  const settings = readSettings(values);
  if (settings.scope === "global") return globalProgram(settings);
  return settings.scope === "records" ? recordsProgram(settings) : regionProgram(settings, stack);
}
