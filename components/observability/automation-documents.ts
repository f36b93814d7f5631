/**
 * What a runbook asks an operator to do, as Systems Manager automation documents (schema 0.3): typed parameters, one API call a step, and a wait until the call has had its
 * effect. Each document runs as a role of its own that may do its steps and nothing else.
 */

import * as pulumi from "@pulumi/pulumi";
import type { PolicyStatement } from "../foundation";

/** A step that calls an API of AWS, or reads one until or whether a value is as wanted (Systems Manager guide, "Automation actions reference"). */
export interface AutomationStep {
  name: string;
  action: "aws:executeAwsApi" | "aws:waitForAwsResourceProperty" | "aws:assertAwsResourceProperty";
  timeoutSeconds?: number;
  inputs: { Service: string; Api: string; PropertySelector?: string; DesiredValues?: string[] } & Record<string, unknown>;
  outputs?: { Name: string; Selector: string; Type: "String" | "StringList" | "MapList" | "Integer" }[];
}

export interface AutomationParameter {
  type: "String" | "Integer";
  description: string;
  allowedPattern?: string;
  default?: string;
}

export interface AutomationDocument {
  description: string;
  /** The page of `docs/runbooks` that asks for it. */
  runbook: string;
  parameters: Readonly<Record<string, AutomationParameter>>;
  steps: readonly AutomationStep[];
  /** What its role may do. */
  permissions(facts: AutomationFacts): PolicyStatement[];
}

/** Where documents run. */
export interface AutomationFacts {
  accountId: pulumi.Input<string>;
  region: pulumi.Input<string>;
  clusterName: string;
  /** Log group of tasks. @default those of the cluster's pods and nodes */
  taskLogGroupName?: pulumi.Input<string>;
}

const arnOf = (service: string, resource: pulumi.Input<string>) => (facts: AutomationFacts) =>
  pulumi.interpolate`arn:aws:${service}:${facts.region}:${facts.accountId}:${resource}`;

