/** Custom origins are called over HTTPS with TLS 1.2. */

import { listOf, recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const cloudfrontOriginTls: Rule = {
  id: "cloudfront-origin-tls",
  title: "CloudFront speaks TLS to origins",
  checks: "Custom origins are called over HTTPS with TLS 1.2.",
  why: "The way from the edge to the region crosses networks that are not ours.",
  fix: 'Set originProtocolPolicy: "https-only" and originSslProtocols: ["TLSv1.2"].',
  severity: "mandatory",
  types: ["aws:cloudfront/distribution:Distribution"],
  check: ({ inputs }) =>
    listOf(inputs.origins)
      .map(recordOf)
      .filter((origin) => origin.customOriginConfig !== undefined)
      .flatMap((origin) => {
        const config = recordOf(origin.customOriginConfig);
        const old = listOf(config.originSslProtocols).filter((protocol) => protocol !== "TLSv1.2" && protocol !== "TLSv1.3");
        const faults: string[] = [];
        if (config.originProtocolPolicy !== "https-only") faults.push(`origin ${textOf(origin.originId)} may be called over plain HTTP`);
        if (old.length > 0) faults.push(`origin ${textOf(origin.originId)} may be called with ${old.join(", ")}`);
        return faults;
      }),
  passing: {
    type: "aws:cloudfront/distribution:Distribution",
    inputs: { origins: [{ originId: "api", customOriginConfig: { originProtocolPolicy: "https-only", originSslProtocols: ["TLSv1.2"] } }] },
  },
  failing: {
    type: "aws:cloudfront/distribution:Distribution",
    inputs: { origins: [{ originId: "api", customOriginConfig: { originProtocolPolicy: "match-viewer", originSslProtocols: ["TLSv1"] } }] },
  },
};
