/** Parts of a region that a stack chooses: what is made beside network, stores, cluster, ingress and services. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { DataStoreName } from "../data";
import type { AlarmTarget, Fault, HostedZoneRef, NetworkRef, Protection, SecretRef, TargetGroupRef } from "../foundation";
import { Broker, MailIdentity, MessagingLayer } from "../messaging";
import { AccessPort } from "../network";
import { CostWatch } from "../observability";
import { type KeyRing, PrivateAuthority, SecretStore, SecurityBaseline, type SecurityBaselineArgs } from "../security";
import type { ServiceName, StoreRefs } from "../services";
import { type AccountFacts, type AccountPart, createAccountPart } from "./account-part";

/** What a region may have besides its core. */
export const regionParts = ["baseline", "authority", "messaging", "broker", "mail", "cost", "access", "account"] as const;
export type RegionPart = (typeof regionParts)[number];
/** Parts without which services cannot tell each other. */
export const coreRegionParts: readonly RegionPart[] = ["messaging"];

/** What the parts need to be told. */
export interface RegionPartArgs {
  /** Parts to make. Plain, since it decides how many children exist. @default {@link coreRegionParts} */
  parts?: readonly RegionPart[];
  /** For `baseline`: true in one region of the account, which also makes what is global. @default true */
  home?: boolean;
  /** For `baseline`: what to do about each service. @default `"create"` for all */
  baseline?: SecurityBaselineArgs["services"];
  /** For `cost`: what a month may cost, in US dollars; the plan's estimate with room. */
  monthlyUsd?: number;
  /** For `access`: account ids of market makers by name, who reach the sockets through PrivateLink. */
  members?: Record<string, string>;
  /** For `account`: the secret of the header by which the account API knows CloudFront, which the global stack owns. */
  originSecret?: SecretRef;
}

/** Faults of the choice: a part that is not known, or that lacks what it needs. */
export function regionPartFaults(args: RegionPartArgs, stores: readonly DataStoreName[], services: readonly ServiceName[]): Fault[] {
  const parts = args.parts ?? coreRegionParts;
  const faults: Fault[] = [];
  parts.forEach((part, index) => {
    if (regionParts.includes(part) && parts.indexOf(part) === index) return;
    faults.push({
      path: `parts[${index}]`,
      given: part,
      allowed: `each of ${regionParts.join(", ")} at most once`,
      fix: "correct the name",
    });
  });
  const needs: [part: RegionPart, argument: keyof RegionPartArgs, allowed: string][] = [
    ["cost", "monthlyUsd", "an amount in US dollars"],
    ["access", "members", "account ids of members by name"],
    ["account", "originSecret", "ARNs of the origin header's secret and of its key, which the global stack gives"],
  ];
  for (const [part, argument, allowed] of needs) {
    if (parts.includes(part) === (args[argument] !== undefined)) continue;
    const fix = parts.includes(part) ? `give it, or leave "${part}" out of parts` : `add "${part}" to parts, or remove it`;
    faults.push({ path: argument, given: args[argument], allowed, fix });
  }
  if (parts.includes("account") && !stores.includes("sql")) {
    faults.push({ path: "stores", given: stores, allowed: 'sql beside the part "account", which reads users', fix: "add it" });
  }
  if (parts.includes("account") && stores.includes("sql") && !services.includes("users")) {
    const allowed = 'users beside the part "account", which it serves';
    faults.push({ path: "services", given: services, allowed, fix: 'add it, and the part "messaging", which it tells notices' });
  }
  return faults;
}

/** What the parts are made of. */
export interface RegionPartFacts extends RegionPartArgs {
  name: string;
  accountId: pulumi.Input<string>;
  region: string;
  zone: HostedZoneRef;
  keys: KeyRing;
  network: NetworkRef;
  /** Security group of services. */
  serviceGroupId: pulumi.Input<string>;
  /** Where their alarms are sent. */
  alarms: AlarmTarget;
  loadBalancerArn: pulumi.Input<string>;
  /** Security group of pods. */
  podGroupId: pulumi.Input<string>;
  certificateArn: pulumi.Input<string>;
  image: pulumi.Input<string>;
  stores: StoreRefs;
  protection?: Protection;
  tags?: Record<string, pulumi.Input<string>>;
  over?: {
    baseline?: Partial<SecurityBaselineArgs>;
    account?: AccountFacts["over"];
  };
}

/** The chosen parts; the others are undefined. */
export class RegionExtras {
  readonly baseline?: SecurityBaseline;
  readonly authority?: PrivateAuthority;
  readonly messaging?: MessagingLayer;
  readonly broker?: Broker;
  readonly brokerSecretArn?: pulumi.Output<string>;
  readonly mail?: MailIdentity;
  readonly cost?: CostWatch;
  readonly access?: AccessPort;
  readonly account?: AccountPart;

