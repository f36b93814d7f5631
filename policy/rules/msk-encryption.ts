/** MSK clusters encrypt at rest with our key, and accept TLS only. */

import { recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const mskEncryption: Rule = {
  id: "msk-encryption",
  title: "The command log is encrypted",
  checks: "MSK clusters encrypt at rest with our key, and accept TLS only.",
  why: "The log is the truth: whoever reads it knows every order before it is public.",
  fix: 'Set encryptionInfo with a key and clientBroker: "TLS".',
  severity: "mandatory",
  types: ["aws:msk/cluster:Cluster"],
  check: ({ inputs }) => {
    const encryption = recordOf(inputs.encryptionInfo);
    const transit = recordOf(encryption.encryptionInTransit);
    const faults: string[] = [];
    if (encryption.encryptionAtRestKmsKeyArn === undefined) faults.push("not encrypted at rest with a key of ours");
    if (textOf(transit.clientBroker, "TLS") !== "TLS") faults.push("clients may connect in plain text");
    if (transit.inCluster === false) faults.push("brokers talk in plain text");
    return faults;
  },
  passing: {
    type: "aws:msk/cluster:Cluster",
    inputs: {
      encryptionInfo: {
        encryptionAtRestKmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/k",
        encryptionInTransit: { clientBroker: "TLS", inCluster: true },
      },
    },
  },
  failing: { type: "aws:msk/cluster:Cluster", inputs: { encryptionInfo: { encryptionInTransit: { clientBroker: "TLS_PLAINTEXT" } } } },
};
