/**
 * Roles with policies that AWS manages: what those policies say today, as moto keeps them, judged by the same simulator. AWS may widen such a policy by itself: this
 * fails when one then lets its role do harm that is not listed here.
 */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ResourceGraph, recordProgram } from "bourse/testing";
import { requireServer } from "../servers/server";
import { allows, policiesOf, type Question } from "./iam-simulator";
import { platformDangers } from "./platform-calls";
import { accountId } from "./references";
import { specimens } from "./specimens";

const python = join(__dirname, "../../.bourse/venv/bin/python");
const hasMoto = existsSync(join(__dirname, "../../.bourse/venv/bin/moto_server"));
const arnOf = (service: string, rest: string) => `arn:aws:${service}:us-east-1:${accountId}:${rest}`;

/** By policy, a call that AWS documents for whoever takes the role. */
const documented: Record<string, Question> = {
  "service-role/AWS_ConfigRole": { action: "ec2:DescribeInstances", resource: "*" },
  "service-role/AmazonRDSEnhancedMonitoringRole": {
    action: "logs:PutLogEvents",
    resource: arnOf("logs", "log-group:RDSOSMetrics:log-stream:1"),
  },
  "service-role/AWSBackupServiceRolePolicyForBackup": { action: "dynamodb:CreateBackup", resource: arnOf("dynamodb", "table/sessions") },
  "service-role/AWSBackupServiceRolePolicyForRestores": { action: "rds:DescribeDBClusters", resource: arnOf("rds", "cluster:sql") },
  "service-role/AmazonAPIGatewayPushToCloudWatchLogs": { action: "logs:CreateLogGroup", resource: arnOf("logs", "log-group:api") },
  AmazonEKS_CNI_Policy: { action: "ec2:DescribeNetworkInterfaces", resource: "*" },
  AmazonEKSWorkerNodePolicy: { action: "ec2:DescribeInstances", resource: "*" },
  AmazonEC2ContainerRegistryPullOnly: { action: "ecr:BatchGetImage", resource: arnOf("ecr", "repository/bourse") },
  AmazonSSMManagedInstanceCore: { action: "ssm:UpdateInstanceInformation", resource: "*" },
  "service-role/AmazonEBSCSIDriverPolicy": { action: "ec2:DescribeVolumes", resource: "*" },
  CloudWatchAgentServerPolicy: { action: "cloudwatch:PutMetricData", resource: "*" },
};

/** Harm that a policy of AWS allows, since its service needs it. */
const accepted: Record<string, string[]> = {
  // A restored machine is a new one. The role is taken by AWS Backup alone, and copies of machines are none of ours.
  "service-role/AWSBackupServiceRolePolicyForRestores": ["ec2:RunInstances"],
  // The agent reads parameters for its documents. None of ours is a secret (policy `parameter-no-plain-secret`): those are in Secrets Manager, which it may not read.
  AmazonSSMManagedInstanceCore: ["ssm:GetParameter"],
};

requireServer("roles with policies of AWS", hasMoto ? python : undefined, "pip install 'moto[server]'", (program) => {
  describe("as AWS has written them", function () {
    this.timeout(180_000);
    let managed: Record<string, { Document: Record<string, unknown> }>;
    const attached = new Map<string, string[]>();
    const policies = new Map<string, Record<string, unknown>[]>();

    before(async () => {
      const read = "from moto.iam.aws_managed_policies import aws_managed_policies_data as d; print(d)";
      managed = JSON.parse(execFileSync(program, ["-c", read], { encoding: "utf8", maxBuffer: 1 << 26 }));
      for (const [specimen, make] of Object.entries(specimens)) take(specimen, await recordProgram({}, () => void make({})));
    });

    function take(specimen: string, graph: ResourceGraph): void {
      for (const role of graph.ofType("aws:iam/role:Role")) {
        const names = graph
          .ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
          .filter(({ inputs }) => inputs.role === role.id || inputs.role === role.outputs.name)
          .map(({ inputs }) => String(inputs.policyArn).replace("arn:aws:iam::aws:policy/", ""));
        if (names.length === 0) continue;
        const documents = names.map((name) => {
          const policy = managed[name.split("/").at(-1)!];
          assert.ok(policy, `${specimen} ${role.name}: AWS has no policy ${name}`);
          return policy.Document;
        });
        attached.set(`${specimen} ${role.name}`, names);
        policies.set(`${specimen} ${role.name}`, [...documents, ...policiesOf(graph, role)]);
      }
    }

    it("are among those that this test knows, and each is in use", () => {
      assert.deepEqual([...new Set([...attached.values()].flat())].sort(), Object.keys(documented).sort());
    });

    it("let each role make the call that AWS documents", async () => {
      for (const [role, names] of attached)
        for (const name of names)
          assert.ok(await allows(policies.get(role)!, documented[name]), `${role} may not ${documented[name].action}`);
    });

    it("deny each role 30 calls and more that would do harm, but for those that its service needs", async () => {
      assert.ok(platformDangers.length >= 30);
      const needed = new Set<string>();
      for (const [role, given] of policies) {
        const excused = attached.get(role)!.flatMap((name) => accepted[name] ?? []);
        for (const danger of platformDangers) {
          if (!(await allows(given, danger))) continue;
          assert.ok(excused.includes(danger.action), `${role} may ${danger.action} on ${danger.resource}`);
          needed.add(danger.action);
        }
      }
      assert.deepEqual([...needed].sort(), Object.values(accepted).flat().sort(), "what is accepted is still needed");
    });
  });
});
