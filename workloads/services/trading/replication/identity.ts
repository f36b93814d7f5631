/** What names a member of a shard, and the code that it runs. */

import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The name of a member is its folder's: whoever starts in it has the log that is in it. A folder that is made anew is another member, of which nothing is
 * expected yet.
 */
export function memberOf(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "member");
  if (!existsSync(file)) writeFileSync(file, randomBytes(16).toString("hex"), { mode: 0o600, flush: true });
  const member = readFileSync(file, "utf8").trim();
  if (!/^[0-9a-f]{32}$/.test(member)) throw new Error(`${file} must have 32 hexadecimal digits; remove it, and the folder is a new member`);
  return member;
}

/** A digest of the code that decides what a command does: the engine, and the files beside it here that have a part in the state. */
export function codeOfThisProcess(): string {
  const engine = dirname(require.resolve("@bourse/engine"));
  const beside = join(__dirname, "..");
  const files = [
    ...readdirSync(engine)
      .filter((name) => /\.[jt]s$/.test(name) && !name.endsWith(".d.ts"))
      .map((name) => join(engine, name)),
    ...["counted-exchange", "order-counts", "replay", "skip", "state-machine"].map((name) =>
      join(beside, `${name}.${__filename.slice(-2)}`),
    ),
  ];
  const digest = createHash("sha256");
  for (const file of files.sort()) digest.update(readFileSync(file));
  return digest.digest("hex").slice(0, 16);
}
