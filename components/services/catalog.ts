/**
 * The services of the exchange as data: what each is, where it runs, whom it calls, what it may touch. Deployments, network policies and
 * roles are all made from this table, so that they cannot disagree.
 */

export const serviceNames = [
  "gateway",
  "trading",
  "order-book",
  "market-data",
  "wallet",
  "users",
  "notification",
  "history",
  "analytics",
] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Stores and streams of AWS that services use, with the port by which they are reached. */
export const stores = {
  /** MSK with IAM authentication (MSK guide, "Port information"). */
  commandLog: { port: 9098, reach: "network" },
  /** Aurora PostgreSQL, with IAM authentication. */
  sql: { port: 5432, reach: "network" },
  /** ElastiCache Redis. */
  cache: { port: 6379, reach: "network" },
  /** ElastiCache Memcached. */
  objectCache: { port: 11211, reach: "network" },
  /** Amazon MQ for RabbitMQ, AMQP over TLS. */
  broker: { port: 5671, reach: "network" },
  /** Redshift. */
  warehouse: { port: 5439, reach: "network" },
  search: { port: 443, reach: "network" },
  sessionTable: { port: 443, reach: "aws" },
  tradeTable: { port: 443, reach: "aws" },
  marketTable: { port: 443, reach: "aws" },
  events: { port: 443, reach: "aws" },
  archive: { port: 443, reach: "aws" },
  noticeQueue: { port: 443, reach: "aws" },
  noticeTopic: { port: 443, reach: "aws" },
  mail: { port: 443, reach: "aws" },
  /** Secrets Manager: the key under which API secrets are kept. */
  secrets: { port: 443, reach: "aws" },
  /** Envelope keys of API secrets. */
  credentialKey: { port: 443, reach: "aws" },
} as const satisfies Record<string, { port: number; reach: "network" | "aws" }>;
export type ServiceStore = keyof typeof stores;

/** One statement of a service's role. Nothing is granted while the store is not there. */
export interface Permission {
  store: ServiceStore;
  actions: string[];
  /** Appended to each ARN of the store. `{service}` stands for the service's name. @default [""] */
  suffixes?: string[];
}

export interface ServiceDefinition {
  /** The module of the image that is started. */
  entry: string;
  tier: "hot" | "warm" | "cold";
  /** With a disk of its own and a stable name, or without. */
  kind: "StatefulSet" | "Deployment";
  /** The TLS port that others call. */
  port: number;
  /** Services that it calls on their `port`. */
  calls: ServiceName[];
  /** Stores that it opens. */
  uses: ServiceStore[];
  permissions: Permission[];
  /** Seconds between the signal to stop and the kill: what is in flight is answered, sockets are told to move. */
  drainSeconds: number;
  size: Record<"development" | "production", ServiceSize>;
}

/** Replicas and resources. CPU in whole cores for hot services, so that the kubelet gives them cores of their own. */
export interface ServiceSize {
  /** Fixed for a StatefulSet, the least of a Deployment. */
  replicas: number;
  /** The most replicas of a Deployment. @default replicas */
  maxReplicas?: number;
  /** Thousandths of a core. */
  milliCpu: number;
  memoryMib: number;
  /** Disk of each replica of a StatefulSet. */
  diskGib?: number;
}

/** Every service has HTTPS health checks here, without a client certificate since the kubelet has none: `/live` and `/ready`. */
export const healthPort = 9000;

/** The CloudWatch agent in the cluster, which takes the services' figures (CloudWatch guide, "Set up the agent for embedded metric format": port 25888). */
export const metricsAgent = { namespace: "amazon-cloudwatch", service: "cloudwatch-agent", port: 25888 };

