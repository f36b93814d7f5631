/** Literal references for tests of components that need a network, a key or clients, without making them. */

/** Ids of an imaginary network with these zones; it satisfies `NetworkRef`. */
export function literalNetwork(zoneIds: readonly string[] = ["use1-az1", "use1-az4", "use1-az6"]) {
  const subnets = (tier: string) => Object.fromEntries(zoneIds.map((zoneId) => [zoneId, `subnet-${tier}-${zoneId}`]));
  return {
    vpcId: "vpc-literal",
    vpcCidr: "10.0.0.0/16",
    zoneIds: [...zoneIds],
    publicSubnetIds: subnets("public"),
    privateSubnetIds: subnets("private"),
    databaseSubnetIds: subnets("database"),
  };
}

/** An imaginary KMS key; it satisfies `KeyRef`. */
export function literalKey(domain = "data") {
  return { keyId: `key-${domain}`, arn: `arn:aws:kms:us-east-1:123456789012:key/${domain}` };
}
