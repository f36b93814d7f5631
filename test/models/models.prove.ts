/** What the types of Pulumi cannot see: inputs against AWS's own models (botocore) and cfn-lint's lists and combinations. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { recordProgram } from "bourse/testing";
import { specimens } from "../components/specimens";
import { requireServer } from "../servers/server";
import { askModels, type ModelledResource, modelled } from "./aws-models";

interface Report {
  /** Requests by operation. */
  checked: Record<string, number>;
  faults: string[];
  /** Resource types that no operation is known for. */
  unknown: string[];
}

const python = join(__dirname, "../../.bourse/venv/bin/python");
const hasModels = existsSync(join(__dirname, "../../.bourse/venv/bin/cfn-lint"));

requireServer("AWS's own models", hasModels ? python : undefined, "pip install -r scripts/requirements.txt", (program) => {
  describe("and every resource of every component", function () {
    this.timeout(180_000);
    let resources: ModelledResource[];
    let report: Report;
    before(async () => {
      const graphs = [];
      for (const specimen of Object.values(specimens)) graphs.push(await recordProgram({}, () => void specimen({})));
      resources = graphs.flatMap((graph) => modelled(graph)).map(withAwsIds);
      report = await askModels(program, ["check"], resources);
    });

    it("agree on names, types, enumerations, patterns, ranges, what is required and what goes together", () => {
      assert.deepEqual(report.faults, []);
    });

    it("leave no type out", () => {
      assert.deepEqual(report.unknown, []);
      assert.ok(Object.keys(report.checked).length >= 230, `only ${Object.keys(report.checked).length} operations`);
      assert.ok(resources.length > 1_500);
    });

    const broken: [string, string, (inputs: Record<string, unknown>) => Record<string, unknown>, RegExp][] = [
      [
        "a value outside an enumeration",
        "aws:rds/proxy:Proxy",
        (i) => ({ ...i, engineFamily: "ORACLE" }),
        /EngineFamily: 'ORACLE' is none of/,
      ],
      [
        "a number outside its range",
        "aws:kms/key:Key",
        (i) => ({ ...i, deletionWindowInDays: 400 }),
        /PendingWindowInDays: 400 {2}is not from 1 to 365/,
      ],
      [
        "a name that does not match its pattern",
        "aws:kms/alias:Alias",
        (i) => ({ ...i, name: "keys data" }),
        /AliasName: 'keys data' does not match/,
      ],
      [
        "a missing requirement",
        "aws:mq/broker:Broker",
        ({ engineVersion: _gone, deploymentMode: _too, ...i }) => i,
        /DeploymentMode is required/,
      ],
      [
        "a class that no region offers",
        "aws:redshift/cluster:Cluster",
        (i) => ({ ...i, nodeType: "ra9.large" }),
        /'ra9.large' is not offered in eu-west-1/,
      ],
      [
        "a version that Aurora does not have",
        "aws:rds/cluster:Cluster",
        (i) => ({ ...i, engineVersion: "17.99" }),
        /CreateDBCluster: engine_version/,
      ],
      [
        "a setting that Aurora ignores",
        "aws:rds/clusterInstance:ClusterInstance",
        (i) => ({ ...i, copyTagsToSnapshot: true }),
        /aurora_exclusive/,
      ],
      [
        "a security policy that no listener has",
        "aws:apigatewayv2/domainName:DomainName",
        (i) => ({ ...i, domainNameConfiguration: { ...(i.domainNameConfiguration as object), securityPolicy: "TLS_0_9" } }),
        /SecurityPolicy: 'TLS_0_9' is none of/,
      ],
      [
        "a price class that CloudFront does not have",
        "aws:cloudfront/distribution:Distribution",
        (i) => ({ ...i, priceClass: "PriceClass_50" }),
        /PriceClass: 'PriceClass_50' is none of/,
      ],
      [
        "a taint that EKS does not know",
        "aws:eks/nodeGroup:NodeGroup",
        (i) => ({ ...i, taints: [{ key: "bourse/tier", value: "hot", effect: "NoSchedule" }] }),
        /effect: 'NoSchedule' is none of/,
      ],
      [
        "a text where a number belongs",
        "aws:elasticache/cluster:Cluster",
        (i) => ({ ...i, port: "eleven" }),
        /Port: 'eleven' is no integer/,
      ],
    ];
    for (const [what, type, breakIt, expected] of broken) {
      it(`see ${what}`, async () => {
        const one = resources.find((resource) => resource.type === type)!;
        const { faults } = await askModels<Report>(program, ["check"], [{ ...one, inputs: breakIt({ ...one.inputs }) }]);
        assert.match(faults.join("\n"), expected);
      });
    }

    it("see an input that no call takes", async () => {
      const one = resources.find(({ type }) => type === "aws:kinesis/stream:Stream")!;
      const { faults } = await askModels<Report>(program, ["check"], [{ ...one, inputs: { ...one.inputs, shardLevelMetrics: ["all"] } }]);
      assert.deepEqual(faults, [`aws:kinesis/stream:Stream ${one.name}: nobody looks at shardLevelMetrics`]);
    });
  });
});

/** Specimens name subnets and keys by what they are; AWS by hexadecimal numbers. */
function withAwsIds(resource: ModelledResource): ModelledResource {
  const { inputs, ...rest } = resource;
  const text = JSON.stringify(inputs)
    .replaceAll(/subnet-(public|private|isolated)-[a-z0-9-]+/g, "subnet-0123456789abcdef0")
    .replaceAll(/:key\/(?![0-9a-f]{8}-|mrk-)[a-z-]+/g, ":key/00000000-0000-0000-0000-000000000000");
  return { ...rest, inputs: JSON.parse(text) as Record<string, unknown> };
}
