/** Run by `full-disk.prove.ts` on a file system that is too small: a shard under full load is killed while it is refused for a lack of space. */

import { ok } from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killRepeatedly } from "./killed-process";

const SEGMENT = 4 << 20;

/** Every other start finds the disk as full as it was; before the others some space is made. */
async function main(root: string, rounds: number): Promise<void> {
  const ballast = Array.from({ length: rounds >> 1 }, (_, n) => join(root, `ballast-${n}`));
  for (const path of ballast) writeFileSync(path, Buffer.alloc(SEGMENT + (SEGMENT >> 1)));
  const options = { segmentBytes: SEGMENT, groupBytes: 1 << 18, reserveBytes: 1 << 18, snapshotEvery: 1_000_000 };
  const { acknowledged } = await killRepeatedly(rounds, Math.random, {
    folder: join(root, "shard"),
    killAfter: /refused: the disk of .* is full/,
    env: { SHARD_OPTIONS: JSON.stringify(options) },
    after: (round) => {
      if (round % 2 === 1) rmSync(ballast[round >> 1]);
    },
  });
  ok(acknowledged > 10_000, `only ${acknowledged} commands were acknowledged`);
  console.log(`${rounds} kills`);
}

main(process.argv[2], Number(process.argv[3])).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
