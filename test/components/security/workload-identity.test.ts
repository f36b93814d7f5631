import assert from "node:assert/strict";
import { grants, WorkloadIdentity, type WorkloadIdentityArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  literalKey,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";

const accountId = "123456789012";
const region = "us-east-1";
const secret = { arn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:a", key: literalKey("secret"), region };
const minimal: WorkloadIdentityArgs = {
  accountId,
  kind: "pods",
  pods: { clusterName: "exchange", namespace: "trading", serviceAccount: "wallet" },
  statements: [...grants.readSecret(secret), ...grants.readSecret({ ...secret, arn: `${secret.arn}2` })],
};

function identityWith(over: Partial<WorkloadIdentityArgs> = {}): () => WorkloadIdentity {
  return () => new WorkloadIdentity("wallet", { ...minimal, ...over });
}

describeComponent("WorkloadIdentity", identityWith(), (subject) => {
  it("makes a role, its policy, and its association with a service account", () => {
    assertResources(subject.graph, {
      "aws:iam/role:Role": ["wallet-role"],
      "aws:iam/rolePolicy:RolePolicy": ["wallet-policy"],
      "aws:eks/podIdentityAssociation:PodIdentityAssociation": ["wallet-pods"],
    });
  });

  it("lets one service account of one cluster take the role, for an hour", () => {
    assertInputs(subject.graph, "aws:iam/role:Role", "wallet-role", {
      maxSessionDuration: 3600,
      assumeRolePolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "pods.eks.amazonaws.com" },
            Action: ["sts:AssumeRole", "sts:TagSession"],
            Condition: {
              StringEquals: {
                "aws:SourceAccount": accountId,
                "aws:RequestTag/eks-cluster-name": "exchange",
                "aws:RequestTag/kubernetes-namespace": "trading",
                "aws:RequestTag/kubernetes-service-account": "wallet",
              },
            },
          },
        ],
      },
    });
    assertInputs(subject.graph, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "wallet-pods", {
      clusterName: "exchange",
      namespace: "trading",
      serviceAccount: "wallet",
    });
  });

  it("grants exactly its statements, the key through the service alone", () => {
    const through = { StringEquals: { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" } };
    const read = { Effect: "Allow", Action: ["secretsmanager:GetSecretValue"] };
    const decrypt = { Effect: "Allow", Action: ["kms:Decrypt"], Resource: literalKey("secret").arn, Condition: through };
    assertInputs(subject.graph, "aws:iam/rolePolicy:RolePolicy", "wallet-policy", {
      policy: {
        Version: "2012-10-17",
        Statement: [
          { Sid: "ReadSecret", ...read, Resource: secret.arn },
          { Sid: "DecryptSecret", ...decrypt },
          { Sid: "ReadSecret2", ...read, Resource: `${secret.arn}2` },
          { Sid: "DecryptSecret2", ...decrypt },
        ],
      },
    });
  });
});

