/**
 * What the process of each service is told: the variables of its pod, as data. Processes are started in tests with exactly these, and tell of each that they
 * do not read; what they need and do not find ends them.
 */

import * as pulumi from "@pulumi/pulumi";
import { catalog, healthPort, metricsAgent, type ServiceName, type ServiceStore, serviceNames, storesOpened, usualTraces } from "./catalog";
import type { StoreRefs } from "./service-role";

/** Folders of a pod. */
export const folders = {
  /** The service's certificate, its key and the authority. */
  certificates: "/etc/bourse/tls",
  /** Of the shard: who may log on. */
  clients: "/etc/bourse/clients",
  /** The disk, or what is lost with the pod. */
  home: "/var/lib/bourse",
} as const;

/** The list of {@link tradingClients}, in its folder. */
export const clientListFile = "clients.json";

type Variables = Record<string, pulumi.Input<string>>;

/** The shard as more than one region knows it. */
export interface ShardPlace {
  /** Private name of the shard that leads, in whatever region it does. Certificates of the shard are for it too, and services of other regions log on by their certificates. */
  host: string;
  /**
   * Ranges of the region in which the shard leads, where that is not this one: services log on by the name, none of them keeps a log or tables, and no shard may be among them. Plain.
   * @default it leads here
   */
  ledFrom?: readonly string[];
}

/** Where rows that are made again from the shard's log are kept: with the pod. */
const ownRows: Variables = { BOURSE_SQL_URL: `sqlite:${folders.home}/rows.sqlite` };

/** Of each service: variables of its own, and those that it reads of what its stores tell. */
const processes: Record<ServiceName, { own: Variables; ofStores: string[] }> = {
  gateway: {
    own: { BOURSE_HOME: folders.home, BOURSE_BINARY_PORT: String(catalog.gateway.listeners!.binary) },
    ofStores: ["BOURSE_SQL_URL", "BOURSE_SQL_SIGN_IN", "BOURSE_SECRETS", "BOURSE_SECRETS_HOME", "BOURSE_REDIS_URL", "BOURSE_REDIS_SIGN_IN"],
  },
  trading: {
    // Nothing but a file on the pod's disk is a journal yet.
    own: { BOURSE_HOME: folders.home, BOURSE_JOURNAL: "file", BOURSE_TRADING_CLIENTS: `${folders.clients}/${clientListFile}` },
    ofStores: ["BOURSE_LEADERSHIP"],
  },
  "order-book": { own: ownRows, ofStores: [] },
  "market-data": { own: ownRows, ofStores: [] },
  wallet: { own: ownRows, ofStores: [] },
  users: {
    own: {},
    ofStores: ["BOURSE_SQL_URL", "BOURSE_SQL_WRITER", "BOURSE_SQL_SIGN_IN", "BOURSE_SECRETS", "BOURSE_SECRETS_HOME", "BOURSE_NOTICE_TOPIC"],
  },
  notification: {
    own: {},
    ofStores: [
      "BOURSE_SQL_URL",
      "BOURSE_SQL_SIGN_IN",
      "BOURSE_NOTICE_QUEUE",
      "BOURSE_NOTICE_DEAD_LETTERS",
      "BOURSE_MAIL",
      "BOURSE_MAIL_FROM",
    ],
  },
  history: { own: ownRows, ofStores: [] },
  analytics: { own: {}, ofStores: ["BOURSE_SQL_URL", "BOURSE_SQL_SIGN_IN", "BOURSE_BUS"] },
  publisher: { own: {}, ofStores: ["BOURSE_SQL_URL", "BOURSE_SQL_SIGN_IN", "BOURSE_BUS"] },
};

/** Variables of the process that brings a service's tables up to date. */
const ofMigrations = ["BOURSE_SQL_URL", "BOURSE_SQL_SIGN_IN"];

/** What the spans of a service say of where it runs. */
export interface TraceFacts {
  region: string;
  /** By digest, or by a tag. */
  image: pulumi.Input<string>;
  /** Further resource attributes, such as the node. */
  place?: Readonly<Record<string, string>>;
}

/** Variables of the OpenTelemetry SDK (OpenTelemetry, "Environment Variable Specification"). */
export function traceVariables(service: ServiceName, endpoint: string, { region, image, place = {} }: TraceFacts): Variables {
  const attributes = { "cloud.provider": "aws", "cloud.region": region, ...place };
  const told = Object.entries(attributes).map(([key, value]) => `${key}=${value}`);
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_SERVICE_NAME: service,
    OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
    OTEL_TRACES_SAMPLER_ARG: String(catalog[service].traces ?? usualTraces),
    OTEL_RESOURCE_ATTRIBUTES: pulumi.output(image).apply((uri) => [...told, `service.version=${versionOf(uri)}`].join(",")),
  };
}

/** Twelve digits of the image's digest, or its tag. */
function versionOf(image: string): string {
  return /@sha256:([0-9a-f]{12})/.exec(image)?.[1] ?? /:([\w.-]+)$/.exec(image)?.[1] ?? "unknown";
}

/** Whether services are those of the region in which the shard leads. */
export function regionOf(shard: ShardPlace | undefined): "home" | "joined" {
  return shard?.ledFrom === undefined ? "home" : "joined";
}

