/** The arguments of the CloudFront distribution: origins with failover, and what is cached by path. */

import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

type Origin = aws.types.input.cloudfront.DistributionOrigin;

/** Managed policies of CloudFront, by name (CloudFront guide, "Use managed cache policies" and "Use managed origin request policies"). */
const cachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6";
const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
/**
 * Takes on what a function of the viewer's request has added, as every policy does that lists the header or all of them (CloudFront guide, "Add a True-Client-IP header to the request"; SST's `Router` sends
 * `x-forwarded-host` from a function to its origins by this one).
 */
const allViewerExceptHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

/** Hosts that serve the same thing; reads go to the second when the first fails. */
export interface OriginPair {
  host: string;
  standbyHost: string;
}

/** The account API, as CloudFront reaches it. */
export interface AccountOrigin {
  host: string;
  /** The VPC origin of a private API (`vpcOriginId` of `ApiIngress`). Its presence is plain. @default the host is called over the internet */
  vpcOriginId?: pulumi.Input<string>;
}

export interface DistributionFacts {
  aliases: string[];
  certificateArn: pulumi.Input<string>;
  webAclArn: pulumi.Input<string>;
  originAccessControlId: pulumi.Input<string>;
  siteDomainName: pulumi.Input<string>;
  standbySiteDomainName: pulumi.Input<string>;
  reads: OriginPair;
  /** With the function that proves to the API that a request came through CloudFront. */
  account: (AccountOrigin & { proofArn: pulumi.Input<string> }) | undefined;
  readCachePolicyId: pulumi.Input<string>;
  siteHeadersPolicyId: pulumi.Input<string>;
  apiHeadersPolicyId: pulumi.Input<string>;
  priceClass: string;
  tags: Record<string, pulumi.Input<string>>;
}

/** Answers of an origin that make CloudFront ask the other. A missing object of the site is 403 from S3 when listing is not allowed. */
const failover = {
  site: [403, 404, 500, 502, 503, 504],
  reads: [500, 502, 503, 504],
};

/** Methods that origin groups fail over (CloudFront guide, "Optimize high availability with origin failover"); writes have one origin. */
const readMethods = ["GET", "HEAD", "OPTIONS"];
const allMethods = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"];

export function distributionArgs(facts: DistributionFacts): aws.cloudfront.DistributionArgs {
  const { reads, account } = facts;
  return {
    enabled: true,
    aliases: facts.aliases,
    comment: "Site, cacheable market data and account API of the exchange",
    httpVersion: "http2and3",
    isIpv6Enabled: true,
    priceClass: facts.priceClass,
    defaultRootObject: "index.html",
    webAclId: facts.webAclArn,
    origins: [
      siteOrigin("site", facts.siteDomainName, facts.originAccessControlId),
      siteOrigin("site-standby", facts.standbySiteDomainName, facts.originAccessControlId),
      serviceOrigin("reads", reads.host),
      serviceOrigin("reads-standby", reads.standbyHost),
      ...(account === undefined
        ? []
        : [
            account.vpcOriginId === undefined
              ? serviceOrigin("account", account.host)
              : privateOrigin("account", account.host, account.vpcOriginId),
          ]),
    ],
    originGroups: (["site", "reads"] as const).map((group) => ({
      originId: `${group}-group`,
      failoverCriteria: { statusCodes: failover[group] },
      members: [{ originId: group }, { originId: `${group}-standby` }],
    })),
    defaultCacheBehavior: {
      targetOriginId: "site-group",
      viewerProtocolPolicy: "redirect-to-https",
      allowedMethods: readMethods,
      cachedMethods: ["GET", "HEAD"],
      compress: true,
      cachePolicyId: cachingOptimized,
      responseHeadersPolicyId: facts.siteHeadersPolicyId,
    },
    orderedCacheBehaviors: [
      {
        pathPattern: "/api/*",
        targetOriginId: "reads-group",
        viewerProtocolPolicy: "https-only",
        allowedMethods: readMethods,
        cachedMethods: ["GET", "HEAD"],
        compress: true,
        cachePolicyId: facts.readCachePolicyId,
        responseHeadersPolicyId: facts.apiHeadersPolicyId,
      },
      ...(account === undefined
        ? []
        : [
            {
              pathPattern: "/account/*",
              targetOriginId: "account",
              viewerProtocolPolicy: "https-only",
              allowedMethods: allMethods,
              cachedMethods: ["GET", "HEAD"],
              compress: true,
              cachePolicyId: cachingDisabled,
              originRequestPolicyId: allViewerExceptHost,
              functionAssociations: [{ eventType: "viewer-request", functionArn: account.proofArn }],
              responseHeadersPolicyId: facts.siteHeadersPolicyId,
            },
          ]),
    ],
    restrictions: { geoRestriction: { restrictionType: "none" } },
    viewerCertificate: { acmCertificateArn: facts.certificateArn, sslSupportMethod: "sni-only", minimumProtocolVersion: "TLSv1.2_2021" },
    tags: facts.tags,
  };
}