describe("WorkloadIdentity, by argument", () => {
  it("trusts tasks of its own account, and functions, when asked to", async () => {
    for (const [kind, service] of [
      ["tasks", "ecs-tasks.amazonaws.com"],
      ["functions", "lambda.amazonaws.com"],
    ] as const) {
      const graph = await recordProgram({}, identityWith({ kind, pods: undefined }));
      const [trust] = JSON.parse(graph.get("aws:iam/role:Role", "wallet-role").inputs.assumeRolePolicy as string).Statement;
      assert.deepEqual(trust.Principal, { Service: service });
      assert.deepEqual(graph.ofType("aws:eks/podIdentityAssociation:PodIdentityAssociation"), []);
    }
  });

  it("bounds its rights by a policy of the account when one is given", async () => {
    const permissionsBoundary = `arn:aws:iam::${accountId}:policy/boundary`;
    const graph = await recordProgram({}, identityWith({ permissionsBoundary }));
    assertInputs(graph, "aws:iam/role:Role", "wallet-role", { permissionsBoundary });
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<WorkloadIdentityArgs["transform"]>();
    assert.deepEqual(untransformed(await recordProgram({}, identityWith({ transform: probe.transform })), probe), []);
  });

  const cases: [string, Partial<WorkloadIdentityArgs>, string[]][] = [
    ["an unknown kind", { kind: "users" as "pods", pods: undefined }, ["kind"]],
    ["pods without their service account", { pods: undefined }, ["pods"]],
    ["a service account of a function", { kind: "functions" }, ["pods"]],
    ["a namespace with capitals", { pods: { ...minimal.pods!, namespace: "Trading" } }, ["pods.namespace"]],
    [
      "all actions of a service",
      { statements: [{ Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::a" }] },
      ["statements[0].Action"],
    ],
    ["every resource", { statements: [{ Effect: "Allow", Action: ["dynamodb:GetItem"], Resource: "*" }] }, ["statements[0].Resource"]],
    [
      "every resource beside an action that knows none",
      { statements: [{ Effect: "Allow", Action: ["xray:PutTraceSegments", "sqs:SendMessage"], Resource: "*" }] },
      ["statements[0].Resource"],
    ],
    [
      "a principal",
      { statements: [{ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: "arn:aws:sqs:us-east-1:1:q" }] },
      ["statements[0].Principal"],
    ],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(identityWith(over), paths));
  }

  it("accepts every resource for actions that know none", async () => {
    await recordProgram({}, identityWith({ statements: [{ Effect: "Allow", Action: ["xray:PutTraceSegments"], Resource: "*" }] }));
  });
});

describe("Grants", () => {
  it("name every action in full and never every resource", async () => {
    const stream = { arn: "arn:aws:kinesis:us-east-1:123456789012:stream/s", key: literalKey(), region };
    const statements = [
      ...grants.writeStream(stream),
      ...grants.readStream(stream),
      ...grants.readTable(stream),
      ...grants.writeTable(stream),
      ...grants.sendQueue(stream),
      ...grants.receiveQueue(stream),
      ...grants.publishTopic(stream),
      ...grants.readObjects(stream, "archive/"),
      ...grants.writeObjects(stream, "archive/"),
      ...grants.connectSql("cluster-ABC", "wallet", region, accountId),
      ...grants.connectRedis("arn:group", "arn:user"),
      ...grants.appendLog("arn:aws:kafka:us-east-1:123456789012:cluster/log/uuid", "commands"),
      ...grants.readLog("arn:aws:kafka:us-east-1:123456789012:cluster/log/uuid", "commands"),
    ];
    const graph = await recordProgram({}, identityWith({ statements }));
    const { Statement } = JSON.parse(graph.get("aws:iam/rolePolicy:RolePolicy", "wallet-policy").inputs.policy as string);
    for (const { Action, Resource } of Statement) {
      assert.ok(
        [Action].flat().every((action: string) => /^[a-z0-9-]+:[A-Za-z]+$/.test(action)),
        JSON.stringify(Action),
      );
      assert.ok(
        [Resource].flat().every((resource: string) => resource !== "*"),
        JSON.stringify(Action),
      );
    }
    // A key decrypts what one service hands it, and nothing else.
    const keys = Statement.filter(({ Action }: { Action: string[] }) => Action[0].startsWith("kms:"));
    assert.deepEqual(
      [...new Set(keys.map(({ Condition }: (typeof keys)[number]) => Condition.StringEquals["kms:ViaService"]))].sort(),
      ["dynamodb", "kinesis", "s3", "sns", "sqs"].map((service) => `${service}.us-east-1.amazonaws.com`),
    );
    const append = Statement.find(({ Sid }: { Sid: string }) => Sid === "AppendLog");
    assert.equal(append.Resource, "arn:aws:kafka:us-east-1:123456789012:topic/log/uuid/commands*");
  });
});
