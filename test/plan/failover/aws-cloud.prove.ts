/** What a failover reads of AWS, from a server that speaks its APIs. It has no accelerators, and moves no database between regions. */

import assert from "node:assert/strict";
import { CreateAutoScalingGroupCommand, CreateLaunchConfigurationCommand } from "@aws-sdk/client-auto-scaling";
import { PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import { CreateDBClusterCommand, CreateGlobalClusterCommand } from "@aws-sdk/client-rds";
import { awsCloud, loadSdk } from "../../../plan/failover/aws-cloud";
import { givenUp, handedOver } from "../../../plan/failover/leadership";
import { openDynamoLeadership } from "../../../workloads/stores/leadership";
import { withMoto } from "../../servers/moto";

withMoto("A failover's questions to AWS", (start) => {
  let moto: Awaited<ReturnType<typeof start>>;
  before(async () => {
    moto = await start();
  });
  after(() => moto?.stop());

  async function clients() {
    const sdk = await loadSdk();
    const settings = moto.client;
    const made = {
      accelerators: new sdk.accelerators.GlobalAcceleratorClient(settings),
      databases: new sdk.databases.RDSClient(settings),
      figures: new sdk.figures.CloudWatchClient(settings),
      tables: new sdk.tables.DynamoDBClient(settings),
      groups: new sdk.groups.AutoScalingClient(settings),
      quotas: new sdk.quotas.ServiceQuotasClient(settings),
    };
    return { ...made, cloud: awsCloud(sdk, made) };
  }

  it("find the writer among a global database's members", async () => {
    const { databases, cloud } = await clients();
    await databases.send(new CreateGlobalClusterCommand({ GlobalClusterIdentifier: "bourse", Engine: "aurora-postgresql" }));
    const settings = { Engine: "aurora-postgresql", MasterUsername: "administrator", MasterUserPassword: "correct-horse" };
    await databases.send(new CreateDBClusterCommand({ DBClusterIdentifier: "sql", GlobalClusterIdentifier: "bourse", ...settings }));
    const { status, members } = await cloud.globalDatabase("bourse");
    assert.equal(status, "available");
    assert.deepEqual(
      members.map(({ region, writer }) => [region, writer]),
      [[moto.client.region, true]],
    );
  });

  it("find the lag that was written, and none where none was", async () => {
    const { figures, cloud } = await clients();
    const dimension = [{ Name: "DBClusterIdentifier", Value: "standby" }];
    const data = [{ MetricName: "AuroraGlobalDBRPOLag", Dimensions: dimension, Value: 1_200, Timestamp: new Date(Date.now() - 60_000) }];
    await figures.send(new PutMetricDataCommand({ Namespace: "AWS/RDS", MetricData: data }));
    assert.equal(await cloud.copyLag("standby"), 1_200);
    assert.equal(await cloud.copyLag("another"), undefined);
  });

  it("count nodes in service", async () => {
    const { groups, cloud } = await clients();
    await groups.send(
      new CreateLaunchConfigurationCommand({ LaunchConfigurationName: "hot", ImageId: "ami-12345678", InstanceType: "t3.micro" }),
    );
    const group = { LaunchConfigurationName: "hot", MinSize: 2, MaxSize: 2, AvailabilityZones: ["us-east-1a"] };
    await groups.send(new CreateAutoScalingGroupCommand({ AutoScalingGroupName: "eks-hot-a-1234", ...group }));
    assert.deepEqual([await cloud.nodesInService("hot-a"), await cloud.nodesInService("warm")], [2, 0]);
  });

  it("find who leads as a member of the shard wrote it, and change that record where nobody else has", async () => {
    const { tables, cloud } = await clients();
    const key = [{ AttributeName: "name", KeyType: "HASH" as const }];
    const attributes = [{ AttributeName: "name", AttributeType: "S" as const }];
    const TableName = "leadership";
    await tables.send(
      new CreateTableCommand({ TableName, KeySchema: key, AttributeDefinitions: attributes, BillingMode: "PAY_PER_REQUEST" }),
    );
    const members = openDynamoLeadership({ table: TableName, client: moto.client });
    const first = { holder: "one", address: "one:7400", epoch: 1, renewal: 1, inSync: [], told: 0, region: "us-east-1" };
    assert.equal(await members.replace("shard-0", undefined, first), true);
    const seen = (await cloud.leadership(TableName))!;
    assert.deepEqual(seen, first);
    assert.equal(await cloud.replaceLeadership(TableName, seen, handedOver(seen, "us-west-2")), true);
    assert.equal(await cloud.replaceLeadership(TableName, seen, givenUp(seen, "us-west-2")), false);
    assert.equal((await members.read("shard-0"))?.handsOverTo, "us-west-2");
    assert.equal(await members.replace("shard-0", first, { ...first, renewal: 2 }), false);
    await members.close();
  });

  it("read a quota", async () => {
    const { cloud } = await clients();
    assert.equal(await cloud.quota("vpc", "L-F678F1CE"), 5);
  });
});
