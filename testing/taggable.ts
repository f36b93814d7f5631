/** Which resource types take tags, read from the type declarations of the installed `@pulumi/aws`, so that no table can fall behind it. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const sdkFolder = dirname(require.resolve("@pulumi/aws/package.json"));
const known = new Map<string, boolean>();

/** True when resources of `type` (such as `aws:rds/cluster:Cluster`) have an input `tags`. */
export function isTaggable(type: string): boolean {
  const cached = known.get(type);
  if (cached !== undefined) return cached;
  const taggable = type.startsWith("aws:") && /^\s*tags\?: pulumi\.Input</m.test(argumentsDeclaration(type));
  known.set(type, taggable);
  return taggable;
}

/** The text of the type's `<Name>Args` interface; empty for a type that the SDK does not have. */
function argumentsDeclaration(type: string): string {
  const file = join(sdkFolder, `${type.split(":")[1]}.d.ts`);
  if (!existsSync(file)) return "";
  const text = readFileSync(file, "utf8");
  return text.slice(text.indexOf(`export interface ${type.split(":")[2]}Args `));
}
