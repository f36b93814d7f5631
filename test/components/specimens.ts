/**
 * One specimen of every component, with every argument that makes a child. What must hold for all of them is asserted over this table: a component that is not in it
 * fails `every-component.test.ts`.
 */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as bourse from "bourse";
import { literalKey, literalNetwork } from "bourse/testing";
import { accountId, archive, cluster, image, placement, taskCluster } from "./references";

/** Arguments that a specimen takes over its own: those that many components share, and its name. */
export interface Over {
  name?: string;
  alarms?: bourse.AlarmTarget | "off";
  tags?: bourse.Tags;
  // biome-ignore lint/suspicious/noExplicitAny: hooks of any component
  transform?: any;
  zoneIds?: readonly string[];
}

type Specimen = (over: Over, opts?: pulumi.ComponentResourceOptions) => pulumi.ComponentResource;

const region = "us-east-1";
const clients = { services: "sg-services" };
const key = literalKey();
const streamKey = literalKey("stream");
const logKey = literalKey("log");
const zone = { zoneId: "Z0123456789ABCDEFGHIJ", domain: "exchange.example" };
const streamArn = `arn:aws:kinesis:${region}:${accountId}:stream/trades`;
const source = { streamArn, key: streamKey };
const secretArn = `arn:aws:secretsmanager:${region}:${accountId}:secret:sql-users-AbCdEf`;
const loadBalancerArn = `arn:aws:elasticloadbalancing:${region}:${accountId}:loadbalancer/net/orders/0123456789abcdef`;
const certificateArn = `arn:aws:acm:${region}:${accountId}:certificate/00000000-0000-0000-0000-000000000000`;
/** Stores of the services, as their own components would give them. */
const exchangeStores: bourse.StoreRefs = {
  sql: { arns: [`arn:aws:rds-db:${region}:${accountId}:dbuser:cluster-ABCDEFGHIJKL0123`], environment: {} },
  secrets: { arns: [`arn:aws:secretsmanager:${region}:${accountId}:secret:bourse`], environment: {} },
  events: { arns: [`arn:aws:kinesis:${region}:${accountId}:stream/orders`], environment: {} },
  noticeTopic: { arns: [`arn:aws:sns:${region}:${accountId}:events`], environment: {} },
  noticeQueue: { arns: [`arn:aws:sqs:${region}:${accountId}:notices`], environment: {} },
  mail: { arns: [`arn:aws:ses:${region}:${accountId}:identity/exchange.example`], environment: {} },
};
const administrator: bourse.DatabaseAdministrator = {
  url: "postgresql://administrator@sql.internal:5432/bourse",
  secretArn: `arn:aws:secretsmanager:${region}:${accountId}:secret:rds-AbCdEf`,
  keyArn: literalKey("data").arn,
  through: `secretsmanager.${region}.amazonaws.com`,
};
const targetGroups = { gateway: { sockets: { arn: "arn:aws:elasticloadbalancing:gateway", sourceSecurityGroupId: "sg-balancer" } } };

/** Zones of a network; arguments of components that live in one. */
function at({ zoneIds, name: _name, ...over }: Over) {
  return { network: literalNetwork(zoneIds), ...over };
}

/** Without the zones, which the component does not know. */
function without({ zoneIds: _zoneIds, name: _name, ...over }: Over) {
  return over;
}

