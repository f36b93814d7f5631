/** The programs of docs/connect-a-bot.md, run as a reader would run them: in a folder with a running exchange's `.bourse/home/demo.json`. */

import { equal, match } from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run } from "./python";
import type { StartedExchange } from "./started-exchange";

export interface Program {
  language: string;
  file: string;
  text: string;
}

/** The fenced blocks that bear a file name. */
export function documentedPrograms(): Program[] {
  const text = readFileSync(join(root, "docs/connect-a-bot.md"), "utf8");
  return [...text.matchAll(/^```(\w+) (\S+)\n(.*?)^```$/gms)].map(([, language, file, body]) => ({ language, file, text: body }));
}

/** Runs a program in a folder of its own and finds that it placed an order and cancelled the same. */
export async function runDocumented({ file, text }: Program, command: string, exchange: StartedExchange): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bourse-documented-"));
  try {
    mkdirSync(join(folder, ".bourse"));
    symlinkSync(exchange.home, join(folder, ".bourse/home"));
    writeFileSync(join(folder, file), text);
    const output = await run(command, [file], { cwd: folder, env: { NODE_PATH: join(root, "node_modules") }, timeoutMs: 60_000 });
    match(output, /^placed \d+$/m);
    const [placed] = /(?<=^placed )\d+$/m.exec(output)!;
    equal(/(?<=^cancelled )\d+$/m.exec(output)?.[0], placed, output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
