import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ExchangeGlobal, type ExchangeGlobalArgs } from "bourse";
import { assertFaults, assertInputs, describeComponent, recordProgram } from "bourse/testing";
import { accountId } from "../references";

function globalWith(over: Partial<ExchangeGlobalArgs> = {}): () => ExchangeGlobal {
  return () => {
    const usEast1 = new aws.Provider("us-east-1", { region: "us-east-1" });
    const standby = new aws.Provider("us-west-2", { region: "us-west-2" });
    return new ExchangeGlobal("bourse", { domain: "exchange.example", accountId, usEast1, standby, ...over }, { provider: usEast1 });
  };
}

describeComponent("ExchangeGlobal", globalWith(), (subject) => {
  it("is made of the edge, the accelerators and the key of their logs", () => {
    const tokens = subject.graph.resources
      .map(({ type }) => type)
      .filter((type) => /^bourse:(edge:ExchangeEdge|ingress|observability|security)/.test(type));
    assert.deepEqual(tokens.sort(), [
      "bourse:edge:ExchangeEdge",
      "bourse:ingress:GlobalIngress",
      "bourse:observability:AlarmTopic",
      "bourse:security:KeyRing",
    ]);
  });

  it("sends every alarm to its topic, in the region of the alarms", () => {
    const alarms = subject.graph.ofType("aws:cloudwatch/metricAlarm:MetricAlarm");
    assert.ok(alarms.length >= 7);
    for (const alarm of alarms) {
      const topics = subject.graph.referencesOf(alarm, "alarmActions").filter(({ type }) => type === "aws:sns/topic:Topic");
      assert.deepEqual(
        topics.map(({ name, region }) => [name, region]),
        [["bourse-alarms-topic", alarm.region]],
        alarm.name,
      );
    }
  });

  it("lists no region: none of its resources names an endpoint of one", () => {
    assert.deepEqual(
      subject.graph.resources.filter(({ type }) => /endpointGroup|loadBalancer/.test(type)),
      [],
    );
    assert.deepEqual(
      subject.graph.resources.filter(({ inputs }) => inputs.latencyRoutingPolicies !== undefined),
      [],
    );
  });

  it("puts the accelerators' hosts into the edge's zone", () => {
    const record = subject.graph.get("aws:route53/record:Record", "bourse-ingress-api");
    assert.deepEqual(
      subject.graph.referencesOf(record, "zoneId").map(({ name }) => name),
      ["bourse-edge-zone"],
    );
  });

  it("encrypts the firewall's log with its own key of us-east-1", () => {
    const logs = subject.graph.get("aws:cloudwatch/logGroup:LogGroup", "bourse-edge-firewall-logs");
    const [key] = subject.graph.referencesOf(logs, "kmsKeyId");
    assert.deepEqual([key.name, key.region], ["bourse-keys-log", "us-east-1"]);
  });

  it("protects its keys, its zone, its distribution, its addresses and its buckets", () => {
    const kept = [
      "aws:kms/key:Key",
      "aws:route53/zone:Zone",
      "aws:cloudfront/distribution:Distribution",
      "aws:globalaccelerator/accelerator:Accelerator",
      "aws:s3/bucket:Bucket",
    ].flatMap((type) => subject.graph.ofType(type));
    assert.equal(kept.length, 11);
    assert.deepEqual(
      kept.filter(({ protect }) => !protect).map(({ name }) => name),
      [],
    );
  });
});

describe("ExchangeGlobal arguments", () => {
  it("pass to the parts over its own", async () => {
    const graph = await recordProgram({}, globalWith({ over: { edge: { priceClass: "PriceClass_100" } } }));
    assertInputs(graph, "aws:cloudfront/distribution:Distribution", "bourse-edge-distribution", { priceClass: "PriceClass_100" });
  });

  it("with an account API make the secret of its origin header, renewed into the edge's function, with a copy in the standby's region", async () => {
    const account = { host: "account-origin.exchange.example", standbyRegion: "us-west-2" };
    let made: ExchangeGlobal | undefined;
    const graph = await recordProgram({ accountId }, () => {
      made = globalWith({ account })();
    });
    const secret = graph.get("aws:secretsmanager/secret:Secret", "bourse-secrets-origin");
    assert.equal(secret.region, "us-east-1");
    assert.deepEqual(
      (secret.inputs.replicas as { region: string }[]).map(({ region }) => region),
      ["us-west-2"],
    );
    assert.deepEqual(
      graph.referencesOf(secret, "replicas").map(({ name, region }) => [name, region]),
      [["bourse-standby-keys-secret", "us-west-2"]],
    );
    assertInputs(graph, "aws:secretsmanager/secretRotation:SecretRotation", "bourse-secrets-origin-rotation", { rotateImmediately: true });
    const renewal = graph.get("aws:lambda/function:Function", "bourse-secrets-rotation");
    const { variables } = renewal.inputs.environment as { variables: Record<string, string> };
    const proof = graph.get("aws:cloudfront/function:Function", "bourse-edge-origin-function");
    assert.equal(variables.FUNCTION_NAME, proof.outputs.name);
    const { Statement } = JSON.parse(
      String(graph.get("aws:iam/rolePolicy:RolePolicy", "bourse-secrets-rotation-role-renews").inputs.policy),
    );
    const edge = Statement.filter(({ Action }: { Action: string[] }) => String(Action).includes("cloudfront:"));
    assert.deepEqual(
      edge.map(({ Resource }: { Resource: string }) => Resource),
      [proof.outputs.arn],
    );
    const arn = `arn:aws:secretsmanager:us-east-1:${accountId}:secret:bourse-secrets-origin-AbCdEf`;
    const arns = await Promise.all(Object.values(made!.originSecrets).map((ref) => promiseOf(ref.arn)));
    assert.deepEqual(
      [Object.keys(made!.originSecrets), arns],
      [
        ["us-east-1", "us-west-2"],
        [arn, arn.replace("us-east-1", "us-west-2")],
      ],
    );
  });

  it("are refused with a standby region that is none", () => {
    assertFaults(globalWith({ account: { host: "account-origin.exchange.example", standbyRegion: "west" } }), ["account.standbyRegion"]);
  });

  it("are refused all at once, each fault once", async () => {
    await recordProgram({}, () => {
      const over = { edge: { priceClass: "all" as "PriceClass_All" }, ingress: { ports: { rest: [0] } } };
      assertFaults(globalWith({ domain: "exchange", over }), ["domain", "priceClass", 'ports["rest"][0]']);
    });
  });
});

function promiseOf<Value>(input: pulumi.Input<Value>): Promise<Value> {
  return new Promise((resolve) => pulumi.output(input).apply((value) => resolve(value as Value)));
}
