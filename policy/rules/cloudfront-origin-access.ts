/** CloudFront reads S3 origins with an origin access control. */

import { listOf, recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const cloudfrontOriginAccess: Rule = {
  id: "cloudfront-origin-access",
  title: "Site buckets answer only to CloudFront",
  checks: "CloudFront reads S3 origins with an origin access control.",
  why: "A bucket that anybody can read bypasses firewall, cache and logs.",
  fix: "Set originAccessControlId on S3 origins.",
  severity: "mandatory",
  types: ["aws:cloudfront/distribution:Distribution"],
  check: ({ inputs }) =>
    listOf(inputs.origins)
      .map(recordOf)
      .filter((origin) => origin.customOriginConfig === undefined && origin.vpcOriginConfig === undefined)
      .filter((origin) => origin.originAccessControlId === undefined && recordOf(origin.s3OriginConfig).originAccessIdentity === undefined)
      .map((origin) => `origin ${textOf(origin.originId)} has no origin access control`),
  passing: {
    type: "aws:cloudfront/distribution:Distribution",
    inputs: { origins: [{ originId: "site", domainName: "site.s3.amazonaws.com", originAccessControlId: "E1" }] },
  },
  failing: {
    type: "aws:cloudfront/distribution:Distribution",
    inputs: { origins: [{ originId: "site", domainName: "site.s3.amazonaws.com" }] },
  },
};
