/** The subcommands that read and mend a shard's folder. Each prints lines and returns the exit status. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { decodeCommand } from "@bourse/engine";
import {
  checkFolder,
  type FolderReport,
  LogCursor,
  listSegments,
  nodeFileSystem,
  RecordKind,
  repairFolder,
  snapshotAhead,
} from "../journal";
import { appendSkip, decodeSkip, traceOrder, verifyFolder } from "../services/trading";

/** The call is wrong; the message says what is allowed. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

type Print = (line: string) => void;

export function checkCommandLine(args: string[], print: Print): number {
  const { folder } = read(args, {});
  const report = checkFolder(nodeFileSystem, folder);
  for (const line of describe(folder, report)) print(line);
  return isDamaged(report) ? 1 : 0;
}

const isDamaged = (report: FolderReport) =>
  report.damage !== undefined || report.snapshots.some(({ damage }) => damage) || snapshotAhead(report) !== undefined;

function* describe(folder: string, report: FolderReport): Generator<string> {
  const ahead = snapshotAhead(report);
  yield `log of shard ${report.shard ?? "?"} in ${folder}: ${report.records} records in ${report.groups} groups, sequences ${report.first} to ${report.last}`;
  for (const { path, bytes, firstSequence, epoch } of report.segments) {
    yield `  ${path}: ${bytes} bytes, ${firstSequence ? `from sequence ${firstSequence}, epoch ${epoch}` : "prepared, not in use yet"}`;
  }
  if (report.torn) {
    const { file, offset, bytes } = report.torn;
    yield `  ${file} ends in an interrupted write of ${bytes} bytes at offset ${offset}: nothing in it was acknowledged, the next start cuts it`;
  }
  if (report.damage) {
    const { file, offset, what } = report.damage;
    yield `DAMAGED: ${file} at offset ${offset}: ${what}`;
    const readable =
      report.records === 0 ? "None of its records can be read." : `Readable are sequences ${report.first} to ${report.last}.`;
    yield `  ${readable} Restore the file from a copy if there is one.`;
    yield ahead === undefined
      ? "  `bourse-exchange journal repair --give-up` ends the log there: every later command is lost, also acknowledged ones."
      : `  The snapshot at sequence ${ahead} is whole: \`bourse-exchange journal repair --give-up\` goes on from it, with all that is whole in the log behind it.`;
  } else if (ahead !== undefined) {
    yield `DAMAGED: the log ends at sequence ${report.last}, but there is a whole snapshot of sequence ${ahead}: a part of the log is missing`;
    yield "  Restore it from a copy if there is one. `bourse-exchange journal repair --give-up` begins a log behind the snapshot.";
  }
  for (const { sequence, damage } of report.snapshots)
    yield damage ? `DAMAGED: ${damage.file}: ${damage.what}` : `snapshot at sequence ${sequence}: whole`;
}

export function repair(args: string[], print: Print): number {
  const { folder, values } = read(args, { "give-up": { type: "boolean" } });
  const report = checkFolder(nodeFileSystem, folder);
  if (!isDamaged(report)) {
    print(`nothing in ${folder} is damaged`);
    return 0;
  }
  if (!values["give-up"]) {
    for (const line of describe(folder, report)) print(line);
    throw new UsageError("nothing was changed; say --give-up to give up what is damaged");
  }
  const { last, aside } = repairFolder(nodeFileSystem, folder);
  print(`the log now ends at sequence ${last}; what was removed is kept in:`);
  for (const path of aside) print(`  ${path}`);
  return 0;
}

export function showRecords(args: string[], print: Print): number {
  const { folder, values } = read(args, { from: { type: "string" }, count: { type: "string" } });
  const from = integer("--from", values.from) ?? firstSequence(folder);
  const count = integer("--count", values.count) ?? 20;
  let shown = 0;
  for (const { time, ...record } of records(folder, from, from + count - 1)) {
    shown++;
    print(`${record.epoch}.${record.sequence}  logged ${new Date(time / 1000).toISOString()}  ${json(record.command ?? record.skip)}`);
  }
  if (shown === 0) throw new Error(`the log has no sequence ${from}: it ends before; \`bourse-exchange journal check\` says where`);
  return 0;
}

export function exportRecords(args: string[], print: Print): number {
  const { folder, values } = read(args, { from: { type: "string" }, to: { type: "string" } });
  const from = integer("--from", values.from) ?? firstSequence(folder);
  const to = integer("--to", values.to) ?? Number.MAX_SAFE_INTEGER;
  for (const record of records(folder, from, to)) print(json(record));
  return 0;
}

/** Every record of the log, decoded. */
function* records(folder: string, from: number, to: number) {
  const cursor = new LogCursor(nodeFileSystem, folder, from);
  try {
    for (let group = cursor.next(); group && group.header.firstSequence <= to; group = cursor.next()) {
      const found: { time: number; epoch: number; sequence: number; command?: unknown; skip?: unknown }[] = [];
      const { time } = group.header;
      group.visit((kind, epoch, sequence, bytes, start, end) => {
        if (sequence > to) return;
        const content = kind === RecordKind.SKIP ? { skip: decodeSkip(bytes, start, end) } : { command: decodeCommand(bytes, start) };
        found.push({ time, epoch, sequence, ...content });
      });
      yield* found;
    }
  } finally {
    cursor.close();
  }
}

