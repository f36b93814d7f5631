import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import {
  adoptedRules,
  configRules,
  issueCertificates,
  PrivateAuthority,
  type PrivateAuthorityArgs,
  SecurityBaseline,
  type SecurityBaselineArgs,
} from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  literalKey,
  probeTransforms,
  type ResourceGraph,
  recordProgram,
  untransformed,
} from "bourse/testing";

const accountId = "123456789012";
const topicArn = "arn:aws:sns:us-east-1:123456789012:on-call";

function baselineWith(over: Partial<SecurityBaselineArgs> = {}): () => SecurityBaseline {
  return () => new SecurityBaseline("base", { accountId, key: literalKey("log"), home: true, alarms: { topicArn }, ...over });
}

function types(graph: ResourceGraph): string[] {
  return [...new Set(graph.resources.filter(({ custom }) => custom).map(({ type }) => type.split(":")[1]))].sort();
}

describeComponent("SecurityBaseline", baselineWith(), (subject) => {
  it("turns on GuardDuty with all of its protection plans", () => {
    const { graph } = subject;
    assertInputs(graph, "aws:guardduty/detector:Detector", "base-detector", {
      enable: true,
      findingPublishingFrequency: "FIFTEEN_MINUTES",
    });
    assert.equal(graph.get("aws:guardduty/detector:Detector", "base-detector").protect, true);
    const features = graph.ofType("aws:guardduty/detectorFeature:DetectorFeature").map(({ inputs }) => [inputs.name, inputs.status]);
    assert.deepEqual(
      features.sort(),
      ["EBS_MALWARE_PROTECTION", "EKS_AUDIT_LOGS", "LAMBDA_NETWORK_LOGS", "RDS_LOGIN_EVENTS", "RUNTIME_MONITORING", "S3_DATA_EVENTS"].map(
        (name) => [name, "ENABLED"],
      ),
    );
  });

  it("turns on Security Hub with two standards, Inspector, Macie and the access analyzer", () => {
    const { graph } = subject;
    assertInputs(graph, "aws:securityhub/account:Account", "base-hub", {
      enableDefaultStandards: false,
      autoEnableControls: true,
      controlFindingGenerator: "SECURITY_CONTROL",
    });
    assertInputs(graph, "aws:securityhub/findingAggregator:FindingAggregator", "base-hub-aggregator", { linkingMode: "ALL_REGIONS" });
    assertInputs(graph, "aws:securityhub/standardsSubscription:StandardsSubscription", "base-hub-cis", {
      standardsArn: "arn:aws:securityhub:us-east-1::standards/cis-aws-foundations-benchmark/v/3.0.0",
    });
    assertInputs(graph, "aws:inspector2/enabler:Enabler", "base-inspector", {
      accountIds: [accountId],
      resourceTypes: ["EC2", "ECR", "LAMBDA"],
    });
    assertInputs(graph, "aws:macie2/account:Account", "base-macie", { status: "ENABLED", findingPublishingFrequency: "FIFTEEN_MINUTES" });
    assertInputs(graph, "aws:accessanalyzer/analyzer:Analyzer", "base-analyzer", { type: "ACCOUNT" });
  });

  it("sends severe findings where alarms go", () => {
    const rule = assertInputs(subject.graph, "aws:cloudwatch/eventRule:EventRule", "base-findings", {
      eventPattern: {
        source: ["aws.securityhub"],
        "detail-type": ["Security Hub Findings - Imported"],
        detail: { findings: { Severity: { Label: ["HIGH", "CRITICAL"] }, Workflow: { Status: ["NEW"] }, RecordState: ["ACTIVE"] } },
      },
    });
    const target = assertInputs(subject.graph, "aws:cloudwatch/eventTarget:EventTarget", "base-findings-target", { arn: topicArn });
    assert.deepEqual(subject.graph.referencesOf(target, "rule"), [rule]);
  });

  it("records the audit trail of all regions, validated, encrypted, with alarms on what should never happen", () => {
    assertInputs(subject.graph, "aws:cloudtrail/trail:Trail", "base-trail-all", {
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableLogFileValidation: true,
      enableLogging: true,
      kmsKeyId: literalKey("log").arn,
    });
    const watched = ["console-without-mfa", "key-loss", "root-use", "trail-change"].map((key) => `base-trail-${key}`);
    assert.deepEqual(
      subject.graph
        .ofType("aws:cloudwatch/logMetricFilter:LogMetricFilter")
        .map(({ name }) => name)
        .sort(),
      watched,
    );
    for (const name of watched)
      assertInputs(subject.graph, "aws:cloudwatch/metricAlarm:MetricAlarm", `${name}-alarm`, {
        threshold: 0,
        metricName: name,
        alarmActions: [topicArn],
      });
    assertInputs(subject.graph, "aws:cloudwatch/logGroup:LogGroup", "base-trail-log", {
      retentionInDays: 400,
      kmsKeyId: literalKey("log").arn,
    });
  });

  for (const [store, writer] of [
    ["base-trail-store", "cloudtrail.amazonaws.com"],
    ["base-config-store", "config.amazonaws.com"],
  ]) {
    it(`keeps what ${writer} writes where nobody can change it`, () => {
      const { graph } = subject;
      assertInputs(graph, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", `${store}-public-access`, {
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      });
      assertInputs(graph, "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", `${store}-encryption`, {
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: literalKey("log").arn },
            bucketKeyEnabled: true,
          },
        ],
      });
      assertInputs(graph, "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", `${store}-lock`, {
        rule: { defaultRetention: { mode: "COMPLIANCE", days: 400 } },
      });
      assertInputs(graph, "aws:s3/bucketVersioning:BucketVersioning", `${store}-versioning`, {
        versioningConfiguration: { status: "Enabled" },
      });
      const bucket = assertInputs(graph, "aws:s3/bucket:Bucket", `${store}-bucket`, { objectLockEnabled: true, forceDestroy: false });
      assert.equal(bucket.protect, true);
      assertInputs(graph, "aws:s3/bucketOwnershipControls:BucketOwnershipControls", `${store}-ownership`, {
        rule: { objectOwnership: "BucketOwnerEnforced" },
      });
      if (!subject.known) return;
      const [plain, ...writes] = JSON.parse(
        graph.get("aws:s3/bucketPolicy:BucketPolicy", `${store}-policy`).inputs.policy as string,
      ).Statement;
      assert.deepEqual([plain.Effect, plain.Condition], ["Deny", { Bool: { "aws:SecureTransport": "false" } }]);
      assert.deepEqual(plain.Resource, [bucket.outputs.arn, `${bucket.outputs.arn}/*`]);
      for (const statement of writes) {
        assert.deepEqual(statement.Principal, { Service: writer });
        assert.equal(statement.Condition.StringEquals["aws:SourceAccount"], accountId);
      }
    });
  }

  it("records every configuration and checks the rules, a second factor for root and users among them", () => {
    assertInputs(subject.graph, "aws:cfg/recorder:Recorder", "base-config-recorder", {
      recordingGroup: { allSupported: true, includeGlobalResourceTypes: true },
    });
    assertInputs(subject.graph, "aws:cfg/recorderStatus:RecorderStatus", "base-config-status", { isEnabled: true });
    assertInputs(subject.graph, "aws:cfg/deliveryChannel:DeliveryChannel", "base-config-channel", { s3KmsKeyArn: literalKey("log").arn });
    const identifiers = subject.graph
      .ofType("aws:cfg/rule:Rule")
      .map(({ inputs }) => (inputs.source as { sourceIdentifier: string }).sourceIdentifier);
    assert.deepEqual(
      identifiers.sort(),
      [...Object.values(configRules).map(({ identifier }) => identifier), "IAM_USER_GROUP_MEMBERSHIP_CHECK"].sort(),
    );
    for (const identifier of ["ROOT_ACCOUNT_MFA_ENABLED", "IAM_USER_MFA_ENABLED", "CMK_BACKING_KEY_ROTATION_ENABLED"])
      assert.ok(identifiers.includes(identifier), identifier);
  });

  it("lets CloudTrail and AWS Config take their roles for this account alone", () => {
    for (const [role, service] of [
      ["base-trail-role", "cloudtrail.amazonaws.com"],
      ["base-config-role", "config.amazonaws.com"],
    ]) {
      assertInputs(subject.graph, "aws:iam/role:Role", role, {
        assumeRolePolicy: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: service },
              Action: "sts:AssumeRole",
              Condition: { StringEquals: { "aws:SourceAccount": accountId } },
            },
          ],
        },
      });
    }
  });

  it("denies users everything without a second factor, and weak passwords", () => {
    assertInputs(subject.graph, "aws:iam/accountPasswordPolicy:AccountPasswordPolicy", "base-users-passwords", {
      minimumPasswordLength: 14,
      passwordReusePrevention: 24,
      requireLowercaseCharacters: true,
      requireUppercaseCharacters: true,
      requireNumbers: true,
      requireSymbols: true,
      allowUsersToChangePassword: true,
    });
    const [denial] = JSON.parse(subject.graph.get("aws:iam/policy:Policy", "base-users-mfa").inputs.policy as string).Statement;
    assert.deepEqual(
      [denial.Effect, denial.Resource, denial.Condition],
      ["Deny", "*", { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } }],
    );
    assert.ok(
      denial.NotAction.every((action: string) => /MFA|Password|GetUser|GetSessionToken/.test(action)),
      denial.NotAction.join(),
    );
    const attachment = subject.graph.get("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "base-users-group-mfa");
    assert.deepEqual(
      subject.graph.referencesOf(attachment, "policyArn").map(({ name }) => name),
      ["base-users-mfa"],
    );
  });

  it("checks that every user is in the group that denies without a second factor", () => {
    const rule = subject.graph.get("aws:cfg/rule:Rule", "base-config-users-are-in-the-mfa-group");
    assert.deepEqual(
      subject.graph.referencesOf(rule, "inputParameters").map(({ name }) => name),
      ["base-users-group"],
    );
    if (!subject.known) return;
    const group = subject.graph.get("aws:iam/group:Group", "base-users-group").outputs.name;
    assert.deepEqual(JSON.parse(String(rule.inputs.inputParameters)), { groupNames: group });
  });

  it("encrypts every volume and closes every bucket of the account", () => {
    assertInputs(subject.graph, "aws:ebs/encryptionByDefault:EncryptionByDefault", "base-volumes", { enabled: true });
    assertInputs(subject.graph, "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", "base-public-buckets", {
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
  });
});

