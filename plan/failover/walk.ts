/** Walks the steps of a failover: tells, asks before what cannot be taken back, waits for the effect, and stops where something is not as it should be. */

import type { Check } from "./checks";
import type { FailoverStep } from "./steps";

export interface Walk {
  checks: readonly Check[];
  steps: readonly FailoverStep[];
  print(line: string): void;
  /** Asks a person. @returns true for yes */
  confirm(question: string): Promise<boolean>;
  sleep(ms: number): Promise<void>;
}

/** Between two looks at whether a step has had its effect. */
const lookEveryMs = 10_000;
/** A switchover of Aurora takes minutes; after half an hour a person must look. */
const mostLooks = 180;

/** @returns whether all steps are done; false when a condition does not hold, nobody confirms, or a step fails, all of which are told */
export async function walk({ checks, steps, print, confirm, sleep }: Walk): Promise<boolean> {
  for (const { what, found, holds } of checks) print(`${holds ? "ok  " : "FAIL"}  ${what}: ${found}`);
  if (checks.some(({ holds }) => !holds)) {
    print("Nothing was changed, since a condition does not hold.");
    return false;
  }
  const again = "Run the same command again to go on: what is done is seen and not done twice.";
  for (const [index, step] of steps.entries()) {
    const place = `${index + 1}/${steps.length}  ${step.title}`;
    try {
      if (await step.done?.()) {
        print(`${place}: already so`);
        continue;
      }
      print(`${place}: ${step.how}`);
      const question = step.byHand ? `${step.title}: is it done?` : `${step.title}: go on?`;
      const warning = step.irreversible === undefined ? "" : ` From here on ${step.irreversible}.`;
      if ((step.irreversible !== undefined || step.byHand) && !(await confirm(`${question}${warning}`))) {
        print(`Stopped before step ${index + 1}: not confirmed. ${again}`);
        return false;
      }
      await step.act?.();
      for (let looks = 0; step.done !== undefined && !(await step.done()); looks++) {
        if (looks === mostLooks) throw new Error(`it did not come about within ${(mostLooks * lookEveryMs) / 60_000} minutes`);
        await sleep(lookEveryMs);
      }
      print(`${place}: done`);
    } catch (error) {
      print(`${place}: FAILED: ${(error as Error).message}\n${again}`);
      return false;
    }
  }
  return true;
}
