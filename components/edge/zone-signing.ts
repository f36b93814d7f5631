/** DNSSEC of a zone: the key that signs, the signing, and the alarms that tell when it stops. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  BourseComponent,
  type CommonArgs,
  type HostedZoneRef,
  type Protection,
  type Transform,
  transformed,
} from "../foundation";

/** Arguments of {@link ZoneSigning}. */
export interface ZoneSigningArgs extends CommonArgs, AlarmedArgs {
  /** The zone that is signed. Another one **replaces** key and signing. */
  zone: HostedZoneRef;
  accountId: pulumi.Input<string>;
  /** Provider of us-east-1: Route 53 signs with keys of that region alone (Route 53 guide, "Working with customer managed keys for DNSSEC"). */
  usEast1: aws.Provider;
  /** @default "on" */
  protection?: Protection;
  transform?: ZoneSigningTransform;
}

export interface ZoneSigningTransform extends AlarmTransform {
  key?: Transform<aws.kms.KeyArgs>;
  signingKey?: Transform<aws.route53.KeySigningKeyArgs>;
  signing?: Transform<aws.route53.HostedZoneDnsSecArgs>;
}

/** Signs a zone. Resolvers check it once the delegation record is entered at the registrar; take that record out a day before signing is switched off. */
export class ZoneSigning extends BourseComponent {
  /** The DS record to be entered at the registrar of the domain. */
  readonly delegationRecord: pulumi.Output<string>;

  constructor(name: string, args: ZoneSigningArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:edge:ZoneSigning", name, args, [], opts);
    const { zoneId } = args.zone;
    const protect = (args.protection ?? "on") === "on";
    const key = new aws.kms.Key(
      ...transformed<aws.kms.KeyArgs>(
        args.transform?.key,
        `${name}-key`,
        {
          description: `Signs the zone ${args.zone.domain}`,
          // Route 53 takes no other kind, and KMS cannot rotate it: a second signing key takes over instead.
          customerMasterKeySpec: "ECC_NIST_P256",
          keyUsage: "SIGN_VERIFY",
          deletionWindowInDays: 30,
          policy: signingPolicy(args.accountId, zoneId),
          tags: this.tagsFor(`${name}-key`),
        },
        this.childOptions({ protect, provider: args.usEast1 }),
      ),
    );
    const signingKey = new aws.route53.KeySigningKey(
      ...transformed<aws.route53.KeySigningKeyArgs>(
        args.transform?.signingKey,
        `${name}-signing-key`,
        { hostedZoneId: zoneId, keyManagementServiceArn: key.arn, name: "exchange", status: "ACTIVE" },
        this.childOptions(),
      ),
    );
    new aws.route53.HostedZoneDnsSec(
      ...transformed<aws.route53.HostedZoneDnsSecArgs>(
        args.transform?.signing,
        `${name}-signed`,
        { hostedZoneId: zoneId, signingStatus: "SIGNING" },
        this.childOptions({ dependsOn: [signingKey] }),
      ),
    );
    // Route 53 guide, "Monitoring hosted zones using Amazon CloudWatch": either above 0 ends in answers that resolvers refuse.
    const spec = (metric: string, description: string) => ({
      description,
      namespace: "AWS/Route53",
      metric,
      dimensions: { HostedZoneId: zoneId },
      statistic: "Sum",
      threshold: 0,
      period: 300,
      periods: 1,
    });
    this.createAlarms(
      {
        "signing-failed": spec(
          "DNSSECInternalFailure",
          "Route 53 cannot sign the zone: look whether its KMS key is enabled and may be used",
        ),
        "key-needs-action": spec("DNSSECKeySigningKeysNeedingAction", "A signing key of the zone needs action: look at it in Route 53"),
      },
      { ...args, transform: { alarm: inProvider(args.transform?.alarm, args.usEast1) } },
    );

    this.delegationRecord = signingKey.dsRecord;
    this.registerOutputs({ delegationRecord: this.delegationRecord });
  }
}

/** Metrics of Route 53 are in us-east-1, and so are the alarms on them. */
export function inProvider(
  transform: Transform<aws.cloudwatch.MetricAlarmArgs> | undefined,
  provider: aws.Provider,
): Transform<aws.cloudwatch.MetricAlarmArgs> {
  return (args, opts, name) => {
    opts.provider = provider;
    if (typeof transform === "function") transform(args, opts, name);
    else Object.assign(args, transform);
  };
}

/** The account owns the key; Route 53 may sign for this zone with it (Route 53 guide, "KMS key permissions for DNSSEC"). */
function signingPolicy(accountId: pulumi.Input<string>, zoneId: pulumi.Input<string>): pulumi.Output<string> {
  const signer = { Principal: { Service: "dnssec-route53.amazonaws.com" }, Resource: "*", Effect: "Allow" };
  const own = {
    StringEquals: { "aws:SourceAccount": accountId },
    ArnEquals: { "aws:SourceArn": pulumi.interpolate`arn:aws:route53:::hostedzone/${zoneId}` },
  };
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "AccountOwnsKey",
        Effect: "Allow",
        Principal: { AWS: pulumi.interpolate`arn:aws:iam::${accountId}:root` },
        Action: "kms:*",
        Resource: "*",
      },
      { Sid: "ZoneIsSigned", Action: ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"], Condition: own, ...signer },
      { Sid: "ZoneGrants", Action: "kms:CreateGrant", Condition: { Bool: { "kms:GrantIsForAWSResource": "true" }, ...own }, ...signer },
    ],
  });
}
