import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { KeyRing, type KeyRingArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";

const accountId = "123456789012";
const key = "aws:kms/key:Key";

describeComponent(
  "KeyRing",
  () => new KeyRing("keys", { accountId }),
  (subject) => {
    it("makes one key and one alias for each domain, and nothing else", () => {
      const domains = ["cluster", "data", "log", "secret", "stream"];
      assertResources(subject.graph, {
        [key]: domains.map((domain) => `keys-${domain}`),
        "aws:kms/alias:Alias": domains.map((domain) => `keys-${domain}-alias`),
      });
    });

    it("rotates every key, replicates it to other regions and waits thirty days before deleting it", () => {
      for (const { name } of subject.graph.ofType(key)) {
        assertInputs(subject.graph, key, name, { enableKeyRotation: true, multiRegion: true, deletionWindowInDays: 30 });
      }
    });

    it("lets the account's own log groups, topics and node volumes be encrypted by the services that keep them, and no other account's", () => {
      const services = {
        log: ["logs.us-east-1", "cloudtrail", "config"],
        stream: ["budgets", "cloudwatch", "events", "ses", "sns"],
        data: [],
        secret: [],
        cluster: [],
      };
      for (const [domain, names] of Object.entries(services)) {
        const statements = statementsOf(subject.graph.get(key, `keys-${domain}`).inputs.policy);
        const principals = statements.flatMap(({ Principal }) => Principal.Service ?? []);
        assert.deepEqual(principals, subject.known ? names.map((name) => `${name}.amazonaws.com`) : principals);
        for (const statement of statements) {
          const scope = JSON.stringify(statement.Condition ?? statement.Principal.AWS);
          assert.ok(scope.includes(accountId), `${domain}: ${statement.Sid} is not limited to the account`);
        }
      }
    });

    it("lets nobody but the account and node auto scaling act as a principal of AWS accounts", () => {
      const open = subject.graph.ofType(key).flatMap(({ name, inputs }) =>
        statementsOf(inputs.policy)
          .filter(({ Principal }) => Principal.AWS === "*")
          .map(({ Condition }) => [
            name,
            Condition?.StringEquals["kms:CallerAccount"],
            Condition?.StringEquals["aws:PrincipalArn"].split("/").at(-1),
          ]),
      );
      const autoScaling = ["keys-cluster", accountId, "AWSServiceRoleForAutoScaling"];
      assert.deepEqual(open, [autoScaling, autoScaling]);
    });

    it("lets node auto scaling grant use of the key to AWS services alone", () => {
      const grant = statementsOf(subject.graph.get(key, "keys-cluster").inputs.policy).find(({ Sid }) => Sid === "GrantsForVolumesOfNodes");
      assert.deepEqual(grant?.Condition?.Bool, { "kms:GrantIsForAWSResource": "true" });
    });

    it("protects every key from deletion", () => {
      assert.deepEqual(
        subject.graph.ofType(key).map((each) => each.protect),
        [true, true, true, true, true],
      );
    });
  },
);

describe("KeyRing arguments", () => {
  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<KeyRingArgs["transform"]>();
    const graph = await recordProgram({}, () => {
      new KeyRing("keys", { accountId, transform: probe.transform });
      new KeyRing("copies", { accountId, domains: ["log"], primaryArns: { log: pulumi.output("arn") }, transform: probe.transform });
    });
    assert.deepEqual(untransformed(graph, probe), []);
  });

  it("limit the ring to the domains that are asked for, and say which one is missing", async () => {
    const graph = await recordProgram({}, () => {
      const ring = new KeyRing("keys", { accountId, domains: ["log"] });
      assert.throws(() => ring.key("data"), /no key for "data": add it to the ring's domains/);
    });
    assertResources(graph, { [key]: ["keys-log"], "aws:kms/alias:Alias": ["keys-log-alias"] });
  });

  it("make replicas of another region's keys, which are protected and used by the same services here", async () => {
    const primary = `arn:aws:kms:us-west-2:${accountId}:key/mrk-${"0".repeat(32)}`;
    const graph = await recordProgram({}, () => {
      const ring = new KeyRing("keys", { accountId, domains: ["data", "log"], primaryArns: { log: primary } });
      assert.ok(ring.key("log").arn);
    });
    assertResources(graph, {
      [key]: ["keys-data"],
      "aws:kms/replicaKey:ReplicaKey": ["keys-log"],
      "aws:kms/alias:Alias": ["keys-data-alias", "keys-log-alias"],
    });
    const replica = assertInputs(graph, "aws:kms/replicaKey:ReplicaKey", "keys-log", { primaryKeyArn: primary, deletionWindowInDays: 30 });
    assert.equal(replica.protect, true);
    assert.deepEqual(
      statementsOf(replica.inputs.policy).flatMap(({ Principal }) => Principal.Service ?? []),
      ["logs.us-east-1.amazonaws.com", "cloudtrail.amazonaws.com", "config.amazonaws.com"],
    );
  });

  it("let archived accounts encrypt their copies with the data key, through S3 alone, and decrypt nothing", async () => {
    const graph = await recordProgram({}, () => new KeyRing("keys", { accountId, archivedAccounts: ["222222222222"] }));
    const [, copies, ...rest] = JSON.parse(graph.get(key, "keys-data").inputs.policy as string).Statement;
    assert.deepEqual(copies, {
      Sid: "CopiesOfOtherAccounts",
      Effect: "Allow",
      Principal: { AWS: ["arn:aws:iam::222222222222:root"] },
      Action: ["kms:Encrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
    });
    assert.deepEqual(rest, []);
    for (const domain of ["log", "secret", "stream", "cluster"])
      assert.ok(!String(graph.get(key, `keys-${domain}`).inputs.policy).includes("222222222222"));
  });

  it("let the account that backups are copied to read what the data key encrypted, and grant that to AWS services alone", async () => {
    const vaultOf = (account: string) => `arn:aws:backup:us-west-2:${account}:backup-vault:records`;
    const statements = async (backupsCopiedTo: pulumi.Input<string>) => {
      const graph = await recordProgram({}, () => new KeyRing("keys", { accountId, backupsCopiedTo }));
      for (const domain of ["log", "secret", "stream", "cluster"])
        assert.ok(!String(graph.get(key, `keys-${domain}`).inputs.policy).includes("222222222222"));
      return statementsOf(graph.get(key, "keys-data").inputs.policy).slice(1) as object[];
    };
    const other = { Effect: "Allow", Principal: { AWS: "arn:aws:iam::222222222222:root" }, Resource: "*" };
    assert.deepEqual(await statements(pulumi.output(vaultOf("222222222222"))), [
      {
        Sid: "BackupsCopiedToAnotherAccount",
        ...other,
        Action: ["kms:DescribeKey", "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"],
      },
      {
        Sid: "GrantsForBackupsCopiedToAnotherAccount",
        ...other,
        Action: ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
        Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
      },
    ]);
    assert.deepEqual(await statements(vaultOf(accountId)), []);
  });

  it("let a development stack delete its keys", async () => {
    const graph = await recordProgram({}, () => new KeyRing("keys", { accountId, domains: ["log"], protection: "off" }));
    assert.equal(graph.get(key, "keys-log").protect, false);
  });

  it("are refused all at once, before anything is registered", async () => {
    const graph = await recordProgram({}, () => {
      const faulty: KeyRingArgs = { accountId, deletionWindowDays: 3, domains: ["data", "data", "money" as "data"] };
      assertFaults(() => new KeyRing("keys", faulty), ["deletionWindowDays", "domains[1]", "domains[2]"]);
      const strangers: KeyRingArgs = {
        accountId,
        domains: ["data"],
        primaryArns: { log: `arn:aws:kms:us-west-2:${accountId}:key/mrk-1`, data: `arn:aws:kms:us-west-2:${accountId}:key/1` },
        archivedAccounts: ["2222"],
        backupsCopiedTo: "records",
      };
      assertFaults(() => new KeyRing("keys", strangers), ["primaryArns.log", "primaryArns.data", "archivedAccounts[0]", "backupsCopiedTo"]);
    });
    assert.deepEqual(graph.resources, []);
  });
});

interface KeyStatement {
  Sid: string;
  Principal: { AWS?: string; Service?: string | string[] };
  Condition?: { StringEquals: Record<string, string>; Bool?: Record<string, string> };
}

function statementsOf(policy: unknown): KeyStatement[] {
  return JSON.parse(policy as string).Statement;
}