export async function skip(args: string[], print: Print): Promise<number> {
  const { folder, values } = read(args, {
    sequence: { type: "string" },
    reason: { type: "string" },
    approve: { type: "string", multiple: true },
  });
  const sequence = integer("--sequence", values.sequence);
  if (sequence === undefined) throw new UsageError("--sequence is missing: which command is to be passed over?");
  const shard = listSegments(nodeFileSystem, folder)[0]?.header?.shard;
  if (shard === undefined) throw new UsageError(`there is no log in ${folder}`);
  const approvals = (values.approve ?? []) as string[];
  const at = await appendSkip({ folder, shard }, { sequence, reason: String(values.reason ?? ""), approvals, time: Date.now() * 1000 });
  print(`sequence ${sequence} is passed over from now on; the record is at sequence ${at}`);
  return 0;
}

export function verify(args: string[], print: Print): number {
  const { folder } = read(args, {});
  const result = verifyFolder(nodeFileSystem, folder);
  print(`shard ${result.shard}: sequences ${result.from} to ${result.through} replay without a gap, up to epoch ${result.epoch}`);
  if (result.torn) print(`an interrupted write is at the end of ${result.torn}; nothing in it was acknowledged`);
  if (result.skipped.length > 0) print(`passed over, as two people approved: sequences ${result.skipped.join(", ")}`);
  print(`snapshots equal to the replayed state: ${result.snapshotsProven.join(", ") || "none to compare"}`);
  print(`state hash ${result.stateHash}, ${result.openOrders} open orders, every total recomputed`);
  for (const { asset, accounts, fees, brought } of result.assets) {
    print(`asset ${asset}: accounts ${accounts} + fees ${fees} = deposits less withdrawals ${brought}`);
  }
  return 0;
}

export function trace(args: string[], print: Print): number {
  const { folder, positionals } = read(args, {}, true);
  const order = integer("ORDER", positionals[0]);
  if (order === undefined || positionals.length !== 1) throw new UsageError("say which order: bourse-exchange trace ORDER");
  const { from, steps } = traceOrder(nodeFileSystem, folder, order);
  if (steps.length === 0)
    throw new Error(`the log has no order ${order}${from > 1 ? ` from sequence ${from} on; what is older is no longer kept` : ""}`);
  if (from > 1) print(`read from sequence ${from} on: what is older is no longer kept`);
  for (const { epoch, sequence, command, loggedAt, events } of steps) {
    print(`${epoch}.${sequence}  received ${time(command.time)}, logged ${time(loggedAt)}  ${json(command)}`);
    for (const event of events) print(`    ${json(event)}`);
  }
  return 0;
}

const time = (microseconds: number): string => new Date(microseconds / 1000).toISOString();
const json = (value: unknown): string => JSON.stringify(value, (_key, entry) => (typeof entry === "bigint" ? entry.toString() : entry));

function firstSequence(folder: string): number {
  return listSegments(nodeFileSystem, folder)[0]?.header?.firstSequence ?? 1;
}

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Options of a command, and the folder that it works on. */
function read(args: string[], options: Options, allowPositionals = false) {
  const { values, positionals } = parsed({ args, options: { ...options, folder: { type: "string" } }, allowPositionals });
  const given = values as Record<string, string | boolean | (string | boolean)[] | undefined>;
  const folder = typeof given.folder === "string" ? given.folder : join(process.env.BOURSE_HOME || join(".bourse", "home"), "journal");
  if (!existsSync(folder)) throw new UsageError(`there is no folder ${folder}: say which with --folder, or set BOURSE_HOME`);
  if (!nodeFileSystem.list(folder).some((name) => /^(segment|snapshot)-/.test(name)))
    throw new UsageError(`there is no log in ${folder}: say where it is with --folder, or set BOURSE_HOME`);
  return { values: given, positionals, folder };
}

function parsed(config: ParseArgsConfig) {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function integer(name: string, text: unknown): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new UsageError(`${name} is ${JSON.stringify(text)}, it must be a positive integer`);
  return number;
}
