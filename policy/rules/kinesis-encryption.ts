/** Kinesis streams encrypt with KMS, best with a key of ours. */

import type { Rule } from "../rule";

export const kinesisEncryption: Rule = {
  id: "kinesis-encryption",
  title: "Streams are encrypted",
  checks: "Kinesis streams encrypt with KMS, best with a key of ours.",
  why: "Every trade and order event passes through them and stays for days.",
  fix: 'Set encryptionType: "KMS" and kmsKeyId.',
  severity: "mandatory",
  types: ["aws:kinesis/stream:Stream"],
  check: ({ inputs }) => (inputs.encryptionType === "KMS" && inputs.kmsKeyId !== undefined ? [] : ["not encrypted with KMS"]),
  passing: { type: "aws:kinesis/stream:Stream", inputs: { encryptionType: "KMS", kmsKeyId: "alias/stream" } },
  failing: { type: "aws:kinesis/stream:Stream", inputs: {} },
};
