/**
 * Order books in other languages, as processes: orderbook-rs (Rust, from crates.io) and the direct book of exchange-core (Java, from Maven Central).
 * Each is built once into `.bourse/bench`, is given the stream as a file, warms up on it and applies it once more, measured by the processor time of its thread.
 * Where there is no toolchain, or its registry cannot be reached, the reason takes the place of the figures and the benchmark goes on.
 *
 * The file: i32 number of opening operations, then six i32 an operation: kind, id, side, price, quantity (of an amend the new one), and of an
 * amend what it takes off.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Book } from "@bourse/engine";
import { Operation, type Stream } from "./engine-streams";

const root = join(__dirname, "..");
const output = join(root, ".bourse/bench");
const BUILD_MS = 600_000;
const PASS_MS = 300_000;

export interface NativePeer {
  name: string;
  /** It takes microseconds an operation, and so gets a shorter stream, and not the deep one. */
  slow: boolean;
  /** Command and arguments that apply the stream in the file that follows; without it, `missing` tells why. */
  command?: string[];
  missing?: string;
}

/** Both peers, built where that is possible. */
export function nativePeers(): NativePeer[] {
  mkdirSync(output, { recursive: true });
  return [orderbookRs(), exchangeCore()];
}

function orderbookRs(): NativePeer {
  const name = "orderbook-rs 0.15.3";
  const target = join(output, "orderbook-rs");
  const manifest = join(root, "bench/peers/orderbook-rs/Cargo.toml");
  const missing = failure("cargo", ["build", "--quiet", "--release", "--locked", "--manifest-path", manifest, "--target-dir", target]);
  return missing === undefined ? { name, slow: true, command: [join(target, "release/peer")] } : { name, slow: true, missing };
}

function exchangeCore(): NativePeer {
  const name = "exchange-core 0.5.3, OrderBookDirectImpl";
  const target = join(output, "exchange-core");
  const paths = join(target, "classpath");
  const project = join(root, "bench/peers/exchange-core");
  const build = ["-q", "-B", "-f", project, `-Dbench.target=${target}`, `-Dmdep.outputFile=${paths}`];
  const missing = failure("mvn", [...build, "compile", "dependency:build-classpath"]) ?? failure("java", ["-version"]);
  if (missing !== undefined) return { name, slow: false, missing };
  const classpath = [join(target, "classes"), readFileSync(paths, "utf8").trim()].join(delimiter);
  return { name, slow: false, command: ["java", "-Xms1g", "-XX:+UseParallelGC", "-cp", classpath, "bench.Peer"] };
}

/** Why a command failed, in a line; undefined where it did not. */
function failure(command: string, args: string[]): string | undefined {
  const { error, status, stderr, stdout } = spawnSync(command, args, { encoding: "utf8", timeout: BUILD_MS });
  if (error !== undefined)
    return `not run: ${(error as NodeJS.ErrnoException).code === "ENOENT" ? `there is no ${command} here` : error.message}`;
  if (status === 0) return undefined;
  const lines = `${stderr}\n${stdout}`.split("\n").filter((line) => /error/i.test(line));
  return `not run: ${command} failed: ${(lines[0] ?? `status ${status}`).trim()}`;
}

/** Writes operations [0, opening + count) of a stream for the peers; returns the path. */
export function writeStream(stream: Stream, count: number, name: string): string {
  const { kind, id, side, price, quantity, opening } = stream;
  const end = opening + count;
  const words = new Int32Array(1 + end * 6);
  words[0] = opening;
  const book = new Book({ orders: opening * 2 });
  for (let n = 0; n < end; n++) {
    let off = 0;
    if (kind[n] === Operation.ADD) book.add(id[n], side[n], price[n], quantity[n]);
    else if (kind[n] === Operation.CANCEL) book.cancel(id[n]);
    else {
      off = book.remaining(id[n]) - quantity[n];
      book.amend(id[n], quantity[n]);
    }
    words.set([kind[n], id[n], side[n], price[n], quantity[n], off], 1 + n * 6);
  }
  const path = join(output, `${name}.stream`);
  writeFileSync(path, new Uint8Array(words.buffer));
  return path;
}

/** One process, one measured pass; the rate in million operations a second. Throws where the process fails. */
export function nativePass(peer: NativePeer, path: string, count: number): { rate: number; sum: number } {
  const [program, ...args] = peer.command ?? [];
  const { status, stdout, stderr, error } = spawnSync(program, [...args, path], { encoding: "utf8", timeout: PASS_MS });
  const match = /^(\d+) (-?\d+)$/m.exec(stdout ?? "");
  if (status !== 0 || match === null) throw new Error(`${peer.name} failed: ${error?.message ?? stderr.trim().split("\n").slice(-1)[0]}`);
  return { rate: (count * 1000) / Number(match[1]), sum: Number(match[2]) };
}
