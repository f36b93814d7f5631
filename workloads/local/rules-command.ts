/**
 * The subcommand `activate`: switches a shard to newer rules of trading, by a command in its log, so that what was traded before replays as it was. A shard
 * that is stopped is switched in its folder; one that runs, over a connection with the settings of a service.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { NEWEST_VERSION, RejectReason } from "@bourse/engine";
import { listSegments, nodeFileSystem } from "../journal";
import { Environment } from "../process/environment";
import { enterShard, readShardConnection } from "../services/follower";
import { type OrderEntry, openTradingShard } from "../services/trading";
import { UsageError } from "./journal-commands";
import { commandHeader } from "./listing";

const usage = `Usage: bourse-exchange activate [VERSION] [--folder FOLDER]

  VERSION             rules to switch to (default: the newest, ${NEWEST_VERSION}); there is no way back. docs/order-types.md tells what each changes
  --folder FOLDER     the folder of a shard that is stopped (default: BOURSE_HOME/journal, else .bourse/home/journal)

A shard that runs is reached instead with BOURSE_TRADING (host:port, or those of its members with commas between), BOURSE_TRADING_KEY, BOURSE_TRADING_SESSION
and BOURSE_TLS, as a service reaches it. A shard of several members is switched so, once all of them run code that knows the version.`;

type Print = (line: string) => void;

/** Runs `activate ARGS`. @throws UsageError, or what keeps the shard from taking the command */
export async function activateCommand(args: readonly string[], env: NodeJS.ProcessEnv, print: Print): Promise<number> {
  if (args.includes("--help")) {
    print(usage);
    return 0;
  }
  const { version, folder } = read(args, env);
  if (env.BOURSE_TRADING === undefined) await activateStopped(folder, version);
  else await activateRunning(env, version);
  print(`rules of version ${version} are in force`);
  return 0;
}

async function activateStopped(folder: string, version: number): Promise<void> {
  if (!existsSync(folder)) throw new UsageError(`there is no folder ${folder}: say which with --folder, or set BOURSE_HOME`);
  const shard = listSegments(nodeFileSystem, folder)[0]?.header?.shard;
  if (shard === undefined) throw new UsageError(`there is no log in ${folder}`);
  const trading = await openTradingShard({ folder, shard });
  try {
    await activate(trading, version);
  } finally {
    await trading.close();
  }
}

async function activateRunning(env: NodeJS.ProcessEnv, version: number): Promise<void> {
  const environment = new Environment(env);
  const { certificates } = environment.listen({ port: 0, drainSeconds: 1 });
  const connection = readShardConnection(environment, certificates);
  environment.check();
  const trading = await enterShard(connection());
  try {
    await activate(trading, version);
  } finally {
    await trading.close();
  }
}

async function activate(entry: OrderEntry, version: number): Promise<void> {
  const { events } = await entry.submit({ kind: "activate", ...commandHeader(Date.now() * 1_000), version });
  const refused = events.find((event) => event.kind === "rejected");
  if (refused?.reason === RejectReason.INVALID_STATE) throw new UsageError(`newer rules than those of version ${version} are in force`);
  if (refused !== undefined) throw new Error(`the exchange refused to activate version ${version}: ${RejectReason[refused.reason]}`);
}

function read(args: readonly string[], env: NodeJS.ProcessEnv): { version: number; folder: string } {
  let parsed: { values: { folder?: string }; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...args], options: { folder: { type: "string" } }, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(". ")[0]}.\n\n${usage}`);
  }
  const [text = String(NEWEST_VERSION), ...more] = parsed.positionals;
  const version = Number(text);
  if (more.length > 0 || !Number.isInteger(version) || version < 1 || version > NEWEST_VERSION) {
    throw new UsageError(`VERSION is ${JSON.stringify(parsed.positionals.join(" "))}; allowed are 1 to ${NEWEST_VERSION}.\n\n${usage}`);
  }
  return { version, folder: parsed.values.folder ?? join(env.BOURSE_HOME || join(".bourse", "home"), "journal") };
}
