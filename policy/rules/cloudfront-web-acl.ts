/** Distributions have a web ACL. */

import type { Rule } from "../rule";

export const cloudfrontWebAcl: Rule = {
  id: "cloudfront-web-acl",
  title: "CloudFront is behind a web ACL",
  checks: "Distributions have a web ACL.",
  why: "The edge is where floods and injected requests are cheapest to stop.",
  fix: "Set webAclId.",
  severity: "mandatory",
  types: ["aws:cloudfront/distribution:Distribution"],
  check: ({ inputs }) => (inputs.webAclId === undefined || inputs.webAclId === "" ? ["has no web ACL"] : []),
  passing: {
    type: "aws:cloudfront/distribution:Distribution",
    inputs: { webAclId: "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/1" },
  },
  failing: { type: "aws:cloudfront/distribution:Distribution", inputs: {} },
};
