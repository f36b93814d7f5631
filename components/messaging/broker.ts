/** A message broker that speaks AMQP or OpenWire: Amazon MQ. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmSpec,
  type AlarmTransform,
  admitClients,
  BourseComponent,
  type ClientAccess,
  type ClientAccessTransform,
  type Clients,
  type CommonArgs,
  choiceFaults,
  clientFaults,
  type Fault,
  isPlain,
  type KeyRef,
  type NetworkRef,
  nameFaults,
  networkZoneFaults,
  type Protection,
  type Transform,
  transformed,
} from "../foundation";

/** Arguments of {@link Broker}. */
export interface BrokerArgs extends CommonArgs, AlarmedArgs {
  /** Where it lives. Changing it **replaces** the broker. */
  network: NetworkRef;
  /** `"rabbitmq"`: a cluster of three nodes; `"activemq"`: an active and a standby broker. Changing it **replaces** the broker. @default "rabbitmq" */
  engine?: "rabbitmq" | "activemq";
  /** Zone ids, fixed whatever zones the network gains: three, or two for ActiveMQ. Changing them **replaces** the broker. @default the network's first */
  zoneIds?: string[];
  /** Encrypts what is stored: the `data` key of a `KeyRing`. Changing it **replaces** the broker. */
  key: KeyRef;
  /** Security groups that may connect, by role. */
  clients: Clients;
  /** The first user. The password is a secret output, 12 to 250 characters without `,:=`; it is kept encrypted in the state. */
  user: { name: string; password: pulumi.Output<string> };
  /** @default "mq.m5.large" */
  instanceType?: pulumi.Input<string>;
  /** @default "on" */
  protection?: Protection;
  transform?: BrokerTransform;
}

export interface BrokerTransform extends AlarmTransform {
  broker?: Transform<aws.mq.BrokerArgs>;
  access?: ClientAccessTransform;
}

/** What differs between engines. */
const engines = {
  rabbitmq: {
    engineType: "RabbitMQ",
    engineVersion: "3.13",
    deploymentMode: "CLUSTER_MULTI_AZ",
    zones: 3,
    ports: { amqps: 5671 },
    logs: { general: true },
    storageType: "ebs",
  },
  activemq: {
    engineType: "ActiveMQ",
    engineVersion: "5.18",
    deploymentMode: "ACTIVE_STANDBY_MULTI_AZ",
    zones: 2,
    ports: { openwire: 61617 },
    logs: { general: true, audit: true },
    storageType: "efs",
  },
} as const;

export function brokerFaults(args: BrokerArgs, name: string): Fault[] {
  const faults = choiceFaults("engine", args.engine, ["rabbitmq", "activemq"]);
  if (faults.length > 0) return faults;
  const { zones } = engines[args.engine ?? "rabbitmq"];
  const zoneIds = args.zoneIds ?? args.network.zoneIds.slice(0, zones);
  return [
    ...nameFaults("name", name, { longest: 50, pattern: /^[A-Za-z0-9_-]+$/, words: "letters, digits, hyphens and underscores" }),
    ...networkZoneFaults("zoneIds", zoneIds, args.network),
    ...(zoneIds.length === zones
      ? []
      : [
          {
            path: "zoneIds",
            given: zoneIds,
            allowed: `${zones} zones for ${args.engine ?? "rabbitmq"}`,
            fix: "name that many zones of the network",
          },
        ]),
    ...nameFaults("user.name", args.user.name, {
      longest: 100,
      pattern: /^[A-Za-z0-9][A-Za-z0-9_.~-]+$/,
      words: "at least 2 letters, digits and - . _ ~",
    }),
    ...(args.user.name === "guest"
      ? [{ path: "user.name", given: "guest", allowed: "any other name; RabbitMQ reserves it", fix: "name the user for its service" }]
      : []),
    ...(isPlain(args.user.password)
      ? [
          {
            path: "user.password",
            given: "plain text",
            allowed: "a secret output",
            fix: "read it with config.requireSecret, or pulumi.secret",
          },
        ]
      : []),
    ...(!isPlain(args.instanceType) || /^mq\.[a-z0-9]+\.[a-z0-9]+$/.test(args.instanceType)
      ? []
      : [
          {
            path: "instanceType",
            given: args.instanceType,
            allowed: "a type such as mq.m5.large",
            fix: "use a type that Amazon MQ offers",
          },
        ]),
    ...(isPlain(args.instanceType) && (args.engine ?? "rabbitmq") === "rabbitmq" && /micro/.test(args.instanceType)
      ? [
          {
            path: "instanceType",
            given: args.instanceType,
            allowed: "mq.m5.large or larger for a cluster (Amazon MQ guide)",
            fix: "use mq.m5.large",
          },
        ]
      : []),
    ...clientFaults("clients", args.clients),
  ];
}

