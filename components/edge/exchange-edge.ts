/** The edge of the exchange: one CloudFront distribution, its firewall, certificate and DNS zone. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  BourseComponent,
  type CommonArgs,
  type HostedZoneRef,
  type KeyRef,
  type Protection,
  type Transform,
  transformed,
  type WebAclChoice,
  WebFirewall,
  type WebFirewallTransform,
} from "../foundation";
import { type AccessLogTransform, deliverAccessLog } from "./access-log";
import { type AccountOrigin, apiHeaders, distributionArgs, type OriginPair, readCachePolicy, siteHeaders } from "./distribution";
import { exchangeEdgeFaults } from "./exchange-edge-faults";
import { HostHealth, type HostHealthTransform, watchedHosts } from "./host-health";
import { OriginProof, type OriginProofTransform } from "./origin-proof";
import { SiteBucket, type SiteBucketTransform } from "./site-bucket";
import { replicateSite, type SiteReplicationTransform } from "./site-replication";
import { ZoneSigning, type ZoneSigningTransform } from "./zone-signing";

/** Arguments of {@link ExchangeEdge}. */
export interface ExchangeEdgeArgs extends CommonArgs, AlarmedArgs {
  /** Domain of the exchange, without trailing dot. Changing it **replaces** zone and certificate. */
  domain: string;
  accountId: pulumi.Input<string>;
  /** Provider of us-east-1: CloudFront takes certificates, web ACLs and log sources of that region alone. */
  usEast1: aws.Provider;
  /** Provider of a second region, for the standby copy of the site. */
  standby: aws.Provider;
  /** Key of us-east-1 that encrypts the firewall's log. Its policy must let the CloudWatch Logs service use it. */
  logKey: KeyRef;
  /** Hosts for cacheable market data. @default `reads.<domain>` and `reads-standby.<domain>`, which regions create */
  reads?: OriginPair;
  /** The account API. Its presence and host are plain, since they decide whether the path exists. @default no account path */
  account?: AccountOrigin;
  /** Rates, sizes and countries of the firewall. @default {@link WebAclChoice} */
  firewall?: WebAclChoice;
  /** Signs the zone; the DS record is to be entered at the registrar. Plain, since it decides which children exist. @default "on" */
  dnssec?: "on" | "off";
  /** Path by host below the domain that is asked from outside, with an alarm. Plain likewise. @default {@link watchedHosts} */
  watched?: Readonly<Record<string, string>>;
  /** Edge locations used, by price. @default "PriceClass_All" */
  priceClass?: "PriceClass_100" | "PriceClass_200" | "PriceClass_All";
  /** Days that access logs are kept. @default 365 */
  logRetentionDays?: number;
  /** Days that the firewall's log is kept. @default 90 */
  firewallLogRetentionDays?: number;
  /** @default "on" */
  protection?: Protection;
  transform?: SiteReplicationTransform &
    AccessLogTransform & {
      zone?: Transform<aws.route53.ZoneArgs>;
      record?: Transform<aws.route53.RecordArgs>;
      certificate?: Transform<aws.acm.CertificateArgs>;
      certificateValidation?: Transform<aws.acm.CertificateValidationArgs>;
      firewall?: WebFirewallTransform;
      originAccessControl?: Transform<aws.cloudfront.OriginAccessControlArgs>;
      cachePolicy?: Transform<aws.cloudfront.CachePolicyArgs>;
      responseHeadersPolicy?: Transform<aws.cloudfront.ResponseHeadersPolicyArgs>;
      distribution?: Transform<aws.cloudfront.DistributionArgs>;
      metrics?: Transform<aws.cloudfront.MonitoringSubscriptionArgs>;
      site?: SiteBucketTransform;
      standbySite?: SiteBucketTransform;
      signing?: ZoneSigningTransform;
      health?: HostHealthTransform;
      proof?: OriginProofTransform;
    };
}

/** Hosts that CloudFront serves below the domain, with the domain itself. */
export const edgeHosts = ["www", "data-api", "account"] as const;

/**
 * Site, cacheable market data and account API behind one distribution: by path, with a second origin for every read, a firewall in front,
 * TLS 1.2 or newer, logs, and a private origin for the site. Also the zone of the domain, and the record that certificates of all regions
 * are checked by.
 */
export class ExchangeEdge extends BourseComponent {
  readonly zone: HostedZoneRef;
  /** To be entered at the registrar of the domain. */
  readonly nameServers: pulumi.Output<string[]>;
  /** The DS record, to be entered there too; undefined without DNSSEC. */
  readonly delegationRecord: pulumi.Output<string> | undefined;
  readonly distributionId: pulumi.Output<string>;
  readonly distributionDomainName: pulumi.Output<string>;
  readonly webAclArn: pulumi.Output<string>;
  /** The function whose code has the account API's origin header; undefined without an account API. See `originAnnouncement`. */
  readonly originProof: OriginProof | undefined;
  /** The bucket that a release of the site is copied to; the standby follows. */
  readonly siteBucketName: pulumi.Output<string>;
  private readonly args: ExchangeEdgeArgs;

