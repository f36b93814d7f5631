/** How long CloudWatch Logs keeps what it is sent. */

import type { Fault } from "./faults";

/** Days that CloudWatch Logs accepts (API reference, `PutRetentionPolicy`), without the endless 0. */
export const logRetentionDays = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/** Faults of a retention in days. */
export function logRetentionFaults(path: string, days: number): Fault[] {
  if (logRetentionDays.includes(days)) return [];
  const fix = `use ${logRetentionDays.find((allowed) => allowed > days) ?? 3653}`;
  return [{ path, given: days, allowed: `one of ${logRetentionDays.join(", ")}`, fix }];
}
