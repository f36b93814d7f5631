/** AWS as a failover sees it, in memory: calls are recorded, any of them can fail, and a change of the database takes a few looks. */

import type { EndpointGroup, FailoverCloud, GlobalDatabase } from "../../../plan/failover/cloud";
import { isGivenTo, type LeadershipRecord } from "../../../plan/failover/leadership";
import type { FailoverTargets } from "../../../plan/failover/targets";

export const targets: FailoverTargets = {
  from: "us-east-1",
  to: "us-west-2",
  accelerators: ["entry-rest", "entry-sockets"],
  dial: 100,
  database: { identifier: "bourse", standbyCluster: "standby" },
  leadership: "leadership",
  nodes: { from: [{ name: "hot-a", count: 3 }], to: [{ name: "hot-b", count: 3 }] },
  quotas: [
    {
      service: "EC2",
      serviceCode: "ec2",
      quotaCode: "L-1216C47A",
      name: "Running instances",
      region: "us-west-2",
      need: 640,
      default: 5,
      unit: "vCPU",
      adjustable: true,
      headroom: -635,
      state: "raise",
      reason: "counted in the plan",
      source: "",
    },
  ],
};

const clusterArn = (region: string) => `arn:aws:rds:${region}:123456789012:cluster:${region}`;

export class FakeCloud implements FailoverCloud {
  /** Calls that change something. */
  readonly changes: string[] = [];
  /** All calls. */
  calls = 0;
  /** Number of the call that fails, from 1. */
  failAt: number | undefined;
  /** Looks that a change of the database takes. */
  looks = 2;
  lag: number | undefined = 40;
  nodes = 3;
  limit = 640;
  status = "available";
  groups: EndpointGroup[] = targets.accelerators.flatMap((accelerator) =>
    [targets.from, targets.to].map((region) => ({
      arn: `${accelerator}/${region}`,
      accelerator,
      region,
      dial: 100,
      endpoints: 1,
      healthy: 1,
    })),
  );
  writer = targets.from;
  record: LeadershipRecord = { holder: "one", address: "one:7400", epoch: 4, renewal: 9, inSync: ["two"], told: 70, region: targets.from };
  /** Looks after which the leader has handed over, and the copy leads. */
  shardLooks = 2;
  /** Whether a copy in the second region has everything. */
  copied = true;
  /** Renewals of the leader that come between a look and a change. */
  renewals = 1;

  async endpointGroups(names: readonly string[]): Promise<EndpointGroup[]> {
    this.answer();
    return this.groups.filter(({ accelerator }) => names.includes(accelerator)).map((group) => ({ ...group }));
  }

  async setDial(arn: string, percentage: number): Promise<void> {
    this.answer();
    this.changes.push(`dial ${arn} ${percentage}`);
    this.groups.find((group) => group.arn === arn)!.dial = percentage;
  }

  async globalDatabase(): Promise<GlobalDatabase> {
    this.answer();
    if (this.status === "switching-over" && --this.looks <= 0) [this.status, this.writer] = ["available", targets.to];
    const members = [targets.from, targets.to].map((region) => ({ arn: clusterArn(region), region, writer: region === this.writer }));
    return { status: this.status, members };
  }

  async switchOver(identifier: string, arn: string): Promise<void> {
    this.answer();
    this.changes.push(`switch ${identifier} ${arn}`);
    this.status = "switching-over";
  }

  async failOver(identifier: string, arn: string): Promise<void> {
    this.answer();
    this.changes.push(`fail ${identifier} ${arn}`);
    this.status = "switching-over";
  }

  async leadership(): Promise<LeadershipRecord | undefined> {
    this.answer();
    const { handsOverTo, ...record } = this.record;
    const given = handsOverTo === targets.to || isGivenTo(record, targets.to);
    if (given && --this.shardLooks <= 0) {
      const leads = { holder: "far", address: "far:7400", epoch: 5, inSync: [], region: targets.to };
      this.record = { ...record, renewal: record.renewal + 2, ...(this.copied || handsOverTo === undefined ? leads : {}) };
    }
    return this.record;
  }

  async replaceLeadership(table: string, seen: LeadershipRecord, next: LeadershipRecord): Promise<boolean> {
    this.answer();
    if (this.renewals-- > 0) this.record = { ...this.record, renewal: this.record.renewal + 1 };
    if (this.record.renewal !== seen.renewal) return false;
    this.changes.push(`lead ${table} ${next.handsOverTo === undefined ? "given up" : `handed over to ${next.handsOverTo}`}`);
    this.record = next;
    return true;
  }

  async copyLag(): Promise<number | undefined> {
    this.answer();
    return this.lag;
  }

  async nodesInService(): Promise<number> {
    this.answer();
    return this.nodes;
  }

  async quota(): Promise<number> {
    this.answer();
    return this.limit;
  }

  private answer(): void {
    this.calls++;
    if (this.calls === this.failAt) throw new Error("no connection");
  }
}
