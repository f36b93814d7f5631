/** The calls of a failover as the SDK sends them: real clients and commands, answered by a fake of the service behind them. */

import assert from "node:assert/strict";
import { awsCloud, clientsOf, type FailoverClients, loadSdk } from "../../../plan/failover/aws-cloud";

interface Sent {
  call: string;
  input: Record<string, unknown>;
}

/** Clients whose commands are recorded and answered by name. */
function fakes(answers: Record<string, (input: Record<string, unknown>) => object>): { clients: FailoverClients; sent: Sent[] } {
  const sent: Sent[] = [];
  const client = {
    send: async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
      const call = command.constructor.name.replace(/Command$/, "");
      sent.push({ call, input: JSON.parse(JSON.stringify(command.input)) });
      const answer = answers[call];
      if (answer === undefined) throw new Error(`${call} is not expected`);
      return answer(command.input);
    },
  };
  const clients = { accelerators: client, databases: client, figures: client, groups: client, tables: client, quotas: client };
  return { clients: clients as unknown as FailoverClients, sent };
}

async function cloudWith(answers: Record<string, (input: Record<string, unknown>) => object>) {
  const { clients, sent } = fakes(answers);
  return { cloud: awsCloud(await loadSdk(), clients, () => Date.UTC(2026, 0, 1)), sent };
}

