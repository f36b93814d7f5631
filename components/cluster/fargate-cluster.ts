/** The services of the exchange on ECS Fargate: no nodes to manage, no zone to choose. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type CommonArgs,
  type Fault,
  isPlain,
  type KeyRef,
  logRetentionFaults,
  type NetworkRef,
  type Transform,
  transformed,
} from "../foundation";
import { fargateSize } from "./fargate-sizes";

/** One service. What the catalog of services says, without what only Kubernetes has. */
export interface FargateService {
  /** The module of the image that is started. */
  entry: string;
  /** TLS port that others call. */
  port: number;
  /** Further TLS ports, by the target groups that lead there. @default none */
  listeners?: Readonly<Record<string, number>>;
  milliCpu: number;
  memoryMib: number;
  /** Tasks at least and at most. */
  min: number;
  max: number;
  /** Services that it calls. */
  calls: readonly string[];
  /** Ports of the network's stores that it opens; 443 is always open, for AWS's endpoints. */
  storePorts: readonly number[];
  environment: Record<string, pulumi.Input<string>>;
  /** Policy of its role. @default it may call nothing */
  policy?: pulumi.Input<string>;
  /** Secret with its certificate and key, handed to the container as `BOURSE_TLS_BUNDLE`. */
  certificateSecretArn: pulumi.Input<string>;
  /** Target groups that its tasks join, by listener. @default none */
  targetGroupArns?: Record<string, pulumi.Input<string>>;
  /** At most 120 (ECS task definition, `stopTimeout`). */
  drainSeconds: number;
}

/** Arguments of {@link FargateCluster}. */
export interface FargateClusterArgs extends CommonArgs {
  network: NetworkRef;
  /** The image of every service, by digest. */
  image: pulumi.Input<string>;
  /** Services by name. Plain keys, since they decide how many children exist. */
  services: Readonly<Record<string, FargateService>>;
  /** Security groups of every task besides its own, by which stores and load balancers know it. @default none */
  securityGroupIds?: pulumi.Input<string>[];
  region: pulumi.Input<string>;
  /** Encrypts logs. Its policy must let the CloudWatch Logs service use it. */
  logKey: KeyRef;
  /** @default 90 */
  logRetentionDays?: number;
  transform?: {
    cluster?: Transform<aws.ecs.ClusterArgs>;
    namespace?: Transform<aws.servicediscovery.PrivateDnsNamespaceArgs>;
    logGroup?: Transform<aws.cloudwatch.LogGroupArgs>;
    executionRole?: Transform<aws.iam.RoleArgs>;
    executionPolicy?: Transform<aws.iam.RolePolicyArgs>;
    taskRole?: Transform<aws.iam.RoleArgs>;
    taskPolicy?: Transform<aws.iam.RolePolicyArgs>;
    securityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
    ingressRule?: Transform<aws.vpc.SecurityGroupIngressRuleArgs>;
    egressRule?: Transform<aws.vpc.SecurityGroupEgressRuleArgs>;
    taskDefinition?: Transform<aws.ecs.TaskDefinitionArgs>;
    discovery?: Transform<aws.servicediscovery.ServiceArgs>;
    service?: Transform<aws.ecs.ServiceArgs>;
    scalingTarget?: Transform<aws.appautoscaling.TargetArgs>;
    scalingPolicy?: Transform<aws.appautoscaling.PolicyArgs>;
  };
}

export function fargateClusterFaults(args: FargateClusterArgs): Fault[] {
  const faults: Fault[] = [];
  const names = Object.keys(args.services);
  if (names.length === 0) faults.push({ path: "services", given: {}, allowed: "one service or more", fix: "name the services" });
  if (isPlain(args.image) && !/^[^\s@]+@sha256:[0-9a-f]{64}$/.test(args.image)) {
    faults.push({
      path: "image",
      given: args.image,
      allowed: "an image by digest",
      fix: "write repository@sha256:<64 hexadecimal digits>",
    });
  }
  for (const [name, service] of Object.entries(args.services)) {
    const path = `services["${name}"]`;
    if (fargateSize(service.milliCpu, service.memoryMib) === undefined) {
      const given = `${service.milliCpu} thousandths of a core, ${service.memoryMib} MiB`;
      faults.push({ path, given, allowed: "at most 16 cores and 120 GiB", fix: "run the service on EKS, or split its load" });
    }
    if (!(Number.isInteger(service.min) && Number.isInteger(service.max) && service.min >= 1 && service.max >= service.min)) {
      const given = `${service.min} to ${service.max}`;
      faults.push({ path: `${path}.min`, given, allowed: "whole numbers, 1 or more, max not below min", fix: "raise max" });
    }
    if (service.drainSeconds > 120) {
      const allowed = "at most 120 seconds (ECS stopTimeout)";
      faults.push({ path: `${path}.drainSeconds`, given: service.drainSeconds, allowed, fix: "drain faster" });
    }
    service.calls.forEach((callee, index) => {
      if (names.includes(callee)) return;
      const allowed = `a service of the cluster: ${names.join(", ")}`;
      faults.push({ path: `${path}.calls[${index}]`, given: callee, allowed, fix: "add the service or leave the call out" });
    });
  }
  if (args.logRetentionDays !== undefined) faults.push(...logRetentionFaults("logRetentionDays", args.logRetentionDays));
  return faults;
}

