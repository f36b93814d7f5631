/** The command `bourse-exchange`: picks the subcommand. Exit status 0 for success, 1 for a failure that is told, 2 for a wrong call. */

import { join } from "node:path";
import { unusable } from "../journal";
import { checkCommandLine, exportRecords, repair, showRecords, skip, trace, UsageError, verify } from "./journal-commands";
import { runMatch } from "./match";

const usage = `Usage: bourse-exchange <command> [options]

  start                      run the exchange; see \`bourse-exchange start --help\`
  match                      apply commands from standard input, a JSON line each, to a new exchange and print its events; keeps nothing
  keys register|list|revoke  API keys of an account, see \`bourse-exchange keys\`; a running exchange takes them over within two seconds
  activate [VERSION]         switch a shard to newer rules of trading, see \`bourse-exchange activate --help\`
  verify                     replay log and snapshots: state hash, no gap, balances sum to deposits less withdrawals
  trace ORDER                an order's life from the log: command, position, holds, fills, releases
  journal check              read every byte of log and snapshots, report damage
  journal repair --give-up   end the log before its damage; what is removed is kept beside
  journal show               commands for people: --from SEQUENCE, --count N
  journal export             commands as JSON lines: --from SEQUENCE, --to SEQUENCE
  journal skip               pass over a command that violates an assertion: --sequence N --reason TEXT --approve NAME --approve NAME

  --folder FOLDER            the shard's folder (default: BOURSE_HOME/journal, else .bourse/home/journal)
`;

type Subcommand = (args: string[], print: (line: string) => void) => Promise<number> | number;

const journalCommands: Record<string, Subcommand> = { check: checkCommandLine, repair, show: showRecords, export: exportRecords, skip };
const commands: Record<string, Subcommand> = { verify, trace };

/** Runs one command. Undefined where the command goes on by itself and sets the exit status. */
export async function main(args: string[], print: (line: string) => void = console.log): Promise<number | undefined> {
  const [name = "help", ...rest] = args;
  if (name === "start") return start(rest);
  if (name === "match") return match();
  if (name === "keys" || name === "activate") return withStores(name, rest, print);
  if (name === "help" || name === "--help") {
    print(usage);
    return args.length === 0 ? 2 : 0;
  }
  const [run, runArgs] = name === "journal" ? [journalCommands[rest[0] ?? ""], rest.slice(1)] : [commands[name], rest];
  if (!run) {
    console.error(`bourse-exchange: unknown command "${args.slice(0, 2).join(" ")}"\n\n${usage}`);
    return 2;
  }
  try {
    return await run(runArgs, print);
  } catch (error) {
    // What the system refuses names its file.
    const told = error instanceof Error && "path" in error ? unusable(error, String(error.path)) : error;
    console.error(`bourse-exchange: ${told instanceof Error ? told.message : String(told)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** The composition root reads its own arguments, handles signals and ends the process. */
function start(args: string[]): undefined {
  const file = join(__dirname, __filename.endsWith(".ts") ? "main.ts" : "main.js");
  process.argv = [process.argv[0], file, ...args];
  require(file);
}

/** Loaded when asked for: it opens stores, which the other commands do not need. */
async function withStores(name: "keys" | "activate", args: string[], print: (line: string) => void): Promise<number> {
  try {
    if (name === "keys") {
      const { keyCommand } = require("./key-commands") as typeof import("./key-commands");
      return await keyCommand(args, process.env, print);
    }
    const { activateCommand } = require("./rules-command") as typeof import("./rules-command");
    return await activateCommand(args, process.env, print);
  } catch (error) {
    console.error(`bourse-exchange: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Lines from standard input to standard output; see `match.ts`. */
async function match(): Promise<number> {
  return (await runMatch(process.stdin, process.stdout)) === 0 ? 0 : 1;
}