const network: Record<string, Specimen> = {
  ExchangeNetwork: ({ zoneIds, name, ...over }, opts) =>
    new bourse.ExchangeNetwork(
      name ?? "net",
      { accountId, cidr: "10.0.0.0/16", zoneIds: [...(zoneIds ?? ["use1-az1", "use1-az4", "use1-az6"])], ipv6: true, logKey, ...over },
      opts,
    ),
  NetworkEndpoints: (over, opts) =>
    new bourse.NetworkEndpoints(
      over.name ?? "ways",
      {
        accountId,
        vpcId: "vpc-1",
        subnetIds: literalNetwork(over.zoneIds).privateSubnetIds,
        routeTableIds: { private: "rtb-1" },
        clientCidr: "10.0.0.0/17",
        ...without(over),
      },
      opts,
    ),
  FlowLog: (over, opts) => new bourse.FlowLog(over.name ?? "flow", { accountId, vpcId: "vpc-1", key: logKey, ...without(over) }, opts),
  NetworkPeering: (over, opts) =>
    new bourse.NetworkPeering(
      over.name ?? "link",
      {
        requester: { vpcId: "vpc-1", cidr: "10.0.0.0/16", routeTableIds: { a: "rtb-1" } },
        accepter: { vpcId: "vpc-2", cidr: "10.1.0.0/16", routeTableIds: { a: "rtb-2" }, region: "us-west-2", provider: far() },
        ...without(over),
      },
      opts,
    ),
  RegionLink: (over, opts) =>
    new bourse.RegionLink(
      over.name ?? "regions",
      {
        region,
        cidr: "10.0.0.0/16",
        vpcId: "vpc-1",
        routeTableIds: { a: "rtb-1" },
        domain: "exchange.example",
        shardPort: 7400,
        home: {
          region: "us-west-2",
          cidr: "10.1.0.0/16",
          vpcId: "vpc-2",
          routeTableIds: { a: "rtb-2" },
          zoneId: "Z0123456789ABCDEFGHIJ",
          entranceGroupId: "sg-home",
          provider: far(),
        },
        ...without(over),
      },
      opts,
    ),
  NetworkTransit: (over, opts) =>
    new bourse.NetworkTransit(
      over.name ?? "hub",
      {
        asn: 64_512,
        networks: {
          exchange: {
            vpcId: "vpc-1",
            cidr: "10.0.0.0/16",
            subnetIds: literalNetwork(over.zoneIds).privateSubnetIds,
            routeTableIds: { a: "rtb-1" },
          },
        },
        remoteCidrs: { far: "10.1.0.0/16" },
        ...without(over),
      },
      opts,
    ),
  TransitPeering: (over, opts) =>
    new bourse.TransitPeering(
      over.name ?? "bridge",
      {
        requester: { transitGatewayId: "tgw-1", routeTableId: "tgw-rtb-1", cidrs: { near: "10.0.0.0/16" } },
        accepter: {
          transitGatewayId: "tgw-2",
          routeTableId: "tgw-rtb-2",
          cidrs: { far: "10.1.0.0/16" },
          region: "us-west-2",
          provider: far(),
        },
        ...without(over),
      },
      opts,
    ),
  AccessPort: (over, opts) =>
    new bourse.AccessPort(
      over.name ?? "port",
      { loadBalancerArn, members: { alpha: "222222222222" }, privateDnsName: "orders.exchange.example", ...without(over) },
      opts,
    ),
};

const security: Record<string, Specimen> = {
  KeyRing: (over, opts) => new bourse.KeyRing(over.name ?? "keys", { accountId, ...without(over) }, opts),
  SecretStore: (over, opts) =>
    new bourse.SecretStore(
      over.name ?? "secrets",
      {
        accountId,
        key: literalKey("secret"),
        secrets: { envelope: { description: "Envelopes API secrets" }, mail: { description: "SMTP password", value: "given" } },
        replicaKeys: { "us-west-2": literalKey("secret") },
        logKey,
        ...without(over),
      },
      opts,
    ),
  WorkloadIdentity: (over, opts) =>
    new bourse.WorkloadIdentity(
      over.name ?? "wallet",
      {
        accountId,
        kind: "pods",
        pods: { clusterName: "exchange", namespace: "trading", serviceAccount: "wallet" },
        statements: bourse.grants.readSecret({ arn: secretArn, key: literalKey("secret"), region }),
        ...without(over),
      },
      opts,
    ),
  PrivateAuthority: (over, opts) =>
    new bourse.PrivateAuthority(over.name ?? "internal", { organization: "Example Exchange", ...without(over) }, opts),
  SecurityBaseline: (over, opts) =>
    new bourse.SecurityBaseline(over.name ?? "base", { accountId, key: logKey, home: true, ...without(over) }, opts),
  AuditTrail: (over, opts) => new bourse.AuditTrail(over.name ?? "trail", { accountId, key: logKey, ...without(over) }, opts),
  AuditBucket: (over, opts) =>
    new bourse.AuditBucket(over.name ?? "audit", { accountId, key: logKey, writer: "cloudtrail.amazonaws.com", ...without(over) }, opts),
  ConfigRecorder: (over, opts) =>
    new bourse.ConfigRecorder(
      over.name ?? "config",
      { accountId, key: logKey, recorder: true, globalResources: true, ...without(over) },
      opts,
    ),
  UserRules: (over, opts) => new bourse.UserRules(over.name ?? "users", without(over), opts),
};

