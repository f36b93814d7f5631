/** What an account has once for each region, and once for itself: detection, audit, and rules for its users. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  BourseComponent,
  type CommonArgs,
  childNameFaults,
  choiceFaults,
  type Fault,
  type KeyRef,
  type Protection,
  type Transform,
  transformed,
} from "../foundation";
import { AuditTrail, type AuditTrailTransform } from "./audit-trail";
import { ConfigRecorder, type ConfigRecorderTransform } from "./config-recorder";
import { adoptedRules, type ConfigRule, configRules, membershipRule } from "./config-rules";
import { UserRules, type UserRulesTransform } from "./user-rules";

/**
 * What to do about a service of which an account has one: make it; leave it to whoever made it, let AWS Config watch that it stays as this library would have made it
 * ({@link adoptedRules}), and add what goes on top (the rules of Config, the standards and severe findings of Security Hub); or nothing at all, unwatched. "Already exists" errors at
 * deployment mean `"adopt"`.
 */
export type Singleton = "create" | "adopt" | "off";

/** Services that an account has once in each region. */
export const regionalServices = ["guardDuty", "securityHub", "inspector", "macie", "config", "accessAnalyzer", "volumeEncryption"] as const;
/** What an account has once. */
export const globalServices = ["trail", "users", "publicBuckets"] as const;
export type BaselineService = (typeof regionalServices)[number] | (typeof globalServices)[number];

/** Arguments of {@link SecurityBaseline}. */
export interface SecurityBaselineArgs extends CommonArgs, AlarmedArgs {
  accountId: pulumi.Input<string>;
  /** Encrypts trail and configuration history: the `log` key of a `KeyRing`. */
  key: KeyRef;
  /** True in the one region of the account that also makes what is global: trail, rules for users, and the block on public buckets. */
  home: boolean;
  /** What to do about each service. @default `"create"` for all */
  services?: Partial<Record<BaselineService, Singleton>>;
  /** @default "on" */
  protection?: Protection;
  transform?: SecurityBaselineTransform;
}

export interface SecurityBaselineTransform extends AlarmTransform {
  detector?: Transform<aws.guardduty.DetectorArgs>;
  detectorFeature?: Transform<aws.guardduty.DetectorFeatureArgs>;
  securityHub?: Transform<aws.securityhub.AccountArgs>;
  standard?: Transform<aws.securityhub.StandardsSubscriptionArgs>;
  findingAggregator?: Transform<aws.securityhub.FindingAggregatorArgs>;
  inspector?: Transform<aws.inspector2.EnablerArgs>;
  macie?: Transform<aws.macie2.AccountArgs>;
  analyzer?: Transform<aws.accessanalyzer.AnalyzerArgs>;
  volumeEncryption?: Transform<aws.ebs.EncryptionByDefaultArgs>;
  publicBuckets?: Transform<aws.s3.AccountPublicAccessBlockArgs>;
  findingRule?: Transform<aws.cloudwatch.EventRuleArgs>;
  findingTarget?: Transform<aws.cloudwatch.EventTargetArgs>;
  trail?: AuditTrailTransform;
  config?: ConfigRecorderTransform;
  users?: UserRulesTransform;
}

/** Protection plans of GuardDuty (its API reference, `DetectorFeatureConfiguration`). */
const detectorFeatures = {
  buckets: "S3_DATA_EVENTS",
  cluster: "EKS_AUDIT_LOGS",
  volumes: "EBS_MALWARE_PROTECTION",
  databases: "RDS_LOGIN_EVENTS",
  functions: "LAMBDA_NETWORK_LOGS",
  runtime: "RUNTIME_MONITORING",
};

/** Standards that Security Hub scores an account by. */
const standards = { practices: "aws-foundational-security-best-practices/v/1.0.0", cis: "cis-aws-foundations-benchmark/v/3.0.0" };

