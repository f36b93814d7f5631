/** Names that Pulumi makes, as long as AWS allows. */

import { type NameLimit, nameLimits } from "bourse";
import type { RecordedResource } from "bourse/testing";

const limits = new Map<string, NameLimit>(Object.values(nameLimits).map((limit) => [limit.type, limit]));

/** Properties that name a resource physically; one of them keeps Pulumi from making a name. */
const naming = ["name", "bucket", "identifier"];

/** Characters that the logical name may have, of which Pulumi makes the physical one with eight more; infinite for a resource that is named otherwise. */
export function longestMadeName({ type, inputs }: RecordedResource): number {
  const limit = limits.get(type);
  return limit === undefined || naming.some((property) => typeof inputs[property] === "string") ? Infinity : limit.longest - 8;
}
