/** Fixed answers of data sources, so that a program runs the same everywhere. */

/** One call of a data source. */
export interface InvokeFacts {
  inputs: Record<string, unknown>;
  region: string;
  accountId: string;
}

export type InvokeFixture = (call: InvokeFacts) => Record<string, unknown>;

/** The answer to `token`; an error that says how to add one when there is none. */
export function invokeResult(token: string, call: InvokeFacts, over: Record<string, InvokeFixture>): Record<string, unknown> {
  const fixture = over[token] ?? fixtures[token];
  if (fixture !== undefined) return fixture(call);
  throw new Error(`no answer for the data source ${token}; pass one in the option "invokes" or take the value as an argument`);
}

/** Abbreviation that zone ids start with: the Amazon EC2 guide, "Availability Zone IDs". */
export function zoneIdPrefix(region: string): string {
  const match = /^([a-z]{2})-([a-z-]+)-(\d)$/.exec(region);
  if (match === null) throw new Error(`"${region}" is not an AWS region such as us-east-1`);
  const [, area, direction, number] = match;
  return `${area}${directions[direction] ?? direction[0]}${number}`;
}

const directions: Record<string, string> = {
  north: "n",
  south: "s",
  east: "e",
  west: "w",
  central: "c",
  northeast: "ne",
  northwest: "nw",
  southeast: "se",
  southwest: "sw",
};

/** Zones of the fixtures: three a region, six in us-east-1 as in life. Letters stand for ids in order. */
function zonesOf(region: string): { name: string; id: string }[] {
  const letters = region === "us-east-1" ? "abcdef" : "abc";
  return [...letters].map((letter, index) => ({ name: `${region}${letter}`, id: `${zoneIdPrefix(region)}-az${index + 1}` }));
}

function zoneOf(call: InvokeFacts): Record<string, unknown> {
  const zones = zonesOf(call.region);
  const zone = zones.find(({ id, name }) => id === call.inputs.zoneId || name === call.inputs.name);
  if (zone === undefined)
    throw new Error(`no zone ${JSON.stringify(call.inputs)} in ${call.region}; it has ${zones.map(({ id }) => id).join(", ")}`);
  return {
    id: zone.name,
    name: zone.name,
    zoneId: zone.id,
    nameSuffix: zone.name.slice(call.region.length),
    region: call.region,
    state: "available",
  };
}

const fixtures: Record<string, InvokeFixture> = {
  "aws:index/getCallerIdentity:getCallerIdentity": ({ accountId }) => ({
    id: accountId,
    accountId,
    arn: `arn:aws:iam::${accountId}:user/fixture`,
    userId: "AIDAFIXTURE",
  }),
  "aws:secretsmanager/getRandomPassword:getRandomPassword": () => ({
    id: "fixture",
    randomPassword: "0123456789abcdefghijklmnopqrstuvwxyzABCD",
  }),
  "aws:index/getPartition:getPartition": () => ({
    id: "aws",
    partition: "aws",
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  }),
  "aws:index/getRegion:getRegion": ({ region }) => ({
    id: region,
    region,
    name: region,
    description: region,
    endpoint: `ec2.${region}.amazonaws.com`,
  }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": ({ region }) => ({
    id: region,
    region,
    names: zonesOf(region).map(({ name }) => name),
    zoneIds: zonesOf(region).map(({ id }) => id),
    groupNames: [region],
  }),
  "aws:index/getAvailabilityZone:getAvailabilityZone": zoneOf,
  "aws:ec2/getManagedPrefixList:getManagedPrefixList": ({ inputs, region, accountId }) => ({
    id: "pl-0123456789abcdef0",
    name: inputs.name,
    arn: `arn:aws:ec2:${region}:${accountId}:prefix-list/pl-0123456789abcdef0`,
    addressFamily: "IPv4",
    entries: [],
    maxEntries: 55,
  }),
  "aws:ec2/getNetworkInterface:getNetworkInterface": ({ region }) => ({ id: "eni-0123456789abcdef0", privateIp: "10.0.0.10", region }),
  "aws:ec2/getAmi:getAmi": ({ region }) => ({
    id: "ami-0123456789abcdef0",
    imageId: "ami-0123456789abcdef0",
    architecture: "x86_64",
    region,
  }),
  "aws:ssm/getParameter:getParameter": ({ inputs, region, accountId }) => ({
    id: inputs.name,
    name: inputs.name,
    arn: `arn:aws:ssm:${region}:${accountId}:parameter${inputs.name}`,
    type: "String",
    value: `value of ${inputs.name}`,
    version: 1,
  }),
};