function siteOrigin(originId: string, domainName: pulumi.Input<string>, originAccessControlId: pulumi.Input<string>): Origin {
  return { originId, domainName, originAccessControlId };
}

/** An origin inside a network; how it is called is the VPC origin's own setting. */
function privateOrigin(originId: string, domainName: string, vpcOriginId: pulumi.Input<string>): Origin {
  return { originId, domainName, vpcOriginConfig: { vpcOriginId, originReadTimeout: 10, originKeepaliveTimeout: 60 } };
}

function serviceOrigin(originId: string, domainName: string): Origin {
  return {
    originId,
    domainName,
    customOriginConfig: {
      httpPort: 80,
      httpsPort: 443,
      originProtocolPolicy: "https-only",
      originSslProtocols: ["TLSv1.2"],
      originReadTimeout: 10,
      originKeepaliveTimeout: 60,
    },
  };
}

/**
 * Market data is shared by everyone and old after a second, so a popular read reaches the origin once a second an edge location; without
 * cookies or headers in the key, one client cannot make another miss.
 */
export const readCachePolicy: aws.cloudfront.CachePolicyArgs = {
  comment: "Public market data: one second",
  minTtl: 0,
  defaultTtl: 1,
  maxTtl: 60,
  parametersInCacheKeyAndForwardedToOrigin: {
    cookiesConfig: { cookieBehavior: "none" },
    headersConfig: { headerBehavior: "none" },
    queryStringsConfig: { queryStringBehavior: "all" },
    enableAcceptEncodingBrotli: true,
    enableAcceptEncodingGzip: true,
  },
};

const twoYears = 63_072_000;

const transportSecurity = {
  strictTransportSecurity: { accessControlMaxAgeSec: twoYears, includeSubdomains: true, preload: true, override: true },
  contentTypeOptions: { override: true },
};

/** Headers of every page of the site. `domain` names the hosts that its scripts talk to. */
export function siteHeaders(domain: string): aws.cloudfront.ResponseHeadersPolicyArgs {
  const hosts = ["api", "ws-api", "stream"].flatMap((host) => [`https://${host}.${domain}`, `wss://${host}.${domain}`]);
  return {
    comment: "Site: transport security, no framing, own scripts alone",
    securityHeadersConfig: {
      ...transportSecurity,
      frameOptions: { frameOption: "DENY", override: true },
      referrerPolicy: { referrerPolicy: "strict-origin-when-cross-origin", override: true },
      contentSecurityPolicy: {
        contentSecurityPolicy: `default-src 'self'; connect-src 'self' ${hosts.join(" ")}; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
        override: true,
      },
    },
    customHeadersConfig: { items: [{ header: "Permissions-Policy", value: "camera=(), geolocation=(), microphone=()", override: true }] },
  };
}

/** Headers of market data: any page may read it, since it is public and takes no credentials. */
export const apiHeaders: aws.cloudfront.ResponseHeadersPolicyArgs = {
  comment: "Public market data: transport security, readable from any page",
  securityHeadersConfig: transportSecurity,
  corsConfig: {
    accessControlAllowCredentials: false,
    accessControlAllowHeaders: { items: ["*"] },
    accessControlAllowMethods: { items: readMethods },
    accessControlAllowOrigins: { items: ["*"] },
    accessControlMaxAgeSec: 86_400,
    originOverride: true,
  },
};
