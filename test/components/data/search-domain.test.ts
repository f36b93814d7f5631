import assert from "node:assert/strict";
import { SearchDomain, type SearchDomainArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  differenceOf,
  literalKey,
  literalNetwork,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";

const domainType = "aws:opensearch/domain:Domain";
const administratorRoleArn = "arn:aws:iam::123456789012:role/search-admin";
const historyRoleArn = "arn:aws:iam::123456789012:role/history";

function searchWith(over: Partial<SearchDomainArgs> = {}, name = "search"): () => SearchDomain {
  return () =>
    new SearchDomain(name, {
      accountId: "123456789012",
      network: literalNetwork(),
      key: literalKey(),
      clients: { services: "sg-services" },
      administratorRoleArn,
      readerRoleArns: { history: historyRoleArn },
      ...over,
    });
}

describeComponent("SearchDomain", searchWith(), (subject) => {
  it("makes a domain with its logs and alarms, and nothing else", () => {
    const alarms = ["cpu", "key-error", "key-inaccessible", "memory", "nodes", "red", "storage", "writes-blocked", "yellow"];
    assertResources(subject.graph, {
      [domainType]: ["search-domain"],
      "aws:opensearch/domainPolicy:DomainPolicy": ["search-policy"],
      "aws:cloudwatch/logGroup:LogGroup": ["audit", "errors", "index", "slow"].map((role) => `search-${role}-log`),
      "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": ["search-log-policy"],
      "aws:ec2/securityGroup:SecurityGroup": ["search-access-group"],
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ["search-access-services-https"],
      "aws:cloudwatch/metricAlarm:MetricAlarm": alarms.map((alarm) => `search-${alarm}-alarm`),
    });
  });

  it("spreads over three zones of which one stands by, with three managers of their own", () => {
    assertInputs(subject.graph, domainType, "search-domain", {
      clusterConfig: {
        instanceCount: 3,
        instanceType: "r7g.large.search",
        dedicatedMasterEnabled: true,
        dedicatedMasterCount: 3,
        dedicatedMasterType: "m7g.large.search",
        zoneAwarenessEnabled: true,
        zoneAwarenessConfig: { availabilityZoneCount: 3 },
        multiAzWithStandbyEnabled: true,
      },
      ebsOptions: { ebsEnabled: true, volumeType: "gp3", volumeSize: 200 },
    });
  });

  it("encrypts on disk, between nodes and from clients", () => {
    assertInputs(subject.graph, domainType, "search-domain", {
      encryptAtRest: { enabled: true, kmsKeyId: literalKey().arn },
      nodeToNodeEncryption: { enabled: true },
      domainEndpointOptions: { enforceHttps: true, tlsSecurityPolicy: "Policy-Min-TLS-1-2-PFS-2023-10" },
    });
  });

  it("decides by IAM roles, without passwords and without the anonymous", () => {
    assertInputs(subject.graph, domainType, "search-domain", {
      advancedSecurityOptions: {
        enabled: true,
        anonymousAuthEnabled: false,
        internalUserDatabaseEnabled: false,
        masterUserOptions: { masterUserArn: administratorRoleArn },
      },
    });
    const domainArn = subject.graph.get(domainType, "search-domain").outputs.arn;
    assertInputs(subject.graph, "aws:opensearch/domainPolicy:DomainPolicy", "search-policy", {
      accessPolicies: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { AWS: [administratorRoleArn, historyRoleArn] },
            Action: ["es:ESHttpDelete", "es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPatch", "es:ESHttpPost", "es:ESHttpPut"],
            Resource: `${domainArn}/*`,
          },
        ],
      },
    });
  });

  it("publishes slow logs, errors and audits, and keeps audits for more than a year", () => {
    const { logPublishingOptions } = subject.graph.get(domainType, "search-domain").inputs;
    assert.deepEqual(
      (logPublishingOptions as { logType: string; enabled: boolean }[]).map(({ logType, enabled }) => [logType, enabled]),
      [
        ["SEARCH_SLOW_LOGS", true],
        ["INDEX_SLOW_LOGS", true],
        ["ES_APPLICATION_LOGS", true],
        ["AUDIT_LOGS", true],
      ],
    );
    assertInputs(subject.graph, "aws:cloudwatch/logGroup:LogGroup", "search-audit-log", { retentionInDays: 400 });
  });

  it("lets OpenSearch of this account write to these logs alone", () => {
    const { policyDocument } = subject.graph.get("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "search-log-policy").inputs;
    if (!subject.known) return;
    const [statement] = JSON.parse(policyDocument as string).Statement;
    assert.deepEqual(statement.Condition, { StringEquals: { "aws:SourceAccount": "123456789012" } });
    assert.deepEqual(
      [...statement.Resource].sort(),
      subject.graph
        .ofType("aws:cloudwatch/logGroup:LogGroup")
        .map(({ outputs }) => `${outputs.arn}:*`)
        .sort(),
    );
  });

  it("takes security updates by itself, off peak, and is protected", () => {
    const domain = assertInputs(subject.graph, domainType, "search-domain", {
      offPeakWindowOptions: { enabled: true },
      softwareUpdateOptions: { autoSoftwareUpdateEnabled: true },
    });
    assert.equal(domain.protect, true);
  });

  it("expects all six nodes to report", () => {
    assertInputs(subject.graph, "aws:cloudwatch/metricAlarm:MetricAlarm", "search-nodes-alarm", {
      threshold: 6,
      comparisonOperator: "LessThanThreshold",
      treatMissingData: "breaching",
    });
  });
});

