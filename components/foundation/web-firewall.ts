/** A web ACL with its log: the firewall in front of CloudFront or of a region's load balancer. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { BourseComponent, type CommonArgs } from "./component";
import type { Fault } from "./faults";
import { logRetentionFaults } from "./log-retention";
import type { KeyRef } from "./references";
import { type Transform, transformed } from "./transform";
import { redactedFields, type WebAclChoice, webAclFaults, webAclRules } from "./web-acl-rules";

/** Arguments of {@link WebFirewall}. */
export interface WebFirewallArgs extends CommonArgs {
  /** `"CLOUDFRONT"` must be made in us-east-1. Changing it **replaces** the firewall. */
  scope: "CLOUDFRONT" | "REGIONAL";
  /** Encrypts the log: the `log` key of a `KeyRing` of the firewall's region. */
  logKey: KeyRef;
  /** Rates, sizes and countries. @default {@link WebAclChoice} */
  rules?: WebAclChoice;
  /** Days that the log is kept. @default 90 */
  logRetentionDays?: number;
  transform?: WebFirewallTransform;
}

export interface WebFirewallTransform {
  webAcl?: Transform<aws.wafv2.WebAclArgs>;
  logGroup?: Transform<aws.cloudwatch.LogGroupArgs>;
  logging?: Transform<aws.wafv2.WebAclLoggingConfigurationArgs>;
}

export function webFirewallFaults(args: Pick<WebFirewallArgs, "rules" | "logRetentionDays">): Fault[] {
  const days = args.logRetentionDays;
  return [...webAclFaults("rules", args.rules ?? {}), ...(days === undefined ? [] : logRetentionFaults("logRetentionDays", days))];
}

/** Allows what no rule refuses, counts every rule, and logs every request without keys and signatures. */
export class WebFirewall extends BourseComponent {
  readonly arn: pulumi.Output<string>;
  /** To depend on for what must be behind a firewall that logs. */
  readonly logged: pulumi.Resource;

  constructor(name: string, args: WebFirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:foundation:WebFirewall", name, args, webFirewallFaults(args), opts);
    const webAcl = new aws.wafv2.WebAcl(
      ...transformed<aws.wafv2.WebAclArgs>(
        args.transform?.webAcl,
        `${name}-acl`,
        {
          scope: args.scope,
          defaultAction: { allow: {} },
          rules: webAclRules(args.rules ?? {}),
          visibilityConfig: { cloudwatchMetricsEnabled: true, metricName: name, sampledRequestsEnabled: true },
          tags: this.tagsFor(`${name}-acl`),
        },
        this.childOptions(),
      ),
    );
    // WAF writes to groups of this prefix alone (WAF guide, "Logging web ACL traffic").
    const logGroup = this.createLogGroup("logs", args, args.logRetentionDays ?? 90, `aws-waf-logs-${name}`);
    this.logged = new aws.wafv2.WebAclLoggingConfiguration(
      ...transformed<aws.wafv2.WebAclLoggingConfigurationArgs>(
        args.transform?.logging,
        `${name}-logging`,
        { resourceArn: webAcl.arn, logDestinationConfigs: [logGroup.arn], redactedFields },
        this.childOptions(),
      ),
    );
    this.arn = webAcl.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
