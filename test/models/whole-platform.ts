/** A program of every service that an API server can hold: network, keys, stores, messages and the account's baseline, referring to one another. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  Broker,
  DataLayer,
  dataStoreNames,
  ExchangeNetwork,
  KeyRing,
  MailIdentity,
  MessagingLayer,
  PrivateAuthority,
  SecretStore,
  SecurityBaseline,
} from "bourse";
import { accountId, archive, image } from "../components/references";

export function wholePlatform(): void {
  const keys = new KeyRing("keys", { accountId });
  const key = keys.key("data");
  const [logKey, streamKey] = [keys.key("log"), keys.key("stream")];
  const secrets = new SecretStore("secrets", {
    accountId,
    key: keys.key("secret"),
    logKey,
    secrets: { envelope: { description: "Envelopes API secrets" }, users: { description: "Signs in to PostgreSQL", value: "given" } },
  });
  const network = new ExchangeNetwork("net", { accountId, cidr: "10.0.0.0/16", zoneIds: ["use1-az1", "use1-az4", "use1-az6"], logKey });
  const clients = { services: network.clientGroupIds.services };
  new DataLayer("data", {
    accountId,
    region: "us-east-1",
    network,
    keys: { data: key, log: logKey, stream: streamKey },
    clients,
    stores: dataStoreNames,
    image,
    archive,
    // The server knows neither storage with I/O included nor proxies that sign in by IAM; the models have checked those.
    sql: { storage: "standard", proxy: { signIn: { secrets: { users: { arn: secrets.secretArns.users, key: keys.key("secret") } } } } },
  });
  const messages = new MessagingLayer("messages", { accountId, key: streamKey });
  new Broker("broker", { network, key, clients, user: { name: "services", password: pulumi.secret("correct-horse-battery") } });
  const { zoneId } = new aws.route53.Zone("zone", { name: "exchange.example" });
  new MailIdentity("mail", { accountId, key: streamKey, zone: { zoneId, domain: "exchange.example" } });
  new SecurityBaseline("base", { accountId, key: logKey, home: true, alarms: { topicArn: messages.topicArns["account-events"] } });
  new PrivateAuthority("internal", { organization: "Example Exchange" });
}