/** What a service is made of before it runs. */
interface Prepared {
  group: aws.ec2.SecurityGroup;
  taskDefinition: aws.ecs.TaskDefinition;
}

/**
 * A cluster with each service in tasks of its own: private, with its own role and security group that admits its callers alone, read-only, as a user without rights,
 * spread over zones, rolled back when a release does not start, scaled by load.
 */
export class FargateCluster extends BourseComponent {
  readonly clusterArn: pulumi.Output<string>;
  /** Name of the private DNS namespace: a service answers at `<service>.<namespace>`. */
  readonly namespace: string;
  private readonly args: FargateClusterArgs;

  constructor(name: string, args: FargateClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:cluster:FargateCluster", name, args, fargateClusterFaults(args), opts);
    this.args = args;
    this.namespace = `${name}.internal`;

    const cluster = this.createCluster();
    const namespace = this.createNamespace();
    const logGroup = this.createLogGroup("logs", args, args.logRetentionDays ?? 90);
    const executionRole = this.createExecutionRole(logGroup);
    const prepared: Record<string, Prepared> = {};
    for (const [service, spec] of Object.entries(args.services)) {
      const taskDefinition = this.createTaskDefinition(service, spec, logGroup, executionRole);
      prepared[service] = { group: this.createGroup(service), taskDefinition };
    }
    for (const [service, spec] of Object.entries(args.services)) {
      this.openPaths(service, spec, prepared);
      this.scale(service, spec, this.createService(service, spec, prepared[service], cluster, namespace), cluster);
    }

    this.clusterArn = cluster.arn;
    this.registerOutputs({ clusterArn: this.clusterArn, namespace: this.namespace });
  }

  private createCluster(): aws.ecs.Cluster {
    return new aws.ecs.Cluster(
      ...transformed<aws.ecs.ClusterArgs>(
        this.args.transform?.cluster,
        `${this.name}-cluster`,
        { settings: [{ name: "containerInsights", value: "enhanced" }], tags: this.tagsFor(`${this.name}-cluster`) },
        this.childOptions(),
      ),
    );
  }

  private createNamespace(): aws.servicediscovery.PrivateDnsNamespace {
    return new aws.servicediscovery.PrivateDnsNamespace(
      ...transformed<aws.servicediscovery.PrivateDnsNamespaceArgs>(
        this.args.transform?.namespace,
        `${this.name}-names`,
        { name: this.namespace, vpc: this.args.network.vpcId, tags: this.tagsFor(`${this.name}-names`) },
        this.childOptions(),
      ),
    );
  }

  /** Pulls the image, reads the certificates of these services, writes this log group; what the tasks themselves may do is not here. */
  private createExecutionRole(logGroup: aws.cloudwatch.LogGroup): aws.iam.Role {
    const name = `${this.name}-execution`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        this.args.transform?.executionRole,
        name,
        { assumeRolePolicy: taskTrust, tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
    const certificates = Object.values(this.args.services).map((service) => service.certificateSecretArn);
    new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        this.args.transform?.executionPolicy,
        `${name}-policy`,
        {
          role: role.name,
          policy: pulumi.jsonStringify({
            Version: "2012-10-17",
            Statement: [
              // The token has no resource (Service Authorization Reference, "Amazon ECR").
              { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
              {
                Effect: "Allow",
                Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                Resource: repositoryArn(this.args.image),
              },
              { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: certificates },
              { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: pulumi.interpolate`${logGroup.arn}:*` },
            ],
          }),
        },
        this.childOptions(),
      ),
    );
    return role;
  }

