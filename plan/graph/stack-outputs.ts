/** Outputs of the stacks that other stacks read, as the stacks of this project give them. */

import { hexOf, type ResourceFacts, uuidOf } from "./identity";

export function stackOutputs({ urn, accountId }: ResourceFacts) {
  return {
    outputs: {
      // The outputs of the stack `global`, which the stacks of regions read.
      outputs: {
        zoneId: `Z${hexOf(`${urn}/zone`, 20).toUpperCase()}`,
        socketListenerArn: `arn:aws:globalaccelerator::${accountId}:accelerator/${uuidOf(urn)}/listener/${hexOf(`${urn}/sockets`, 8)}`,
        keyArns: Object.fromEntries(
          ["data", "stream", "secret"].map((domain) => [
            domain,
            `arn:aws:kms:us-east-1:${accountId}:key/mrk-${hexOf(`${urn}/key/${domain}`, 32)}`,
          ]),
        ),
        tableArns: Object.fromEntries(
          ["sessions", "history", "market-data"].map((role) => [role, `arn:aws:dynamodb:us-east-1:${accountId}:table/${role}`]),
        ),
        originSecrets: Object.fromEntries(
          ["us-east-1", "us-west-2"].map((region) => [
            region,
            {
              arn: `arn:aws:secretsmanager:${region}:${accountId}:secret:bourse-secrets-origin-AbCdEf`,
              keyArn: `arn:aws:kms:${region}:${accountId}:key/mrk-${hexOf(`${urn}/key/origin`, 32)}`,
            },
          ]),
        ),
        // And of the home region's, which those of regions that join read.
        network: { vpcId: `vpc-${hexOf(`${urn}/vpc`, 17)}` },
        routeTableIds: Object.fromEntries(
          [1, 2, 3, 4, 5, 6].map((zone) => [`use1-az${zone}`, `rtb-${hexOf(`${urn}/private/${zone}`, 17)}`]),
        ),
        link: { zoneId: `Z${hexOf(`${urn}/link`, 20).toUpperCase()}`, entranceGroupId: `sg-${hexOf(`${urn}/entrance`, 17)}` },
        leadership: {
          name: "bourse-leadership-shards",
          copiesKeyArn: `arn:aws:kms:us-west-2:${accountId}:key/${uuidOf(`${urn}/leadership`)}`,
        },
        authority: { rootArn: `arn:aws:acm-pca:us-east-1:${accountId}:certificate-authority/${uuidOf(`${urn}/root`)}` },
        restListenerArn: `arn:aws:globalaccelerator::${accountId}:accelerator/${uuidOf(urn)}/listener/${hexOf(`${urn}/rest`, 8)}`,
      },
      secretOutputNames: [],
    },
  };
}