/** Documents by name. */
export const automationDocuments = {
  "shift-zone": {
    description: "Moves a load balancer's traffic out of one zone for a while",
    runbook: "slow-orders",
    parameters: {
      LoadBalancerArn: {
        type: "String",
        description: "The load balancer",
        allowedPattern: "^arn:aws:elasticloadbalancing:.+:loadbalancer/(net|app)/.+$",
      },
      ZoneId: { type: "String", description: "The zone to leave, by id", allowedPattern: "^[a-z]{3,4}[0-9]-az[0-9]$" },
      ExpiresIn: { type: "String", description: "How long, as 2h", allowedPattern: "^[0-9]{1,3}[mh]$", default: "2h" },
      Comment: { type: "String", description: "Why", allowedPattern: "^.{5,128}$" },
    },
    steps: [
      {
        name: "start",
        action: "aws:executeAwsApi",
        inputs: {
          Service: "arc-zonal-shift",
          Api: "StartZonalShift",
          resourceIdentifier: "{{ LoadBalancerArn }}",
          awayFrom: "{{ ZoneId }}",
          expiresIn: "{{ ExpiresIn }}",
          comment: "{{ Comment }}",
        },
        outputs: [{ Name: "ShiftId", Selector: "$.zonalShiftId", Type: "String" }],
      },
      {
        name: "applied",
        action: "aws:waitForAwsResourceProperty",
        timeoutSeconds: 300,
        inputs: {
          Service: "arc-zonal-shift",
          Api: "GetManagedResource",
          resourceIdentifier: "{{ LoadBalancerArn }}",
          PropertySelector: "$.zonalShifts[0].appliedStatus",
          DesiredValues: ["APPLIED"],
        },
      },
    ],
    permissions: (facts) => [
      {
        Sid: "ShiftOwnLoadBalancers",
        Effect: "Allow",
        Action: ["arc-zonal-shift:StartZonalShift", "arc-zonal-shift:GetManagedResource"],
        Resource: arnOf("elasticloadbalancing", "loadbalancer/*")(facts),
      },
    ],
  },
  "replace-node": {
    description: "Replaces a node of the cluster by a new one of its group",
    runbook: "node-failed",
    parameters: { InstanceId: { type: "String", description: "The node's instance", allowedPattern: "^i-[0-9a-f]{8,17}$" } },
    steps: [
      {
        name: "belongs",
        action: "aws:assertAwsResourceProperty",
        inputs: {
          Service: "autoscaling",
          Api: "DescribeAutoScalingInstances",
          InstanceIds: ["{{ InstanceId }}"],
          PropertySelector: "$.AutoScalingInstances[0].LifecycleState",
          DesiredValues: ["InService", "Standby"],
        },
      },
      {
        name: "replace",
        action: "aws:executeAwsApi",
        inputs: {
          Service: "autoscaling",
          Api: "TerminateInstanceInAutoScalingGroup",
          InstanceId: "{{ InstanceId }}",
          ShouldDecrementDesiredCapacity: false,
        },
        outputs: [{ Name: "ActivityId", Selector: "$.Activity.ActivityId", Type: "String" }],
      },
      {
        name: "gone",
        action: "aws:waitForAwsResourceProperty",
        timeoutSeconds: 900,
        inputs: {
          Service: "ec2",
          Api: "DescribeInstances",
          InstanceIds: ["{{ InstanceId }}"],
          PropertySelector: "$.Reservations[0].Instances[0].State.Name",
          DesiredValues: ["terminated"],
        },
      },
    ],
    permissions: (facts) => [
      // Describe calls have no resources (Service Authorization Reference, "Amazon EC2 Auto Scaling", "Amazon EC2").
      { Sid: "See", Effect: "Allow", Action: ["autoscaling:DescribeAutoScalingInstances", "ec2:DescribeInstances"], Resource: "*" },
      {
        Sid: "ReplaceOwnNodes",
        Effect: "Allow",
        Action: ["autoscaling:TerminateInstanceInAutoScalingGroup"],
        // Groups that EKS makes start with its name: its own role may change no others (AWS managed policy AWSServiceRoleForAmazonEKSNodegroup, "autoScalingGroupName/eks-*").
        Resource: arnOf("autoscaling", "autoScalingGroup:*:autoScalingGroupName/eks-*")(facts),
        Condition: { StringEquals: { [`aws:ResourceTag/k8s.io/cluster-autoscaler/${facts.clusterName}`]: "owned" } },
      },
    ],
  },
  "restart-service": {
    description: "Starts the tasks of a service on Fargate anew, a few at a time",
    runbook: "gateway-errors",
    parameters: {
      Cluster: { type: "String", description: "The ECS cluster", allowedPattern: "^[A-Za-z0-9_-]{1,255}$" },
      Service: { type: "String", description: "The service", allowedPattern: "^[A-Za-z0-9_-]{1,255}$" },
    },
    steps: [
      {
        name: "restart",
        action: "aws:executeAwsApi",
        inputs: { Service: "ecs", Api: "UpdateService", cluster: "{{ Cluster }}", service: "{{ Service }}", forceNewDeployment: true },
        outputs: [{ Name: "Deployment", Selector: "$.service.deployments[0].id", Type: "String" }],
      },
      {
        name: "restarted",
        action: "aws:waitForAwsResourceProperty",
        timeoutSeconds: 1800,
        inputs: {
          Service: "ecs",
          Api: "DescribeServices",
          cluster: "{{ Cluster }}",
          services: ["{{ Service }}"],
          PropertySelector: "$.services[0].deployments[0].rolloutState",
          DesiredValues: ["COMPLETED"],
        },
      },
    ],
    permissions: (facts) => [
      {
        Sid: "RestartServices",
        Effect: "Allow",
        Action: ["ecs:UpdateService", "ecs:DescribeServices"],
        Resource: arnOf("ecs", `service/${facts.clusterName}/*`)(facts),
      },
    ],
  },
  "ask-logs": {
    description: "Asks the services' logs of a time and returns what was found",
    runbook: "gateway-errors",
    parameters: {
      LogGroup: {
        type: "String",
        description: "The log group",
        // Those of pods, or that of tasks, whose name has no folders.
        allowedPattern: "^(/aws/containerinsights/[A-Za-z0-9_/-]+|[A-Za-z0-9_-]+)$",
      },
      Query: { type: "String", description: "A query of Logs Insights, as the saved ones", allowedPattern: "^[\\s\\S]{5,4000}$" },
      From: { type: "Integer", description: "Seconds since 1970" },
      To: { type: "Integer", description: "Seconds since 1970" },
    },
    steps: [
      {
        name: "ask",
        action: "aws:executeAwsApi",
        inputs: {
          Service: "logs",
          Api: "StartQuery",
          logGroupName: "{{ LogGroup }}",
          queryString: "{{ Query }}",
          startTime: "{{ From }}",
          endTime: "{{ To }}",
        },
        outputs: [{ Name: "QueryId", Selector: "$.queryId", Type: "String" }],
      },
      {
        name: "answered",
        action: "aws:waitForAwsResourceProperty",
        timeoutSeconds: 300,
        inputs: {
          Service: "logs",
          Api: "GetQueryResults",
          queryId: "{{ ask.QueryId }}",
          PropertySelector: "$.status",
          DesiredValues: ["Complete"],
        },
      },
      {
        name: "read",
        action: "aws:executeAwsApi",
        inputs: { Service: "logs", Api: "GetQueryResults", queryId: "{{ ask.QueryId }}" },
        outputs: [{ Name: "Rows", Selector: "$.results", Type: "MapList" }],
      },
    ],
    permissions: (facts) => [
      {
        Sid: "AskLogs",
        Effect: "Allow",
        Action: ["logs:StartQuery", "logs:GetQueryResults"],
        Resource: arnOf(
          "logs",
          pulumi.interpolate`log-group:${facts.taskLogGroupName ?? `/aws/containerinsights/${facts.clusterName}/*`}`,
        )(facts),
      },
    ],
  },
} as const satisfies Record<string, AutomationDocument>;

export type AutomationName = keyof typeof automationDocuments;

/** The document's content. @param roleArn the role that its steps run as */
export function automationContent(document: AutomationDocument, roleArn: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.jsonStringify({
    schemaVersion: "0.3",
    description: document.description,
    assumeRole: roleArn,
    parameters: document.parameters,
    mainSteps: document.steps.map((step, index) => ({
      ...step,
      // Nothing is done twice by a retry, and a step that failed ends the run where an operator sees it.
      maxAttempts: 1,
      onFailure: "Abort",
      isEnd: index === document.steps.length - 1,
    })),
  });
}
