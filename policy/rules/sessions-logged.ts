/** Settings of Session Manager encrypt and log what is typed, and end idle sessions. */

import { numberOf, recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const sessionsLogged: Rule = {
  id: "sessions-logged",
  title: "Sessions are encrypted and logged",
  checks: "Session documents of Systems Manager have a KMS key, a log that is encrypted, and an idle time of at most 30 minutes.",
  why: "A session is root on a machine; without its log nobody can say what was done.",
  fix: "Set kmsKeyId, cloudWatchLogGroupName with cloudWatchEncryptionEnabled, and idleSessionTimeout.",
  severity: "mandatory",
  types: ["aws:ssm/document:Document"],
  check: ({ inputs }) => {
    if (textOf(inputs.documentType) !== "Session" || !textOf(inputs.content).startsWith("{")) return [];
    const settings = recordOf(recordOf(JSON.parse(textOf(inputs.content))).inputs);
    const faults: string[] = [];
    if (textOf(settings.kmsKeyId) === "") faults.push("sessions are not encrypted with a key of yours");
    if (textOf(settings.cloudWatchLogGroupName) === "" || settings.cloudWatchEncryptionEnabled !== true)
      faults.push("sessions are not logged to an encrypted group");
    if (numberOf(Number(textOf(settings.idleSessionTimeout, "60")), 60) > 30)
      faults.push("idle sessions stay open for more than 30 minutes");
    return faults;
  },
  passing: {
    type: "aws:ssm/document:Document",
    inputs: {
      documentType: "Session",
      content:
        '{"inputs":{"kmsKeyId":"key","cloudWatchLogGroupName":"sessions","cloudWatchEncryptionEnabled":true,"idleSessionTimeout":"15"}}',
    },
  },
  failing: { type: "aws:ssm/document:Document", inputs: { documentType: "Session", content: '{"inputs":{}}' } },
};
