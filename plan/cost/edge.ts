/** Cost of the edge: CloudFront, WAF, Route 53, Global Accelerator, API Gateway. */

import { listOf, textOf } from "../read-inputs";
import type { Estimator } from "./bill";
import { hoursAMonth } from "./usage";

export const edgeEstimators: Readonly<Record<string, Estimator>> = {
  "aws:cloudfront/distribution:Distribution": ({ type }, bill) => {
    const distributions = bill.graph.ofType(type).length;
    const share = (usage: { quantity: number; assumption: string }) => ({
      quantity: usage.quantity / distributions,
      assumption: distributions === 1 ? usage.assumption : `${usage.assumption}, over ${distributions} distributions`,
    });
    bill.used("HTTPS requests, first volume tier", "cloudfront", "million-requests", share(bill.usage.cachedRequests()), "million");
    bill.used("data out, first volume tier", "cloudfront", "gigabyte-out", share(bill.usage.cachedBytes()), "GB");
  },
  "aws:cloudfront/function:Function": (_function, bill) =>
    bill.used("invocations", "cloudfront", "million-function-invocations", bill.usage.accountRequests(), "million"),
  "aws:wafv2/webAcl:WebAcl": ({ inputs }, bill) => {
    const rules = listOf(inputs.rules).length;
    bill.provisioned("web ACL", "waf", "webAcl.month", 1, "months");
    bill.provisioned(`${rules} rules`, "waf", "rule.month", rules, "rule-months");
    const requests = textOf(inputs.scope) === "CLOUDFRONT" ? bill.usage.cachedRequests() : bill.usage.uncachedRequests();
    bill.used("inspected requests", "waf", "million-requests", requests, "million");
  },
  "aws:wafv2/ruleGroup:RuleGroup": ({ inputs }, bill) =>
    bill.provisioned("rules", "waf", "rule.month", listOf(inputs.rules).length, "rule-months"),
  "aws:route53/zone:Zone": ({ inputs }, bill) => {
    bill.provisioned("hosted zone", "route53", "zone.month", 1, "months");
    // Names of a private zone are aliases of load balancers, and these queries are free.
    if (listOf(inputs.vpcs).length > 0) return;
    bill.used(
      "latency queries",
      "route53",
      "million-latency-queries",
      { quantity: 1_000, assumption: "1,000 million; alias queries to AWS are free" },
      "million",
    );
  },
  "aws:route53/healthCheck:HealthCheck": ({ inputs }, bill) => {
    const kind = textOf(inputs.type).startsWith("CALCULATED") || textOf(inputs.type) === "CLOUDWATCH_METRIC" ? "calculated" : "aws";
    bill.provisioned(`${textOf(inputs.type, "health")} check`, "route53", `healthCheck.${kind}.month`, 1, "months");
  },
  "aws:globalaccelerator/accelerator:Accelerator": (_accelerator, bill) =>
    bill.provisioned("accelerator; its transfer premium is not estimated", "globalAccelerator", "accelerator.hour", hoursAMonth, "hours"),
  "aws:apigatewayv2/api:Api": (_api, bill) =>
    bill.used("requests", "apiGateway", "http.million-requests", bill.usage.accountRequests(), "million"),
  "aws:apigateway/restApi:RestApi": (_api, bill) =>
    bill.used("requests", "apiGateway", "rest.million-requests", bill.usage.accountRequests(), "million"),
  "aws:route53recoverycontrol/cluster:Cluster": (_cluster, bill) =>
    bill.provisioned("routing control cluster", "arc", "routingControlCluster.hour", hoursAMonth, "hours"),
};
