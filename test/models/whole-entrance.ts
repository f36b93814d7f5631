/** A program of what stands around the stores: edge, ingress, containers, observability, referring to one another. */

import * as aws from "@pulumi/aws";
import {
  AlarmTopic,
  ApiAuthorizer,
  ApiIngress,
  CostWatch,
  ExchangeEdge,
  ExchangeNetwork,
  KeyRing,
  ObservabilityPlane,
  RegionIngress,
  ServiceBalancer,
  ServiceImage,
  serviceNames,
} from "bourse";
import { accountId, image } from "../components/references";

export function wholeEntrance(): void {
  const region = "us-east-1";
  const keys = new KeyRing("keys", { accountId });
  const [logKey, streamKey] = [keys.key("log"), keys.key("stream")];
  const alarms = new AlarmTopic("told", {
    accountId,
    key: streamKey,
    receivers: { "on-call": { protocol: "email", endpoint: "on-call@exchange.example" } },
  });
  const network = new ExchangeNetwork("net", {
    accountId,
    cidr: "10.0.0.0/16",
    zoneIds: ["use1-az1", "use1-az4", "use1-az6"],
    logKey,
    alarms,
  });
  const usEast1 = new aws.Provider("near", { region });
  const standby = new aws.Provider("far", { region: "us-west-2" });
  const { zone } = new ExchangeEdge("edge", {
    domain: "exchange.example",
    accountId,
    usEast1,
    standby,
    logKey,
    alarms,
    account: { host: "account-origin.exchange.example" },
  });
  const pods = network.clientGroupIds.services;
  const ingress = new RegionIngress("entry", { network, region, accountId, zone, targetSecurityGroupId: pods, logKey });
  const { certificateArn } = ingress;
  const balancer = new ServiceBalancer("users", {
    network,
    accountId,
    serverName: "account-services.exchange.example",
    certificateArn,
    targetPort: 7500,
    healthPath: "/account/v1/ping",
    targetSecurityGroupId: pods,
  });
  const authorizer = new ApiAuthorizer("decide", {
    accountId,
    region,
    image,
    network,
    clientGroupId: pods,
    environment: { BOURSE_SQL_URL: "postgresql://users@sql.example:5432/bourse" },
    statements: [],
    originSecret: { arn: `arn:aws:secretsmanager:${region}:${accountId}:secret:origin-AbCdEf`, keyArn: keys.key("secret").arn },
    key: keys.key("secret"),
    logKey,
    alarms,
  });
  new ApiIngress("account", { network, zone, region, certificateArn, authorizer, target: balancer.target, logKey });
  new ServiceImage("image");
  new ObservabilityPlane("watch", {
    accountId,
    region,
    logKey,
    topic: alarms,
    services: serviceNames,
    clusterName: "trading",
    loadBalancer: ingress.metricDimension,
  });
  new CostWatch("cost", { monthlyUsd: 20_000, target: alarms, tag: { key: "bourse:scope", value: "region" } });
}
