import assert from "node:assert/strict";
import { CostWatch, type CostWatchArgs } from "bourse";
import { assertFaults, assertInputs, describeComponent, probeTransforms, recordProgram, untransformed } from "bourse/testing";

const minimal: CostWatchArgs = { monthlyUsd: 20_000, target: { topicArn: "arn:topic" }, tag: { key: "bourse:scope", value: "region" } };

function watchWith(over: Partial<CostWatchArgs> = {}): () => CostWatch {
  return () => new CostWatch("cost", { ...minimal, ...over });
}

describeComponent("CostWatch", watchWith(), (subject) => {
  it("tells of 80 % spent and of a forecast above the budget, for the tagged resources", () => {
    const { inputs } = assertInputs(subject.graph, "aws:budgets/budget:Budget", "cost-budget", {
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitAmount: "20000",
      limitUnit: "USD",
      costFilters: [{ name: "TagKeyValue", values: ["user:bourse:scope$region"] }],
    });
    const notifications = inputs.notifications as { notificationType: string; threshold: number; subscriberSnsTopicArns: string[] }[];
    assert.deepEqual(
      notifications.map(({ notificationType, threshold, subscriberSnsTopicArns }) => [
        notificationType,
        threshold,
        ...subscriberSnsTopicArns,
      ]),
      [
        ["ACTUAL", 80, "arn:topic"],
        ["FORECASTED", 100, "arn:topic"],
      ],
    );
  });

  it("tells at once of a day's spending that is out of line with a service's history", () => {
    assertInputs(subject.graph, "aws:costexplorer/anomalyMonitor:AnomalyMonitor", "cost-anomalies", {
      monitorType: "DIMENSIONAL",
      monitorDimension: "SERVICE",
    });
    const { inputs } = assertInputs(subject.graph, "aws:costexplorer/anomalySubscription:AnomalySubscription", "cost-anomalies-told", {
      frequency: "IMMEDIATE",
      subscribers: [{ type: "SNS", address: "arn:topic" }],
    });
    assert.deepEqual((inputs.thresholdExpression as { dimension: { values: string[] } }).dimension.values, ["100"]);
  });
});

describe("CostWatch arguments", () => {
  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<CostWatchArgs["transform"]>();
    const graph = await recordProgram({}, watchWith({ transform: probe.transform }));
    assert.deepEqual(untransformed(graph, probe), []);
  });

  for (const monthlyUsd of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`are refused with a budget of ${monthlyUsd}`, () => {
      assertFaults(watchWith({ monthlyUsd }), ["monthlyUsd"]);
    });
  }
});
