/** `npm run simulate -- --seeds N --from S`: any number of simulated worlds, or one that failed, again. */

import { parseArgs } from "node:util";
import { simulate } from "./simulation";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "1000" },
      from: { type: "string", default: "1" },
      steps: { type: "string", default: "120" },
    },
  });
  const [seeds, from, steps] = [values.seeds, values.from, values.steps].map((text) => {
    const number = Number(text);
    if (!Number.isSafeInteger(number) || number < 1) throw new RangeError(`"${text}" is not a positive integer`);
    return number;
  });
  const started = performance.now();
  const totals: Record<string, number> = {};
  const count = (name: string, value: number) => {
    totals[name] = (totals[name] ?? 0) + value;
  };
  for (let seed = from; seed < from + seeds; seed++) {
    try {
      const { seed: _seed, flips, ...report } = await simulate(seed, steps);
      for (const [name, value] of Object.entries(report)) count(name, value);
      count("flips found", flips.found);
      count("flips without effect", flips.harmless);
    } catch (error) {
      console.error(`seed ${seed} fails:\n${error instanceof Error ? error.stack : error}`);
      process.exitCode = 1;
      return;
    }
    if ((seed - from + 1) % 500 === 0) console.log(`${seed - from + 1} worlds, none has failed`);
  }
  console.log(
    `${seeds} worlds from seed ${from}, ${steps} steps each, none has failed (${((performance.now() - started) / 1000).toFixed(1)} s)`,
  );
  console.log(totals);
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
