/** Cost of compute: EKS clusters, nodes with their volumes, Fargate services, functions, image stores. */

import type { RecordedResource, ResourceGraph } from "../graph/resource-graph";
import { listOf, numberOf, recordOf, textOf } from "../read-inputs";
import type { Bill, Estimator } from "./bill";
import { hoursAMonth } from "./usage";

const hours = hoursAMonth;

/** The launch template that a node group or Auto Scaling group names. */
function launchTemplateOf(graph: ResourceGraph, group: RecordedResource): RecordedResource | undefined {
  const mixed = recordOf(recordOf(group.inputs.mixedInstancesPolicy).launchTemplate);
  const named = recordOf(group.inputs.launchTemplate ?? mixed.launchTemplateSpecification);
  return graph.withId("aws:ec2/launchTemplate:LaunchTemplate", named.id ?? named.launchTemplateId);
}

/** Nodes at their wanted number, with the volumes of their launch template. */
function nodes(bill: Bill, count: number, instanceType: string, template: RecordedResource | undefined): void {
  bill.provisioned(`${count} nodes of ${instanceType}`, "ec2", `instance.${instanceType}`, count * hours, "hours");
  for (const mapping of listOf(template?.inputs.blockDeviceMappings)) {
    const volume = recordOf(recordOf(mapping).ebs);
    volumes(bill, count, textOf(volume.volumeType, "gp3"), numberOf(volume.volumeSize, 20), volume);
  }
}

function volumes(bill: Bill, count: number, type: string, size: number, settings: Record<string, unknown>): void {
  bill.provisioned(`${count} ${type} volumes of ${size} GB`, "ebs", `${type}.gigabyte-month`, count * size, "GB-months");
  const included = type === "gp3" ? 3_000 : 0;
  const extra = numberOf(settings.iops, included) - included;
  if (extra > 0) bill.provisioned(`provisioned IOPS of ${count} volumes`, "ebs", `${type}.iops-month`, count * extra, "IOPS-months");
  const extraThroughput = type === "gp3" ? numberOf(settings.throughput, 125) - 125 : 0;
  if (extraThroughput > 0)
    bill.provisioned(`throughput of ${count} volumes`, "ebs", "gp3.megabyte-per-second-month", count * extraThroughput, "MB/s-months");
}

const cluster: Estimator = (_resource, bill) => bill.provisioned("EKS control plane", "eks", "cluster.hour", hours, "hours");

export const computeEstimators: Readonly<Record<string, Estimator>> = {
  "eks:index:Cluster": cluster,
  "aws:eks/cluster:Cluster": cluster,
  "aws:eks/nodeGroup:NodeGroup": (resource, bill) => {
    const scaling = recordOf(resource.inputs.scalingConfig);
    const count = numberOf(scaling.desiredSize, numberOf(scaling.minSize, 1));
    const template = launchTemplateOf(bill.graph, resource);
    const instanceType = textOf(listOf(resource.inputs.instanceTypes)[0], textOf(template?.inputs.instanceType, "t3.medium"));
    nodes(bill, count, instanceType, template);
  },
  "aws:autoscaling/group:Group": (resource, bill) => {
    const count = numberOf(resource.inputs.desiredCapacity, numberOf(resource.inputs.minSize, 1));
    const template = launchTemplateOf(bill.graph, resource);
    nodes(bill, count, textOf(template?.inputs.instanceType, "t3.medium"), template);
  },
  "aws:ec2/instance:Instance": ({ inputs }, bill) => {
    bill.provisioned("instance", "ec2", `instance.${textOf(inputs.instanceType)}`, hours, "hours");
    const root = recordOf(inputs.rootBlockDevice);
    volumes(bill, 1, textOf(root.volumeType, "gp3"), numberOf(root.volumeSize, 8), root);
  },
  "aws:ebs/volume:Volume": ({ inputs }, bill) => volumes(bill, 1, textOf(inputs.type, "gp3"), numberOf(inputs.size, 8), inputs),
  "aws:ec2/capacityReservation:CapacityReservation": ({ inputs, name }, bill) => {
    const count = numberOf(inputs.instanceCount, 1);
    const nodesOfType = `instance.${textOf(inputs.instanceType)}`;
    // Nodes that run in the reservation are billed as nodes; only an empty place costs by itself.
    bill.used(
      `${count} reserved places (${name})`,
      "ec2",
      nodesOfType,
      { quantity: 0, assumption: "every place is taken by a node, which is priced with its group" },
      "hours",
    );
  },
  "aws:ecs/service:Service": (resource, bill) => {
    const definition = bill.graph.ofType("aws:ecs/taskDefinition:TaskDefinition").find((task) => {
      const wanted = textOf(resource.inputs.taskDefinition);
      return wanted !== "" && (wanted === task.outputs.arn || wanted === task.id);
    });
    const count = numberOf(resource.inputs.desiredCount, 1);
    const cpu = numberOf(definition?.inputs.cpu, 256) / 1_024;
    const memory = numberOf(definition?.inputs.memory, 512) / 1_024;
    const architecture = textOf(recordOf(definition?.inputs.runtimePlatform).cpuArchitecture) === "ARM64" ? "arm" : "x86";
    bill.provisioned(`${count} tasks of ${cpu} vCPU`, "fargate", `${architecture}.vcpu-hour`, count * cpu * hours, "vCPU-hours");
    bill.provisioned(`${count} tasks of ${memory} GB`, "fargate", `${architecture}.gigabyte-hour`, count * memory * hours, "GB-hours");
  },
  "aws:efs/fileSystem:FileSystem": (_system, bill) => {
    const kept = { quantity: 100, assumption: "100 GB of the shard's log and snapshots, written once a month" };
    bill.used("files kept", "efs", "standard.gigabyte-month", kept, "GB-months");
    bill.used("files written", "efs", "elastic.gigabyte-written", kept, "GB");
  },
  "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": (_namespace, bill) =>
    bill.provisioned("hosted zone", "route53", "zone.month", 1, "months"),
  "aws:ecr/repository:Repository": (_resource, bill) =>
    bill.used("images", "ecr", "gigabyte-month", { quantity: 5, assumption: "ten images of 0.5 GB" }, "GB-months"),
  "aws:lambda/function:Function": ({ inputs }, bill) => {
    const requests = bill.usage.accountRequests();
    const memory = numberOf(inputs.memorySize, 128) / 1_024;
    const architecture = textOf(listOf(inputs.architectures)[0], "x86_64") === "arm64" ? "arm" : "x86";
    const quantity = requests.quantity * 0.1;
    bill.used("requests", "lambda", "million-requests", { quantity, assumption: `a tenth of ${requests.assumption}` }, "million");
    bill.used(
      "duration",
      "lambda",
      `${architecture}.gigabyte-second`,
      { quantity: quantity * 1e6 * 0.05 * memory, assumption: `50 ms a request at ${memory} GB` },
      "GB-seconds",
    );
  },
};
