/** Mail: the domain that the exchange sends from. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmSpec,
  type AlarmTransform,
  BourseComponent,
  type CommonArgs,
  choiceFaults,
  type Fault,
  type HostedZoneRef,
  type KeyRef,
  nameFaults,
  overTlsAlone,
  policyDocument,
  type Transform,
  transformed,
} from "../foundation";
import { topicAlarms } from "./messaging-alarms";

/** Arguments of {@link MailIdentity}. */
export interface MailIdentityArgs extends CommonArgs, AlarmedArgs {
  accountId: pulumi.Input<string>;
  /** Zone that holds the records of the domain. */
  zone: HostedZoneRef;
  /** Domain of senders, the zone's or below it. Changing it **replaces** the identity. @default the zone's */
  domain?: string;
  /** Encrypts notices of bounces; its policy must let SES use it, as that of a `KeyRing`'s `stream` key does. */
  key: KeyRef;
  /** What receivers do with mail that is not ours: watch, keep apart, refuse. @default "reject" */
  dmarc?: "none" | "quarantine" | "reject";
  /** Mailbox for the reports of receivers. @default none */
  reportsTo?: string;
  transform?: MailIdentityTransform;
}

export interface MailIdentityTransform extends AlarmTransform {
  identity?: Transform<aws.sesv2.EmailIdentityArgs>;
  configurationSet?: Transform<aws.sesv2.ConfigurationSetArgs>;
  mailFrom?: Transform<aws.sesv2.EmailIdentityMailFromAttributesArgs>;
  events?: Transform<aws.sesv2.ConfigurationSetEventDestinationArgs>;
  topic?: Transform<aws.sns.TopicArgs>;
  topicPolicy?: Transform<aws.sns.TopicPolicyArgs>;
  record?: Transform<aws.route53.RecordArgs>;
}