  private createTaskDefinition(
    service: string,
    spec: FargateService,
    logGroup: aws.cloudwatch.LogGroup,
    executionRole: aws.iam.Role,
  ): aws.ecs.TaskDefinition {
    const name = `${this.name}-${service}`;
    const taskRole = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        this.args.transform?.taskRole,
        `${name}-role`,
        { assumeRolePolicy: taskTrust, tags: this.tagsFor(`${name}-role`) },
        this.childOptions(),
      ),
    );
    if (spec.policy !== undefined) {
      new aws.iam.RolePolicy(
        ...transformed<aws.iam.RolePolicyArgs>(
          this.args.transform?.taskPolicy,
          `${name}-role-policy`,
          { role: taskRole.name, policy: spec.policy },
          this.childOptions(),
        ),
      );
    }
    const { cpu, memory } = fargateSize(spec.milliCpu, spec.memoryMib)!;
    return new aws.ecs.TaskDefinition(
      ...transformed<aws.ecs.TaskDefinitionArgs>(
        this.args.transform?.taskDefinition,
        `${name}-task`,
        {
          family: name,
          requiresCompatibilities: ["FARGATE"],
          networkMode: "awsvpc",
          cpu: String(cpu),
          memory: String(memory),
          runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: "X86_64" },
          executionRoleArn: executionRole.arn,
          taskRoleArn: taskRole.arn,
          containerDefinitions: pulumi.jsonStringify([containerOf(service, spec, this.args, logGroup.name)]),
          volumes: [{ name: "home" }, { name: "temporary" }],
          tags: this.tagsFor(`${name}-task`),
        },
        this.childOptions(),
      ),
    );
  }

  private createGroup(service: string): aws.ec2.SecurityGroup {
    const name = `${this.name}-${service}-access`;
    return new aws.ec2.SecurityGroup(
      ...transformed<aws.ec2.SecurityGroupArgs>(
        this.args.transform?.securityGroup,
        name,
        { vpcId: this.args.network.vpcId, description: `Tasks of ${service}`, tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
  }

  /** Out to what the service calls and into what it calls from it; out to its stores and to AWS. The same paths that network policies open on Kubernetes. */
  private openPaths(service: string, spec: FargateService, prepared: Record<string, Prepared>): void {
    const { group } = prepared[service];
    const egress = (key: string, rule: Omit<aws.vpc.SecurityGroupEgressRuleArgs, "securityGroupId" | "ipProtocol" | "toPort">) => {
      const name = `${this.name}-${service}-to-${key}`;
      return new aws.vpc.SecurityGroupEgressRule(
        ...transformed<aws.vpc.SecurityGroupEgressRuleArgs>(
          this.args.transform?.egressRule,
          name,
          {
            securityGroupId: group.id,
            ipProtocol: "tcp",
            ...rule,
            toPort: rule.fromPort,
            description: `${service} to ${key}`,
            tags: this.tagsFor(name),
          },
          this.childOptions(),
        ),
      );
    };
    for (const callee of spec.calls) {
      const { port } = this.args.services[callee];
      const target = prepared[callee].group.id;
      egress(callee, { fromPort: port, referencedSecurityGroupId: target });
      const name = `${this.name}-${callee}-from-${service}`;
      new aws.vpc.SecurityGroupIngressRule(
        ...transformed<aws.vpc.SecurityGroupIngressRuleArgs>(
          this.args.transform?.ingressRule,
          name,
          {
            securityGroupId: target,
            referencedSecurityGroupId: group.id,
            ipProtocol: "tcp",
            fromPort: port,
            toPort: port,
            description: `${service} to ${callee}`,
            tags: this.tagsFor(name),
          },
          this.childOptions(),
        ),
      );
    }
    for (const port of new Set(spec.storePorts)) egress(`stores-${port}`, { fromPort: port, cidrIpv4: this.args.network.vpcCidr });
    // Gateway endpoints have public addresses; the routing table, not this rule, keeps the rest of the internet away.
    egress("aws", { fromPort: 443, cidrIpv4: "0.0.0.0/0" });
  }

  private createService(
    service: string,
    spec: FargateService,
    { group, taskDefinition }: Prepared,
    cluster: aws.ecs.Cluster,
    namespace: aws.servicediscovery.PrivateDnsNamespace,
  ): aws.ecs.Service {
    const { args } = this;
    const name = `${this.name}-${service}`;
    const discovery = new aws.servicediscovery.Service(
      ...transformed<aws.servicediscovery.ServiceArgs>(
        args.transform?.discovery,
        `${name}-name`,
        {
          name: service,
          dnsConfig: { namespaceId: namespace.id, routingPolicy: "MULTIVALUE", dnsRecords: [{ type: "A", ttl: 5 }] },
          tags: this.tagsFor(`${name}-name`),
        },
        this.childOptions(),
      ),
    );
    return new aws.ecs.Service(
      ...transformed<aws.ecs.ServiceArgs>(
        args.transform?.service,
        name,
        {
          cluster: cluster.arn,
          taskDefinition: taskDefinition.arn,
          launchType: "FARGATE",
          platformVersion: "1.4.0",
          desiredCount: spec.min,
          availabilityZoneRebalancing: "ENABLED",
          deploymentMinimumHealthyPercent: 100,
          deploymentMaximumPercent: 200,
          deploymentCircuitBreaker: { enable: true, rollback: true },
          enableExecuteCommand: false,
          enableEcsManagedTags: true,
          propagateTags: "SERVICE",
          networkConfiguration: {
            assignPublicIp: false,
            subnets: args.network.zoneIds.map((zoneId) => args.network.privateSubnetIds[zoneId]!),
            securityGroups: [group.id, ...(args.securityGroupIds ?? [])],
          },
          serviceRegistries: { registryArn: discovery.arn },
          loadBalancers: Object.entries(spec.targetGroupArns ?? {}).map(([listener, targetGroupArn]) => ({
            targetGroupArn,
            containerName: service,
            containerPort: spec.listeners?.[listener] ?? spec.port,
          })),
          tags: this.tagsFor(name),
        },
        // The autoscaler owns the number of tasks.
        this.childOptions({ ignoreChanges: ["desiredCount"] }),
      ),
    );
  }

  private scale(service: string, spec: FargateService, running: aws.ecs.Service, cluster: aws.ecs.Cluster): void {
    if (spec.max === spec.min) return;
    const name = `${this.name}-${service}-scaling`;
    const target = new aws.appautoscaling.Target(
      ...transformed<aws.appautoscaling.TargetArgs>(
        this.args.transform?.scalingTarget,
        name,
        {
          serviceNamespace: "ecs",
          scalableDimension: "ecs:service:DesiredCount",
          resourceId: pulumi.interpolate`service/${cluster.name}/${running.name}`,
          minCapacity: spec.min,
          maxCapacity: spec.max,
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    new aws.appautoscaling.Policy(
      ...transformed<aws.appautoscaling.PolicyArgs>(
        this.args.transform?.scalingPolicy,
        `${name}-policy`,
        {
          policyType: "TargetTrackingScaling",
          serviceNamespace: target.serviceNamespace,
          scalableDimension: target.scalableDimension,
          resourceId: target.resourceId,
          targetTrackingScalingPolicyConfiguration: {
            predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
            targetValue: 60,
            scaleOutCooldown: 30,
            // Leaving tasks move open sockets, so they leave slowly.
            scaleInCooldown: 600,
          },
        },
        this.childOptions(),
      ),
    );
  }
}

const taskTrust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/** `<account>.dkr.ecr.<region>.amazonaws.com/<name>@<digest>` as the ARN of its repository; an image of another registry needs no right. */
function repositoryArn(image: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.output(image).apply((uri) => {
    const parts = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^@:]+)/.exec(uri);
    return parts === null ? "arn:aws:ecr:*:*:repository/none" : `arn:aws:ecr:${parts[2]}:${parts[1]}:repository/${parts[3]}`;
  });
}

function containerOf(service: string, spec: FargateService, args: FargateClusterArgs, logGroupName: pulumi.Input<string>): object {
  const environment: Record<string, pulumi.Input<string>> = {
    BOURSE_SERVICE: service,
    BOURSE_HOME: "/var/lib/bourse",
    BOURSE_DRAIN_SECONDS: String(spec.drainSeconds),
    NODE_ENV: "production",
    ...spec.environment,
  };
  return {
    name: service,
    image: args.image,
    essential: true,
    command: [spec.entry],
    user: "65532:65532",
    readonlyRootFilesystem: true,
    linuxParameters: { capabilities: { drop: ["ALL"] }, initProcessEnabled: true },
    portMappings: [spec.port, ...Object.values(spec.listeners ?? {})].map((containerPort) => ({ containerPort, protocol: "tcp" })),
    environment: Object.keys(environment)
      .sort()
      .map((name) => ({ name, value: environment[name] })),
    secrets: [{ name: "BOURSE_TLS_BUNDLE", valueFrom: spec.certificateSecretArn }],
    mountPoints: [
      { sourceVolume: "home", containerPath: "/var/lib/bourse" },
      { sourceVolume: "temporary", containerPath: "/tmp" },
    ],
    stopTimeout: spec.drainSeconds,
    logConfiguration: {
      logDriver: "awslogs",
      options: { "awslogs-group": logGroupName, "awslogs-region": args.region, "awslogs-stream-prefix": service },
    },
  };
}
