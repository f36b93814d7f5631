/** Parts of the layer `data` by which services tell each other and their users: queues and topics, the broker, the mail identity. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { coreDataStores } from "../data";
import type { AlarmTarget, NetworkRef } from "../foundation";
import { Broker, MailIdentity, MessagingLayer } from "../messaging";
import { SecretStore } from "../security";
import type { ExchangeRegionArgs } from "./exchange-region";
import type { MailRef, NoticesRef, RegionDataRef } from "./region-layers";
import { coreRegionParts, mailDomain } from "./region-parts";
import { capacityOf, regionSizes } from "./region-sizes";

interface MessageFacts {
  name: string;
  args: ExchangeRegionArgs;
  network: NetworkRef;
  /** Security group of services, which the broker admits. */
  serviceGroupId: pulumi.Input<string>;
  keys: RegionDataRef["keys"];
  alarms: AlarmTarget;
}

/** Makes those that were chosen. @returns what services are told of */
export function createMessageParts(facts: MessageFacts, inside: pulumi.ComponentResourceOptions): Pick<RegionDataRef, "notices" | "mail"> {
  const chosen = facts.args.parts ?? coreRegionParts;
  const notices = chosen.includes("messaging") ? createMessaging(facts, inside) : undefined;
  if (chosen.includes("broker")) createBroker(facts, inside);
  const mail = chosen.includes("mail") ? createMail(facts, inside) : undefined;
  return { ...(notices === undefined ? {} : { notices }), ...(mail === undefined ? {} : { mail }) };
}

function createMessaging({ name, args, keys, alarms }: MessageFacts, inside: pulumi.ComponentResourceOptions): NoticesRef {
  const { accountId, protection, tags } = args;
  const messaging = new MessagingLayer(`${name}-messaging`, { accountId, key: keys.stream, alarms, protection, tags }, inside);
  const { url, arn } = messaging.queues.notices;
  return {
    queueArn: arn,
    queueUrl: url,
    deadLettersArn: messaging.deadLetterQueueArns.notices,
    topicArn: messaging.topicArns["account-events"],
  };
}

function createMail({ name, args, keys, alarms }: MessageFacts, inside: pulumi.ComponentResourceOptions): MailRef {
  const { accountId, zone, tags } = args;
  const { identityArn, configurationSetName } = new MailIdentity(
    `${name}-mail`,
    { accountId, zone, domain: mailDomain(args), key: keys.stream, alarms, tags },
    inside,
  );
  return { identityArn, configurationSetName };
}

/** The password is made once, kept by Secrets Manager, and never changed by another `up`: the broker would restart. */
function createBroker(facts: MessageFacts, inside: pulumi.ComponentResourceOptions): void {
  const { name, network, serviceGroupId, keys, alarms } = facts;
  const { accountId, protection, tags } = facts.args;
  const made = aws.secretsmanager.getRandomPasswordOutput({ passwordLength: 40, excludePunctuation: true }, inside);
  const password = pulumi.secret(made.randomPassword);
  const description = "Sign-in of services to the message broker";
  const secrets = new SecretStore(
    `${name}-secrets`,
    {
      accountId,
      key: keys.secret,
      secrets: { broker: { description, value: "given" } },
      alarms,
      logKey: keys.log,
      protection,
      tags,
    },
    inside,
  );
  const user = { name: "services", password };
  new aws.secretsmanager.SecretVersion(
    `${name}-secrets-broker-value`,
    { secretId: secrets.secretArns.broker, secretString: pulumi.jsonStringify({ username: user.name, password }) },
    { ...inside, ignoreChanges: ["secretString"], additionalSecretOutputs: ["secretString"] },
  );
  new Broker(
    `${name}-broker`,
    {
      network,
      key: keys.data,
      clients: { services: serviceGroupId },
      user,
      ...regionSizes(capacityOf(facts.args), facts.args.zoneIds.length, facts.args.stores ?? coreDataStores).broker,
      alarms,
      protection,
      tags,
      transform: {
        broker: (_args, opts) => {
          opts.ignoreChanges = [...(opts.ignoreChanges ?? []), "users"];
        },
      },
    },
    inside,
  );
}