export function mailIdentityFaults(args: MailIdentityArgs, name: string): Fault[] {
  const { domain = args.zone.domain, zone } = args;
  return [
    ...nameFaults("name", name, { longest: 58, pattern: /^[A-Za-z0-9_-]+$/, words: "letters, digits, hyphens and underscores" }),
    ...(domain === zone.domain || domain.endsWith(`.${zone.domain}`)
      ? []
      : [{ path: "domain", given: domain, allowed: `${zone.domain} or a domain below it`, fix: "use the zone that holds the domain" }]),
    ...choiceFaults("dmarc", args.dmarc, ["reject", "quarantine", "none"]),
    ...(args.reportsTo === undefined || /^[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+$/.test(args.reportsTo)
      ? []
      : [{ path: "reportsTo", given: args.reportsTo, allowed: "one mail address", fix: "use such as dmarc@exchange.example" }]),
  ];
}

/** A domain whose mail receivers can check (DKIM, SPF, DMARC), sent over TLS alone; bounces and complaints are told and never mailed again. */
export class MailIdentity extends BourseComponent {
  readonly identityArn: pulumi.Output<string>;
  /** To name in every message sent. */
  readonly configurationSetName: pulumi.Output<string>;
  /** Gets bounces and complaints. */
  readonly bounceTopicArn: pulumi.Output<string>;

  constructor(name: string, args: MailIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:messaging:MailIdentity", name, args, mailIdentityFaults(args, name), opts);
    const domain = args.domain ?? args.zone.domain;
    const topic = this.createTopic(args);
    const set = this.createConfigurationSet(topic, args);
    const identity = new aws.sesv2.EmailIdentity(
      ...transformed<aws.sesv2.EmailIdentityArgs>(
        args.transform?.identity,
        `${name}-identity`,
        {
          emailIdentity: domain,
          configurationSetName: set.configurationSetName,
          dkimSigningAttributes: { nextSigningKeyLength: "RSA_2048_BIT" },
          tags: this.tagsFor(`${name}-identity`),
        },
        this.childOptions(),
      ),
    );
    this.proveOrigin(domain, identity, args);
    this.createAlarms({ ...reputationAlarms, ...topicAlarms("bounce-notices", topic.name) }, args);

    this.identityArn = identity.arn;
    this.configurationSetName = set.configurationSetName;
    this.bounceTopicArn = topic.arn;
    this.registerOutputs({
      identityArn: this.identityArn,
      configurationSetName: this.configurationSetName,
      bounceTopicArn: this.bounceTopicArn,
    });
  }

  private createTopic(args: MailIdentityArgs): aws.sns.Topic {
    const name = `${this.name}-bounces`;
    const topic = new aws.sns.Topic(
      ...transformed<aws.sns.TopicArgs>(
        args.transform?.topic,
        name,
        { kmsMasterKeyId: args.key.arn, signatureVersion: 2, tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
    new aws.sns.TopicPolicy(
      ...transformed<aws.sns.TopicPolicyArgs>(
        args.transform?.topicPolicy,
        `${name}-policy`,
        {
          arn: topic.arn,
          policy: policyDocument(overTlsAlone("sns:Publish", topic.arn), {
            Sid: "MailServicePublishes",
            Effect: "Allow",
            Principal: { Service: "ses.amazonaws.com" },
            Action: "sns:Publish",
            Resource: topic.arn,
            Condition: { StringEquals: { "aws:SourceAccount": args.accountId } },
          }),
        },
        this.childOptions(),
      ),
    );
    return topic;
  }

  private createConfigurationSet(topic: aws.sns.Topic, args: MailIdentityArgs): aws.sesv2.ConfigurationSet {
    const name = `${this.name}-sending`;
    const set = new aws.sesv2.ConfigurationSet(
      ...transformed<aws.sesv2.ConfigurationSetArgs>(
        args.transform?.configurationSet,
        name,
        {
          configurationSetName: name,
          deliveryOptions: { tlsPolicy: "REQUIRE" },
          reputationOptions: { reputationMetricsEnabled: true },
          suppressionOptions: { suppressedReasons: ["BOUNCE", "COMPLAINT"] },
          sendingOptions: { sendingEnabled: true },
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    new aws.sesv2.ConfigurationSetEventDestination(
      ...transformed<aws.sesv2.ConfigurationSetEventDestinationArgs>(
        args.transform?.events,
        `${name}-events`,
        {
          configurationSetName: set.configurationSetName,
          eventDestinationName: "bounces",
          eventDestination: {
            enabled: true,
            matchingEventTypes: ["BOUNCE", "COMPLAINT", "REJECT", "RENDERING_FAILURE"],
            snsDestination: { topicArn: topic.arn },
          },
        },
        this.childOptions(),
      ),
    );
    return set;
  }

  private proveOrigin(domain: string, identity: aws.sesv2.EmailIdentity, args: MailIdentityArgs): void {
    const bounceDomain = `bounce.${domain}`;
    const mailFrom = new aws.sesv2.EmailIdentityMailFromAttributes(
      ...transformed<aws.sesv2.EmailIdentityMailFromAttributesArgs>(
        args.transform?.mailFrom,
        `${this.name}-mail-from`,
        { emailIdentity: identity.emailIdentity, mailFromDomain: bounceDomain, behaviorOnMxFailure: "REJECT_MESSAGE" },
        this.childOptions(),
      ),
    );
    const region = aws.getRegionOutput({}, { parent: this }).region;
    // Easy DKIM has three tokens (SES guide, "Easy DKIM in Amazon SES").
    for (const token of [0, 1, 2]) {
      const value = identity.dkimSigningAttributes.apply((attributes) => attributes.tokens[token]);
      this.createRecord(
        `dkim-${token + 1}`,
        "CNAME",
        pulumi.interpolate`${value}._domainkey.${domain}`,
        pulumi.interpolate`${value}.dkim.amazonses.com`,
        args,
      );
    }
    this.createRecord(
      "bounce-mx",
      "MX",
      mailFrom.mailFromDomain.apply((given) => given ?? bounceDomain),
      pulumi.interpolate`10 feedback-smtp.${region}.amazonses.com`,
      args,
    );
    this.createRecord("bounce-spf", "TXT", bounceDomain, "v=spf1 include:amazonses.com -all", args);
    const reports = args.reportsTo === undefined ? "" : ` rua=mailto:${args.reportsTo};`;
    this.createRecord("dmarc", "TXT", `_dmarc.${domain}`, `v=DMARC1; p=${args.dmarc ?? "reject"}; adkim=s; aspf=r;${reports}`, args);
  }

  private createRecord(
    role: string,
    type: "CNAME" | "MX" | "TXT",
    recordName: pulumi.Input<string>,
    value: pulumi.Input<string>,
    args: MailIdentityArgs,
  ): void {
    new aws.route53.Record(
      ...transformed<aws.route53.RecordArgs>(
        args.transform?.record,
        `${this.name}-${role}`,
        { zoneId: args.zone.zoneId, name: recordName, type, ttl: 300, records: [value] },
        this.childOptions(),
      ),
    );
  }
}

/** At 5 % bounces or 0.1 % complaints SES reviews an account (SES guide, "Sending review process FAQs"). */
const reputationAlarms: Record<string, AlarmSpec> = {
  bounces: {
    namespace: "AWS/SES",
    metric: "Reputation.BounceRate",
    statistic: "Maximum",
    threshold: 0.04,
    period: 900,
    periods: 1,
    dimensions: {},
    description: "More than 4 % of mail bounces; at 5 % SES may stop sending: look for mistyped addresses at registration.",
  },
  complaints: {
    namespace: "AWS/SES",
    metric: "Reputation.ComplaintRate",
    statistic: "Maximum",
    threshold: 0.0008,
    period: 900,
    periods: 1,
    dimensions: {},
    description: "More than 0.08 % of mail is reported as spam; at 0.1 % SES may stop sending: look at what was sent last.",
  },
};