/** Name in the cluster of a pod of the shard's set, which it keeps from one start to the next. */
function memberHost(pod: string, namespace: string): string {
  return `${pod}.trading.${namespace}.svc.cluster.local`;
}

/** Names in the cluster of the shard's members. */
export function memberHosts(namespace: string, members: number): string[] {
  return Array.from({ length: members }, (_, ordinal) => memberHost(`trading-${ordinal}`, namespace));
}

/**
 * What a member of the shard is told beside what a lone one is. The kubelet puts in the pod's own name.
 *
 * @param region of the pod, by which a member knows whether it stands by or keeps a copy for a region that does not lead
 */
export function memberVariables(namespace: string, region: string, shard?: ShardPlace): Variables {
  const { BOURSE_TRADING, ...logon } = logonVariables("trading", shard === undefined ? [] : [shard.host]);
  return {
    BOURSE_MEMBER_ADDRESS: `${memberHost("$(BOURSE_POD)", namespace)}:${catalog.trading.port}`,
    ...logon,
    ...(shard === undefined
      ? {}
      : { BOURSE_MEMBER: shard.ledFrom === undefined ? "standby" : "copy", BOURSE_MEMBER_REGION: region, BOURSE_TRADING }),
  };
}

/**
 * Variables of a service's pod, but for those that the pod tells of itself.
 *
 * @param members names of the shard's members, of which clients try each; of a lone shard its service
 */
export function serviceVariables(
  service: ServiceName,
  given: StoreRefs,
  networkCidrs: readonly string[],
  shard?: ShardPlace,
  members: readonly string[] = ["trading"],
): Variables {
  const { port, drainSeconds } = catalog[service];
  const { own, ofStores } = processes[service];
  return {
    BOURSE_SERVICE: service,
    BOURSE_TLS: folders.certificates,
    BOURSE_PORT: String(port),
    BOURSE_HEALTH_PORT: String(healthPort),
    BOURSE_METRICS: `${metricsAgent.service}.${metricsAgent.namespace}:${metricsAgent.port}`,
    BOURSE_DRAIN_SECONDS: String(drainSeconds),
    ...only(storeVariables(service, given), ofStores),
    ...own,
    // Load balancers are in the network; who reaches a gateway from outside of it has no say about its address.
    ...(service === "gateway" ? { BOURSE_TRUSTED_PROXIES: networkCidrs.join(",") } : {}),
    ...(logsOn(service) ? logonVariables(service, shard?.ledFrom === undefined ? members : [shard.host]) : {}),
  };
}

/** Variables of the job that brings the tables of a service up to date. */
export function migrationVariables(service: ServiceName, given: StoreRefs): Variables {
  return { BOURSE_SERVICE: service, ...only(storeVariables(service, given), ofMigrations) };
}

/** Whether the service logs on to the shard. */
export function logsOn(service: ServiceName): boolean {
  return catalog[service].calls.includes("trading");
}

/** Services that log on to the shard, of those that are there: its callers, and itself where it has members that copy each other. */
export function shardClients(services: readonly ServiceName[], members: boolean): ServiceName[] {
  return serviceNames.filter((service) => services.includes(service) && (logsOn(service) || (members && service === "trading")));
}

/**
 * Who may log on to the shard, as its process reads it: each caller by its certificate, with sessions that no other has. Its pods make keys of their own for their life, of which nobody is told.
 *
 * @param members whether the shard has some
 */
export function tradingClients(services: readonly ServiceName[], members = false): string {
  const clients = shardClients(services, members).map((service) => ({ certificate: service, ...clientRights(service) }));
  return JSON.stringify({ clients });
}

/** What the shard's list says of a caller beside its key. */
export function clientRights(service: ServiceName) {
  return {
    sessions: sessionsOf(service),
    accounts: "all",
    readsEvents: true,
    // Members' frames come through gateways, under the members' own sessions.
    ...(service === "gateway" ? { relaysMembers: true } : {}),
    ...(service === "trading" ? { copiesLog: true } : {}),
  };
}

/** A pair of sessions for each address that a pod may have: the last 24 bits of it. Ranges follow the order of the catalog, which only grows. */
function sessionsOf(service: ServiceName): { first: number; last: number } {
  const size = 2 ** 25;
  const first = 1 + serviceNames.indexOf(service) * size;
  return { first, last: first + size - 1 };
}

function logonVariables(service: ServiceName, hosts: readonly string[]): Variables {
  const { first, last } = sessionsOf(service);
  return {
    BOURSE_TRADING: hosts.map((host) => `${host}:${catalog.trading.port}`).join(","),
    BOURSE_TRADING_SESSION: `${first}-${last}`,
  };
}

/** What the stores that a service uses tell it. Gateways sign in as themselves, to the database of users. */
function storeVariables(service: ServiceName, given: StoreRefs): Variables {
  const variables: Variables = {};
  for (const store of storesOpened(service, Object.keys(given) as ServiceStore[])) Object.assign(variables, given[store]?.environment);
  const url = variables.BOURSE_SQL_URL;
  if (url !== undefined) {
    const database = service === "gateway" ? "users" : service;
    variables.BOURSE_SQL_URL = pulumi.output(url).apply((text) => text.replace("{user}", service).replace("{database}", database));
  }
  return variables;
}

function only(variables: Variables, names: readonly string[]): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => names.includes(name)));
}
