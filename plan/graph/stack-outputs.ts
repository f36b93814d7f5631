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
        restListenerArn: `arn:aws:globalaccelerator::${accountId}:accelerator/${uuidOf(urn)}/listener/${hexOf(`${urn}/rest`, 8)}`,
      },
      secretOutputNames: [],
    },
  };
}
