/** The services of the exchange on ECS Fargate: the same image, variables and rights as on Kubernetes, without nodes to manage and without a zone to choose. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { assumedBy, BourseComponent, childNameFaults, type PolicyStatement, policyDocument, transformed } from "../foundation";
import { catalog, keepsTables, runnableServices, type ServiceName, type ServiceSize, type ServiceStore, singleServices } from "./catalog";
import type { FargateServicesArgs } from "./fargate-services-args";
import { fargateServicesFaults } from "./fargate-services-faults";
import { fargateSize } from "./fargate-sizes";
import { JournalDisk } from "./journal-disk";
import { administratorStatements } from "./rollouts";
import type { StoreRefs } from "./service-role";
import { TaskAccess } from "./task-access";
import { collectorContainer, usualCollector } from "./task-collector";
import {
  executionStatements,
  jobContainer,
  logonStatements,
  logonVariables,
  serviceContainer,
  type TaskDisk,
  type TaskFiles,
  taskStatements,
  taskVariables,
  taskVolumes,
} from "./task-definitions";
import { TaskJobs } from "./task-jobs";
import { scaleTasks } from "./task-scaling";
import { logsOn, migrationVariables } from "./variables";

/**
 * Every service of the catalog in tasks of its own: private, with its own role, certificate and security group that admits its callers alone, read-only, as a user without rights, spread over
 * zones, rolled back when a release does not start, scaled by load. The shard's log is on a file system that outlives the task (docs/decisions/0022).
 */
export class FargateServices extends BourseComponent {
  /** Roles by service. */
  readonly roleArns: Readonly<Partial<Record<ServiceName, pulumi.Output<string>>>>;
  private readonly services: ServiceName[];
  private readonly stores: StoreRefs;
  private readonly secretUse: TaskFiles["secretKey"];

  constructor(
    name: string,
    private readonly args: FargateServicesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const role = ["-notification-migrations-role"];
    super("bourse:services:FargateServices", name, args, [...fargateServicesFaults(args), ...childNameFaults(name, { role })], opts);
    this.stores = args.stores ?? {};
    this.services = args.services ?? runnableServices(Object.keys(this.stores) as ServiceStore[]);
    this.secretUse = { arn: args.secretKey.arn, through: `secretsmanager.${args.region}.amazonaws.com` };

    const execution = this.createExecutionRole();
    const access = new TaskAccess(name, this.services, Object.keys(this.stores) as ServiceStore[], args, this.childOptions(), (child) =>
      this.tagsFor(child),
    );
    const disk = this.services.includes("trading") ? this.createDisk(access) : undefined;
    const secrets = this.createLogonSecrets();
    const done = this.runJobs(execution, access, secrets);

    const roleArns: Partial<Record<ServiceName, pulumi.Output<string>>> = {};
    // The shard first: it reads who may log on when it starts, and the others come with keys that the jobs may just have renewed.
    const shardFirst = [...this.services].sort((one, other) => Number(other === "trading") - Number(one === "trading"));
    let shard: aws.ecs.Service | undefined;
    for (const service of shardFirst) {
      const files = this.filesOf(service, secrets);
      const role = this.createRole(service, taskStatements(service, this.stores, files, service === "trading" ? disk : undefined));
      const definition = this.createTaskDefinition(service, files, role, execution, service === "trading" ? disk : undefined);
      const first = shard !== undefined && logsOn(service) ? [...done, shard] : done;
      const running = this.createService(service, definition, access, first);
      if (service === "trading") shard = running;
      scaleTasks(
        { name: this.name, service, size: this.sizeOf(service), stores: this.stores, clusterName: args.cluster.clusterName, running },
        args.transform ?? {},
        this.childOptions(),
        (child) => this.tagsFor(child),
      );
      this.watch(service, running);
      roleArns[service] = role.arn;
    }
    this.roleArns = roleArns;
    this.registerOutputs({ roleArns });
  }

  private sizeOf(service: ServiceName): ServiceSize {
    return { ...catalog[service].size[this.args.preset ?? "production"], ...this.args.sizes?.[service] };
  }

