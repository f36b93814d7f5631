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
  "publisher",
] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Stores and streams of AWS that processes open, with the port by which they are reached. */
export const stores = {
  /** Aurora PostgreSQL, with IAM authentication: a database for each service that keeps tables there. */
  sql: { port: 5432, reach: "network" },
  /** Kinesis: what the shard settled, for those who may lag. */
  events: { port: 443, reach: "aws" },
  /** Redis: what all gateways count under an address. */
  cache: { port: 6379, reach: "network" },
  noticeQueue: { port: 443, reach: "aws" },
  noticeTopic: { port: 443, reach: "aws" },
  mail: { port: 443, reach: "aws" },
  /** Secrets Manager: the key under which API secrets are kept. */
  secrets: { port: 443, reach: "aws" },
  /** That of the home region, of which a region that joins has copies. */
  homeSecrets: { port: 443, reach: "aws" },
  /** DynamoDB: which member of the shard leads. Where it is there, the shard has a standby beside the leader. */
  leadership: { port: 443, reach: "aws" },
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
  /** Further TLS ports, by the load balancers' listeners that lead there. @default none */
  listeners?: Readonly<Record<string, number>>;
  /** Services that it calls on their `port`. */
  calls: ServiceName[];
  /** Stores that it opens, without which it does not start. */
  uses: ServiceStore[];
  /** Stores that it opens where they are there, and starts without. @default none */
  mayUse?: ServiceStore[];
  permissions: Permission[];
  /** Seconds between the signal to stop and the kill: what is in flight is answered, sockets are told to move. */
  drainSeconds: number;
  /**
   * Figures of the processes (`components/observability/metrics.ts`) that the number of processes follows beside processor time, each with what one process should have
   * at most: of a gauge its value, of a counter what happened in a minute. @default processor time alone
   */
  scalesBy?: Readonly<Record<string, number>>;
  /** Queue of SQS whose waiting messages the number of processes follows likewise, and how many of them one process should have at most. @default none */
  backlog?: Readonly<{ store: ServiceStore; most: number }>;
  /** Part of its requests that are traced where no caller has decided. @default {@link usualTraces} */
  traces?: number;
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

/** Every service has HTTPS health checks here, without a client certificate since the kubelet and load balancers have none: `/live`, `/ready`, and `/leads` of the one among its members that does. */
export const healthPort = 9000;

/**
 * The CloudWatch agent in the cluster, which takes the services' figures (CloudWatch guide, "Set up the agent for embedded metric format": port 25888) and
 * their spans ("Collect metrics and traces with OpenTelemetry": OTLP over HTTP, port 4318).
 */
export const metricsAgent = { namespace: "amazon-cloudwatch", service: "cloudwatch-agent", port: 25888, tracesPort: 4318 };

/** Part of the requests that are traced where no caller has decided, of services whose entry says nothing else. */
export const usualTraces = 0.001;

const readStream = ["kinesis:ListShards", "kinesis:GetShardIterator", "kinesis:GetRecords"];
/** Signing in to Aurora as the user of the service's name; what that user may do there is said by `workloads/services/migrate`. */
const ownDatabaseUser: Permission = { store: "sql", actions: ["rds-db:connect"], suffixes: ["/{service}"] };
/** The master key of API secrets, which whoever starts first makes. */
const masterKey: Permission = {
  store: "secrets",
  actions: ["secretsmanager:GetSecretValue", "secretsmanager:CreateSecret"],
  suffixes: ["/*"],
};

/** A copy of the master key where another region makes it. */
const masterKeyCopy: Permission = { store: "homeSecrets", actions: ["secretsmanager:ReplicateSecretToRegions"], suffixes: ["/*"] };

export const catalog: Readonly<Record<ServiceName, ServiceDefinition>> = {
  gateway: {
    entry: "gateway/main.js",
    tier: "hot",
    kind: "Deployment",
    port: 8443,
    // Orders by members in the shard's own protocol (docs/binary-order-entry.md).
    listeners: { binary: 9443 },
    calls: ["trading", "order-book", "market-data", "wallet", "users", "history"],
    uses: ["sql", "secrets"],
    mayUse: ["cache", "homeSecrets"],
    permissions: [ownDatabaseUser, masterKey, masterKeyCopy, { store: "cache", actions: ["elasticache:Connect"] }],
    drainSeconds: 120,
    // Two thirds of what one holds, of 15,000 sockets and 5,000 requests a second (components/capacity/figures.ts): the rest is for the minutes until more of them run.
    scalesBy: { OpenSockets: 10_000, Requests: 200_000 },
    // Thirty a second of the 300,000 orders a second of the reference load; a trace costs more than an order.
    traces: 0.0001,
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
    uses: [],
    mayUse: ["leadership"],
    permissions: [{ store: "leadership", actions: ["dynamodb:GetItem", "dynamodb:PutItem"] }],
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
    uses: [],
    permissions: [],
    drainSeconds: 30,
    // Two thirds of 5,000 answers a second out of memory (components/capacity/figures.ts).
    scalesBy: { Queries: 200_000 },
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
    uses: [],
    permissions: [],
    drainSeconds: 30,
    // As the order book: answers out of memory.
    scalesBy: { Queries: 200_000 },
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
    uses: [],
    permissions: [],
    drainSeconds: 60,
    // A thousand answers a second out of its database, as planned.
    scalesBy: { Queries: 60_000 },
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
    // Accounts are opened there once their owner has confirmed a mail address.
    calls: ["trading"],
    uses: ["sql", "secrets", "noticeTopic"],
    mayUse: ["homeSecrets"],
    permissions: [ownDatabaseUser, masterKey, masterKeyCopy, { store: "noticeTopic", actions: ["sns:Publish"] }],
    drainSeconds: 30,
    // Five hundred a second out of its database, as planned; passwords take processor time, which is followed anyway.
    scalesBy: { Requests: 30_000 },
    // Behind an HTTP API, which decides nothing; where API Gateway traces, its rule decides (components/observability/tracing.ts).
    traces: 0.01,
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
    uses: ["sql", "noticeQueue", "mail"],
    permissions: [
      ownDatabaseUser,
      { store: "noticeQueue", actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"] },
      { store: "mail", actions: ["ses:SendEmail"] },
    ],
    drainSeconds: 60,
    // Mailed within two minutes by one process, at ten a second as planned.
    backlog: { store: "noticeQueue", most: 1_000 },
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
    uses: [],
    permissions: [],
    drainSeconds: 60,
    // A thousand answers a second out of its database, as planned.
    scalesBy: { Queries: 60_000 },
    size: {
      development: { replicas: 2, milliCpu: 250, memoryMib: 512 },
      production: { replicas: 3, maxReplicas: 48, milliCpu: 2000, memoryMib: 4096 },
    },
  },
  // One process of it counts at a time: it reads all shards of the stream and takes over from the one before.
  analytics: {
    entry: "services/analytics/main.js",
    tier: "cold",
    kind: "Deployment",
    port: 7500,
    calls: [],
    uses: ["sql", "events"],
    permissions: [ownDatabaseUser, { store: "events", actions: readStream }],
    drainSeconds: 60,
    size: {
      development: { replicas: 1, milliCpu: 250, memoryMib: 512 },
      production: { replicas: 1, milliCpu: 2000, memoryMib: 8192 },
    },
  },
  // One process follows the shard and copies what it settled to the stream.
  publisher: {
    entry: "services/publisher/main.js",
    tier: "cold",
    kind: "Deployment",
    port: 7500,
    calls: ["trading"],
    uses: ["sql", "events"],
    permissions: [ownDatabaseUser, { store: "events", actions: ["kinesis:PutRecords"] }],
    drainSeconds: 60,
    size: {
      development: { replicas: 1, milliCpu: 250, memoryMib: 512 },
      production: { replicas: 1, milliCpu: 4000, memoryMib: 8192 },
    },
  },
};

/** Services that keep tables in the database of their name. Gateways read those of users. */
export function keepsTables(service: ServiceName): boolean {
  return service !== "gateway" && catalog[service].uses.includes("sql");
}

/** Services of which no second process may work beside the first: one log, one place in a stream. */
export const singleServices: readonly ServiceName[] = ["trading", "analytics", "publisher"];

/** Services that run in the home region alone: what writes to databases of which other regions have a copy, and the shard unless it is written down who of its members leads. */
export const homeServices: readonly ServiceName[] = ["trading", "notification", "analytics", "publisher"];

/** Services that start where these stores are, in the home region or in one that has joined it. */
export function runnableServices(given: readonly ServiceStore[], region: "home" | "joined" = "home"): ServiceName[] {
  return serviceNames.filter(
    (service) => catalog[service].uses.every((store) => given.includes(store)) && (region === "home" || runsAway(service, given)),
  );
}

/** Whether a service may run in a region that has joined the home region. Members of the shard keep copies of its log there. */
export function runsAway(service: ServiceName, given: readonly ServiceStore[]): boolean {
  return !homeServices.includes(service) || hasMembers(service, given);
}

/** Stores that a service opens, of those that are there. */
export function storesOpened(service: ServiceName, given: readonly ServiceStore[]): ServiceStore[] {
  const { uses, mayUse = [] } = catalog[service];
  return [...uses, ...mayUse].filter((store) => given.includes(store));
}

/** Services that call `name`. */
export function callersOf(name: ServiceName): ServiceName[] {
  return serviceNames.filter((caller) => catalog[caller].calls.includes(name));
}

/** Members of a shard whose leadership is written down: the leader and its standby, one in each zone of the hot placement. */
export const shardMembers = 2;

/** Whether a service is several members that call each other, of which one leads. */
export function hasMembers(service: ServiceName, given: readonly ServiceStore[]): boolean {
  return service === "trading" && given.includes("leadership");
}
