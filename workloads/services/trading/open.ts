/** The usual shard: a file journal and its snapshots in one folder. */

import { FileJournal, type FileJournalOptions, nodeFileSystem, SnapshotStore } from "../../journal";
import { createTradingShard, type TradingShard } from "./shard";
import type { TradingShardOptions } from "./shard-options";
import { takeSnapshotOnThread } from "./snapshot";

export type OpenTradingShardOptions = Omit<FileJournalOptions, "fileSystem" | "schedule" | "clock"> &
  Omit<TradingShardOptions, "journal" | "snapshots" | "takeSnapshot" | "machines" | "defer">;

/**
 * Opens or creates the shard in `folder`. Rejects with `JournalUnusable` (permissions, a second process), `JournalCorrupt` or `PoisonCommand`,
 * each of which says how to go on.
 */
export async function openTradingShard(options: OpenTradingShardOptions): Promise<TradingShard> {
  const { folder, shard } = options;
  const journal = new FileJournal(options);
  const snapshots = new SnapshotStore(nodeFileSystem, folder, shard);
  return createTradingShard({
    ...options,
    journal,
    snapshots,
    takeSnapshot: (through) => takeSnapshotOnThread({ folder, shard, through }),
  });
}
