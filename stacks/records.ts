/** The stack of the account that only keeps records: where regions of other accounts copy their archived command log and their backups to. */

import { AlarmTopic, BackupVault, exchangeBuckets, KeyRing, Lake } from "../components";
import { provider, receiversOf, stackTags } from "./global";
import type { RecordsSettings } from "./settings";

/** Name of the stack's components. */
const name = "records";

/** Outputs are what the file of a region takes as `archiveCopy` and `backupCopy`. */
export function recordsProgram(settings: RecordsSettings): Record<string, unknown> {
  const { accountId, recordsOf } = settings;
  const opts = { provider: provider(settings.region, settings) };
  const protection = settings.preset === "production" ? "on" : "off";
  const tags = stackTags(settings);
  const shared = { accountId, protection, tags } as const;

  const keys = new KeyRing(
    `${name}-keys`,
    { ...shared, domains: ["data", "stream"], multiRegion: false, archivedAccounts: recordsOf },
    opts,
  );
  const receivers = receiversOf(settings.alarmEmails);
  const alarms = new AlarmTopic(`${name}-alarms`, { accountId, key: keys.key("stream"), receivers, tags }, opts);
  const key = keys.key("data");
  const archive = { ...exchangeBuckets.archive, receivesFrom: recordsOf };
  const lake = new Lake(name, { ...shared, key, alarms, buckets: { archive } }, opts);
  const vault = new BackupVault(`${name}-backups`, { ...shared, key, lock: "compliance", receivesFrom: recordsOf }, opts);
  return {
    archiveCopy: { bucketArn: lake.buckets.archive.arn, keyArn: key.arn, accountId },
    backupCopy: vault.vaultArn,
  };
}
