/** Cost of keys, secrets, private certificates and observability. */

import { numberOf, textOf } from "../read-inputs";
import type { Estimator } from "./bill";

const key: Estimator = (_key, bill) => {
  bill.provisioned("key", "kms", "key.month", 1, "months");
  bill.used("requests", "kms", "million-requests", bill.usage.keyRequests(), "million");
};

export const operationsEstimators: Readonly<Record<string, Estimator>> = {
  "aws:kms/key:Key": key,
  "aws:kms/replicaKey:ReplicaKey": key,
  "aws:secretsmanager/secret:Secret": (_secret, bill) => bill.provisioned("secret", "secrets", "secret.month", 1, "months"),
  "aws:ssm/parameter:Parameter": ({ inputs }, bill) => {
    if (textOf(inputs.tier, "Standard") === "Advanced")
      bill.provisioned("advanced parameter", "secrets", "parameter.advanced-month", 1, "months");
  },
  "aws:acmpca/certificateAuthority:CertificateAuthority": ({ inputs }, bill) => {
    const kind = textOf(inputs.usageMode) === "SHORT_LIVED_CERTIFICATE" ? "shortLived" : "general";
    bill.provisioned("private certificate authority", "privateCa", `${kind}.month`, 1, "months");
  },
  "aws:cloudwatch/dashboard:Dashboard": (_dashboard, bill) => bill.provisioned("dashboard", "cloudwatch", "dashboard.month", 1, "months"),
  "aws:cloudwatch/metricAlarm:MetricAlarm": ({ inputs }, bill) => {
    const highResolution = numberOf(inputs.period, 60) < 60;
    bill.provisioned("alarm", "cloudwatch", highResolution ? "alarm.highResolution.month" : "alarm.month", 1, "months");
  },
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": (_alarm, bill) =>
    bill.provisioned("composite alarm", "cloudwatch", "alarm.composite.month", 1, "months"),
  "aws:cloudwatch/logGroup:LogGroup": (_group, bill) => {
    bill.used("log lines in", "cloudwatch", "logs.gigabyte-in", bill.usage.logBytes(), "GB");
    bill.used("log lines kept", "cloudwatch", "logs.gigabyte-month", bill.usage.logBytes(), "GB-months");
  },
};
