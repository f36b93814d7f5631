/** The size of every hop, as a table: what the hop must carry and what one unit of it carries. */

import { figures } from "./figures";
import { type Hop, uncacheable } from "./hop";
import { storeHops } from "./store-sizes";

/** Processors of a gateway, and cores of a shard: journal, match, publish, spare. */
export const podVcpu = 2;
export const shardCores = 4;

/** Hops on the way of a request. */
const servingHops = [
  {
    name: "restLoadBalancerUnits",
    layer: "ingress",
    title: "Capacity units reserved over all Application Load Balancers",
    unit: "LCU",
    spread: "single",
    minimum: 100,
    demands: (load) => [{ what: "uncacheable requests", value: uncacheable(load), unit: "requests/s", each: figures.lcuRequests }],
  },
  {
    name: "orderGateways",
    layer: "services",
    title: "Order entry gateways",
    unit: "pods",
    spread: "pair",
    minimum: 2,
    demands: (load) => [{ what: "peak orders", value: load.peakOrders, unit: "orders/s", each: figures.orderGateway }],
  },
  {
    name: "readGateways",
    layer: "services",
    title: "REST gateways",
    unit: "pods",
    spread: "pair",
    minimum: 2,
    demands: (load) => [
      { what: "uncacheable requests", value: uncacheable(load), unit: "requests/s", each: figures.readGateway },
      { what: "signed reads", value: load.signedReads, unit: "requests/s", each: figures.readGateway },
    ],
  },
  {
    name: "streamGateways",
    layer: "services",
    title: "Stream gateways",
    unit: "pods",
    spread: "pair",
    minimum: 2,
    demands: (load) => [
      { what: "open sockets", value: load.sockets, unit: "sockets", each: figures.streamSockets },
      { what: "stream messages", value: load.streamMessages, unit: "messages/s", each: figures.streamMessages },
    ],
  },
  {
    name: "gateways",
    layer: "services",
    title: "Gateways of all kinds, alike, so that any takes over from any",
    unit: "pods",
    spread: "counted",
    minimum: 2,
    demands: (_load, size) => [
      {
        what: "gateways for orders, reads and streams",
        value: size("orderGateways") + size("readGateways") + size("streamGateways"),
        unit: "pods",
        each: figures.onePod,
      },
    ],
  },
  {
    name: "restLoadBalancers",
    layer: "ingress",
    title: "Application Load Balancers of the REST API, behind the region's web ACL",
    unit: "load balancers",
    spread: "single",
    minimum: 1,
    demands: (_load, size) => [{ what: "gateways", value: size("gateways"), unit: "targets", each: figures.albTargets }],
  },
  {
    name: "socketLoadBalancers",
    layer: "ingress",
    title: "Network Load Balancers of sockets",
    unit: "load balancers",
    spread: "single",
    minimum: 1,
    demands: (_load, size) => [
      {
        what: "gateways in each of the two hot zones",
        value: size("gateways") / 2,
        unit: "targets",
        each: figures.nlbTargetsPerZone,
      },
    ],
  },
  {
    name: "socketLoadBalancerUnits",
    layer: "ingress",
    title: "Capacity units of the Network Load Balancers",
    unit: "NLCU",
    spread: "single",
    minimum: 10,
    demands: (load) => [{ what: "open sockets", value: load.sockets, unit: "sockets", each: figures.nlcuSockets }],
  },
  {
    name: "shards",
    layer: "services",
    title: "Shards of the matching engine, each with a leader and a standby",
    unit: "shards",
    spread: "single",
    minimum: 1,
    demands: (load) => [{ what: "peak orders", value: load.peakOrders, unit: "commands/s", each: figures.shard }],
  },
  {
    name: "hotNodes",
    layer: "cluster",
    title: "Hot nodes in each of the hot zone and its standby zone",
    unit: "nodes a zone",
    spread: "single",
    minimum: 1,
    demands: (_load, size) => [
      {
        what: "half of the gateways, and a leader or standby of every shard",
        value: (size("gateways") * podVcpu) / 2 + size("shards") * shardCores,
        unit: "cores",
        each: figures.hotNodeCores,
      },
    ],
  },
  {
    name: "warmNodes",
    layer: "cluster",
    title: "Warm nodes over all zones",
    unit: "nodes",
    spread: "zones",
    minimum: 3,
    perZone: true,
    demands: (load) => [
      {
        what: "warm and cold services: six cores for each thousand orders",
        value: (load.orders / 1_000) * 6,
        unit: "vCPU",
        each: figures.warmNodeVcpu,
      },
    ],
  },
] as const satisfies readonly Hop[];

/** All of them; one that depends on others comes after these. */
export const hops = [...servingHops, ...storeHops] as const;

/** Name of a size that capacity derives. */
export type SizeName = (typeof hops)[number]["name"];
