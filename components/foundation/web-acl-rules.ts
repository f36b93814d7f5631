/**
 * Rules of a web ACL (WAF v2), for CloudFront and for load balancers alike: managed groups, then our own by size, country, address and API
 * key. Plain data, so that the plan shows them and tests evaluate them.
 */

import type * as aws from "@pulumi/aws";
import type { Fault } from "./faults";

type Rule = aws.types.input.wafv2.WebAclRule;

/** Rules by name, in the order of evaluation: cheap and certain first. */
export const webAclRuleNames = [
  "ip-reputation",
  "known-bad-inputs",
  "blocked-countries",
  "body-size",
  "rate-by-address",
  "rate-by-key",
  "common",
  "sql-injection",
] as const;
export type WebAclRuleName = (typeof webAclRuleNames)[number];

/** What may be chosen of a web ACL. */
export interface WebAclChoice {
  /** Rules that only count, for a trial before they block. @default none */
  countOnly?: WebAclRuleName[];
  /** Requests of one address in five minutes: 10 to 2,000,000,000 (WAF guide, "Rate-based rule statement"). @default 30000 */
  requestsPerAddress?: number;
  /** Requests with one API key in five minutes. @default 60000 */
  requestsPerKey?: number;
  /** Largest body, bytes. Orders are below 1 KiB. @default 16384 */
  maxBodyBytes?: number;
  /** Countries that are refused, ISO 3166-1 alpha-2. @default none */
  blockedCountries?: string[];
}

/** Header that carries the API key of the Binance Spot API. */
export const apiKeyHeader = "x-mbx-apikey";

/** The header that CloudFront adds to requests to the account API, and its authorizer checks; its value is a secret. */
export const originHeader = "x-bourse-origin";

/** The header in which CloudFront tells the account API the address of who calls; what a client writes into it is overwritten. */
export const viewerHeader = "x-bourse-viewer";

/**
 * Capacity units of each rule: of managed groups by the WAF guide ("AWS Managed Rules rule groups list"), of our own by "Web ACL capacity
 * units": 2 for a rate rule and 30 for its header key, 1 for size and country.
 */
export const webAclCapacityUnits: Readonly<Record<WebAclRuleName, number>> = {
  "ip-reputation": 25,
  "known-bad-inputs": 200,
  "blocked-countries": 1,
  "body-size": 1,
  "rate-by-address": 2,
  "rate-by-key": 32,
  common: 700,
  "sql-injection": 200,
};

export function webAclFaults(path: string, choice: WebAclChoice): Fault[] {
  const faults: Fault[] = [];
  const whole = (field: "requestsPerAddress" | "requestsPerKey" | "maxBodyBytes", low: number, high: number) => {
    const given = choice[field];
    if (given === undefined || (Number.isInteger(given) && given >= low && given <= high)) return;
    faults.push({ path: `${path}.${field}`, given, allowed: `a whole number from ${low} to ${high}`, fix: "use a value in that range" });
  };
  whole("requestsPerAddress", 10, 2_000_000_000);
  whole("requestsPerKey", 10, 2_000_000_000);
  // WAF looks at 16 KiB of a body at CloudFront by default and 64 KiB at most (WAF guide, "Body inspection size limits").
  whole("maxBodyBytes", 1, 65_536);
  choice.countOnly?.forEach((rule, index) => {
    if (webAclRuleNames.includes(rule)) return;
    faults.push({
      path: `${path}.countOnly[${index}]`,
      given: rule,
      allowed: `a rule: ${webAclRuleNames.join(", ")}`,
      fix: "correct the rule's name",
    });
  });
  choice.blockedCountries?.forEach((country, index) => {
    if (/^[A-Z]{2}$/.test(country)) return;
    const allowed = "a country code of two capital letters (ISO 3166-1 alpha-2)";
    faults.push({ path: `${path}.blockedCountries[${index}]`, given: country, allowed, fix: "write for example KP" });
  });
  return faults;
}

/** The rules that `choice` makes, numbered by their order. */
export function webAclRules(choice: WebAclChoice): Rule[] {
  const statements = ruleStatements(choice);
  return webAclRuleNames
    .filter((name) => statements[name] !== undefined)
    .map((name, priority): Rule => {
      const managed = name in managedGroups;
      const counts = choice.countOnly?.includes(name) ?? false;
      return {
        name,
        priority,
        statement: statements[name]!,
        ...(managed ? { overrideAction: counts ? { count: {} } : { none: {} } } : { action: counts ? { count: {} } : refusal(name) }),
        ...(managed ? {} : { ruleLabels: [{ name: `bourse:${name}` }] }),
        visibilityConfig: { cloudwatchMetricsEnabled: true, metricName: name, sampledRequestsEnabled: true },
      };
    });
}

/** Too many requests are answered 429, which clients of the API know as "back off"; the rest 403. */
function refusal(name: WebAclRuleName) {
  return name.startsWith("rate-") ? { block: { customResponse: { responseCode: 429 } } } : { block: {} };
}

const managedGroups: Partial<Record<WebAclRuleName, string>> = {
  "ip-reputation": "AWSManagedRulesAmazonIpReputationList",
  "known-bad-inputs": "AWSManagedRulesKnownBadInputsRuleSet",
  common: "AWSManagedRulesCommonRuleSet",
  "sql-injection": "AWSManagedRulesSQLiRuleSet",
};

function ruleStatements(choice: WebAclChoice): Partial<Record<WebAclRuleName, Rule["statement"]>> {
  const fiveMinutes = 300;
  const asIs = [{ priority: 0, type: "NONE" }];
  const managed = (name: WebAclRuleName, counted: string[] = []) => ({
    managedRuleGroupStatement: {
      vendorName: "AWS",
      name: managedGroups[name]!,
      ...(counted.length === 0 ? {} : { ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })) }),
    },
  });
  return {
    "ip-reputation": managed("ip-reputation"),
    "known-bad-inputs": managed("known-bad-inputs"),
    ...(choice.blockedCountries?.length ? { "blocked-countries": { geoMatchStatement: { countryCodes: choice.blockedCountries } } } : {}),
    "body-size": {
      sizeConstraintStatement: {
        fieldToMatch: { body: { oversizeHandling: "MATCH" } },
        comparisonOperator: "GT",
        size: choice.maxBodyBytes ?? 16_384,
        textTransformations: asIs,
      },
    },
    "rate-by-address": {
      rateBasedStatement: { aggregateKeyType: "IP", limit: choice.requestsPerAddress ?? 30_000, evaluationWindowSec: fiveMinutes },
    },
    // Requests without the header are not counted (WAF guide, "Aggregating rate-based rules").
    "rate-by-key": {
      rateBasedStatement: {
        aggregateKeyType: "CUSTOM_KEYS",
        customKeys: [{ header: { name: apiKeyHeader, textTransformations: asIs } }],
        limit: choice.requestsPerKey ?? 60_000,
        evaluationWindowSec: fiveMinutes,
      },
    },
    // Bodies have a rule of their own; trading bots often send no User-Agent.
    common: managed("common", ["SizeRestrictions_BODY", "NoUserAgent_HEADER"]),
    "sql-injection": managed("sql-injection"),
  };
}

/** What must not be in the log: keys, sessions, and query strings, which carry signatures. */
export const redactedFields: aws.types.input.wafv2.WebAclLoggingConfigurationRedactedField[] = [
  { singleHeader: { name: apiKeyHeader } },
  { singleHeader: { name: originHeader } },
  { singleHeader: { name: "authorization" } },
  { singleHeader: { name: "cookie" } },
  { queryString: {} },
];
