/** Distributions write standard logs, either the classic ones or through log delivery. */

import type { Rule } from "../rule";

export const cloudfrontAccessLogs: Rule = {
  id: "cloudfront-access-logs",
  title: "CloudFront logs requests",
  checks: "Distributions write standard logs, either the classic ones or through log delivery.",
  why: "Attacks on the edge show nowhere else.",
  fix: "Set loggingConfig, or add a CloudWatch log delivery source for the distribution.",
  severity: "advisory",
  needsGraph: true,
  types: ["aws:cloudfront/distribution:Distribution"],
  check: (distribution, graph) => {
    const delivered = graph.referrersOf(distribution, "aws:cloudwatch/logDeliverySource:LogDeliverySource", "resourceArn");
    return distribution.inputs.loggingConfig !== undefined || delivered.length > 0 ? [] : ["access logs are off"];
  },
  passing: { type: "aws:cloudfront/distribution:Distribution", inputs: { loggingConfig: { bucket: "logs.s3.amazonaws.com" } } },
  failing: { type: "aws:cloudfront/distribution:Distribution", inputs: {} },
};
