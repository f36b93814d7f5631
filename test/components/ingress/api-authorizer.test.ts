import assert from "node:assert/strict";
import { ApiAuthorizer, type ApiAuthorizerArgs } from "bourse";
import { assertFaults, assertInputs, describeComponent, recordProgram } from "bourse/testing";
import { accountId, image, keyRef, network, zoneIds } from "../references";

const lambda = "aws:lambda/function:Function";
const secretArn = `arn:aws:secretsmanager:us-east-1:${accountId}:secret:origin-AbCdEf`;

const minimal: ApiAuthorizerArgs = {
  accountId,
  region: "us-east-1",
  image,
  network,
  clientGroupId: "sg-services",
  environment: { BOURSE_SQL_URL: "postgresql://users@sql.example:5432/bourse", BOURSE_SQL_SIGN_IN: "iam" },
  statements: [{ Effect: "Allow", Action: "rds-db:connect", Resource: `arn:aws:rds-db:us-east-1:${accountId}:dbuser:cluster-1/users` }],
  originSecret: { arn: secretArn, keyArn: keyRef("secret").arn },
  key: keyRef("settings"),
  logKey: keyRef("log"),
};

function authorizerWith(over: Partial<ApiAuthorizerArgs> = {}): () => ApiAuthorizer {
  return () => new ApiAuthorizer("decide", { ...minimal, ...over });
}

describeComponent("ApiAuthorizer", authorizerWith(), (subject) => {
  it("runs the module of the services' image, in the private subnets of every zone, as a member of what the database admits", () => {
    assertInputs(subject.graph, lambda, "decide-function", {
      packageType: "Image",
      imageUri: image,
      imageConfig: { commands: ["functions/authorizer/main.js"] },
      runtime: undefined,
      vpcConfig: { subnetIds: zoneIds.map((zoneId) => network.privateSubnetIds[zoneId]), securityGroupIds: ["sg-services"] },
      timeout: 9,
    });
  });

  it("is told where users and the origin's secret are, in settings encrypted with the given key, and no secret itself", () => {
    assertInputs(subject.graph, lambda, "decide-function", {
      environment: { variables: { ...minimal.environment, BOURSE_ORIGIN_SECRET: secretArn } },
      kmsKeyArn: keyRef("settings").arn,
      tracingConfig: { mode: "Active" },
    });
  });

  it("may do what it was given, open the origin's secret, log, and be in its network's subnets, and nothing else", () => {
    if (!subject.known) return;
    const { inputs } = subject.graph.get("aws:iam/rolePolicy:RolePolicy", "decide-role-policy");
    const { Statement } = JSON.parse(String(inputs.policy)) as { Statement: { Action: string | string[]; Resource: string | string[] }[] };
    const narrow = Statement.filter(({ Resource }) => Resource !== "*").flatMap(({ Action }) => Action);
    assert.deepEqual(narrow.sort(), [
      "ec2:AssignPrivateIpAddresses",
      "ec2:CreateNetworkInterface",
      "ec2:DeleteNetworkInterface",
      "ec2:UnassignPrivateIpAddresses",
      "kms:Decrypt",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "rds-db:connect",
      "secretsmanager:GetSecretValue",
    ]);
    const create = Statement.find(({ Action }) => Action === "ec2:CreateNetworkInterface")!;
    assert.equal(create.Resource.length, 2 + zoneIds.length);
  });

  it("writes an encrypted log that expires, and is watched for failures, want of concurrency and slowness", () => {
    assertInputs(subject.graph, "aws:cloudwatch/logGroup:LogGroup", "decide-log", { kmsKeyId: keyRef("log").arn, retentionInDays: 90 });
    const alarms = subject.graph.ofType("aws:cloudwatch/metricAlarm:MetricAlarm").map(({ inputs }) => inputs.metricName);
    assert.deepEqual(alarms.sort(), ["Duration", "Errors", "Throttles"]);
  });
});

describe("ApiAuthorizer arguments", () => {
  it("may keep concurrency for it, and give it more memory", async () => {
    const graph = await recordProgram({}, authorizerWith({ concurrency: 200, memoryMib: 3_008 }));
    assertInputs(graph, lambda, "decide-function", { reservedConcurrentExecutions: 200, memorySize: 3_008 });
  });

  const faulty: [what: string, over: Partial<ApiAuthorizerArgs>, paths: string[]][] = [
    ["an image by tag", { image: "bourse:latest" }, ["image"]],
    ["less memory than Lambda gives", { memoryMib: 64 }, ["memoryMib"]],
    ["no concurrency at all", { concurrency: 0 }, ["concurrency"]],
  ];
  for (const [what, over, paths] of faulty) {
    it(`are refused with ${what}`, () => {
      assertFaults(authorizerWith(over), paths);
    });
  }
});
