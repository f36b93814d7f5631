/** What tells of spending before the invoice does. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type AlarmTarget, BourseComponent, type CommonArgs, type Fault, isPlain, type Transform, transformed } from "../foundation";

/** Arguments of {@link CostWatch}. */
export interface CostWatchArgs extends CommonArgs {
  /** What a month may cost, in US dollars: the plan's estimate with room. */
  monthlyUsd: number;
  /** A day's unexpected spending above this is told, in US dollars. @default 100 */
  anomalyUsd?: number;
  /** Where notices go. Its policy must let AWS Budgets and Cost Anomaly Detection publish. */
  target: AlarmTarget;
  /** A cost allocation tag by which the budget is limited to one stack. @default the whole account */
  tag?: { key: string; value: pulumi.Input<string> };
  transform?: {
    budget?: Transform<aws.budgets.BudgetArgs>;
    monitor?: Transform<aws.costexplorer.AnomalyMonitorArgs>;
    subscription?: Transform<aws.costexplorer.AnomalySubscriptionArgs>;
  };
}

export function costWatchFaults(args: CostWatchArgs): Fault[] {
  return (["monthlyUsd", "anomalyUsd"] as const).flatMap((path) => {
    const given = args[path];
    if (given === undefined || (isPlain(given) && Number.isFinite(given) && given > 0)) return [];
    return [{ path, given, allowed: "an amount above 0 in US dollars", fix: "use the plan's estimate" }];
  });
}

/** A monthly budget, told at 80 % spent and when the forecast passes it, and anomaly detection by service. */
export class CostWatch extends BourseComponent {
  constructor(name: string, args: CostWatchArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:observability:CostWatch", name, args, costWatchFaults(args), opts);
    const notification = (notificationType: string, threshold: number) => ({
      notificationType,
      threshold,
      thresholdType: "PERCENTAGE",
      comparisonOperator: "GREATER_THAN",
      subscriberSnsTopicArns: [args.target.topicArn],
    });
    const { tag } = args;
    const budget = new aws.budgets.Budget(
      ...transformed<aws.budgets.BudgetArgs>(
        args.transform?.budget,
        `${name}-budget`,
        {
          budgetType: "COST",
          timeUnit: "MONTHLY",
          limitAmount: String(args.monthlyUsd),
          limitUnit: "USD",
          ...(tag === undefined ? {} : { costFilters: [{ name: "TagKeyValue", values: [tagFilter(tag)] }] }),
          notifications: [notification("ACTUAL", 80), notification("FORECASTED", 100)],
          tags: this.tagsFor(`${name}-budget`),
        },
        this.childOptions(),
      ),
    );
    const monitor = new aws.costexplorer.AnomalyMonitor(
      ...transformed<aws.costexplorer.AnomalyMonitorArgs>(
        args.transform?.monitor,
        `${name}-anomalies`,
        { monitorType: "DIMENSIONAL", monitorDimension: "SERVICE", tags: this.tagsFor(`${name}-anomalies`) },
        this.childOptions(),
      ),
    );
    new aws.costexplorer.AnomalySubscription(
      ...transformed<aws.costexplorer.AnomalySubscriptionArgs>(
        args.transform?.subscription,
        `${name}-anomalies-told`,
        {
          // Topics are told at once; only mail can be daily (Cost Explorer API, AnomalySubscription).
          frequency: "IMMEDIATE",
          monitorArnLists: [monitor.arn],
          subscribers: [{ type: "SNS", address: args.target.topicArn }],
          thresholdExpression: {
            dimension: {
              key: "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
              matchOptions: ["GREATER_THAN_OR_EQUAL"],
              values: [String(args.anomalyUsd ?? 100)],
            },
          },
          tags: this.tagsFor(`${name}-anomalies-told`),
        },
        this.childOptions(),
      ),
    );
    this.registerOutputs({ budgetName: budget.name, monitorArn: monitor.arn });
  }
}

function tagFilter(tag: { key: string; value: pulumi.Input<string> }): pulumi.Output<string> {
  return pulumi.interpolate`user:${tag.key}$${tag.value}`;
}
