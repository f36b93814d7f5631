import assert from "node:assert/strict";
import {
  catalog,
  FargateCluster,
  type FargateClusterArgs,
  fargateServices,
  fargateSize,
  type ServiceName,
  type StoreRefs,
  serviceNames,
} from "bourse";
import { assertFaults, assertInputs, describeComponent, probeTransforms, recordProgram, untransformed } from "bourse/testing";
import { accountId, image, keyRef, network } from "../references";

const service = "aws:ecs/service:Service";
const task = "aws:ecs/taskDefinition:TaskDefinition";
const ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";

const stores: StoreRefs = {
  sql: { arns: [`arn:aws:rds-db:us-east-1:${accountId}:dbuser:cluster-A`], environment: { BOURSE_SQL_HOST: "sql.internal" } },
};
const certificateSecretArns = Object.fromEntries(
  serviceNames.map((name) => [name, `arn:aws:secretsmanager:us-east-1:${accountId}:secret:tls-${name}`]),
) as Record<ServiceName, string>;
const tasks = serviceNames.filter((name) => name !== "trading");
const networkCidrs = ["10.16.0.0/16"];
const services = fargateServices({
  services: tasks,
  stores,
  networkCidrs,
  preset: "development",
  certificateSecretArns,
  targetGroupArns: { gateway: { rest: "arn:targets", binary: "arn:binary" } },
});

const minimal: FargateClusterArgs = {
  network,
  image,
  services,
  region: "us-east-1",
  logKey: keyRef("log"),
  securityGroupIds: ["sg-services"],
};

function clusterWith(over: Partial<FargateClusterArgs> = {}): () => FargateCluster {
  return () => new FargateCluster("run", { ...minimal, ...over });
}

describeComponent("FargateCluster", clusterWith(), (subject) => {
  it("runs every service of the catalog in tasks of its own, with its own role and group", () => {
    assert.deepEqual(
      subject.graph
        .ofType(service)
        .map(({ name }) => name)
        .sort(),
      tasks.map((name) => `run-${name}`).sort(),
    );
    for (const name of tasks) {
      const running = subject.graph.get(service, `run-${name}`);
      const [definition] = subject.graph.referencesOf(running, "taskDefinition");
      assert.equal(definition.name, `run-${name}-task`);
      assert.deepEqual(
        subject.graph.referencesOf(definition, "taskRoleArn").map((role) => role.name),
        [`run-${name}-role`],
      );
      assert.ok(subject.graph.referencesOf(running, "networkConfiguration").some((group) => group.name === `run-${name}-access`));
    }
  });

  it("keeps tasks off the internet, without a shell, and rolls a release back that does not start", () => {
    for (const { name, inputs } of subject.graph.ofType(service)) {
      assertInputs(subject.graph, service, name, {
        launchType: "FARGATE",
        enableExecuteCommand: false,
        deploymentCircuitBreaker: { enable: true, rollback: true },
        availabilityZoneRebalancing: "ENABLED",
      });
      assert.equal((inputs.networkConfiguration as { assignPublicIp: boolean }).assignPublicIp, false, name);
    }
  });

  it("runs containers read-only, without rights, and hands them their certificate as a secret", () => {
    if (!subject.known) return;
    for (const name of tasks) {
      const [container] = JSON.parse(String(subject.graph.get(task, `run-${name}-task`).inputs.containerDefinitions));
      assert.equal(container.readonlyRootFilesystem, true);
      assert.equal(container.user, "65532:65532");
      assert.deepEqual(container.linuxParameters.capabilities, { drop: ["ALL"] });
      assert.deepEqual(container.secrets, [{ name: "BOURSE_TLS_BUNDLE", valueFrom: certificateSecretArns[name] }]);
      assert.ok(!JSON.stringify(container.environment).includes("secretsmanager"));
      assert.equal(container.stopTimeout, catalog[name].drainSeconds);
    }
  });

  it("admits a service's callers on its port, and nothing else", () => {
    const opened = subject.graph.ofType(ingressRule).map((rule) => {
      const [from] = subject.graph.referencesOf(rule, "referencedSecurityGroupId");
      const [to] = subject.graph.referencesOf(rule, "securityGroupId");
      return `${from.name} -> ${to.name}:${rule.inputs.fromPort}-${rule.inputs.toPort}`;
    });
    const intended = tasks.flatMap((from) =>
      catalog[from].calls
        .filter((to) => to !== "trading")
        .map((to) => `run-${from}-access -> run-${to}-access:${catalog[to].port}-${catalog[to].port}`),
    );
    assert.deepEqual(opened.sort(), intended.sort());
  });

  it("lets the execution role pull this image and read these certificates, and nothing more", () => {
    if (!subject.known) return;
    const { Statement } = JSON.parse(String(subject.graph.get("aws:iam/rolePolicy:RolePolicy", "run-execution-policy").inputs.policy));
    const reading = Statement.find(({ Action }: { Action: string }) => Action === "secretsmanager:GetSecretValue");
    assert.deepEqual([...reading.Resource].sort(), tasks.map((name) => certificateSecretArns[name]).sort());
    const pulling = Statement.find(({ Action }: { Action: string[] }) => Action.includes("ecr:BatchGetImage"));
    assert.equal(pulling.Resource, `arn:aws:ecr:us-east-1:${accountId}:repository/bourse`);
  });

  it("puts the gateway's tasks behind the load balancer", () => {
    assertInputs(subject.graph, service, "run-gateway", {
      loadBalancers: [
        { targetGroupArn: "arn:targets", containerName: "gateway", containerPort: 8443 },
        { targetGroupArn: "arn:binary", containerName: "gateway", containerPort: 9443 },
      ],
    });
  });
});

