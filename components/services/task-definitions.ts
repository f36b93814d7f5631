/** What a task of ECS is made of: its variables, its container, what its role may do. The same services as pods, with what a task has instead of mounted secrets. */

import * as pulumi from "@pulumi/pulumi";
import type { PolicyStatement, TaskClusterRef } from "../foundation";
import { callersOf, catalog, healthPort, metricsAgent, type ServiceName } from "./catalog";
import { type StoreRefs, serviceStatements } from "./service-role";
import { clientRights, folders, logsOn, serviceVariables, traceVariables } from "./variables";

type Variables = Record<string, pulumi.Input<string>>;

/** Where a task writes what it fetches: on a volume of its own, which is encrypted and ends with it. */
const fetched = { certificate: "/tmp/tls", logon: "/tmp/logon.key", clients: "/tmp/clients.json" } as const;

/** What a task is told of the things that it fetches. */
export interface TaskFiles {
  /** Certificate of Certificate Manager. */
  certificateArn: pulumi.Input<string>;
  /** Secret with its key for the shard, of services that log on. */
  logonArn?: pulumi.Input<string>;
  /** Of the shard: secret with the list of those who may. */
  clientsArn?: pulumi.Input<string>;
  /** Encrypts both secrets. */
  secretKey: { arn: pulumi.Input<string>; through: string };
}

/** Of the shard: the file system that its log is on, by an access point of its own. */
export interface TaskDisk {
  fileSystemId: pulumi.Input<string>;
  fileSystemArn: pulumi.Input<string>;
  accessPointId: pulumi.Input<string>;
  accessPointArn: pulumi.Input<string>;
}

/** Variables of a service's task. */
export function taskVariables(
  service: ServiceName,
  stores: StoreRefs,
  networkCidrs: readonly string[],
  cluster: Pick<TaskClusterRef, "namespace">,
  files: TaskFiles,
  region: string,
  image: pulumi.Input<string>,
): Variables {
  return {
    ...serviceVariables(service, stores, networkCidrs),
    // The collector beside it.
    ...traceVariables(service, `http://127.0.0.1:${metricsAgent.tracesPort}`, { region, image }),
    AWS_REGION: region,
    BOURSE_TLS: fetched.certificate,
    BOURSE_TASK_CERTIFICATE: files.certificateArn,
    // CloudWatch makes metrics of such lines of a log.
    BOURSE_METRICS: "log",
    ...(logsOn(service)
      ? {
          BOURSE_TRADING: `trading.${cluster.namespace}:${catalog.trading.port}`,
          BOURSE_TRADING_KEY: fetched.logon,
          BOURSE_TASK_LOGON: files.logonArn!,
          BOURSE_POD_ADDRESS: "own",
        }
      : {}),
    ...(service === "trading" ? { BOURSE_TRADING_CLIENTS: fetched.clients, BOURSE_TASK_CLIENTS: files.clientsArn! } : {}),
  };
}

/** Variables of the job that makes the keys for the shard. @param arns of the secrets, by service */
export function logonVariables(
  services: readonly ServiceName[],
  arns: Partial<Record<ServiceName, pulumi.Input<string>>>,
  listArn: pulumi.Input<string>,
): Variables {
  const clients = callersOf("trading")
    .filter((service) => services.includes(service))
    .map((service) => ({ secret: arns[service]!, ...clientRights(service) }));
  return { BOURSE_SERVICE: "logon", BOURSE_LOGON_CLIENTS: pulumi.jsonStringify(clients), BOURSE_LOGON_LIST: listArn };
}

/** What starts a task may do, and not the task itself: pull the image and write the log. */
export function executionStatements(image: pulumi.Input<string>, cluster: Pick<TaskClusterRef, "logGroupArn">): PolicyStatement[] {
  return [
    // The token has no resource (Service Authorization Reference, "Amazon ECR").
    { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
    {
      Effect: "Allow",
      Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      Resource: repositoryArn(image),
    },
    { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: pulumi.interpolate`${cluster.logGroupArn}:*` },
  ];
}

/** `<account>.dkr.ecr.<region>.amazonaws.com/<name>@<digest>` as the ARN of its repository; an image of another registry needs no right. */
function repositoryArn(image: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.output(image).apply((uri) => {
    const parts = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^@:]+)/.exec(uri);
    return parts === null ? "arn:aws:ecr:*:*:repository/none" : `arn:aws:ecr:${parts[2]}:${parts[1]}:repository/${parts[3]}`;
  });
}