describe("SecurityBaseline, by argument", () => {
  it("adds rules and standards on top of services that the account has already", async () => {
    const services = { config: "adopt", securityHub: "adopt", guardDuty: "adopt", macie: "off" } as const;
    const made = types(await recordProgram({}, baselineWith({ services })));
    for (const type of ["cfg/recorder", "securityhub/account", "guardduty/detector", "macie2/account"])
      assert.ok(!made.includes(type), type);
    for (const type of ["cfg/rule", "securityhub/standardsSubscription"]) assert.ok(made.includes(type), type);
  });

  /** Identifiers of the rules that a choice adds to, or takes from, those of a baseline that makes everything. */
  async function ruleChange(over: Partial<SecurityBaselineArgs>): Promise<string[]> {
    const identifiersOf = (graph: ResourceGraph) =>
      graph.ofType("aws:cfg/rule:Rule").map(({ inputs }) => String((inputs.source as { sourceIdentifier: string }).sourceIdentifier));
    const before = identifiersOf(await recordProgram({}, baselineWith()));
    const after = identifiersOf(await recordProgram({}, baselineWith(over)));
    return [
      ...after.filter((each) => !before.includes(each)).map((each) => `+${each}`),
      ...before.filter((each) => !after.includes(each)).map((each) => `-${each}`),
    ].sort();
  }

  for (const [service, rules] of Object.entries(adoptedRules)) {
    it(`makes nothing of ${service} that is adopted, and lets Config watch that it is there; nothing watches it when it is off`, async () => {
      const added = Object.values(rules).map(({ identifier }) => `+${identifier}`);
      // Without the group of this library there are no members of it to check, but users still belong to some group.
      const adopted = added.filter((rule) => rule !== "+IAM_USER_GROUP_MEMBERSHIP_CHECK").sort();
      assert.deepEqual(await ruleChange({ services: { [service]: "adopt" } }), adopted);
      assert.deepEqual(
        await ruleChange({ services: { [service]: "off" } }),
        service === "users" ? ["-IAM_USER_GROUP_MEMBERSHIP_CHECK"] : [],
      );
      const made = async (choice: "create" | "adopt" | "off") =>
        (await recordProgram({}, baselineWith({ services: { [service]: choice } }))).resources.filter(
          ({ custom, type }) => custom && type !== "aws:cfg/rule:Rule",
        ).length;
      assert.ok((await made("adopt")) < (await made("create")));
      assert.ok((await made("off")) <= (await made("adopt")));
    });
  }

  it("watches each protection plan of an adopted GuardDuty, each kind that an adopted Inspector scans, and an adopted trail's two safeguards", () => {
    const identifiers = (service: "guardDuty" | "inspector" | "trail") =>
      Object.values(adoptedRules[service]).map(({ identifier }) => identifier);
    assert.deepEqual(identifiers("guardDuty").sort(), [
      "GUARDDUTY_EKS_PROTECTION_AUDIT_ENABLED",
      "GUARDDUTY_ENABLED_CENTRALIZED",
      "GUARDDUTY_LAMBDA_PROTECTION_ENABLED",
      "GUARDDUTY_MALWARE_PROTECTION_ENABLED",
      "GUARDDUTY_RDS_PROTECTION_ENABLED",
      "GUARDDUTY_RUNTIME_MONITORING_ENABLED",
      "GUARDDUTY_S3_PROTECTION_ENABLED",
    ]);
    assert.deepEqual(identifiers("inspector").sort(), [
      "INSPECTOR_EC2_SCAN_ENABLED",
      "INSPECTOR_ECR_SCAN_ENABLED",
      "INSPECTOR_LAMBDA_STANDARD_SCAN_ENABLED",
    ]);
    assert.deepEqual(identifiers("trail").sort(), ["CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED", "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED"]);
  });

  it("watches an adopted service of the whole account in its home region alone", async () => {
    const rules = await recordProgram({}, baselineWith({ home: false, services: { guardDuty: "adopt" } }));
    const names = rules.ofType("aws:cfg/rule:Rule").map(({ name }) => name);
    assert.ok(names.includes("base-config-threats-are-detected"));
    assert.ok(!names.some((name) => /mfa-group|passwords/.test(name)));
  });

  it("makes in other regions only what is regional", async () => {
    const made = types(await recordProgram({}, baselineWith({ home: false })));
    for (const type of ["cloudtrail/trail", "iam/accountPasswordPolicy", "s3/accountPublicAccessBlock", "securityhub/findingAggregator"])
      assert.ok(!made.includes(type), type);
    assert.ok(made.includes("guardduty/detector"));
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<SecurityBaselineArgs["transform"]>();
    assert.deepEqual(untransformed(await recordProgram({}, baselineWith({ transform: probe.transform })), probe), []);
  });

  const cases: [string, Partial<SecurityBaselineArgs>, string[]][] = [
    ["an unknown service", { services: { shield: "create" } as SecurityBaselineArgs["services"] }, ["services.shield"]],
    ["an unknown choice", { services: { macie: "on" as "create" } }, ["services.macie"]],
    ["a service that is adopted where no rule can watch it", { services: { config: "off", macie: "adopt" } }, ["services.macie"]],
    ["a global service outside the home region", { home: false, services: { trail: "create" } }, ["services.trail"]],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(baselineWith(over), paths));
  }
});