  constructor(name: string, args: ExchangeEdgeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:edge:ExchangeEdge", name, args, exchangeEdgeFaults(args, name), opts);
    this.args = args;

    const zone = this.createZone();
    this.createAuthorityRecord(zone);
    const certificateArn = this.createCertificate(zone);
    const firewall = this.createFirewall();
    const site = this.createSite("site", { provider: args.usEast1 }, args.transform?.site);
    const standbySite = this.createSite("site-standby", { provider: args.standby }, args.transform?.standbySite);
    const { transform } = args;
    const tagsFor = (child: string) => this.tagsFor(child);
    replicateSite({ name: `${name}-replication`, accountId: args.accountId, site, standbySite, transform }, tagsFor, this.childOptions(), {
      provider: args.usEast1,
    });
    if (args.account !== undefined) {
      this.originProof = new OriginProof(`${name}-origin`, { tags: args.tags, transform: args.transform?.proof }, { parent: this });
    }
    const distribution = this.createDistribution(certificateArn, firewall, site, standbySite);
    for (const bucket of [site, standbySite]) bucket.allowReads(distribution.arn);
    deliverAccessLog(
      this,
      { ...args, name, distributionArn: distribution.arn, retentionDays: args.logRetentionDays },
      tagsFor,
      this.childOptions({ provider: args.usEast1 }),
    );
    this.createHostRecords(zone, distribution);
    const { tags, alarms, protection, usEast1, accountId, domain } = args;
    new HostHealth(
      `${name}-health`,
      { domain, paths: args.watched ?? watchedHosts, usEast1, alarms, tags, transform: transform?.health },
      { parent: this },
    );
    if (args.dnssec !== "off") {
      const signed = { zoneId: zone.zoneId, domain };
      this.delegationRecord = new ZoneSigning(
        `${name}-dnssec`,
        { zone: signed, accountId, usEast1, alarms, protection, tags, transform: transform?.signing },
        { parent: this },
      ).delegationRecord;
    }

    this.zone = { zoneId: zone.zoneId, domain: args.domain };
    this.nameServers = zone.nameServers;
    this.distributionId = distribution.id;
    this.distributionDomainName = distribution.domainName;
    this.webAclArn = firewall.arn;
    this.siteBucketName = site.bucketName;
    this.registerOutputs({
      zoneId: zone.zoneId,
      nameServers: this.nameServers,
      delegationRecord: this.delegationRecord,
      distributionId: this.distributionId,
      webAclArn: this.webAclArn,
      siteBucketName: this.siteBucketName,
    });
  }

  private createZone(): aws.route53.Zone {
    const name = `${this.name}-zone`;
    const protect = (this.args.protection ?? "on") === "on";
    return new aws.route53.Zone(
      ...transformed<aws.route53.ZoneArgs>(
        this.args.transform?.zone,
        name,
        { name: this.args.domain, comment: "Hosts of the exchange", forceDestroy: !protect, tags: this.tagsFor(name) },
        this.childOptions({ protect }),
      ),
    );
  }

  private createRecord(key: string, record: aws.route53.RecordArgs): aws.route53.Record {
    return new aws.route53.Record(
      ...transformed<aws.route53.RecordArgs>(this.args.transform?.record, `${this.name}-${key}`, record, this.childOptions()),
    );
  }

  /** No authority but Amazon's may issue certificates for the domain (RFC 8659). */
  private createAuthorityRecord(zone: aws.route53.Zone): void {
    this.createRecord("certificate-authority", {
      zoneId: zone.zoneId,
      name: this.args.domain,
      type: "CAA",
      ttl: 3600,
      records: ['0 issue "amazon.com"', '0 issuewild "amazon.com"'],
    });
  }

  /** One record answers for the domain and for all hosts below it, in every region of the account. */
  private createCertificate(zone: aws.route53.Zone): pulumi.Output<string> {
    const name = `${this.name}-certificate`;
    const certificate = new aws.acm.Certificate(
      ...transformed<aws.acm.CertificateArgs>(
        this.args.transform?.certificate,
        name,
        {
          domainName: this.args.domain,
          subjectAlternativeNames: [`*.${this.args.domain}`],
          validationMethod: "DNS",
          keyAlgorithm: "EC_prime256v1",
          tags: this.tagsFor(name),
        },
        this.childOptions({ provider: this.args.usEast1 }),
      ),
    );
    const asked = certificate.domainValidationOptions.apply((options) => options.find((option) => option.domainName === this.args.domain)!);
    const record = this.createRecord("certificate-record", {
      zoneId: zone.zoneId,
      name: asked.resourceRecordName,
      type: asked.resourceRecordType,
      ttl: 300,
      records: [asked.resourceRecordValue],
    });
    return new aws.acm.CertificateValidation(
      ...transformed<aws.acm.CertificateValidationArgs>(
        this.args.transform?.certificateValidation,
        `${name}-validation`,
        { certificateArn: certificate.arn, validationRecordFqdns: [record.fqdn] },
        this.childOptions({ provider: this.args.usEast1 }),
      ),
    ).certificateArn;
  }