  constructor(
    private readonly facts: RegionPartFacts,
    private readonly inside: pulumi.ComponentResourceOptions,
  ) {
    const { name, accountId, keys, zone, alarms, protection, tags } = facts;
    const chosen = facts.parts ?? coreRegionParts;
    const shared = { alarms, protection, tags };
    if (chosen.includes("baseline")) {
      const { home = true, baseline: services } = facts;
      const args = { accountId, key: keys.key("log"), home, services, ...shared, ...facts.over?.baseline };
      this.baseline = new SecurityBaseline(`${name}-baseline`, args, inside);
    }
    if (chosen.includes("authority")) {
      this.authority = new PrivateAuthority(`${name}-authority`, { organization: zone.domain, ...shared }, inside);
    }
    if (chosen.includes("messaging")) {
      this.messaging = new MessagingLayer(`${name}-messaging`, { accountId, key: keys.key("stream"), ...shared }, inside);
    }
    if (chosen.includes("broker")) [this.broker, this.brokerSecretArn] = this.createBroker();
    if (chosen.includes("mail")) {
      this.mail = new MailIdentity(
        `${name}-mail`,
        { accountId, zone, domain: this.mailDomain, key: keys.key("stream"), alarms, tags },
        inside,
      );
    }
    if (chosen.includes("cost")) {
      const args = { monthlyUsd: facts.monthlyUsd!, target: alarms, tag: { key: "bourse:scope", value: "region" }, tags };
      this.cost = new CostWatch(`${name}-cost`, args, inside);
    }
    if (chosen.includes("access")) {
      const args = { loadBalancerArn: facts.loadBalancerArn, members: facts.members!, alarms, tags };
      this.access = new AccessPort(`${name}-access`, args, inside);
    }
    if (chosen.includes("account")) {
      this.account = createAccountPart({ ...facts, originSecret: facts.originSecret!, alarms, over: facts.over?.account }, inside);
    }
  }

  /** A domain has one set of sender records, and each region an identity of its own. */
  private get mailDomain(): string {
    const { home = true, region, zone } = this.facts;
    return home ? zone.domain : `${region}.${zone.domain}`;
  }

  /** What services are told of, and may do with, these parts. */
  storeRefs(): StoreRefs {
    const refs: StoreRefs = {};
    const keyOf = (service: string) => ({
      arn: this.facts.keys.key("stream").arn,
      through: `${service}.${this.facts.region}.amazonaws.com`,
    });
    const notices = this.messaging?.queues.notices;
    const deadLetters = this.messaging?.deadLetterQueueArns.notices;
    if (notices !== undefined && deadLetters !== undefined) {
      refs.noticeQueue = {
        arns: [notices.arn, deadLetters],
        key: keyOf("sqs"),
        environment: {
          BOURSE_NOTICE_QUEUE: pulumi.interpolate`sqs:${notices.url}`,
          BOURSE_NOTICE_DEAD_LETTERS: pulumi.output(deadLetters).apply(queueUrl),
        },
      };
    }
    const events = this.messaging?.topicArns["account-events"];
    if (events !== undefined)
      refs.noticeTopic = { arns: [events], key: keyOf("sns"), environment: { BOURSE_NOTICE_TOPIC: pulumi.interpolate`sns:${events}` } };
    if (this.mail !== undefined) {
      refs.mail = {
        arns: [this.mail.identityArn],
        environment: {
          BOURSE_MAIL: pulumi.interpolate`ses:${this.mail.configurationSetName}`,
          BOURSE_MAIL_FROM: pulumi.interpolate`Bourse <no-reply@${this.mailDomain}>`,
        },
      };
    }
    return refs;
  }

  /** Target groups that pods join for these parts. */
  targetGroups(): Partial<Record<ServiceName, Record<string, TargetGroupRef>>> {
    return this.account === undefined ? {} : { users: { account: this.account.targetGroup } };
  }

  /** The password is made once, kept by Secrets Manager, and never changed by another `up`: the broker would restart. */
  private createBroker(): [Broker, pulumi.Output<string>] {
    const { name, accountId, keys, network, serviceGroupId, alarms, protection, tags } = this.facts;
    const made = aws.secretsmanager.getRandomPasswordOutput({ passwordLength: 40, excludePunctuation: true }, this.inside);
    const password = pulumi.secret(made.randomPassword);
    const description = "Sign-in of services to the message broker";
    const secrets = new SecretStore(
      `${name}-secrets`,
      {
        accountId,
        key: keys.key("secret"),
        secrets: { broker: { description, value: "given" } },
        alarms,
        logKey: keys.key("log"),
        protection,
        tags,
      },
      this.inside,
    );
    const user = { name: "services", password };
    new aws.secretsmanager.SecretVersion(
      `${name}-secrets-broker-value`,
      { secretId: secrets.secretArns.broker, secretString: pulumi.jsonStringify({ username: user.name, password }) },
      { ...this.inside, ignoreChanges: ["secretString"], additionalSecretOutputs: ["secretString"] },
    );
    const broker = new Broker(
      `${name}-broker`,
      {
        network,
        key: keys.key("data"),
        clients: { services: serviceGroupId },
        user,
        alarms,
        protection,
        tags,
        transform: {
          broker: (_args, opts) => {
            opts.ignoreChanges = [...(opts.ignoreChanges ?? []), "users"];
          },
        },
      },
      this.inside,
    );
    return [broker, secrets.secretArns.broker];
  }
}

/** A queue's URL as made of its ARN (SQS guide, "Queue and message identifiers"). */
function queueUrl(arn: string): string {
  const [, , , region, account, name] = arn.split(":");
  return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
}