describe("FargateCluster arguments", () => {
  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<FargateClusterArgs["transform"]>();
    const production = fargateServices({
      services: ["users", "wallet"],
      stores,
      networkCidrs,
      preset: "production",
      certificateSecretArns,
    });
    const graph = await recordProgram({}, clusterWith({ transform: probe.transform, services: production }));
    assert.deepEqual(untransformed(graph, probe), []);
    assert.equal(graph.ofType("aws:appautoscaling/target:Target").length, 2);
  });

  const { users } = services;
  const faulty: [what: string, over: Partial<FargateClusterArgs>, paths: string[]][] = [
    ["no service", { services: {} }, ["services"]],
    ["an image by tag", { image: "bourse:latest" }, ["image"]],
    ["more memory than Fargate has", { services: { users: { ...users, memoryMib: 200_000 } } }, ['services["users"]']],
    ["no task", { services: { users: { ...users, min: 0 } } }, ['services["users"].min']],
    ["a drain longer than ECS waits", { services: { users: { ...users, drainSeconds: 121 } } }, ['services["users"].drainSeconds']],
    ["a call to nobody", { services: { users: { ...users, calls: ["casino"] } } }, ['services["users"].calls[0]']],
    ["a retention that CloudWatch does not have", { logRetentionDays: 8 }, ["logRetentionDays"]],
  ];
  for (const [what, over, paths] of faulty) {
    it(`are refused with ${what}`, () => {
      assertFaults(clusterWith(over), paths);
    });
  }

  it("are refused for the shard, since a task's disk ends with the task and the log with it", () => {
    assert.throws(
      () => fargateServices({ services: ["trading"], stores: {}, networkCidrs, preset: "development", certificateSecretArns }),
      /"trading" was asked for on Fargate/,
    );
  });
});

describe("Sizes of Fargate", () => {
  for (const [milliCpu, memoryMib, expected] of [
    [100, 256, { cpu: 256, memory: 512 }],
    [250, 513, { cpu: 256, memory: 1_024 }],
    [250, 1_200, { cpu: 256, memory: 2_048 }],
    [250, 2_049, { cpu: 512, memory: 3_072 }],
    [1_000, 1_024, { cpu: 1_024, memory: 2_048 }],
    [4_000, 8_192, { cpu: 4_096, memory: 8_192 }],
    [8_000, 65_536, { cpu: 16_384, memory: 65_536 }],
    [16_001, 1_024, undefined],
    [1_000, 122_881, undefined],
  ] as const) {
    it(`hold ${milliCpu} thousandths of a core and ${memoryMib} MiB in ${JSON.stringify(expected) ?? "none"}`, () => {
      assert.deepEqual(fargateSize(milliCpu, memoryMib), expected);
    });
  }
});