  private createFirewall(): WebFirewall {
    const { args } = this;
    return new WebFirewall(
      `${this.name}-firewall`,
      {
        scope: "CLOUDFRONT",
        logKey: args.logKey,
        rules: args.firewall,
        logRetentionDays: args.firewallLogRetentionDays,
        tags: args.tags,
        transform: args.transform?.firewall,
      },
      { parent: this, provider: args.usEast1 },
    );
  }

  private createSite(key: string, place: { provider: aws.Provider }, transform: SiteBucketTransform | undefined): SiteBucket {
    const { protection, tags } = this.args;
    return new SiteBucket(`${this.name}-${key}`, { protection, tags, transform }, { parent: this, ...place });
  }

  private createDistribution(
    certificateArn: pulumi.Input<string>,
    firewall: WebFirewall,
    site: SiteBucket,
    standbySite: SiteBucket,
  ): aws.cloudfront.Distribution {
    const { args } = this;
    const access = new aws.cloudfront.OriginAccessControl(
      ...transformed<aws.cloudfront.OriginAccessControlArgs>(
        args.transform?.originAccessControl,
        `${this.name}-site-access`,
        { originAccessControlOriginType: "s3", signingBehavior: "always", signingProtocol: "sigv4" },
        this.childOptions(),
      ),
    );
    const name = `${this.name}-distribution`;
    const distribution = new aws.cloudfront.Distribution(
      ...transformed<aws.cloudfront.DistributionArgs>(
        args.transform?.distribution,
        name,
        distributionArgs({
          aliases: [args.domain, ...edgeHosts.map((host) => `${host}.${args.domain}`)],
          certificateArn,
          webAclArn: firewall.arn,
          originAccessControlId: access.id,
          siteDomainName: site.domainName,
          standbySiteDomainName: standbySite.domainName,
          reads: args.reads ?? { host: `reads.${args.domain}`, standbyHost: `reads-standby.${args.domain}` },
          account: args.account && { ...args.account, proofArn: this.originProof!.functionArn },
          readCachePolicyId: this.createCachePolicy().id,
          siteHeadersPolicyId: this.createHeadersPolicy("site-headers", siteHeaders(args.domain)).id,
          apiHeadersPolicyId: this.createHeadersPolicy("api-headers", apiHeaders).id,
          priceClass: args.priceClass ?? "PriceClass_All",
          tags: this.tagsFor(name),
        }),
        this.childOptions({ protect: (args.protection ?? "on") === "on" }),
      ),
    );
    new aws.cloudfront.MonitoringSubscription(
      ...transformed<aws.cloudfront.MonitoringSubscriptionArgs>(
        args.transform?.metrics,
        `${name}-metrics`,
        {
          distributionId: distribution.id,
          monitoringSubscription: { realtimeMetricsSubscriptionConfig: { realtimeMetricsSubscriptionStatus: "Enabled" } },
        },
        this.childOptions(),
      ),
    );
    return distribution;
  }

  private createCachePolicy(): aws.cloudfront.CachePolicy {
    return new aws.cloudfront.CachePolicy(
      ...transformed<aws.cloudfront.CachePolicyArgs>(
        this.args.transform?.cachePolicy,
        `${this.name}-reads-cache`,
        readCachePolicy,
        this.childOptions(),
      ),
    );
  }

  private createHeadersPolicy(key: string, policy: aws.cloudfront.ResponseHeadersPolicyArgs): aws.cloudfront.ResponseHeadersPolicy {
    return new aws.cloudfront.ResponseHeadersPolicy(
      ...transformed<aws.cloudfront.ResponseHeadersPolicyArgs>(
        this.args.transform?.responseHeadersPolicy,
        `${this.name}-${key}`,
        policy,
        this.childOptions(),
      ),
    );
  }

  /** The domain and each host, over IPv4 and IPv6. */
  private createHostRecords(zone: aws.route53.Zone, distribution: aws.cloudfront.Distribution): void {
    const hosts = { apex: this.args.domain, ...Object.fromEntries(edgeHosts.map((host) => [host, `${host}.${this.args.domain}`])) };
    for (const [key, host] of Object.entries(hosts)) {
      for (const type of ["A", "AAAA"]) {
        this.createRecord(`${key}-${type.toLowerCase()}`, {
          zoneId: zone.zoneId,
          name: host,
          type,
          aliases: [{ name: distribution.domainName, zoneId: distribution.hostedZoneId, evaluateTargetHealth: false }],
        });
      }
    }
  }
}