export function securityBaselineFaults(args: SecurityBaselineArgs, name: string): Fault[] {
  const known: readonly string[] = [...regionalServices, ...globalServices];
  const choices = Object.entries(args.services ?? {}).flatMap(([service, choice]): Fault[] => {
    const path = `services.${service}`;
    if (!known.includes(service)) return [{ path, given: choice, allowed: `only ${known.join(", ")}`, fix: "correct its spelling" }];
    if (!args.home && (globalServices as readonly string[]).includes(service)) {
      return [{ path, given: choice, allowed: "nothing outside the home region", fix: "remove it, or make this the home region" }];
    }
    if (choice === "adopt" && service !== "config" && args.services?.config === "off") {
      const allowed = '"create" or "off" without config, whose rules watch what is adopted';
      return [{ path, given: choice, allowed, fix: 'let config be "create" or "adopt"' }];
    }
    return choiceFaults(path, choice, ["create", "adopt", "off"]);
  });
  return [...choices, ...partNameFaults(args, name)];
}

/** Rules that watch the services which are adopted here: outside the home region no service of the whole account is, as a fault. */
function rulesOfAdopted({ services = {} }: SecurityBaselineArgs): Record<string, ConfigRule> {
  const watched = Object.entries(adoptedRules).filter(([service]) => services[service as BaselineService] === "adopt");
  return Object.assign({}, ...watched.map(([, rules]) => rules));
}

/** The longest names are those of buckets; without them, those of rules. */
function partNameFaults({ services = {}, home }: SecurityBaselineArgs, name: string): Fault[] {
  const { config = "create", trail = "create" } = services;
  return childNameFaults(name, {
    bucket: [...(config === "create" ? ["-config-store-bucket"] : []), ...(home && trail === "create" ? ["-trail-store-bucket"] : [])],
    configRule: config === "off" ? [] : Object.keys(configRules).map((key) => `-config-${key}`),
    eventRule: ["-findings"],
  });
}

/** Detection, audit and rules of an account, each made, adopted or left out. */
export class SecurityBaseline extends BourseComponent {
  constructor(name: string, args: SecurityBaselineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:security:SecurityBaseline", name, args, securityBaselineFaults(args, name), opts);
    const choice = (service: BaselineService): Singleton => args.services?.[service] ?? "create";
    const region = aws.getRegionOutput({}, { parent: this }).region;

    const users =
      args.home && choice("users") === "create"
        ? new UserRules(`${name}-users`, { tags: args.tags, transform: args.transform?.users }, { parent: this })
        : undefined;
    if (choice("guardDuty") === "create") this.detectThreats(args);
    this.collectFindings(choice("securityHub"), region, args);
    if (choice("inspector") === "create") this.scanForVulnerabilities(args);
    if (choice("macie") === "create") this.findPersonalData(args);
    if (choice("accessAnalyzer") === "create") this.analyseAccess(args);
    if (choice("volumeEncryption") === "create") this.encryptVolumes(args);
    const shared = { accountId: args.accountId, key: args.key, alarms: args.alarms, protection: args.protection, tags: args.tags };
    const inside = { parent: this };
    if (choice("config") !== "off") {
      new ConfigRecorder(
        `${name}-config`,
        {
          ...shared,
          recorder: choice("config") === "create",
          globalResources: args.home,
          rules: { ...rulesOfAdopted(args), ...(users === undefined ? {} : membershipRule(users.groupName)) },
          transform: args.transform?.config,
        },
        inside,
      );
    }
    if (args.home && choice("trail") === "create") new AuditTrail(`${name}-trail`, { ...shared, transform: args.transform?.trail }, inside);
    if (args.home && choice("publicBuckets") === "create") this.blockPublicBuckets(args);
    this.registerOutputs({
      services: Object.fromEntries(
        [...regionalServices, ...(args.home ? globalServices : [])].map((service) => [service, choice(service)]),
      ),
    });
  }

  private detectThreats(args: SecurityBaselineArgs): void {
    const name = `${this.name}-detector`;
    const detector = new aws.guardduty.Detector(
      ...transformed<aws.guardduty.DetectorArgs>(
        args.transform?.detector,
        name,
        { enable: true, findingPublishingFrequency: "FIFTEEN_MINUTES", tags: this.tagsFor(name) },
        this.childOptions({ protect: (args.protection ?? "on") === "on" }),
      ),
    );
    for (const [role, feature] of Object.entries(detectorFeatures)) {
      new aws.guardduty.DetectorFeature(
        ...transformed<aws.guardduty.DetectorFeatureArgs>(
          args.transform?.detectorFeature,
          `${name}-${role}`,
          { detectorId: detector.id, name: feature, status: "ENABLED" },
          this.childOptions(),
        ),
      );
    }
  }