  /** Pulls the image and writes the log; what the tasks themselves may do is not here. */
  private createExecutionRole(): aws.iam.Role {
    const { image, cluster, transform } = this.args;
    const name = `${this.name}-execution`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        transform?.executionRole,
        name,
        { assumeRolePolicy: assumedBy("ecs-tasks.amazonaws.com", this.args.accountId), tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
    new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        transform?.executionPolicy,
        `${name}-policy`,
        {
          role: role.name,
          policy: policyDocument(...executionStatements(image, cluster)),
        },
        this.childOptions(),
      ),
    );
    return role;
  }

  private createDisk(access: TaskAccess): TaskDisk {
    const { network, volumeKey, protection, transform } = this.args;
    const facts = { name: this.name, network, key: volumeKey, protection: protection ?? "on", transform };
    return new JournalDisk(facts, access.groups.trading!, this.childOptions(), (child) => this.tagsFor(child));
  }

  /** For each service that logs on, and for the list of them: without values, which the first job of a release makes. */
  private createLogonSecrets(): Partial<Record<ServiceName | "list", aws.secretsmanager.Secret>> {
    const secret = (key: string, description: string) => {
      const name = `${this.name}-${key}`;
      const protect = (this.args.protection ?? "on") === "on";
      return new aws.secretsmanager.Secret(
        ...transformed<aws.secretsmanager.SecretArgs>(
          this.args.transform?.secret,
          name,
          {
            description,
            kmsKeyId: this.args.secretKey.arn,
            recoveryWindowInDays: protect ? 30 : 7,
            tags: this.tagsFor(name),
          },
          this.childOptions({ protect }),
        ),
      );
    };
    const callers = this.services.filter(logsOn);
    if (callers.length === 0) return {};
    const keys = callers.map((service) => [service, secret(`${service}-logon`, `Key with which ${service} logs on to the shard`)]);
    return { ...Object.fromEntries(keys), list: secret("logon-list", "Who may log on to the shard: public keys alone") };
  }

  /** Keys for the shard, databases, then tables: each a task that must end well before any service of the release starts. */
  private runJobs(
    execution: aws.iam.Role,
    access: TaskAccess,
    { list, ...keys }: Partial<Record<ServiceName | "list", aws.secretsmanager.Secret>>,
  ): pulumi.Resource[] {
    const { args } = this;
    const jobs = new TaskJobs(
      { ...args, name: this.name, executionRoleArn: execution.arn, securityGroupIds: access.jobGroupIds },
      this.childOptions(),
      (child) => this.tagsFor(child),
      (days) => this.createLogGroup("jobs-log", args, days),
    );
    const done: pulumi.Resource[] = [];
    const run = (
      key: string,
      entry: string,
      statements: PolicyStatement[],
      variables: Record<string, pulumi.Input<string>>,
      after: pulumi.Resource[],
    ) => {
      const role = this.createRole(key, statements);
      const definition = this.define(key, [jobContainer(key, entry, args.image, variables, args.cluster, args.region)], role, execution, {
        milliCpu: 250,
        memoryMib: 512,
      });
      return jobs.run(key, definition, role, [...access.rules, ...after]);
    };
    if (list !== undefined) {
      const arns = Object.fromEntries(Object.entries(keys).map(([service, { arn }]) => [service, arn]));
      const statements = logonStatements([...Object.values(arns), list.arn], this.secretUse);
      done.push(run("logon", "services/migrate/logon.js", statements, logonVariables(this.services, arns, list.arn), []));
    }
    const { administrator } = args;
    const databases =
      administrator === undefined
        ? []
        : [
            run(
              "databases",
              "services/migrate/provision.js",
              administratorStatements(administrator),
              {
                BOURSE_SERVICE: "databases",
                BOURSE_SQL_URL: administrator.url,
                BOURSE_SQL_SIGN_IN: "secret",
                BOURSE_SQL_SECRET: administrator.secretArn,
              },
              [],
            ),
          ];
    for (const service of this.services.filter(keepsTables)) {
      const signIn: PolicyStatement = {
        Effect: "Allow",
        Action: "rds-db:connect",
        Resource: this.stores.sql!.arns.map((arn) => pulumi.interpolate`${arn}/${service}`),
      };
      done.push(run(`${service}-migrations`, "services/migrate/main.js", [signIn], migrationVariables(service, this.stores), databases));
    }
    return [...done, ...databases];
  }

  private filesOf(service: ServiceName, secrets: Partial<Record<ServiceName | "list", aws.secretsmanager.Secret>>): TaskFiles {
    const { cluster, authorityArn, transform } = this.args;
    const name = `${this.name}-${service}-certificate`;
    const certificate = new aws.acm.Certificate(
      ...transformed<aws.acm.CertificateArgs>(
        transform?.certificate,
        name,
        {
          domainName: `${service}.${cluster.namespace}`,
          certificateAuthorityArn: authorityArn,
          keyAlgorithm: "EC_prime256v1",
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    return {
      certificateArn: certificate.arn,
      ...(logsOn(service) ? { logonArn: secrets[service]!.arn } : {}),
      ...(service === "trading" && secrets.list !== undefined ? { clientsArn: secrets.list.arn } : {}),
      secretKey: this.secretUse,
    };
  }

  private createRole(key: string, statements: PolicyStatement[]): aws.iam.Role {
    const { transform, accountId } = this.args;
    const name = `${this.name}-${key}-role`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        transform?.role,
        name,
        { assumeRolePolicy: assumedBy("ecs-tasks.amazonaws.com", accountId), tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
    new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        transform?.rolePolicy,
        `${name}-policy`,
        { role: role.name, policy: policyDocument(...statements) },
        this.childOptions(),
      ),
    );
    return role;
  }

  private createTaskDefinition(
    service: ServiceName,
    files: TaskFiles,
    role: aws.iam.Role,
    execution: aws.iam.Role,
    disk: TaskDisk | undefined,
  ): aws.ecs.TaskDefinition {
    const { image, cluster, networkCidrs, region } = this.args;
    const variables = taskVariables(service, this.stores, networkCidrs, cluster, files, region, image);
    const made = serviceContainer(service, image, variables, cluster, region);
    // The shard reads who may log on when it starts: another choice of services is another definition.
    const container =
      service === "trading" ? { ...made, dockerLabels: { "bourse/clients": this.services.filter(logsOn).join(",") } } : made;
    const collector = collectorContainer(this.args.collectorImage ?? usualCollector, cluster, region);
    return this.define(service, [container, collector], role, execution, this.sizeOf(service), disk);
  }

  private define(
    key: string,
    containers: object[],
    role: aws.iam.Role,
    execution: aws.iam.Role,
    size: Pick<ServiceSize, "milliCpu" | "memoryMib">,
    disk?: TaskDisk,
  ): aws.ecs.TaskDefinition {
    const name = `${this.name}-${key}`;
    const { cpu, memory } = fargateSize(size.milliCpu, size.memoryMib)!;
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
          executionRoleArn: execution.arn,
          taskRoleArn: role.arn,
          containerDefinitions: pulumi.jsonStringify(containers),
          volumes: taskVolumes(disk),
          tags: this.tagsFor(`${name}-task`),
        },
        this.childOptions(),
      ),
    );
  }

  private createService(
    service: ServiceName,
    taskDefinition: aws.ecs.TaskDefinition,
    access: TaskAccess,
    done: pulumi.Resource[],
  ): aws.ecs.Service {
    const { cluster, network, targetGroups, transform } = this.args;
    const name = `${this.name}-${service}`;
    const discovery = new aws.servicediscovery.Service(
      ...transformed<aws.servicediscovery.ServiceArgs>(
        transform?.discovery,
        `${name}-name`,
        {
          name: service,
          dnsConfig: { namespaceId: cluster.namespaceId, routingPolicy: "MULTIVALUE", dnsRecords: [{ type: "A", ttl: 5 }] },
          tags: this.tagsFor(`${name}-name`),
        },
        this.childOptions(),
      ),
    );
    const joined = Object.entries(targetGroups?.[service] ?? {});
    // Of these the next may start only when the one before has ended: it has the log, or the place in a stream.
    const alone = singleServices.includes(service);
    return new aws.ecs.Service(
      ...transformed<aws.ecs.ServiceArgs>(
        transform?.service,
        name,
        {
          cluster: cluster.clusterArn,
          taskDefinition: taskDefinition.arn,
          launchType: "FARGATE",
          platformVersion: "1.4.0",
          desiredCount: this.sizeOf(service).replicas,
          availabilityZoneRebalancing: alone ? "DISABLED" : "ENABLED",
          deploymentMinimumHealthyPercent: alone ? 0 : 100,
          deploymentMaximumPercent: alone ? 100 : 200,
          deploymentCircuitBreaker: { enable: true, rollback: true },
          waitForSteadyState: true,
          enableExecuteCommand: false,
          enableEcsManagedTags: true,
          propagateTags: "SERVICE",
          ...(joined.length > 0 ? { healthCheckGracePeriodSeconds: 300 } : {}),
          networkConfiguration: {
            assignPublicIp: false,
            subnets: network.zoneIds.map((zoneId) => network.privateSubnetIds[zoneId]!),
            securityGroups: access.groupIdsOf(service),
          },
          serviceRegistries: { registryArn: discovery.arn },
          loadBalancers: joined.map(([listener, { arn }]) => ({
            targetGroupArn: arn,
            containerName: service,
            containerPort: catalog[service].listeners?.[listener] ?? catalog[service].port,
          })),
          tags: this.tagsFor(name),
        },
        // The autoscaler owns the number of tasks.
        this.childOptions({ ignoreChanges: ["desiredCount"], dependsOn: [...done, ...access.rules] }),
      ),
    );
  }

  private watch(service: ServiceName, running: aws.ecs.Service): void {
    this.createAlarms(
      {
        [`${service}-tasks`]: {
          description: `Fewer tasks of ${service} run than should: read the service's events, then its log; a release that does not start is rolled back by itself.`,
          namespace: "ECS/ContainerInsights",
          metric: "RunningTaskCount",
          dimensions: { ClusterName: this.args.cluster.clusterName, ServiceName: running.name },
          statistic: "Minimum",
          threshold: this.sizeOf(service).replicas,
          bad: "below",
          silence: "bad",
          periods: 5,
        },
        [`${service}-memory`]: {
          description: `A task of ${service} is close to all its memory, at which it is ended: give the service a larger size, then look for what it keeps.`,
          namespace: "AWS/ECS",
          metric: "MemoryUtilization",
          dimensions: { ClusterName: this.args.cluster.clusterName, ServiceName: running.name },
          statistic: "Maximum",
          threshold: 90,
          periods: 5,
        },
      },
      this.args,
    );
  }
}