describe("SearchDomain, by argument", () => {
  it("makes an administrator of its own, who needs a second factor, when none is given", async () => {
    const graph = await recordProgram({}, searchWith({ administratorRoleArn: undefined }));
    const role = assertInputs(graph, "aws:iam/role:Role", "search-administrator", {
      maxSessionDuration: 3600,
      assumeRolePolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { AWS: "arn:aws:iam::123456789012:root" },
            Action: "sts:AssumeRole",
            Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
          },
        ],
      },
    });
    const { advancedSecurityOptions } = graph.get(domainType, "search-domain").inputs as {
      advancedSecurityOptions: { masterUserOptions: { masterUserArn: string } };
    };
    assert.equal(advancedSecurityOptions.masterUserOptions.masterUserArn, role.outputs.arn);
  });

  it("does not change when the network gets a zone", async () => {
    const network = literalNetwork(["use1-az1", "use1-az4", "use1-az6", "use1-az2"]);
    const difference = differenceOf(await recordProgram({}, searchWith()), await recordProgram({}, searchWith({ network })));
    assert.deepEqual(difference, { added: [], removed: [], replaced: [], updated: [] });
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<SearchDomainArgs["transform"]>();
    assert.deepEqual(
      untransformed(await recordProgram({}, searchWith({ administratorRoleArn: undefined, transform: probe.transform })), probe),
      [],
    );
  });

  const cases: [string, Partial<SearchDomainArgs>, string[]][] = [
    ["two zones", { network: literalNetwork(["use1-az1", "use1-az2"]) }, ["zoneIds"]],
    ["a zone outside the network", { zoneIds: ["use1-az1", "use1-az4", "use1-az2"] }, ["zoneIds[2]"]],
    ["four data nodes", { dataNodes: 4 }, ["dataNodes"]],
    ["one data node", { dataNodes: 1 }, ["dataNodes", "dataNodes"]],
    ["a disk that is too small", { storageGib: 5 }, ["storageGib"]],
    ["a node type of EC2", { dataNodeType: "r7g.large", managerNodeType: "m7g.large" }, ["dataNodeType", "managerNodeType"]],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(searchWith(over), paths));
  }

  it("refuses a name that is too long for a domain", () => void assertFaults(searchWith({}, "s".repeat(29)), ["name"]));
});