  private collectFindings(choice: Singleton, region: pulumi.Output<string>, args: SecurityBaselineArgs): void {
    if (choice === "off") return;
    const name = `${this.name}-hub`;
    const dependsOn: pulumi.Resource[] = [];
    if (choice === "create") {
      dependsOn.push(
        new aws.securityhub.Account(
          ...transformed<aws.securityhub.AccountArgs>(
            args.transform?.securityHub,
            name,
            { enableDefaultStandards: false, autoEnableControls: true, controlFindingGenerator: "SECURITY_CONTROL" },
            this.childOptions(),
          ),
        ),
      );
      if (args.home) {
        new aws.securityhub.FindingAggregator(
          ...transformed<aws.securityhub.FindingAggregatorArgs>(
            args.transform?.findingAggregator,
            `${name}-aggregator`,
            { linkingMode: "ALL_REGIONS" },
            this.childOptions({ dependsOn }),
          ),
        );
      }
    }
    for (const [role, standard] of Object.entries(standards)) {
      new aws.securityhub.StandardsSubscription(
        ...transformed<aws.securityhub.StandardsSubscriptionArgs>(
          args.transform?.standard,
          `${name}-${role}`,
          { standardsArn: region.apply((where) => `arn:aws:securityhub:${where}::standards/${standard}`) },
          this.childOptions({ dependsOn }),
        ),
      );
    }
    this.routeFindings(args);
  }

  /** Findings of high and critical severity go where alarms go. */
  private routeFindings(args: SecurityBaselineArgs): void {
    if (args.alarms === undefined || args.alarms === "off") return;
    const name = `${this.name}-findings`;
    const rule = new aws.cloudwatch.EventRule(
      ...transformed<aws.cloudwatch.EventRuleArgs>(
        args.transform?.findingRule,
        name,
        {
          description: "Severe findings of Security Hub",
          eventPattern: JSON.stringify({
            source: ["aws.securityhub"],
            "detail-type": ["Security Hub Findings - Imported"],
            detail: { findings: { Severity: { Label: ["HIGH", "CRITICAL"] }, Workflow: { Status: ["NEW"] }, RecordState: ["ACTIVE"] } },
          }),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    new aws.cloudwatch.EventTarget(
      ...transformed<aws.cloudwatch.EventTargetArgs>(
        args.transform?.findingTarget,
        `${name}-target`,
        { rule: rule.name, arn: args.alarms.topicArn },
        this.childOptions(),
      ),
    );
  }

  private scanForVulnerabilities(args: SecurityBaselineArgs): void {
    new aws.inspector2.Enabler(
      ...transformed<aws.inspector2.EnablerArgs>(
        args.transform?.inspector,
        `${this.name}-inspector`,
        { accountIds: [args.accountId], resourceTypes: ["EC2", "ECR", "LAMBDA"] },
        this.childOptions(),
      ),
    );
  }

  private findPersonalData(args: SecurityBaselineArgs): void {
    new aws.macie2.Account(
      ...transformed<aws.macie2.AccountArgs>(
        args.transform?.macie,
        `${this.name}-macie`,
        { status: "ENABLED", findingPublishingFrequency: "FIFTEEN_MINUTES" },
        this.childOptions(),
      ),
    );
  }

  private analyseAccess(args: SecurityBaselineArgs): void {
    const name = `${this.name}-analyzer`;
    new aws.accessanalyzer.Analyzer(
      ...transformed<aws.accessanalyzer.AnalyzerArgs>(
        args.transform?.analyzer,
        name,
        { analyzerName: name, type: "ACCOUNT", tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
  }

  private encryptVolumes(args: SecurityBaselineArgs): void {
    new aws.ebs.EncryptionByDefault(
      ...transformed<aws.ebs.EncryptionByDefaultArgs>(
        args.transform?.volumeEncryption,
        `${this.name}-volumes`,
        { enabled: true },
        this.childOptions(),
      ),
    );
  }

  private blockPublicBuckets(args: SecurityBaselineArgs): void {
    new aws.s3.AccountPublicAccessBlock(
      ...transformed<aws.s3.AccountPublicAccessBlockArgs>(
        args.transform?.publicBuckets,
        `${this.name}-public-buckets`,
        { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
        this.childOptions(),
      ),
    );
  }
}
