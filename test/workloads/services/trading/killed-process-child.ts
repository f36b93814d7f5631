/** Child of `killed-process.ts`: as many commands as the shard takes, one line on standard output for each that is durable. */

import { writeSync } from "node:fs";
import { encodeCommand, MAX_COMMAND_LENGTH } from "@bourse/engine";
import { openTradingShard, ShardBusy, ShardUnavailable } from "../../../../workloads/services/trading";
import { Random } from "../../journal/simulated-disk";
import { openMarket, randomCommand } from "./command-mix";
import { digest } from "./killed-process";

const ACCOUNTS = 50;
/** Rounds number their commands apart from each other. */
const ROUND = 1_000_000;

async function main(folder: string, round: number): Promise<void> {
  const options = { folder, shard: 0, segmentBytes: 16 << 20, snapshotEvery: 20_000, ...JSON.parse(process.env.SHARD_OPTIONS ?? "{}") };
  const shard = await openTradingShard({ ...options, report: console.error });
  const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
  const entered = new Map<number, string>();
  const enter = (command: Parameters<typeof encodeCommand>[0]) => {
    const end = encodeCommand(command, bytes, 0);
    entered.set(shard.enter(bytes, 0), digest(bytes.subarray(0, end)));
  };
  await shard.subscribeEncoded(shard.position, (batch) => {
    let lines = "";
    for (let sequence = batch.first, start = batch.start; sequence <= batch.last; sequence++) {
      const end = batch.endOf(sequence);
      lines += `${sequence} ${batch.epoch} ${entered.get(sequence)} ${digest(batch.bytes.subarray(start, end))}\n`;
      entered.delete(sequence);
      start = end;
    }
    // Synchronous: what is in the pipe has been seen, whatever happens to this process.
    for (let left = Buffer.from(lines); left.length > 0; ) left = left.subarray(writeNow(left));
  });
  if (shard.position.sequence === 0) for (const command of openMarket(ACCOUNTS)) enter(command);
  const random = new Random(round + 1);
  let number = round * ROUND;
  let wasRefused = false;
  const pump = () => {
    try {
      for (let i = 0; i < 500; i++) enter(randomCommand(random, ACCOUNTS, ++number));
    } catch (error) {
      // Without space commands are refused until there is some; a shard that has stopped ends the process.
      if (!(error instanceof ShardBusy || (error instanceof ShardUnavailable && !shard.stopped))) throw error;
      if (error instanceof ShardUnavailable && !wasRefused) console.error(`refused: ${error.message}`);
      wasRefused ||= error instanceof ShardUnavailable;
    }
    shard.flush();
    setImmediate(pump);
  };
  pump();
}

/** Writes to standard output; waits a moment where the reader is slower and the pipe is full. */
function writeNow(bytes: Buffer): number {
  try {
    return writeSync(1, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    Atomics.wait(pause, 0, 0, 1);
    return 0;
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));

main(process.argv[2], Number(process.argv[3])).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
