/** What one unit of each hop carries: the figures behind every derived size, each with its basis. */

/**
 * Where a figure comes from. `aws`: a limit or rate that AWS documents. `measured`: a benchmark of this repository or a measurement named in
 * its source. `planning`: our engineering assumption, deliberately low; replace it by your own measurement through a size's override.
 */
export type Basis = "aws" | "measured" | "planning";

/** What one unit carries. */
export interface Figure {
  value: number;
  /** Unit of {@link value}, for example `orders/s a pod`. */
  unit: string;
  basis: Basis;
  /** Document, benchmark or reasoning. */
  source: string;
}

const aws = (value: number, unit: string, source: string): Figure => ({ value, unit, basis: "aws", source });
const planning = (value: number, unit: string, source: string): Figure => ({ value, unit, basis: "planning", source });

/** Bytes of one record of each kind, as encoded: commands and events are fixed-size records (workloads/engine), the rest are estimates. */
export const recordBytes = { command: 64, orderState: 100, fill: 100, price: 120, session: 1_024, user: 2_048, document: 300 } as const;

export const figures = {
  /** Targets behind one load balancer; the quota can be raised. */
  albTargets: aws(1_000, "targets a load balancer", "Elastic Load Balancing quotas: targets per Application Load Balancer"),
  onePod: planning(1, "pods a pod", "the sum of what each kind of request asks for"),
  /** One LCU: 1 GB/h of traffic, which binds first for small responses: 1 GB / 3600 s / 1 KB. */
  lcuRequests: aws(270, "requests/s an LCU", "Elastic Load Balancing pricing: an LCU carries 1 GB an hour; responses of 1 KB"),
  nlcuSockets: aws(3_000, "TLS connections an NLCU", "Elastic Load Balancing pricing: 3,000 active TLS connections an NLCU"),
  nlbTargetsPerZone: aws(
    500,
    "targets a zone of an NLB",
    "Elastic Load Balancing quotas: targets per Availability Zone per Network Load Balancer",
  ),
  orderGateway: planning(20_000, "orders/s a pod", "one Node.js process of 2 vCPU: verify a signature, check limits, append, acknowledge"),
  readGateway: planning(5_000, "requests/s a pod", "one Node.js process of 2 vCPU answering REST from memory"),
  streamSockets: planning(15_000, "sockets a pod", "one Node.js process of 2 vCPU, 8 GiB; about 50 KB a TLS-free socket with its queues"),
  streamMessages: planning(150_000, "messages/s a pod", "frames serialised once a subject and written to every subscriber"),
  shard: planning(
    350_000,
    "commands/s a shard",
    "one single-threaded shard on a core of its own, journal included; `npm run bench` prints the figure of this build",
  ),
  brokerCommands: {
    value: 900_000,
    unit: "commands/s a broker",
    basis: "measured",
    source: "one Kafka broker on 2 vCPU: 64-byte commands, batches of 1,000, acks=all",
  } as Figure,
  brokerStorage: aws(
    125,
    "MB/s a broker",
    "Amazon MSK guide, provisioned storage throughput: 250 MiB/s a volume by default; half is left for readers",
  ),
  kinesisShardBytes: aws(1_000_000, "bytes/s a shard", "Kinesis quotas: 1 MB/s or 1,000 records/s in, a shard; records are batches"),
  writeUnitBytes: aws(
    1_024,
    "bytes/s a write unit",
    "DynamoDB: one write unit writes an item of up to 1 KB; history packs several records in an item",
  ),
  readUnit: aws(2, "reads/s a read unit", "DynamoDB: two eventually consistent reads of 4 KB a read unit"),
  aurora: planning(100, "rows/s an ACU", "batched inserts of netted movements, committed in two zones"),
  redis: planning(100_000, "commands/s a shard", "one primary of cache.r7g.xlarge with TLS and pipelining"),
  redisBytes: planning(20e9, "bytes a shard", "cache.r7g.xlarge holds 26.32 GiB; a quarter is reserved for snapshots and fragmentation"),
  memcachedBytes: planning(10e9, "bytes a node", "cache.r7g.large holds 13.07 GiB"),
  searchDocuments: planning(25_000, "documents/s a node", "r7g.4xlarge.search, documents of 300 bytes, one replica, bulk requests"),
  /** A size that is bytes already: a gibibyte holds a gibibyte. */
  gibibyte: planning(2 ** 30, "bytes a GiB", "storage is bought by the gibibyte; what is kept, and how often, stands in the demand"),
  sessionWrites: aws(1, "sign-ins/s a write unit", "DynamoDB: one write unit writes an item of up to 1 KB; a session is one"),
  sessionReads: aws(1, "lookups/s a read unit", "DynamoDB: a strongly consistent read of up to 4 KB takes one read unit"),
  brokerVcpu: planning(
    1_000,
    "messages/s a vCPU",
    "RabbitMQ, quorum queues on three nodes, persistent messages of 1 KB, confirmed and acknowledged",
  ),
  warehouseBytes: planning(20e6, "bytes/s a node", "ra3.4xlarge, streaming ingestion from Kinesis into a materialised view"),
  flink: planning(10_000, "records/s a KPU", "one KPU is 1 vCPU and 4 GB; windowed aggregates with checkpoints"),
  hotNodeCores: planning(22, "cores a node", "c7i.12xlarge has 24 physical cores; two are the system's, and threads are not shared"),
  warmNodeVcpu: planning(24, "vCPU of pods a node", "m7i.8xlarge has 32 vCPU; a quarter is left for the system and surges"),
} as const satisfies Record<string, Figure>;
