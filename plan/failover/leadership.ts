/**
 * The record of who leads a shard, as members of it write it (`workloads/stores/leadership`), and the two changes that give the lead to another region. The table is strongly consistent over
 * regions, so that it is written where the region that is left is not needed.
 */

/** The record; what a failover does not change is kept as it is. */
export interface LeadershipRecord extends Record<string, unknown> {
  /** Member that leads; "" for none. */
  holder: string;
  /** One more with each change. */
  renewal: number;
  /** Who may lead without the loss of anything; any member of a region as `region:<name>`. */
  inSync: string[];
  /** Sequence up to which something was acknowledged. */
  told: number;
  /** Where the holder is, or the last one was. */
  region?: string;
  /** Region that the holder shall give the lead to. */
  handsOverTo?: string;
}

/** Asks the holder to give the lead to `region`, which it does when a copy there has everything. */
export function handedOver(record: LeadershipRecord, region: string): LeadershipRecord {
  return { ...record, handsOverTo: region, renewal: record.renewal + 1 };
}

/** Gives the lead to `region` with whatever a copy there has. A holder that still lives acknowledges nothing after it. */
export function givenUp(record: LeadershipRecord, region: string): LeadershipRecord {
  const { handsOverTo: _order, ...rest } = record;
  return { ...rest, holder: "", told: 0, inSync: [memberOf(region)], renewal: record.renewal + 1 };
}

/** Whether `region` may take the lead and nobody else. */
export function isGivenTo(record: LeadershipRecord, region: string): boolean {
  return record.inSync.includes(memberOf(region));
}

function memberOf(region: string): string {
  return `region:${region}`;
}
