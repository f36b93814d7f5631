/** The figures of CloudWatch that the number of a service's processes follows, whatever runs them. */

import * as pulumi from "@pulumi/pulumi";
import { catalog, type ServiceName } from "./catalog";
import type { StoreRefs } from "./service-role";

/** One figure, and what one process should have of it at most. */
export interface ScalingFigure {
  namespace: string;
  metric: string;
  dimension: { name: string; value: pulumi.Input<string> };
  /** `process`: each process tells its own, once a minute. `all`: there is one, which processes share. */
  of: "process" | "all";
  most: number;
}

/** Figures of a service by key. @param given stores that are there */
export function figuresOf(service: ServiceName, given: StoreRefs): Record<string, ScalingFigure> {
  const { scalesBy = {}, backlog } = catalog[service];
  const figures: Record<string, ScalingFigure> = {};
  for (const [metric, most] of Object.entries(scalesBy)) {
    figures[metric] = { namespace: "Bourse", metric, dimension: { name: "Service", value: service }, of: "process", most };
  }
  const queue = backlog === undefined ? undefined : given[backlog.store];
  if (backlog !== undefined && queue !== undefined) {
    // SQS guide, "Available CloudWatch metrics for Amazon SQS": by the queue's name, with which its ARN ends.
    const value = pulumi.output(queue.arns[0]).apply((arn) => arn.split(":").at(-1)!);
    figures.Waiting = {
      namespace: "AWS/SQS",
      metric: "ApproximateNumberOfMessagesVisible",
      dimension: { name: "QueueName", value },
      of: "all",
      most: backlog.most,
    };
  }
  return figures;
}
