/**
 * The gateway: one HTTP server with the REST API, all WebSocket paths and, when asked, static files, over the ports of the services.
 */

import type { IncomingMessage } from "node:http";
import { type AddressInfo, type BlockList, isIP } from "node:net";
import type { ServerTls } from "../process/certificates";
import type { Transfers } from "../services/ports";
import type { Position } from "../services/trading/port";
import type { ShardServer } from "../services/trading/remote";
import type { LeaseStore } from "../stores/leases/port";
import { accountOperations } from "./account/operations";
import { transferOperations } from "./account/transfer-operations";
import { walletOperations } from "./account/wallet-operations";
import { Acknowledged } from "./acknowledged";
import { type BinaryOptions, serveBinary } from "./binary";
import { type Answered, Dispatcher } from "./dispatcher";
import { addDocuments } from "./documents";
import { createHttp } from "./http";
import { marketOperations } from "./market/operations";
import { type Operation, systemClock } from "./operation";
import { changeOperations } from "./orders/changes";
import { listOperations } from "./orders/lists";
import { orderQueries } from "./orders/queries";
import { createSubmission, engineTimeoutMs } from "./orders/submission";
import { tradingOperations } from "./orders/trading";
import { type LimitSettings, RateLimits } from "./rate-limits";
import type { Clock, Services } from "./services";
import { SharedCounts } from "./shared-windows";
import { type ConnectionSettings, connectionDefaults } from "./sockets/connection";
import { ListenKeys } from "./sockets/listen-keys";
import { sessionOperations } from "./sockets/session-operations";
import { Sockets } from "./sockets/sockets";
import { Topics } from "./sockets/topics";
import { UserData } from "./sockets/user-data";
import { addStaticFiles } from "./static-files";

export interface GatewayOptions extends Services {
  /** Money in and out. @default none: its operations are not served */
  transfers?: Transfers;
  /** Microseconds since 1970. @default the system's clock */
  clock?: Clock;
  /** Overrides of {@link import("./rate-limits").publishedLimits}. */
  limits?: Partial<LimitSettings>;
  /** What all gateways together count under an address, kept by the caller. @default this gateway is the only one */
  leases?: LeaseStore;
  /** Overrides of {@link connectionDefaults}. */
  connections?: Partial<ConnectionSettings>;
  /**
   * Names that `Host` may have, and that `Origin` must then equal; anything else is answered with 403. `["127.0.0.1", "localhost"]` for a
   * server on the loopback (see {@link import("./origin").loopbackHosts}). @default not checked
   */
  allowedHosts?: readonly string[];
  /** URL path to file or folder, served beside the API. @default none */
  staticFiles?: Readonly<Record<string, string>>;
  /** User data follows the feed after this position. @default the beginning of the feed */
  from?: Position;
  /** How long events of a public stream are collected before they are written together, in ms. @default 5 */
  coalesceMs?: number;
  /** After which an order that the shard did not answer is -1007, in ms. @default 10000 */
  engineTimeoutMs?: number;
  /**
   * Addresses of load balancers. A request from one of them is of the last address of its `X-Forwarded-For` that is none; what other clients say in that header
   * counts for nothing. @default no load balancer
   */
  trustedProxies?: BlockList;
  /** Certificate and key; TLS 1.2 at least. @default plain HTTP, for the loopback */
  tls?: ServerTls;
  /** Told of every answer, over HTTP and WebSocket. @default nobody */
  observe?: (answered: Answered) => void;
  /** Binary order entry beside JSON, on a port of its own. @default not served */
  binary?: BinaryOptions;
  /** Told of faults of the gateway itself, never of a client's. @default standard error */
  onFault?: (error: unknown) => void;
}

export interface Gateway {
  /** Starts to serve; port 0 takes a free one. */
  listen(port: number, host: string): Promise<{ port: number; binaryPort: number | undefined }>;
  /** WebSocket connections that are open now. */
  readonly openSockets: number;
  /** Whether the store of limits does not answer: this gateway then gives away at most a part of each limit ({@link import("./shared-windows").leasedPart}). */
  readonly limitsAlone: boolean;
  /** Tells all clients, ends their connections and stops. */
  close(): Promise<void>;
}

