/** What application load balancers and the target groups of pods have in common, whoever they stand before. */

import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Fault, LogBucket } from "../foundation";

/** What tells one load balancer from another. */
export interface ApplicationBalancerFacts {
  /** With addresses of the network alone. */
  internal: boolean;
  securityGroupId: pulumi.Input<string>;
  subnets: pulumi.Input<string>[];
  logs: LogBucket;
  /** Folder of its logs in the bucket. */
  prefix: string;
  /** Whether it is kept from being deleted. */
  protect: boolean;
}

/** Malformed requests are refused, requests and connections are logged, and a zone can be left. */
export function applicationBalancer(facts: ApplicationBalancerFacts): aws.lb.LoadBalancerArgs {
  const { internal, securityGroupId, subnets, logs, prefix, protect } = facts;
  return {
    loadBalancerType: "application",
    internal,
    securityGroups: [securityGroupId],
    subnets,
    enableDeletionProtection: protect,
    // Requests that servers could read differently are refused (ELB guide, "Desync mitigation mode").
    desyncMitigationMode: "strictest",
    dropInvalidHeaderFields: true,
    enableZonalShift: true,
    accessLogs: { enabled: true, bucket: logs.bucketName, prefix },
    connectionLogs: { enabled: true, bucket: logs.bucketName, prefix: `${prefix}-connections` },
  };
}

/** What answers a load balancer by its address. */
export interface TargetFacts {
  vpcId: pulumi.Input<string>;
  /** They speak TLS. **Replaces** the group. */
  port: number;
  /** Path that is asked over HTTPS. */
  healthPath: string;
}

/** Faults of a path that targets are asked. */
export function healthPathFaults(path: string, given: string, example: string): Fault[] {
  if (/^\/[\x21-\x7e]{0,1023}$/.test(given)) return [];
  const allowed = "a path that starts with / and has at most 1,024 characters (ELB HealthCheckPath)";
  return [{ path, given, allowed, fix: `write for example ${example}` }];
}

/** Targets by address, asked often, in and out after two answers alike. */
export function addressTargets({ vpcId, port, healthPath }: TargetFacts): aws.lb.TargetGroupArgs & { healthCheck: object } {
  return {
    vpcId,
    targetType: "ip",
    protocol: "HTTPS",
    port,
    healthCheck: {
      enabled: true,
      protocol: "HTTPS",
      path: healthPath,
      interval: 10,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
      matcher: "200",
    },
  };
}

/** Pods that take requests: those with the fewest in flight are the least busy, since requests differ in cost; they are left within seconds of falling ill. */
export function requestTargets(facts: TargetFacts): aws.lb.TargetGroupArgs {
  const targets = addressTargets(facts);
  return {
    ...targets,
    loadBalancingAlgorithmType: "least_outstanding_requests",
    deregistrationDelay: 30,
    healthCheck: { ...targets.healthCheck, interval: 5, timeout: 2 },
  };
}
