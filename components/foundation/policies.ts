/** IAM policies as text: typed statements in, the same JSON out on every run. */

import * as pulumi from "@pulumi/pulumi";

/** One statement of a policy. Keys are in IAM's own spelling. */
export interface PolicyStatement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Principal?: "*" | { AWS?: pulumi.Input<string> | pulumi.Input<string>[]; Service?: pulumi.Input<string> | pulumi.Input<string>[] };
  Action?: string | string[];
  /** Everything but these; for denials. */
  NotAction?: string[];
  Resource?: pulumi.Input<string> | pulumi.Input<string>[];
  Condition?: Record<string, Record<string, pulumi.Input<string> | pulumi.Input<string>[]>>;
}

/** The policy document of `statements`. */
export function policyDocument(...statements: PolicyStatement[]): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });
}

/** Refuses `action` on `resource` to whoever comes without TLS; for policies of resources. */
export function overTlsAlone(action: string, resource: PolicyStatement["Resource"]): PolicyStatement {
  return {
    Sid: "TlsOnly",
    Effect: "Deny",
    Principal: "*",
    Action: action,
    Resource: resource,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

/**
 * Lets an AWS service of this account assume a role. The account condition keeps the service from using the role on behalf of another account
 * (IAM guide, "The confused deputy problem"). @param accountId absent for services that send no `aws:SourceAccount`
 */
export function assumedBy(service: string, accountId?: pulumi.Input<string>): pulumi.Output<string> {
  return policyDocument({
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sts:AssumeRole",
    ...(accountId === undefined ? {} : { Condition: { StringEquals: { "aws:SourceAccount": accountId } } }),
  });
}

/** What every Lambda function of ours may do: write its log, and its traces, which know no resource (Service Authorization Reference, AWS X-Ray). */
export function writesLogAndTraces(logGroupArn: pulumi.Input<string>): PolicyStatement[] {
  return [
    { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: pulumi.interpolate`${logGroupArn}:*` },
    { Effect: "Allow", Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource: "*" },
  ];
}