/** A broker over several zones, over TLS, in the database tier. */
export class Broker extends BourseComponent {
  /** URL of the broker, or of the active one first. */
  readonly endpoints: pulumi.Output<string[]>;
  readonly arn: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;

  constructor(name: string, args: BrokerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:messaging:Broker", name, args, brokerFaults(args, name), opts);
    const engine = engines[args.engine ?? "rabbitmq"];
    const access = admitClients(this, engine.engineType, engine.ports, args);
    const broker = this.createBroker(access, args);
    this.createAlarms(brokerAlarms(name, args.engine ?? "rabbitmq"), args);
    this.endpoints = broker.instances.apply((instances) => instances.flatMap(({ endpoints }) => endpoints));
    this.arn = broker.arn;
    this.securityGroupId = access.securityGroupId;
    this.registerOutputs({ endpoints: this.endpoints, arn: this.arn, securityGroupId: this.securityGroupId });
  }

  private createBroker(access: ClientAccess, args: BrokerArgs): aws.mq.Broker {
    const name = `${this.name}-broker`;
    const { engineType, engineVersion, deploymentMode, zones, logs, storageType } = engines[args.engine ?? "rabbitmq"];
    const zoneIds = args.zoneIds ?? args.network.zoneIds.slice(0, zones);
    return new aws.mq.Broker(
      ...transformed<aws.mq.BrokerArgs>(
        args.transform?.broker,
        name,
        {
          brokerName: this.name,
          engineType,
          engineVersion,
          deploymentMode,
          storageType,
          hostInstanceType: args.instanceType ?? "mq.m5.large",
          subnetIds: zoneIds.map((zoneId) => args.network.databaseSubnetIds[zoneId]),
          securityGroups: [access.securityGroupId],
          publiclyAccessible: false,
          encryptionOptions: { useAwsOwnedKey: false, kmsKeyId: args.key.arn },
          users: [{ username: args.user.name, password: pulumi.secret(args.user.password) }],
          logs,
          autoMinorVersionUpgrade: true,
          tags: this.tagsFor(name),
        },
        this.childOptions({ protect: (args.protection ?? "on") === "on" }),
      ),
    );
  }
}

/** Figures of the Amazon MQ guide, "Monitoring Amazon MQ brokers using Amazon CloudWatch". */
function brokerAlarms(name: string, engine: "rabbitmq" | "activemq"): Record<string, AlarmSpec> {
  if (engine === "rabbitmq") {
    const broker = { namespace: "AWS/AmazonMQ", statistic: "Maximum", dimensions: { Broker: name } };
    return {
      cpu: {
        ...broker,
        metric: "SystemCpuUtilization",
        threshold: 80,
        periods: 5,
        description: "A node of the broker is above 80 % CPU: look for busy queues, then use larger instances.",
      },
      backlog: {
        ...broker,
        metric: "MessageReadyCount",
        threshold: 100_000,
        description: "More than 100,000 messages wait: consumers are too slow or gone.",
      },
    };
  }
  const alarms: Record<string, AlarmSpec> = {};
  for (const instance of [1, 2]) {
    const broker = { namespace: "AWS/AmazonMQ", statistic: "Maximum", dimensions: { Broker: `${name}-${instance}` } };
    alarms[`cpu-${instance}`] = {
      ...broker,
      metric: "CpuUtilization",
      threshold: 80,
      periods: 5,
      description: `Broker ${instance} is above 80 % CPU: look for busy queues, then use larger instances.`,
    };
    alarms[`store-${instance}`] = {
      ...broker,
      metric: "StorePercentUsage",
      threshold: 70,
      description: `The store of broker ${instance} is above 70 %: producers will be blocked; look for consumers that are gone.`,
    };
  }
  return alarms;
}
