/**
 * Evaluates the own rules of a web ACL over requests, as the WAF guide describes them: in the order of priority, the first rule that ends the evaluation
 * decides, counting rules only label. Managed groups are AWS's; they pass here.
 */

import type * as aws from "@pulumi/aws";

type Rule = aws.types.input.wafv2.WebAclRule;

export interface WebRequest {
  address: string;
  country?: string;
  /** Names in lower case. */
  headers?: Record<string, string>;
  bodyBytes?: number;
  /** Milliseconds. */
  time?: number;
}

export interface Verdict {
  action: "allow" | "block";
  /** Status that the client gets; 403 unless the rule says otherwise. */
  status: number;
  /** The rule that decided, absent when none did. */
  rule?: string;
  labels: string[];
}

/** Bodies are looked at up to this size; what is longer is oversize (WAF guide, default at CloudFront). */
const inspectedBytes = 16_384;

/** One web ACL with its counters. Rates are counted exactly here; WAF estimates them and reacts within seconds. */
export class WebAclEvaluator {
  private readonly seen = new Map<string, number[]>();
  private readonly rules: Rule[];

  constructor(rules: readonly Rule[]) {
    this.rules = [...rules].sort((first, second) => Number(first.priority) - Number(second.priority));
  }

  evaluate(request: WebRequest): Verdict {
    const labels: string[] = [];
    for (const rule of this.rules) {
      const { statement } = rule as { statement: Statement };
      if (statement.managedRuleGroupStatement !== undefined || !this.matches(rule, statement, request)) continue;
      labels.push(...((rule.ruleLabels ?? []) as { name: string }[]).map(({ name }) => name));
      const action = rule.action as { block?: { customResponse?: { responseCode: number } } };
      if (action.block === undefined) continue;
      return { action: "block", status: action.block.customResponse?.responseCode ?? 403, rule: String(rule.name), labels };
    }
    return { action: "allow", status: 200, labels };
  }

  private matches(rule: Rule, statement: Statement, request: WebRequest): boolean {
    const { geoMatchStatement: geo, sizeConstraintStatement: size, rateBasedStatement: rate } = statement;
    if (geo !== undefined) return request.country !== undefined && geo.countryCodes.includes(request.country);
    if (size !== undefined) return bodyMatches(size, request.bodyBytes ?? 0);
    if (rate !== undefined) return this.exceeds(String(rule.name), rate, request);
    throw new Error(`rule "${String(rule.name)}" has a statement that the evaluator does not know: ${Object.keys(statement).join(", ")}`);
  }

  /** True when the window that ends with this request has more of its key than the limit. */
  private exceeds(rule: string, rate: RateStatement, request: WebRequest): boolean {
    const key = aggregationKey(rate, request);
    if (key === undefined) return false;
    const now = request.time ?? 0;
    const window = (this.seen.get(`${rule} ${key}`) ?? []).filter((time) => time > now - rate.evaluationWindowSec * 1000);
    window.push(now);
    this.seen.set(`${rule} ${key}`, window);
    return window.length > rate.limit;
  }
}

interface RateStatement {
  aggregateKeyType: string;
  limit: number;
  evaluationWindowSec: number;
  customKeys?: { header: { name: string } }[];
}

interface SizeStatement {
  fieldToMatch: { body: { oversizeHandling: string } };
  comparisonOperator: string;
  size: number;
}

interface Statement {
  managedRuleGroupStatement?: object;
  geoMatchStatement?: { countryCodes: string[] };
  sizeConstraintStatement?: SizeStatement;
  rateBasedStatement?: RateStatement;
}

function aggregationKey(rate: RateStatement, request: WebRequest): string | undefined {
  if (rate.aggregateKeyType === "IP") return request.address;
  const parts = (rate.customKeys ?? []).map(({ header }) => request.headers?.[header.name]);
  // A request that lacks one of the keys is not counted.
  return parts.includes(undefined) ? undefined : parts.join(" ");
}

function bodyMatches(statement: SizeStatement, bytes: number): boolean {
  if (bytes > inspectedBytes) return statement.fieldToMatch.body.oversizeHandling === "MATCH";
  if (statement.comparisonOperator !== "GT") throw new Error(`comparison ${statement.comparisonOperator} is not known to the evaluator`);
  return bytes > statement.size;
}
