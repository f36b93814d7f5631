/** Rules of a web ACL that are given as JSON text, in AWS's own spelling. */

import { listOf, recordOf } from "../plan/read-inputs";

/** The rules in `json`; none when it is absent or no list. */
export function parsedRules(json: unknown): Record<string, unknown>[] {
  if (typeof json !== "string") return [];
  try {
    return listOf(JSON.parse(json)).map(recordOf);
  } catch {
    return [];
  }
}
