/** How many tasks of a service there are: processor time, and the figures that the catalog names (Application Auto Scaling guide, "Target tracking scaling policies"). */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Transform, transformed } from "../foundation";
import type { ServiceName, ServiceSize } from "./catalog";
import { figuresOf, type ScalingFigure } from "./figures";
import type { StoreRefs } from "./service-role";

export interface TaskScalingTransform {
  scalingTarget?: Transform<aws.appautoscaling.TargetArgs>;
  scalingPolicy?: Transform<aws.appautoscaling.PolicyArgs>;
}

/** What is scaled. */
export interface ScaledTasks {
  /** The component's name, with which children begin. */
  name: string;
  service: ServiceName;
  size: ServiceSize;
  stores: StoreRefs;
  clusterName: pulumi.Input<string>;
  running: aws.ecs.Service;
}

type Specification = aws.types.input.appautoscaling.PolicyTargetTrackingScalingPolicyConfiguration;

/** Lets the tasks follow the load, where the size has room for more of them. */
export function scaleTasks(
  { name, service, size, stores, clusterName, running }: ScaledTasks,
  transform: TaskScalingTransform,
  options: pulumi.CustomResourceOptions,
  tagsFor: (child: string) => Record<string, pulumi.Input<string>>,
): void {
  const { replicas, maxReplicas = replicas } = size;
  if (maxReplicas <= replicas) return;
  const child = `${name}-${service}-scaling`;
  const target = new aws.appautoscaling.Target(
    ...transformed<aws.appautoscaling.TargetArgs>(
      transform.scalingTarget,
      child,
      {
        serviceNamespace: "ecs",
        scalableDimension: "ecs:service:DesiredCount",
        resourceId: pulumi.interpolate`service/${clusterName}/${running.name}`,
        minCapacity: replicas,
        maxCapacity: maxReplicas,
        tags: tagsFor(child),
      },
      options,
    ),
  );
  const follow = (key: string, what: Omit<Specification, "targetValue">, targetValue: number) =>
    new aws.appautoscaling.Policy(
      ...transformed<aws.appautoscaling.PolicyArgs>(
        transform.scalingPolicy,
        `${child}-${key}`,
        {
          policyType: "TargetTrackingScaling",
          serviceNamespace: target.serviceNamespace,
          scalableDimension: target.scalableDimension,
          resourceId: target.resourceId,
          // Leaving tasks move open sockets, so they leave slowly.
          targetTrackingScalingPolicyConfiguration: { ...what, targetValue, scaleOutCooldown: 30, scaleInCooldown: 600 },
        },
        options,
      ),
    );
  follow("processor", { predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" } }, 60);
  for (const [key, figure] of Object.entries(figuresOf(service, stores))) {
    const specification = figure.of === "process" ? ofEach(figure) : ofAll(figure, clusterName, running.name);
    follow(key, { customizedMetricSpecification: specification }, figure.most);
  }
}

/** Each process tells its own figure once a minute, so the average is that of the processes. */
function ofEach({ namespace, metric, dimension }: ScalingFigure): Specification["customizedMetricSpecification"] {
  return { namespace, metricName: metric, dimensions: [dimension], statistic: "Average" };
}

/** What there is in all, over the tasks that run (Application Auto Scaling guide, "using metric math": the backlog of a queue for each task). */
function ofAll(
  { namespace, metric, dimension }: ScalingFigure,
  clusterName: pulumi.Input<string>,
  serviceName: pulumi.Input<string>,
): Specification["customizedMetricSpecification"] {
  const of = (name: string, value: pulumi.Input<string>) => ({ name, value });
  const tasks = [of("ClusterName", clusterName), of("ServiceName", serviceName)];
  return {
    metrics: [
      { id: "all", returnData: false, metricStat: { metric: { namespace, metricName: metric, dimensions: [dimension] }, stat: "Maximum" } },
      {
        id: "tasks",
        returnData: false,
        metricStat: {
          metric: { namespace: "ECS/ContainerInsights", metricName: "RunningTaskCount", dimensions: tasks },
          stat: "Average",
        },
      },
      { id: "each", expression: "FILL(all, 0) / tasks", returnData: true },
    ],
  };
}
