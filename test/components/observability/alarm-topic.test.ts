import assert from "node:assert/strict";
import { AlarmTopic, type AlarmTopicArgs } from "bourse";
import { assertFaults, assertInputs, describeComponent } from "bourse/testing";
import { accountId, keyRef } from "../references";

const minimal: AlarmTopicArgs = {
  accountId,
  key: keyRef("stream"),
  receivers: { "on-call": { protocol: "email", endpoint: "on-call@exchange.example" } },
};

function topicWith(over: Partial<AlarmTopicArgs> = {}): () => AlarmTopic {
  return () => new AlarmTopic("told", { ...minimal, ...over });
}

describeComponent("AlarmTopic", topicWith(), (subject) => {
  it("is encrypted, and tells each receiver", () => {
    assertInputs(subject.graph, "aws:sns/topic:Topic", "told-topic", { kmsMasterKeyId: keyRef("stream").arn });
    assertInputs(subject.graph, "aws:sns/topicSubscription:TopicSubscription", "told-to-on-call", {
      protocol: "email",
      endpoint: "on-call@exchange.example",
    });
  });

  it("lets alarms of this account alone publish, over TLS alone", () => {
    if (!subject.known) return;
    const { Statement } = JSON.parse(String(subject.graph.get("aws:sns/topicPolicy:TopicPolicy", "told-policy").inputs.policy));
    assert.equal(Statement.length, 2);
    assert.deepEqual([Statement[0].Effect, Statement[0].Condition], ["Deny", { Bool: { "aws:SecureTransport": "false" } }]);
    assert.deepEqual(Statement[1].Principal, { Service: "cloudwatch.amazonaws.com" });
    assert.deepEqual(Statement[1].Condition, { StringEquals: { "aws:SourceAccount": accountId } });
  });
});

describe("AlarmTopic arguments", () => {
  const faulty: [what: string, over: Partial<AlarmTopicArgs>][] = [
    ["a mail address that is none", { receivers: { a: { protocol: "email", endpoint: "on-call" } } }],
    ["a web hook in the clear", { receivers: { a: { protocol: "https", endpoint: "http://pager" } } }],
  ];
  for (const [what, over] of faulty) {
    it(`are refused with ${what}`, () => {
      assertFaults(topicWith(over), ['receivers["a"].endpoint']);
    });
  }
});
