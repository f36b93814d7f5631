/** Distributions ask viewers for TLS 1.2 or newer and redirect or refuse plain HTTP. */

import { listOf, recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const cloudfrontTls: Rule = {
  id: "cloudfront-tls",
  title: "CloudFront speaks TLS 1.2 or newer",
  checks: "Distributions ask viewers for TLS 1.2 or newer and redirect or refuse plain HTTP.",
  why: "A login or an order must not travel in a version with known attacks.",
  fix: "Set minimumProtocolVersion TLSv1.2_2021 and viewerProtocolPolicy redirect-to-https or https-only.",
  severity: "mandatory",
  types: ["aws:cloudfront/distribution:Distribution"],
  check: ({ inputs }) => {
    const faults: string[] = [];
    const certificate = recordOf(inputs.viewerCertificate);
    if (!/^TLSv1\.[23]/.test(textOf(certificate.minimumProtocolVersion))) faults.push("viewers may use TLS before 1.2");
    const behaviours = [inputs.defaultCacheBehavior, ...listOf(inputs.orderedCacheBehaviors)].map(recordOf);
    for (const behaviour of behaviours) {
      if (behaviour.viewerProtocolPolicy === "allow-all")
        faults.push(`${textOf(behaviour.pathPattern, "the default behaviour")} answers plain HTTP`);
    }
    return faults;
  },
  passing: {
    type: "aws:cloudfront/distribution:Distribution",
    inputs: {
      viewerCertificate: { minimumProtocolVersion: "TLSv1.2_2021" },
      defaultCacheBehavior: { viewerProtocolPolicy: "redirect-to-https" },
    },
  },
  failing: {
    type: "aws:cloudfront/distribution:Distribution",
    inputs: { viewerCertificate: { cloudfrontDefaultCertificate: true }, defaultCacheBehavior: { viewerProtocolPolicy: "allow-all" } },
  },
};
