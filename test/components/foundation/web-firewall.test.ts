import assert from "node:assert/strict";
import { redactedFields, WebFirewall, type WebFirewallArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";
import { keyRef } from "../references";

const aclType = "aws:wafv2/webAcl:WebAcl";
const logKey = keyRef("log");

function firewallWith(over: Partial<WebFirewallArgs> = {}): () => WebFirewall {
  return () => new WebFirewall("wall", { scope: "REGIONAL", logKey, ...over });
}

describeComponent("WebFirewall", firewallWith(), (subject) => {
  it("makes an ACL and its log, and nothing else", () => {
    assertResources(subject.graph, {
      [aclType]: ["wall-acl"],
      "aws:cloudwatch/logGroup:LogGroup": ["wall-logs"],
      "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": ["wall-logging"],
    });
  });

  it("has, unless told otherwise, every rule but that on countries, and refuses by each", () => {
    const { inputs } = assertInputs(subject.graph, aclType, "wall-acl", { scope: "REGIONAL", defaultAction: { allow: {} } });
    const rules = inputs.rules as { name: string; action?: object; overrideAction?: object }[];
    const blocks = { block: {} };
    const backOff = { block: { customResponse: { responseCode: 429 } } };
    assert.deepEqual(
      rules.map(({ name, action, overrideAction }) => [name, action ?? overrideAction]),
      [
        ["ip-reputation", { none: {} }],
        ["known-bad-inputs", { none: {} }],
        ["body-size", blocks],
        ["rate-by-address", backOff],
        ["rate-by-key", backOff],
        ["common", { none: {} }],
        ["sql-injection", { none: {} }],
      ],
    );
  });

  it("lets an address send 30,000 requests in five minutes, a key 60,000, and a body have 16 KiB", () => {
    const rules = subject.graph.get(aclType, "wall-acl").inputs.rules as {
      name: string;
      statement: Record<string, Record<string, unknown>>;
    }[];
    const statementOf = (name: string) => rules.find((rule) => rule.name === name)!.statement;
    const { limit: byAddress, evaluationWindowSec } = statementOf("rate-by-address").rateBasedStatement;
    const { limit: byKey } = statementOf("rate-by-key").rateBasedStatement;
    const { size, fieldToMatch } = statementOf("body-size").sizeConstraintStatement;
    assert.deepEqual([byAddress, evaluationWindowSec, byKey, size], [30_000, 300, 60_000, 16_384]);
    // What is too long for WAF to read is too long.
    assert.deepEqual(fieldToMatch, { body: { oversizeHandling: "MATCH" } });
  });

  it("logs every request to an encrypted group for ninety days, without keys, sessions and signatures", () => {
    assertInputs(subject.graph, "aws:cloudwatch/logGroup:LogGroup", "wall-logs", {
      name: "aws-waf-logs-wall",
      kmsKeyId: logKey.arn,
      retentionInDays: 90,
    });
    assertInputs(subject.graph, "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "wall-logging", {
      redactedFields,
      loggingFilter: undefined,
    });
  });
});

describe("Arguments of WebFirewall", () => {
  it("are refused when a rate or the log's retention is not one that AWS takes", () => {
    assertFaults(firewallWith({ rules: { requestsPerAddress: 1 }, logRetentionDays: 2 }), ["rules.requestsPerAddress", "logRetentionDays"]);
  });

  it("reach every child through its transform", async () => {
    const probe = probeTransforms<NonNullable<WebFirewallArgs["transform"]>>();
    assert.deepEqual(untransformed(await recordProgram({}, firewallWith({ transform: probe.transform })), probe), []);
  });
});