/** What the role of a service's task may do: use its stores, fetch what is its own, and of the shard mount its disk. */
export function taskStatements(service: ServiceName, stores: StoreRefs, files: TaskFiles, disk?: TaskDisk): PolicyStatement[] {
  const secrets = [files.logonArn, files.clientsArn].filter((arn) => arn !== undefined);
  return [
    ...serviceStatements(service, stores),
    { Effect: "Allow", Action: "acm:ExportCertificate", Resource: files.certificateArn },
    ...(secrets.length > 0 ? [{ Effect: "Allow" as const, Action: "secretsmanager:GetSecretValue", Resource: secrets }] : []),
    ...(secrets.length > 0 ? [keyUse(["kms:Decrypt"], files.secretKey)] : []),
    ...(disk === undefined ? [] : [mounts(disk)]),
    // Of the collector, which has the task's role; traces know no resource (Service Authorization Reference, "AWS X-Ray").
    { Effect: "Allow", Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource: "*" },
  ];
}

/** What the role of the job that makes keys may do. */
export function logonStatements(arns: pulumi.Input<string>[], key: TaskFiles["secretKey"]): PolicyStatement[] {
  return [
    { Effect: "Allow", Action: ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"], Resource: arns },
    keyUse(["kms:Decrypt", "kms:GenerateDataKey"], key),
  ];
}

function keyUse(actions: string[], { arn, through }: TaskFiles["secretKey"]): PolicyStatement {
  return { Effect: "Allow", Action: actions, Resource: arn, Condition: { StringEquals: { "kms:ViaService": through } } };
}

/** Mounting and writing, through the access point alone (EFS guide, "Using IAM to control access"). */
export function mounts({ fileSystemArn, accessPointArn }: Pick<TaskDisk, "fileSystemArn" | "accessPointArn">): PolicyStatement {
  return {
    Effect: "Allow",
    Action: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
    Resource: fileSystemArn,
    Condition: { StringEquals: { "elasticfilesystem:AccessPointArn": accessPointArn } },
  };
}

/** The container of a job, and what that of a service has too: no rights, a root that cannot be written, two volumes, its log. */
export function jobContainer(
  name: string,
  entry: string,
  image: pulumi.Input<string>,
  variables: Variables,
  cluster: Pick<TaskClusterRef, "logGroupName">,
  region: string,
): Record<string, unknown> {
  const all: Variables = { NODE_ENV: "production", AWS_REGION: region, ...variables };
  return {
    name,
    image,
    essential: true,
    command: [entry],
    user: "65532:65532",
    readonlyRootFilesystem: true,
    linuxParameters: { capabilities: { drop: ["ALL"] }, initProcessEnabled: true },
    environment: Object.keys(all)
      .sort()
      .map((variable) => ({ name: variable, value: all[variable] })),
    mountPoints: [
      { sourceVolume: "home", containerPath: folders.home },
      { sourceVolume: "temporary", containerPath: "/tmp" },
    ],
    logConfiguration: {
      logDriver: "awslogs",
      options: { "awslogs-group": cluster.logGroupName, "awslogs-region": region, "awslogs-stream-prefix": name },
    },
  };
}

/** The container of a service. It is healthy once it was ready, and while it lives. */
export function serviceContainer(
  service: ServiceName,
  image: pulumi.Input<string>,
  variables: Variables,
  cluster: Pick<TaskClusterRef, "logGroupName">,
  region: string,
): object {
  const { entry, port, listeners = {}, drainSeconds } = catalog[service];
  return {
    ...jobContainer(service, entry, image, variables, cluster, region),
    portMappings: [port, healthPort, ...Object.values(listeners)].map((containerPort) => ({ containerPort, protocol: "tcp" })),
    // Five minutes to start, as pods have: a gateway reads what the shard has settled.
    healthCheck: { command: ["CMD", "/usr/local/bin/node", "process/healthy.js"], interval: 10, timeout: 5, retries: 3, startPeriod: 300 },
    stopTimeout: drainSeconds,
  };
}

/** Volumes of a task: the home, which is lost with it unless it is on a disk, and what is temporary. */
export function taskVolumes(disk?: TaskDisk) {
  const { fileSystemId, accessPointId } = disk ?? {};
  const home =
    fileSystemId === undefined
      ? { name: "home" }
      : {
          name: "home",
          efsVolumeConfiguration: {
            fileSystemId,
            transitEncryption: "ENABLED",
            authorizationConfig: { accessPointId: accessPointId!, iam: "ENABLED" },
          },
        };
  return [home, { name: "temporary" }];
}