const readTable = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"];
const writeTable = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"];
const readStream = ["kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:GetShardIterator", "kinesis:GetRecords"];
/** Signing in to the cache; what a user may do there is the cache's own rule (ElastiCache guide, "Authenticating with IAM"). */
const cacheUser: Permission = { store: "cache", actions: ["elasticache:Connect"] };
const ownDatabaseUser: Permission = { store: "sql", actions: ["rds-db:connect"], suffixes: ["/{service}"] };

export const catalog: Readonly<Record<ServiceName, ServiceDefinition>> = {
  gateway: {
    entry: "gateway/main.js",
    tier: "hot",
    kind: "Deployment",
    port: 8443,
    calls: ["trading", "order-book", "market-data", "wallet", "users", "history"],
    uses: ["commandLog", "cache", "credentialKey", "sql", "secrets"],
    permissions: [
      {
        store: "commandLog",
        actions: ["kafka-cluster:Connect", "kafka-cluster:DescribeTopic", "kafka-cluster:WriteData", "kafka-cluster:ReadData"],
      },
      cacheUser,
      { store: "credentialKey", actions: ["kms:Decrypt"] },
      { store: "sql", actions: ["rds-db:connect"], suffixes: ["/users"] },
      { store: "secrets", actions: ["secretsmanager:GetSecretValue", "secretsmanager:CreateSecret"], suffixes: ["/*"] },
    ],
    drainSeconds: 120,
    size: {
      development: { replicas: 2, maxReplicas: 2, milliCpu: 1000, memoryMib: 1024 },
      production: { replicas: 8, maxReplicas: 16, milliCpu: 4000, memoryMib: 8192 },
    },
  },
  trading: {
    entry: "services/trading/main.js",
    tier: "hot",
    kind: "StatefulSet",
    port: 7400,
    calls: [],
    uses: ["commandLog", "archive", "events"],
    permissions: [
      {
        store: "commandLog",
        actions: [
          "kafka-cluster:Connect",
          "kafka-cluster:DescribeTopic",
          "kafka-cluster:ReadData",
          "kafka-cluster:WriteData",
          "kafka-cluster:WriteDataIdempotently",
          "kafka-cluster:DescribeGroup",
        ],
      },
      { store: "archive", actions: ["s3:GetObject", "s3:PutObject"], suffixes: ["/snapshots/*", "/commands/*"] },
      { store: "events", actions: ["kinesis:PutRecords", "kinesis:DescribeStreamSummary", "kinesis:ListShards"] },
    ],
    drainSeconds: 60,
    size: {
      development: { replicas: 1, milliCpu: 1000, memoryMib: 2048, diskGib: 100 },
      production: { replicas: 1, milliCpu: 8000, memoryMib: 65536, diskGib: 1000 },
    },
  },
  "order-book": {
    entry: "services/order-book/main.js",
    tier: "warm",
    kind: "Deployment",
    port: 7500,
    calls: ["trading"],
    uses: ["archive"],
    permissions: [{ store: "archive", actions: ["s3:GetObject"], suffixes: ["/snapshots/*"] }],
    drainSeconds: 30,
    size: {
      development: { replicas: 2, milliCpu: 250, memoryMib: 512 },
      production: { replicas: 3, maxReplicas: 24, milliCpu: 4000, memoryMib: 8192 },
    },
  },
  "market-data": {
    entry: "services/market-data/main.js",
    tier: "warm",
    kind: "Deployment",
    port: 7500,
    calls: ["trading"],
    uses: ["cache", "objectCache", "marketTable"],
    permissions: [cacheUser, { store: "marketTable", actions: [...readTable, ...writeTable], suffixes: ["", "/index/*"] }],
    drainSeconds: 30,
    size: {
      development: { replicas: 2, milliCpu: 250, memoryMib: 512 },
      production: { replicas: 6, maxReplicas: 60, milliCpu: 4000, memoryMib: 8192 },
    },
  },
  wallet: {
    entry: "services/wallet/main.js",
    tier: "warm",
    kind: "Deployment",
    port: 7500,
    calls: ["trading"],
    uses: ["commandLog", "sql", "noticeTopic"],
    permissions: [
      {
        store: "commandLog",
        actions: ["kafka-cluster:Connect", "kafka-cluster:DescribeTopic", "kafka-cluster:WriteData", "kafka-cluster:ReadData"],
      },
      ownDatabaseUser,
      { store: "noticeTopic", actions: ["sns:Publish"] },
    ],
    drainSeconds: 60,
    size: {
      development: { replicas: 2, milliCpu: 250, memoryMib: 512 },
      production: { replicas: 3, maxReplicas: 24, milliCpu: 2000, memoryMib: 4096 },
    },
  },
  users: {
    entry: "services/users/main.js",
    tier: "warm",
    kind: "Deployment",
    port: 7500,
    calls: [],
    uses: ["sql", "sessionTable", "cache", "credentialKey", "noticeTopic"],
    permissions: [
      ownDatabaseUser,
      cacheUser,
      { store: "sessionTable", actions: [...readTable, ...writeTable], suffixes: ["", "/index/*"] },
      { store: "credentialKey", actions: ["kms:Decrypt", "kms:GenerateDataKey"] },
      { store: "noticeTopic", actions: ["sns:Publish"] },
    ],
    drainSeconds: 30,
    size: {
      development: { replicas: 2, milliCpu: 250, memoryMib: 512 },
      production: { replicas: 3, maxReplicas: 30, milliCpu: 2000, memoryMib: 4096 },
    },
  },
  notification: {
    entry: "services/notification/main.js",
    tier: "cold",
    kind: "Deployment",
    port: 7500,
    calls: [],
    uses: ["noticeQueue", "broker", "mail"],
    permissions: [
      {
        store: "noticeQueue",
        actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"],
      },
      { store: "mail", actions: ["ses:SendEmail"] },
    ],
    drainSeconds: 60,
    size: {
      development: { replicas: 1, milliCpu: 100, memoryMib: 256 },
      production: { replicas: 2, maxReplicas: 12, milliCpu: 1000, memoryMib: 1024 },
    },
  },
  history: {
    entry: "services/history/main.js",
    tier: "cold",
    kind: "Deployment",
    port: 7500,
    calls: ["trading"],
    uses: ["events", "tradeTable", "search", "archive"],
    permissions: [
      { store: "events", actions: readStream },
      { store: "tradeTable", actions: [...readTable, ...writeTable], suffixes: ["", "/index/*"] },
      { store: "search", actions: ["es:ESHttpGet", "es:ESHttpPost", "es:ESHttpPut"], suffixes: ["/*"] },
      { store: "archive", actions: ["s3:GetObject"], suffixes: ["/commands/*"] },
    ],
    drainSeconds: 60,
    size: {
      development: { replicas: 2, milliCpu: 250, memoryMib: 512 },
      production: { replicas: 3, maxReplicas: 48, milliCpu: 2000, memoryMib: 4096 },
    },
  },
  analytics: {
    entry: "services/analytics/main.js",
    tier: "cold",
    kind: "Deployment",
    port: 7500,
    calls: [],
    uses: ["events", "warehouse", "search"],
    permissions: [
      { store: "events", actions: readStream },
      { store: "search", actions: ["es:ESHttpGet", "es:ESHttpPost"], suffixes: ["/*"] },
    ],
    drainSeconds: 60,
    size: {
      development: { replicas: 1, milliCpu: 250, memoryMib: 512 },
      production: { replicas: 2, maxReplicas: 8, milliCpu: 2000, memoryMib: 8192 },
    },
  },
};

/** The database user that a service signs in as: its own, but gateways open the tables of users. */
export function databaseUserOf(service: ServiceName): ServiceName {
  return service === "gateway" ? "users" : service;
}

/** Services that call `name`. */
export function callersOf(name: ServiceName): ServiceName[] {
  return serviceNames.filter((caller) => catalog[caller].calls.includes(name));
}