const data: Record<string, Specimen> = {
  AuroraStore: (over, opts) =>
    new bourse.AuroraStore(
      over.name ?? "sql",
      { key, logKey, clients, global: { role: "primary", identifier: "bourse" }, proxy: { signIn: { users: ["users"] } }, ...at(over) },
      opts,
    ),
  AuroraProxy: (over, opts) =>
    new bourse.AuroraProxy(
      over.name ?? "pool",
      {
        signIn: { secrets: { users: { arn: secretArn, key: literalKey("secret") } } },
        clusterIdentifier: "sql",
        clusterArn: `arn:aws:rds:${region}:${accountId}:cluster:sql`,
        clusterResourceId: "cluster-ABCDEFGHIJKL0123",
        securityGroupId: "sg-pool",
        clusterGroupId: "sg-sql",
        ...at(over),
      },
      opts,
    ),
  TableStore: (over, opts) =>
    new bourse.TableStore(
      over.name ?? "tables",
      {
        region,
        key,
        replication: { consistency: "strong", regions: ["us-east-2"], witness: "us-west-2" },
        replicaKeys: { "us-east-2": key },
        tables: {
          balances: {
            key: { hash: { name: "account", type: "S" }, range: { name: "asset", type: "S" } },
            indexes: { "by-asset": { hash: { name: "asset", type: "S" } } },
            warm: { readUnits: 20_000, writeUnits: 8_000 },
            holds: "money",
          },
        },
        ...without(over),
      },
      opts,
    ),
  TableReplica: (over, opts) =>
    new bourse.TableReplica(
      over.name ?? "copies",
      { key, region, tableArns: { history: `arn:aws:dynamodb:us-west-2:${accountId}:table/tables-history` }, ...without(over) },
      opts,
    ),
  RedisCache: (over, opts) => new bourse.RedisCache(over.name ?? "cache", { key, logKey, clients, engine: "redis", ...at(over) }, opts),
  ObjectCache: (over, opts) => new bourse.ObjectCache(over.name ?? "objects", { clients, ...at(over) }, opts),
  SearchDomain: (over, opts) => new bourse.SearchDomain(over.name ?? "search", { accountId, key, logKey, clients, ...at(over) }, opts),
  EventStreams: (over, opts) =>
    new bourse.EventStreams(
      over.name ?? "events",
      { key: streamKey, streams: { trades: { consumers: ["analytics"] }, prices: { capacity: { shards: 8 } } }, ...without(over) },
      opts,
    ),
  Delivery: ({ zoneIds, name, ...over }, opts) =>
    new bourse.Delivery(
      name ?? "delivery",
      {
        accountId,
        logKey,
        bucket: { arn: "arn:aws:s3:::lake-events", name: "lake-events", key },
        deliveries: {
          trades: { source, rows: { image, table: "trades" }, lake: { columns: { symbol: "string", price: "bigint" } } },
          outside: {
            source,
            redshift: {
              endpoint: "outside.abc123.us-east-1.redshift.amazonaws.com:5439",
              securityGroupId: "sg-outside",
              database: "bourse",
              table: "public.trades",
              signIn: { arn: secretArn, key: literalKey("secret") },
            },
          },
          search: {
            source,
            search: {
              domainArn: `arn:aws:es:${region}:${accountId}:domain/search`,
              index: "trades",
              network: literalNetwork(zoneIds),
              clientGroupId: "sg-delivery",
            },
          },
        },
        ...over,
      },
      opts,
    ),
  RowsFunction: (over, opts) =>
    new bourse.RowsFunction(over.name ?? "rows", { rows: { image, table: "trades" }, key, logKey, ...without(over) }, opts),
  StreamAnalytics: (over, opts) =>
    new bourse.StreamAnalytics(
      over.name ?? "windows",
      {
        accountId,
        logKey,
        code: { file: archive, bucket: { arn: "arn:aws:s3:::artefacts", name: "artefacts" }, key },
        sources: { trades: source },
        sinks: { candles: { streamArn: `${streamArn}-candles`, key: streamKey } },
        ...at(over),
      },
      opts,
    ),
  Warehouse: (over, opts) =>
    new bourse.Warehouse(
      over.name ?? "warehouse",
      { accountId, key, clients, streams: { trades: source }, buckets: { events: { arn: "arn:aws:s3:::lake-events", key } }, ...at(over) },
      opts,
    ),
  Lake: (over, opts) =>
    new bourse.Lake(
      over.name ?? "lake",
      {
        accountId,
        key,
        buckets: {
          archive: {
            lock: { mode: "compliance", days: 2557 },
            coldAfterDays: 30,
            copy: {
              bucketArn: "arn:aws:s3:::far-archive",
              keyArn: `arn:aws:kms:us-west-2:${accountId}:key/00000000-0000-0000-0000-000000000000`,
              accountId: "222222222222",
            },
          },
          events: { expireAfterDays: 400, oldVersionDays: 30, receivesFrom: ["222222222222"] },
        },
        ...without(over),
      },
      opts,
    ),
  BackupVault: (over, opts) =>
    new bourse.BackupVault(
      over.name ?? "vault",
      {
        accountId,
        key,
        lock: "compliance",
        resources: { sql: `arn:aws:rds:${region}:${accountId}:cluster:sql` },
        copyTo: `arn:aws:backup:us-west-2:${accountId}:backup-vault:far`,
        receivesFrom: ["222222222222"],
        ...without(over),
      },
      opts,
    ),
  CommandLog: (over, opts) => new bourse.CommandLog(over.name ?? "log", { key: streamKey, logKey, clients, ...at(over) }, opts),
  DataLayer: ({ transform: _transform, ...over }, opts) =>
    new bourse.DataLayer(
      over.name ?? "data",
      {
        accountId,
        region,
        keys: { data: key, log: logKey, stream: streamKey },
        clients,
        stores: bourse.dataStoreNames,
        image,
        archive,
        ...at(over),
      },
      opts,
    ),
};