function authorityWith(over: Partial<PrivateAuthorityArgs> = {}): () => PrivateAuthority {
  return () => new PrivateAuthority("internal", { organization: "Example Exchange", ...over });
}

describeComponent("PrivateAuthority", authorityWith(), (subject) => {
  const authorityType = "aws:acmpca/certificateAuthority:CertificateAuthority";

  it("makes a root that signs one issuing authority", () => {
    assertResources(subject.graph, {
      [authorityType]: ["internal-issuing", "internal-root"],
      "aws:acmpca/certificate:Certificate": ["internal-issuing-certificate", "internal-root-certificate"],
      "aws:acmpca/certificateAuthorityCertificate:CertificateAuthorityCertificate": [
        "internal-issuing-installation",
        "internal-root-installation",
      ],
      "aws:cloudwatch/metricAlarm:MetricAlarm": ["internal-failures-alarm"],
    });
    const certificate = subject.graph.get("aws:acmpca/certificate:Certificate", "internal-issuing-certificate");
    assert.deepEqual(
      subject.graph.referencesOf(certificate, "certificateAuthorityArn").map(({ name }) => name),
      ["internal-root"],
    );
    assertInputs(subject.graph, "aws:acmpca/certificate:Certificate", "internal-issuing-certificate", {
      templateArn: "arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen0/V1",
      validity: { type: "YEARS", value: "3" },
    });
  });

  it("has its issuing authority signed by the root of another region where one is given, in that region, and makes none", async () => {
    const arn = `arn:aws:acm-pca:us-west-2:${accountId}:certificate-authority/root`;
    const joined = () => authorityWith({ root: { arn, provider: new aws.Provider("home", { region: "us-west-2" }) } })();
    const graph = await subject.record(joined);
    assert.deepEqual(
      graph.ofType(authorityType).map(({ name, region }) => [name, region]),
      [["internal-issuing", "us-east-1"]],
    );
    const [certificate, ...others] = graph.ofType("aws:acmpca/certificate:Certificate");
    assert.deepEqual([certificate.region, certificate.inputs.certificateAuthorityArn, others], ["us-west-2", arn, []]);
    const [installation] = graph.ofType("aws:acmpca/certificateAuthorityCertificate:CertificateAuthorityCertificate");
    const from = (property: string) => graph.referencesOf(installation, property).map(({ name }) => name);
    assert.deepEqual([from("certificate"), from("certificateChain")], [["internal-issuing-certificate"], ["internal-issuing-certificate"]]);
    assert.equal(installation.region, "us-east-1");
  });

  it("issues certificates of at most a week, with keys in certified hardware, and is protected", () => {
    assertInputs(subject.graph, authorityType, "internal-issuing", { type: "SUBORDINATE", usageMode: "SHORT_LIVED_CERTIFICATE" });
    for (const { name, protect } of subject.graph.ofType(authorityType)) {
      assertInputs(subject.graph, authorityType, name, {
        keyStorageSecurityStandard: "FIPS_140_2_LEVEL_3_OR_HIGHER",
        permanentDeletionTimeInDays: 30,
      });
      assert.equal(protect, true);
    }
  });

  it("issues through Certificate Manager where that is asked, which may then renew by itself", async () => {
    const managed = await subject.record(authorityWith({ issues: "managed" }));
    assertInputs(managed, authorityType, "internal-issuing", { usageMode: "GENERAL_PURPOSE" });
    assertInputs(managed, "aws:acmpca/permission:Permission", "internal-renewal", {
      principal: "acm.amazonaws.com",
      actions: ["IssueCertificate", "GetCertificate", "ListPermissions"],
    });
  });

  it("lets holders of the right ask for end certificates, and never for authorities", () => {
    const [issue] = issueCertificates("arn:authority");
    assert.deepEqual(issue.Condition, { StringEquals: { "acm-pca:TemplateArn": "arn:aws:acm-pca:::template/EndEntityCertificate/V1" } });
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<PrivateAuthorityArgs["transform"]>();
    assert.deepEqual(untransformed(await subject.record(authorityWith({ transform: probe.transform })), probe), []);
  });

  const cases: [string, Partial<PrivateAuthorityArgs>, string[]][] = [
    ["an organisation without a name", { organization: "" }, ["organization"]],
    ["a root for a year", { rootYears: 1, issuingYears: 1 }, ["issuingYears", "rootYears"]],
    ["the years of a root that is made already", { rootYears: 12, root: { arn: "arn:root", provider: undefined as never } }, ["rootYears"]],
    ["certificates that nobody issues", { issues: "weekly" as never }, ["issues"]],
    ["an issuing authority that outlives its root", { issuingYears: 12 }, ["issuingYears"]],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(authorityWith(over), paths));
  }
});