export function createGateway(options: GatewayOptions): Gateway {
  const { clock = systemClock, allowedHosts, from = { shard: 0, epoch: 0, sequence: 0 }, trustedProxies } = options;
  const onFault = options.onFault ?? ((error: unknown) => console.error("gateway:", error));
  const shared = options.leases && new SharedCounts(options.leases, onFault);
  const limits = new RateLimits(options.limits, shared, options.leases);
  const settings = { ...connectionDefaults, ...options.connections };
  const addressOf = (request: IncomingMessage) => clientAddress(request, trustedProxies);

  const submission = createSubmission(options.orderEntry, options.engineTimeoutMs ?? engineTimeoutMs);
  const orderLimits = () => options.orderEntry.orderLimits;
  const listenKeys = new ListenKeys(options.users);
  const topics = new Topics(options.coalesceMs ?? 5, onFault);
  const userData = new UserData(options, clock, onFault);
  const acknowledged = options.binary?.reached && new Acknowledged(options.binary.reached);
  const dispatcher = new Dispatcher({
    users: options.users,
    limits,
    clock,
    acknowledged,
    onFault: (error) => onFault(error),
    observe: options.observe,
  });
  const operations: Operation[] = [
    ...marketOperations(options, limits),
    ...tradingOperations(options, submission),
    ...changeOperations(options, submission),
    ...listOperations(options, submission),
    ...orderQueries(options),
    ...accountOperations(options),
    ...walletOperations(options, options.transfers),
    ...(options.transfers === undefined ? [] : transferOperations(options.transfers, options.instruments)),
    ...sessionOperations(clock, listenKeys),
  ];

  const app = createHttp({ dispatcher, operations, allowedHosts, addressOf, tls: options.tls });
  options.tls?.renews?.(app.server, "TLSv1.2");
  addDocuments(app, operations);
  if (options.staticFiles !== undefined) addStaticFiles(app, options.staticFiles);
  const bySocket = new Map(operations.filter(({ socket }) => socket !== undefined).map((each) => [each.socket!, each]));
  const sockets = new Sockets({
    api: { dispatcher, operations: bySocket, limits, orderLimits, clock, userData, users: options.users },
    streams: { services: options, clock, limits, topics, listenKeys, userData },
    settings,
    allowedHosts,
    addressOf,
    onFault,
  });

  let binary: ShardServer | undefined;
  return {
    get openSockets() {
      return sockets.size;
    },
    get limitsAlone() {
      return limits.alone;
    },
    async listen(port, host) {
      await userData.start(from);
      sockets.attach(app.server);
      await app.listen({ port, host });
      if (options.binary !== undefined) {
        const { users, tls } = options;
        binary = await serveBinary({ ...options.binary, host, users, limits, clock, acknowledged, tls });
      }
      return { port: (app.server.address() as AddressInfo).port, binaryPort: binary?.port };
    },
    async close() {
      sockets.close();
      topics.close();
      userData.close();
      shared?.close();
      limits.close();
      await binary?.close();
      await app.close();
    },
  };
}

/** The address that limits and allow lists are about. IPv4 in IPv6 is shown as IPv4. */
function clientAddress(request: IncomingMessage, trustedProxies: BlockList | undefined): string {
  const peer = plainAddress(request.socket.remoteAddress ?? "");
  const forwarded = request.headers["x-forwarded-for"];
  if (trustedProxies === undefined || typeof forwarded !== "string" || !includes(trustedProxies, peer)) return peer;
  const hops = forwarded.split(",").map((hop) => plainAddress(hop.trim()));
  return hops.findLast((hop) => !includes(trustedProxies, hop)) ?? peer;
}

function plainAddress(address: string): string {
  return address.replace(/^::ffff:/, "");
}

function includes(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 4 ? "ipv4" : "ipv6");
}