const messaging: Record<string, Specimen> = {
  MessagingLayer: (over, opts) =>
    new bourse.MessagingLayer(
      over.name ?? "messages",
      {
        accountId,
        key: streamKey,
        queues: { withdrawals: { fifo: true }, notices: { visibilitySeconds: 30 } },
        topics: { accounts: {}, orders: { fifo: true } },
        subscriptions: {
          "notices-of-accounts": { topic: "accounts", queue: "notices", filter: { kind: ["login"] } },
          "withdrawals-of-orders": { topic: "orders", queue: "withdrawals" },
        },
        ...without(over),
      },
      opts,
    ),
  Broker: (over, opts) =>
    new bourse.Broker(
      over.name ?? "broker",
      { key, clients, user: { name: "services", password: pulumi.secret("correct-horse-battery") }, ...at(over) },
      opts,
    ),
  MailIdentity: (over, opts) =>
    new bourse.MailIdentity(
      over.name ?? "mail",
      { accountId, zone, key: streamKey, reportsTo: "dmarc@exchange.example", ...without(over) },
      opts,
    ),
};

const foundation: Record<string, Specimen> = {
  CallerGroup: (over, opts) =>
    new bourse.CallerGroup(over.name ?? "callers", { vpcId: "vpc-1", members: "Deliveries", ...without(over) }, opts),
  ClientAccess: (over, opts) =>
    new bourse.ClientAccess(
      over.name ?? "access",
      { service: "PostgreSQL", vpcId: "vpc-1", ports: { sql: 5432 }, clients, ...without(over) },
      opts,
    ),
  LogBucket: (over, opts) => new bourse.LogBucket(over.name ?? "logs", { accountId, ...without(over) }, opts),
  WebFirewall: (over, opts) => new bourse.WebFirewall(over.name ?? "wall", { scope: "REGIONAL", logKey, ...without(over) }, opts),
};

