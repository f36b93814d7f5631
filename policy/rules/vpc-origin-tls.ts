/** VPC origins of CloudFront are called over HTTPS with TLS 1.2. */

import { listOf, recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const vpcOriginTls: Rule = {
  id: "vpc-origin-tls",
  title: "CloudFront speaks TLS into networks",
  checks: "VPC origins are called over HTTPS with TLS 1.2.",
  why: "The load balancer inside the network takes sign-ins and withdrawals.",
  fix: 'Set originProtocolPolicy: "https-only" and originSslProtocols with TLSv1.2 alone.',
  severity: "mandatory",
  types: ["aws:cloudfront/vpcOrigin:VpcOrigin"],
  check: ({ inputs }) => {
    const config = recordOf(inputs.vpcOriginEndpointConfig);
    const old = listOf(recordOf(config.originSslProtocols).items).filter((each) => each !== "TLSv1.2");
    return [
      ...(config.originProtocolPolicy === "https-only" ? [] : ["may be called over plain HTTP"]),
      ...(old.length === 0 ? [] : [`may be called with ${old.join(", ")}`]),
    ];
  },
  passing: {
    type: "aws:cloudfront/vpcOrigin:VpcOrigin",
    inputs: {
      vpcOriginEndpointConfig: { originProtocolPolicy: "https-only", originSslProtocols: { items: ["TLSv1.2"], quantity: 1 } },
    },
  },
  failing: {
    type: "aws:cloudfront/vpcOrigin:VpcOrigin",
    inputs: { vpcOriginEndpointConfig: { originProtocolPolicy: "match-viewer", originSslProtocols: { items: ["TLSv1"], quantity: 1 } } },
  },
};
