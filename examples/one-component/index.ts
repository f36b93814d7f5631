/** One component in a project of one's own: the data layer in a VPC that exists already. */

import * as aws from "@pulumi/aws";
import { adoptNetwork, DataLayer, KeyRing } from "bourse";

const accountId = aws.getCallerIdentityOutput().accountId;

const network = adoptNetwork({
  vpcId: "vpc-0a1b2c3d4e5f60718",
  cidr: "10.20.0.0/16",
  zoneIds: ["use1-az1", "use1-az4", "use1-az6"],
  publicSubnetIds: ["subnet-0a00000000000001a", "subnet-0a00000000000001b", "subnet-0a00000000000001c"],
  privateSubnetIds: ["subnet-0a00000000000002a", "subnet-0a00000000000002b", "subnet-0a00000000000002c"],
  databaseSubnetIds: ["subnet-0a00000000000003a", "subnet-0a00000000000003b", "subnet-0a00000000000003c"],
});
const keys = new KeyRing("shop", { accountId, domains: ["data", "log", "stream"] });

const data = new DataLayer("shop-data", {
  accountId,
  region: "us-east-1",
  network,
  keys: { data: keys.key("data"), log: keys.key("log"), stream: keys.key("stream") },
  // The security group of whatever may connect.
  clients: { app: "sg-0123456789abcdef0" },
  stores: ["sql"],
  sql: { compute: { minAcu: 0.5, maxAcu: 4 } },
});

export const endpoint = data.sql?.endpoint;
