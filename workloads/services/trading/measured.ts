/** A shard that is measured: what enters it, how long matching takes, how long it is until a group is durable. */

import type { Counter, Distribution, Metrics } from "../../process/metrics";
import type { Member } from "./replication";
import type { TradingShard } from "./shard";

/** One command in so many is timed: reading the clock twice costs as much as a simple command. */
const timedOneIn = 64;

/** Makes a shard tell its figures. Call it before the shard is served. */
export async function measureShard(shard: TradingShard, metrics: Metrics): Promise<void> {
  const commands: Counter = metrics.counter("Commands");
  const matching: Distribution = metrics.distribution("MatchMicroseconds", "Microseconds");
  const committing: Distribution = metrics.distribution("JournalCommitMs", "Milliseconds");
  const { enter, enterAll, flush } = shard;
  let entered = shard.position.sequence;
  let flushed: { sequence: number; at: number } | undefined;
  metrics.gauge("QueuedCommands", "Count", () => Math.max(0, entered - shard.position.sequence));

  metrics.gauge("PinnedLogBytes", "Bytes", () => shard.pinnedBytes);

  shard.enter = (bytes, start, limit) => {
    const timed = entered % timedOneIn === 0;
    const before = timed ? performance.now() : 0;
    entered = enter.call(shard, bytes, start, limit);
    if (timed) matching.record((performance.now() - before) * 1000);
    commands.add();
    return entered;
  };
  shard.enterAll = (bytes, start, end, counts, place) => {
    const before = performance.now();
    const next = enterAll.call(shard, bytes, start, end, counts, place);
    const count = shard.entered - entered;
    if (count > 0) matching.record(((performance.now() - before) * 1000) / count);
    if (next > start) commands.add(count);
    entered = shard.entered;
    return next;
  };
  shard.flush = () => {
    // One group at a time is timed; those that are flushed meanwhile wait for it.
    flushed ??= { sequence: entered, at: performance.now() };
    flush.call(shard);
  };
  await shard.subscribeEncoded(shard.position, ({ last }) => {
    if (flushed === undefined || last < flushed.sequence) return;
    committing.record(performance.now() - flushed.at);
    flushed = undefined;
  });
}

/** Makes a member tell its part among the others. */
export function measureMember(member: Member, metrics: Metrics): void {
  metrics.gauge("Leads", "Count", () => (member.role === "leader" ? 1 : 0));
  metrics.gauge("StandbyReady", "Count", () => (member.role === "standby" && member.unready === undefined ? 1 : 0));
  metrics.gauge("StandbysInSync", "Count", () => member.copies?.inSync);
  metrics.gauge("RecordsNotCopied", "Count", () => member.copies?.behind);
  metrics.gauge("SnapshotBytesMissing", "Bytes", () => member.snapshotBytesMissing);
  metrics.gauge("CopiesElsewhere", "Count", () => member.elsewhere);
  metrics.gauge("Diverged", "Count", () => (member.role === "apart" ? 1 : 0));
}