/** Components of which this library's stores, keys, network and messages are made. */
export const storeSpecimens: Readonly<Record<string, Specimen>> = { ...network, ...security, ...data, ...messaging, ...foundation };

const globalArgs = () => ({ domain: "exchange.example", accountId, usEast1: near(), standby: far() });
const regionArgs = { accountId, region, cidr: "10.16.0.0/16", placement, zone, image };
const zonesOf = ({ zoneIds }: Over) => [...(zoneIds ?? ["use1-az1", "use1-az4", "use1-az6"])];

const authorizerArgs = {
  accountId,
  region,
  image,
  clientGroupId: "sg-services",
  environment: { BOURSE_SQL_URL: "postgresql://users@sql.example:5432/bourse" },
  statements: [],
  originSecret: { arn: `arn:aws:secretsmanager:${region}:${accountId}:secret:origin-AbCdEf`, keyArn: literalKey("secret").arn },
  key: literalKey("secret"),
  logKey,
};

/** Components of the edge, the cluster and the services, and their compositions. Their own tests have more variants. */
export const runningSpecimens: Readonly<Record<string, Specimen>> = {
  SiteBucket: (over, opts) => new bourse.SiteBucket(over.name ?? "site", without(over), opts),
  ExchangeEdge: (over, opts) =>
    new bourse.ExchangeEdge(
      over.name ?? "edge",
      {
        ...globalArgs(),
        logKey,
        account: { host: "account-origin.exchange.example" },
        ...without(over),
      },
      opts,
    ),
  ExchangeGlobal: ({ transform: _transform, ...over }, opts) =>
    new bourse.ExchangeGlobal(over.name ?? "bourse", { ...globalArgs(), ...without(over) }, opts),
  GlobalIngress: (over, opts) => new bourse.GlobalIngress(over.name ?? "world", { accountId, zone, ...without(over) }, opts),
  RegionIngress: (over, opts) =>
    new bourse.RegionIngress(
      over.name ?? "entry",
      { region, accountId, zone, targetSecurityGroupId: "sg-pods", logKey, ...at(over) },
      opts,
    ),
  ShardEntrance: ({ zoneIds, ...over }, opts) =>
    new bourse.ShardEntrance(
      over.name ?? "shard",
      {
        network: literalNetwork(zoneIds),
        zoneIds: [...(zoneIds ?? ["use1-az4", "use1-az6"])],
        region,
        zone: { zoneId: zone.zoneId, domain: "internal.exchange.example" },
        place: "primary",
        accessGroupId: "sg-entrance",
        targetSecurityGroupId: "sg-pods",
        port: 7400,
        health: { port: 9000, path: "/leads" },
        ...over,
      },
      opts,
    ),
  ApiIngress: (over, opts) =>
    new bourse.ApiIngress(
      over.name ?? "account",
      {
        region,
        zone,
        certificateArn,
        authorizer: { arn: `arn:aws:lambda:${region}:${accountId}:function:authorizer`, invokeArn: "arn:aws:apigateway:authorizer" },
        target: { listenerArn: "arn:listener", serverName: "api.exchange.example", securityGroupId: "sg-services", port: 443 },
        failover: { place: "primary", alarmName: "no-pod" },
        logKey,
        ...at(over),
      },
      opts,
    ),
  // RestApi is made by ApiIngress alone, and PrivateFront by it.
  RestApi: (over, opts) =>
    new bourse.ApiIngress(
      over.name ?? "private",
      {
        region,
        zone,
        certificateArn,
        authorizer: { arn: `arn:aws:lambda:${region}:${accountId}:function:authorizer`, invokeArn: "arn:aws:apigateway:authorizer" },
        target: {
          listenerArn: "arn:listener",
          loadBalancerArn,
          serverName: "api.exchange.example",
          securityGroupId: "sg-services",
          port: 443,
        },
        logKey,
        rest: { accountId, usagePlans: { basic: { rate: 10, burst: 20 } } },
        clientAuthorities: "s3://authorities/clients.pem",
        ...at(over),
      },
      opts,
    ),
  ApiAuthorizer: (over, opts) => new bourse.ApiAuthorizer(over.name ?? "decide", { ...authorizerArgs, ...at(over) }, opts),
  ServiceBalancer: (over, opts) =>
    new bourse.ServiceBalancer(
      over.name ?? "users",
      {
        accountId,
        serverName: "account-services.exchange.example",
        certificateArn,
        targetPort: 7500,
        healthPath: "/account/v1/ping",
        targetSecurityGroupId: "sg-pods",
        ...at(over),
      },
      opts,
    ),
  TradingCluster: (over, opts) =>
    new bourse.TradingCluster(over.name ?? "trading", { placement, key: literalKey("cluster"), logKey, ...at(over) }, opts),
  ClusterControllers: (over, opts) =>
    new bourse.ClusterControllers(over.name ?? "steer", { cluster, region, accountId, vpcId: "vpc-1", ...without(over) }, opts),
  PodScaling: (over, opts) =>
    new bourse.PodScaling(over.name ?? "follow", { cluster, networkCidrs: ["10.16.0.0/16"], ...without(over) }, opts),
  FargateCluster: (over, opts) =>
    new bourse.FargateCluster(over.name ?? "run", { network: { vpcId: "vpc-1" }, logKey, ...without(over) }, opts),
  FargateServices: (over, opts) =>
    new bourse.FargateServices(
      over.name ?? "tasks",
      {
        accountId,
        region,
        cluster: taskCluster,
        networkCidrs: ["10.16.0.0/16"],
        image,
        authorityArn: `arn:aws:acm-pca:${region}:${accountId}:certificate-authority/00000000-0000-0000-0000-000000000000`,
        clientGroupId: "sg-services",
        volumeKey: literalKey("cluster"),
        secretKey: literalKey("secret"),
        logKey,
        stores: exchangeStores,
        administrator,
        targetGroups,
        ...at(over),
      },
      opts,
    ),
  ServiceImage: (over, opts) => new bourse.ServiceImage(over.name ?? "image", without(over), opts),
  ExchangeServices: ({ zoneIds: _zoneIds, name, ...over }, opts) =>
    new bourse.ExchangeServices(
      name ?? "services",
      {
        region,
        cluster,
        zoneIds: zonesOf({}),
        placement,
        networkCidrs: ["10.16.0.0/16"],
        image,
        volumeKey: literalKey("cluster"),
        stores: exchangeStores,
        administrator,
        canaries: { gateway: { image } },
        targetGroups,
        ...over,
      },
      opts,
    ),
  CostWatch: (over, opts) =>
    new bourse.CostWatch(
      over.name ?? "cost",
      {
        monthlyUsd: 20_000,
        target: { topicArn: `arn:aws:sns:${region}:${accountId}:on-call` },
        tag: { key: "bourse:scope", value: "region" },
        ...without(over),
      },
      opts,
    ),
  AlarmTopic: (over, opts) =>
    new bourse.AlarmTopic(
      over.name ?? "told",
      {
        accountId,
        key: streamKey,
        receivers: { "on-call": { protocol: "email", endpoint: "on-call@exchange.example" } },
        ...without(over),
      },
      opts,
    ),
  ObservabilityPlane: (over, opts) =>
    new bourse.ObservabilityPlane(
      over.name ?? "watch",
      {
        accountId,
        region,
        logKey,
        topic: { topicArn: `arn:aws:sns:${region}:${accountId}:on-call` },
        services: bourse.serviceNames,
        clusterName: "trading",
        loadBalancer: "net/entry/0123456789abcdef",
        operations: { hybrid: { machines: 10, until: "2027-01-31T00:00:00Z" } },
        canary: { url: "https://api.exchange.example" },
        ...without(over),
      },
      opts,
    ),
  ExchangeRegion: ({ transform: _transform, ...over }, opts) =>
    new bourse.ExchangeRegion(over.name ?? "bourse", { ...regionArgs, zoneIds: zonesOf(over), ...without(over) }, opts),
};

/** All of them, by class. */
export const specimens: Readonly<Record<string, Specimen>> = { ...storeSpecimens, ...runningSpecimens };

function far(): aws.Provider {
  return new aws.Provider("far", { region: "us-west-2" });
}

function near(): aws.Provider {
  return new aws.Provider("near", { region: "us-east-1" });
}