describe("AWS, as a failover calls it", () => {
  it("gives the places of the named accelerators alone, over all pages, with their healthy endpoints", async () => {
    const { cloud } = await cloudWith({
      ListAccelerators: ({ NextToken }) =>
        NextToken === undefined
          ? { Accelerators: [{ AcceleratorArn: "rest", Name: "entry-rest-0a1b2c3" }], NextToken: "more" }
          : {
              Accelerators: [
                { AcceleratorArn: "other", Name: "entry-rest-of-others" },
                { AcceleratorArn: "plain", Name: "entry-sockets" },
              ],
            },
      ListListeners: ({ AcceleratorArn }) => ({ Listeners: [{ ListenerArn: `${AcceleratorArn}/listener` }] }),
      ListEndpointGroups: ({ ListenerArn }) => ({
        EndpointGroups: [
          {
            EndpointGroupArn: `${ListenerArn}/group`,
            EndpointGroupRegion: "us-west-2",
            TrafficDialPercentage: 40,
            EndpointDescriptions: [{ HealthState: "HEALTHY" }, { HealthState: "UNHEALTHY" }, { HealthState: "INITIAL" }],
          },
        ],
      }),
    });
    const place = { region: "us-west-2", dial: 40, endpoints: 3, healthy: 1 };
    assert.deepEqual(await cloud.endpointGroups(["entry-rest", "entry-sockets"]), [
      { arn: "rest/listener/group", accelerator: "entry-rest-0a1b2c3", ...place },
      { arn: "plain/listener/group", accelerator: "entry-sockets", ...place },
    ]);
  });

  it("turns a dial and leaves the rest of the group as it is", async () => {
    const { cloud, sent } = await cloudWith({ UpdateEndpointGroup: () => ({}) });
    await cloud.setDial("group", 0);
    assert.deepEqual(sent, [{ call: "UpdateEndpointGroup", input: { EndpointGroupArn: "group", TrafficDialPercentage: 0 } }]);
  });

  it("reads a global database with the region of each member", async () => {
    const arn = (region: string) => `arn:aws:rds:${region}:123456789012:cluster:sql`;
    const { cloud, sent } = await cloudWith({
      DescribeGlobalClusters: () => ({
        GlobalClusters: [
          {
            Status: "switching-over",
            GlobalClusterMembers: [{ DBClusterArn: arn("us-east-1"), IsWriter: true }, { DBClusterArn: arn("us-west-2") }],
          },
        ],
      }),
    });
    assert.deepEqual(await cloud.globalDatabase("bourse"), {
      status: "switching-over",
      members: [
        { arn: arn("us-east-1"), region: "us-east-1", writer: true },
        { arn: arn("us-west-2"), region: "us-west-2", writer: false },
      ],
    });
    assert.deepEqual(sent[0].input, { GlobalClusterIdentifier: "bourse" });
  });

  it("moves a database without loss, or says that loss is accepted", async () => {
    const { cloud, sent } = await cloudWith({ SwitchoverGlobalCluster: () => ({}), FailoverGlobalCluster: () => ({}) });
    await cloud.switchOver("bourse", "arn");
    await cloud.failOver("bourse", "arn");
    const names = { GlobalClusterIdentifier: "bourse", TargetDbClusterIdentifier: "arn" };
    assert.deepEqual(sent, [
      { call: "SwitchoverGlobalCluster", input: names },
      { call: "FailoverGlobalCluster", input: { ...names, AllowDataLoss: true } },
    ]);
  });

  it("takes the worst lag of the last five minutes, and says when there is no figure", async () => {
    const points: object[] = [{ Maximum: 20 }, { Maximum: 4_000 }, { Maximum: 30 }];
    const { cloud, sent } = await cloudWith({ GetMetricStatistics: () => ({ Datapoints: points }) });
    assert.equal(await cloud.copyLag("standby"), 4_000);
    points.length = 0;
    assert.equal(await cloud.copyLag("standby"), undefined);
    const { MetricName, Dimensions, StartTime, EndTime } = sent[0].input;
    assert.deepEqual([MetricName, Dimensions], ["AuroraGlobalDBRPOLag", [{ Name: "DBClusterIdentifier", Value: "standby" }]]);
    assert.deepEqual([StartTime, EndTime], ["2025-12-31T23:55:00.000Z", "2026-01-01T00:00:00.000Z"]);
  });

  it("counts healthy nodes in service of the group's own instances, over all pages", async () => {
    const instance = (LifecycleState: string, HealthStatus = "Healthy") => ({ LifecycleState, HealthStatus });
    const { cloud } = await cloudWith({
      DescribeAutoScalingGroups: ({ NextToken }) =>
        NextToken === undefined
          ? {
              AutoScalingGroups: [
                {
                  AutoScalingGroupName: "eks-hot-a-1234",
                  Instances: [instance("InService"), instance("Terminating"), instance("InService", "Unhealthy")],
                },
                { AutoScalingGroupName: "eks-hot-ab-1234", Instances: [instance("InService")] },
              ],
              NextToken: "more",
            }
          : { AutoScalingGroups: [{ AutoScalingGroupName: "eks-hot-a-5678", Instances: [instance("InService")] }] },
    });
    assert.equal(await cloud.nodesInService("hot-a"), 2);
  });

  it("reads who leads consistently, and changes it where nobody else has, as members of the shard do", async () => {
    const store: { Item?: Record<string, Record<string, string>> } = {};
    const refused = (name: string) => Object.assign(new Error("refused"), { name });
    let fails: Error | undefined;
    const { cloud, sent } = await cloudWith({
      GetItem: () => store,
      PutItem: ({ Item }) => {
        if (fails !== undefined) throw fails;
        return Object.assign(store, { Item });
      },
    });
    assert.equal(await cloud.leadership("table"), undefined);
    const record = { holder: "one", epoch: 1, renewal: 4, inSync: [], told: 7 };
    assert.equal(await cloud.replaceLeadership("table", record, { ...record, renewal: 5 }), true);
    assert.deepEqual(await cloud.leadership("table"), { ...record, renewal: 5 });
    assert.deepEqual(sent[0].input, { TableName: "table", Key: { name: { S: "shard-0" } }, ConsistentRead: true });
    assert.deepEqual(sent[1].input, {
      TableName: "table",
      Item: { name: { S: "shard-0" }, renewal: { N: "5" }, record: { S: JSON.stringify({ ...record, renewal: 5 }) } },
      ConditionExpression: "renewal = :seen",
      ExpressionAttributeValues: { ":seen": { N: "4" } },
    });
    for (const name of ["ConditionalCheckFailedException", "ReplicatedWriteConflictException"]) {
      fails = refused(name);
      assert.equal(await cloud.replaceLeadership("table", record, record), false, name);
    }
    fails = refused("ProvisionedThroughputExceededException");
    await assert.rejects(cloud.replaceLeadership("table", record, record), /refused/);
  });

  it("reads the account's own quota", async () => {
    const { cloud, sent } = await cloudWith({ GetServiceQuota: () => ({ Quota: { Value: 640 } }) });
    assert.equal(await cloud.quota("ec2", "L-1216C47A"), 640);
    assert.deepEqual(sent[0].input, { ServiceCode: "ec2", QuotaCode: "L-1216C47A" });
  });

  it("asks accelerators where their API is, and everything else in the region that takes over", async () => {
    const clients = clientsOf(await loadSdk(), "eu-west-1") as unknown as Record<string, { config: { region(): Promise<string> } }>;
    const regions = await Promise.all(Object.entries(clients).map(async ([name, { config }]) => [name, await config.region()]));
    assert.deepEqual(Object.fromEntries(regions), {
      accelerators: "us-west-2",
      databases: "eu-west-1",
      figures: "eu-west-1",
      groups: "eu-west-1",
      tables: "eu-west-1",
      quotas: "eu-west-1",
    });
  });
});
