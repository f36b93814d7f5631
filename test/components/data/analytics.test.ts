import assert from "node:assert/strict";
import { Delivery, type DeliveryArgs, StreamAnalytics, type StreamAnalyticsArgs, Warehouse, type WarehouseArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  differenceOf,
  literalKey,
  literalNetwork,
  probeTransforms,
  type ResourceGraph,
  recordProgram,
  untransformed,
} from "bourse/testing";
import { archive, image } from "../references";

const accountId = "123456789012";
const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/events-trades";
const source = { streamArn, key: literalKey("stream") };
const bucket = { arn: "arn:aws:s3:::lake-events", name: "lake-events", key: literalKey() };
const firehoseType = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream";

interface Statement {
  Action: string | string[];
  Resource: string | string[];
  Condition?: unknown;
}

function statementsOf(graph: ResourceGraph, name: string): Statement[] {
  return JSON.parse(graph.get("aws:iam/rolePolicy:RolePolicy", name).inputs.policy as string).Statement;
}

function actionsEverywhere(graph: ResourceGraph, name: string): string[] {
  return statementsOf(graph, name)
    .filter(({ Resource }) => [Resource].flat().includes("*"))
    .flatMap(({ Action }) => Action);
}

function deliveryWith(over: Partial<DeliveryArgs> = {}): () => Delivery {
  const deliveries: DeliveryArgs["deliveries"] = {
    trades: { source, lake: { columns: { symbol: "string", price: "bigint", quantity: "bigint" } } },
    "order-search": {
      source,
      search: {
        domainArn: "arn:aws:es:us-east-1:123456789012:domain/search",
        index: "orders",
        network: literalNetwork(),
        clientGroupId: "sg-delivery",
      },
    },
  };
  return () => new Delivery("delivery", { accountId, bucket, deliveries, ...over });
}

describeComponent("Delivery", deliveryWith(), (subject) => {
  it("makes a delivery for each target, with a role of its own, a table for the lake, a log and alarms", () => {
    const roles = ["order-search", "trades"];
    assertResources(subject.graph, {
      [firehoseType]: roles.map((role) => `delivery-${role}`),
      "aws:iam/role:Role": roles.map((role) => `delivery-${role}-role`),
      "aws:iam/rolePolicy:RolePolicy": roles.map((role) => `delivery-${role}-role-delivers`),
      "aws:cloudwatch/logStream:LogStream": roles.map((role) => `delivery-${role}-log`),
      "aws:cloudwatch/logGroup:LogGroup": ["delivery-log"],
      "aws:glue/catalogDatabase:CatalogDatabase": ["delivery-tables"],
      "aws:glue/catalogTable:CatalogTable": ["delivery-trades-table"],
      "aws:cloudwatch/metricAlarm:MetricAlarm": roles.flatMap((role) =>
        ["delay", "source-throttled"].map((kind) => `delivery-${role}-${kind}-alarm`),
      ),
    });
  });

  it("writes trades as encrypted Parquet by the hour, and keeps what it cannot convert", () => {
    const { extendedS3Configuration } = subject.graph.get(firehoseType, "delivery-trades").inputs as {
      extendedS3Configuration: Record<string, unknown>;
    };
    const { enabled, outputFormatConfiguration } = extendedS3Configuration.dataFormatConversionConfiguration as Record<string, unknown>;
    assert.equal(enabled, true);
    assert.deepEqual(outputFormatConfiguration, { serializer: { parquetSerDe: { compression: "SNAPPY" } } });
    assert.equal(extendedS3Configuration.kmsKeyArn, literalKey().arn);
    assert.match(extendedS3Configuration.prefix as string, /^trades\/year=/);
    assert.match(extendedS3Configuration.errorOutputPrefix as string, /^undelivered\/trades\//);
    assert.equal((extendedS3Configuration.cloudwatchLoggingOptions as { enabled: boolean }).enabled, true);
  });

  it("tells Athena the hours of the table, since nothing registers the folders that Firehose makes", () => {
    const { parameters } = subject.graph.get("aws:glue/catalogTable:CatalogTable", "delivery-trades-table").inputs;
    const { extendedS3Configuration } = subject.graph.get(firehoseType, "delivery-trades").inputs as {
      extendedS3Configuration: { prefix: string };
    };
    const projected = parameters as Record<string, string>;
    assert.equal(projected["projection.enabled"], "true");
    const timestamps = { yyyy: "year", MM: "month", dd: "day", HH: "hour" };
    const written = extendedS3Configuration.prefix.replace(
      /!\{timestamp:(yyyy|MM|dd|HH)\}/g,
      (_, pattern: keyof typeof timestamps) => `\${${timestamps[pattern]}}`,
    );
    assert.ok(projected["storage.location.template"].endsWith(`/${written}`), projected["storage.location.template"]);
    for (const [part, digits] of Object.entries({ year: "4", month: "2", day: "2", hour: "2" }))
      assert.equal(projected[`projection.${part}.digits`], digits);
  });

  it("indexes orders from within the network, a new index a day, and keeps refused documents", () => {
    const { opensearchConfiguration } = subject.graph.get(firehoseType, "delivery-order-search").inputs as {
      opensearchConfiguration: Record<string, unknown>;
    };
    assert.deepEqual((opensearchConfiguration.vpcConfig as { securityGroupIds: unknown }).securityGroupIds, ["sg-delivery"]);
    assert.equal(opensearchConfiguration.s3BackupMode, "FailedDocumentsOnly");
    assert.equal(opensearchConfiguration.indexRotationPeriod, "OneDay");
    assert.equal((opensearchConfiguration.s3Configuration as { kmsKeyArn: string }).kmsKeyArn, literalKey().arn);
  });

  it("lets Firehose of this account alone take the role, with rights on named resources", () => {
    assertInputs(subject.graph, "aws:iam/role:Role", "delivery-trades-role", {
      assumeRolePolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "firehose.amazonaws.com" },
            Action: "sts:AssumeRole",
            Condition: { StringEquals: { "aws:SourceAccount": accountId } },
          },
        ],
      },
    });
    if (!subject.known) return;
    assert.deepEqual(actionsEverywhere(subject.graph, "delivery-trades-role-delivers"), []);
    assert.ok(actionsEverywhere(subject.graph, "delivery-order-search-role-delivers").every((action) => action.startsWith("ec2:Describe")));
  });
});

/** Deliveries of the stream of trades alone. */
function tradesTo(target: object, over: object = {}): Partial<DeliveryArgs> {
  return { deliveries: { trades: { source, ...target, ...over } as DeliveryArgs["deliveries"][string] } };
}
const rows = { rows: { image, table: "trades" } };
const lakeOf = (columns: Record<string, string>) => ({ lake: { columns } });
const redshift = {
  endpoint: "outside.abc123.eu-west-1.redshift.amazonaws.com:5439",
  securityGroupId: "sg-outside",
  database: "bourse",
  table: "public.trades",
  columns: ["symbol", "price"],
  signIn: { arn: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:loader-AbCdEf", key: literalKey("secret") },
};

describe("Delivery, by argument", () => {
  it("makes rows of records by a function of the services' image, which the delivery alone calls and which may only write its log", async () => {
    const graph = await recordProgram({}, deliveryWith(tradesTo(lakeOf({ symbol: "string" }), rows)));
    const made = assertInputs(graph, "aws:lambda/function:Function", "delivery-trades-rows-function", {
      packageType: "Image",
      imageUri: image,
      imageConfig: { commands: ["functions/market-rows/main.js"] },
      environment: { variables: { BOURSE_ROWS: "trades" } },
      kmsKeyArn: literalKey().arn,
      vpcConfig: undefined,
    });
    const { processingConfiguration } = graph.get(firehoseType, "delivery-trades").inputs.extendedS3Configuration as Record<
      string,
      unknown
    >;
    assert.deepEqual(processingConfiguration, {
      enabled: true,
      processors: [{ type: "Lambda", parameters: [{ parameterName: "LambdaArn", parameterValue: `${made.outputs.arn}:$LATEST` }] }],
    });
    const call = statementsOf(graph, "delivery-trades-role-delivers").find(({ Action }) => Action.includes("lambda:InvokeFunction"));
    assert.deepEqual(call?.Resource, [made.outputs.arn, `${made.outputs.arn}:$LATEST`]);
    assert.deepEqual(
      statementsOf(graph, "delivery-trades-rows-role-logs").flatMap(({ Action }) => Action),
      ["logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    );
  });

  it("reaches a warehouse that has a public address by admitting the addresses of Firehose there, with a secret for a password", async () => {
    const graph = await recordProgram({}, deliveryWith(tradesTo({ redshift }, rows)));
    assertInputs(graph, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "delivery-trades-admission", {
      securityGroupId: "sg-outside",
      cidrIpv4: "52.19.239.192/27",
      ipProtocol: "tcp",
      fromPort: 5439,
      toPort: 5439,
    });
    const { destination, redshiftConfiguration } = graph.get(firehoseType, "delivery-trades").inputs as {
      destination: string;
      redshiftConfiguration: Record<string, unknown>;
    };
    assert.equal(destination, "redshift");
    const { clusterJdbcurl, dataTableName, dataTableColumns, secretsManagerConfiguration, password, s3Configuration } =
      redshiftConfiguration;
    assert.deepEqual(
      [clusterJdbcurl, dataTableName, dataTableColumns, password],
      ["jdbc:redshift://outside.abc123.eu-west-1.redshift.amazonaws.com:5439/bourse", "public.trades", "symbol,price", undefined],
    );
    const role = graph.get("aws:iam/role:Role", "delivery-trades-role");
    assert.deepEqual(secretsManagerConfiguration, { enabled: true, secretArn: redshift.signIn.arn, roleArn: role.outputs.arn });
    assert.equal((s3Configuration as { kmsKeyArn: string }).kmsKeyArn, literalKey().arn);
    assert.ok(graph.get("aws:cloudwatch/metricAlarm:MetricAlarm", "delivery-trades-refused-alarm"));
  });

  it("changes nothing else when a delivery is added", async () => {
    const trades = { source, lake: { columns: { symbol: "string" } } };
    const before = await recordProgram({}, deliveryWith({ deliveries: { trades } }));
    const difference = differenceOf(before, await recordProgram({}, deliveryWith({ deliveries: { prices: trades, trades } })));
    assert.deepEqual([difference.replaced, difference.removed, difference.updated], [[], [], []]);
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<DeliveryArgs["transform"]>();
    assert.deepEqual(untransformed(await recordProgram({}, deliveryWith({ transform: probe.transform })), probe), []);
  });

  const lake = (columns: Record<string, string>) => tradesTo(lakeOf(columns));
  const cases: [string, Partial<DeliveryArgs>, string[]][] = [
    ["no delivery", { deliveries: {} }, ["deliveries"]],
    ["a table without columns", lake({}), ["deliveries.trades.lake.columns"]],
    ["a column type of SQL", lake({ price: "numeric" }), ["deliveries.trades.lake.columns.price"]],
    ["a column with a capital", lake({ Price: "bigint" }), ["deliveries.trades.lake.columns.Price"]],
    [
      "a delivery without a target",
      { deliveries: { trades: { source } as unknown as DeliveryArgs["deliveries"][string] } },
      ["deliveries.trades"],
    ],
    ["two targets of one delivery", tradesTo({ ...lakeOf({ symbol: "string" }), redshift }), ["deliveries.trades"]],
    [
      "rows of a table with a space",
      tradesTo(lakeOf({ symbol: "string" }), { rows: { image, table: "the trades" } }),
      ["deliveries.trades.rows.table"],
    ],
    [
      "rows by an image with a tag",
      tradesTo(lakeOf({ symbol: "string" }), { rows: { image: "bourse:latest", table: "trades" } }),
      ["deliveries.trades.rows.image"],
    ],
    [
      "rows for search, whose records are one document each",
      tradesTo({ search: { domainArn: "arn", index: "trades", network: literalNetwork(), clientGroupId: "sg-1" } }, rows),
      ["deliveries.trades.rows"],
    ],
    [
      "a warehouse by its host alone",
      tradesTo({ redshift: { ...redshift, endpoint: "outside" } }),
      ["deliveries.trades.redshift.endpoint"],
    ],
    [
      "a warehouse where Firehose has no known addresses",
      tradesTo({ redshift: { ...redshift, endpoint: "outside.abc123.mars-north-1.redshift.amazonaws.com:5439" } }),
      ["deliveries.trades.redshift.endpoint"],
    ],
    [
      "a password in place of a secret",
      tradesTo({ redshift: { ...redshift, signIn: { arn: "hunter2", key: literalKey() } } }),
      ["deliveries.trades.redshift.signIn.arn"],
    ],
    ["a table of three parts", tradesTo({ redshift: { ...redshift, table: "a.b.c" } }), ["deliveries.trades.redshift.table"]],
    ["a column with a comma", tradesTo({ redshift: { ...redshift, columns: ["a,b"] } }), ["deliveries.trades.redshift.columns[0]"]],
    ["a buffer below the least", { bufferSeconds: 10 }, ["bufferSeconds"]],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(deliveryWith(over), paths));
  }
});

function analyticsWith(over: Partial<StreamAnalyticsArgs> = {}): () => StreamAnalytics {
  return () =>
    new StreamAnalytics("windows", {
      accountId,
      network: literalNetwork(),
      clientGroupId: "sg-analytics",
      code: { bucketArn: "arn:aws:s3:::artefacts", fileKey: "windows.jar", key: literalKey() },
      sources: { trades: source },
      sinks: { candles: { streamArn: `${streamArn}-candles`, key: literalKey("stream") } },
      ...over,
    });
}

describeComponent("StreamAnalytics", analyticsWith(), (subject) => {
  const applicationType = "aws:kinesisanalyticsv2/application:Application";

  it("makes one application with its role, log and alarms", () => {
    assertResources(subject.graph, {
      [applicationType]: ["windows-application"],
      "aws:iam/role:Role": ["windows-role"],
      "aws:iam/rolePolicy:RolePolicy": ["windows-role-runs"],
      "aws:cloudwatch/logGroup:LogGroup": ["windows-log"],
      "aws:cloudwatch/logStream:LogStream": ["windows-log-stream"],
      "aws:cloudwatch/metricAlarm:MetricAlarm": ["behind", "checkpoints", "cpu", "downtime"].map((alarm) => `windows-${alarm}-alarm`),
    });
  });

  it("resumes where it stopped, scales by itself, and runs within the private tier", () => {
    const { applicationConfiguration } = subject.graph.get(applicationType, "windows-application").inputs as {
      applicationConfiguration: Record<string, unknown>;
    };
    assert.deepEqual(applicationConfiguration.applicationSnapshotConfiguration, { snapshotsEnabled: true });
    assert.deepEqual(applicationConfiguration.vpcConfiguration, {
      subnetIds: Object.values(literalNetwork().privateSubnetIds),
      securityGroupIds: ["sg-analytics"],
    });
    const flink = applicationConfiguration.flinkApplicationConfiguration as Record<string, Record<string, unknown>>;
    assert.equal(flink.checkpointConfiguration.checkpointingEnabled, true);
    assert.equal(flink.checkpointConfiguration.checkpointInterval, 60_000);
    assert.equal(flink.parallelismConfiguration.autoScalingEnabled, true);
    assert.deepEqual(applicationConfiguration.environmentProperties, {
      propertyGroups: [
        { propertyGroupId: "sources", propertyMap: { trades: streamArn } },
        { propertyGroupId: "sinks", propertyMap: { candles: `${streamArn}-candles` } },
      ],
    });
  });

  it("calls AWS over HTTPS and nobody else, and admits nobody, when no group is given", async () => {
    const graph = await subject.record(analyticsWith({ clientGroupId: undefined }));
    const group = graph.get("aws:ec2/securityGroup:SecurityGroup", "windows-callers-group");
    assert.deepEqual([group.inputs.ingress, group.inputs.egress], [undefined, undefined]);
    assert.deepEqual(graph.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"), []);
    assertInputs(graph, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "windows-callers-https", {
      securityGroupId: group.id,
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
    });
    assert.deepEqual(
      graph
        .referencesOf(graph.get(applicationType, "windows-application"), "applicationConfiguration")
        .some(({ name }) => name === group.name),
      true,
    );
  });

  it("lets the Flink service take its role for this account alone", () => {
    assertInputs(subject.graph, "aws:iam/role:Role", "windows-role", {
      assumeRolePolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "kinesisanalytics.amazonaws.com" },
            Action: "sts:AssumeRole",
            Condition: { StringEquals: { "aws:SourceAccount": accountId } },
          },
        ],
      },
    });
  });

  it("reads its sources, writes its sinks, and nothing else", () => {
    if (!subject.known) return;
    const [reads, , code] = statementsOf(subject.graph, "windows-role-runs");
    assert.deepEqual(reads.Resource, [streamArn]);
    assert.equal(code.Resource, "arn:aws:s3:::artefacts/windows.jar");
    const writes = statementsOf(subject.graph, "windows-role-runs").find(({ Action }) => Action.includes("kinesis:PutRecords"));
    assert.deepEqual(writes?.Resource, [`${streamArn}-candles`]);
    assert.ok(
      actionsEverywhere(subject.graph, "windows-role-runs").every((action) => /^(ec2:Describe|logs:DescribeLogGroups)/.test(action)),
    );
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<StreamAnalyticsArgs["transform"]>();
    assert.deepEqual(untransformed(await subject.record(analyticsWith({ transform: probe.transform })), probe), []);
  });

  it("puts an archive of the deploying machine into the bucket, and runs that version of it, once its role has its rights", async () => {
    const bucket = { arn: "arn:aws:s3:::artefacts", name: "artefacts" };
    const graph = await subject.record(analyticsWith({ code: { file: archive, bucket, key: literalKey() } }));
    const stored = assertInputs(graph, "aws:s3/bucketObjectv2:BucketObjectv2", "windows-archive", {
      bucket: "artefacts",
      key: "flink/windows.jar",
      kmsKeyId: literalKey().arn,
    });
    const application = graph.get(applicationType, "windows-application");
    assert.ok(graph.referencesOf(application, "applicationConfiguration").some(({ name }) => name === "windows-archive"));
    assert.ok(application.dependencies.includes(graph.get("aws:iam/rolePolicy:RolePolicy", "windows-role-runs").urn));
    assert.ok(stored.inputs.source !== undefined);
  });

  const cases: [string, Partial<StreamAnalyticsArgs>, string[]][] = [
    ["an archive that is none", { code: { file: "windows.txt", bucket: { arn: "arn", name: "b" }, key: literalKey() } }, ["code.file"]],
    ["no source", { sources: {} }, ["sources"]],
    ["a sink with a space", { sinks: { "the sink": source } }, ["sinks.the sink"]],
    ["no parallelism", { parallelism: 0 }, ["parallelism"]],
    ["checkpoints all the time", { checkpointMs: 10 }, ["checkpointMs"]],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(analyticsWith(over), paths));
  }
});

function warehouseWith(over: Partial<WarehouseArgs> = {}): () => Warehouse {
  return () =>
    new Warehouse("warehouse", {
      accountId,
      network: literalNetwork(),
      key: literalKey(),
      clients: { analysts: "sg-analysts" },
      streams: { trades: source },
      buckets: { events: bucket },
      ...over,
    });
}

describeComponent("Warehouse", warehouseWith(), (subject) => {
  const clusterType = "aws:redshift/cluster:Cluster";

  it("makes a cluster with its role, views of its streams, logging and alarms, and nothing else", () => {
    assertResources(subject.graph, {
      [clusterType]: ["warehouse-cluster"],
      "aws:redshift/subnetGroup:SubnetGroup": ["warehouse-subnets"],
      "aws:redshift/parameterGroup:ParameterGroup": ["warehouse-parameters"],
      "aws:redshift/logging:Logging": ["warehouse-logging"],
      "aws:redshiftdata/statement:Statement": ["warehouse-streams", "warehouse-view-trades"],
      "aws:iam/role:Role": ["warehouse-reader"],
      "aws:iam/rolePolicy:RolePolicy": ["warehouse-reader-reads"],
      "aws:ec2/securityGroup:SecurityGroup": ["warehouse-access-group"],
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ["warehouse-access-analysts-sql"],
      "aws:cloudwatch/metricAlarm:MetricAlarm": ["cpu", "health", "storage"].map((alarm) => `warehouse-${alarm}-alarm`),
    });
  });

  it("is encrypted, private, in two zones, and keeps its traffic and its password out of sight", () => {
    const cluster = assertInputs(subject.graph, clusterType, "warehouse-cluster", {
      encrypted: "true",
      kmsKeyId: literalKey().arn,
      publiclyAccessible: false,
      enhancedVpcRouting: true,
      multiAz: true,
      manageMasterPassword: true,
      masterPasswordSecretKmsKeyId: literalKey().arn,
      masterPassword: undefined,
      allowVersionUpgrade: true,
    });
    assert.equal(cluster.protect, true);
  });

  it("keeps snapshots for 35 days, and a last one", () => {
    assertInputs(subject.graph, clusterType, "warehouse-cluster", {
      automatedSnapshotRetentionPeriod: 35,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: "warehouse-final",
    });
  });

  it("forces TLS and logs connections, users and statements", () => {
    const { parameters } = subject.graph.get("aws:redshift/parameterGroup:ParameterGroup", "warehouse-parameters").inputs;
    const values = Object.fromEntries((parameters as { name: string; value: string }[]).map(({ name, value }) => [name, value]));
    assert.deepEqual([values.require_ssl, values.enable_user_activity_logging], ["true", "true"]);
    assertInputs(subject.graph, "aws:redshift/logging:Logging", "warehouse-logging", {
      logDestinationType: "cloudwatch",
      logExports: ["connectionlog", "userlog", "useractivitylog"],
    });
  });

  it("reads the streams and buckets that it was given, and no others", () => {
    const statements = statementsOf(subject.graph, "warehouse-reader-reads");
    assert.deepEqual(
      statements.map(({ Resource }) => Resource),
      [[streamArn], "*", [bucket.arn], [`${bucket.arn}/*`], [literalKey("stream").arn, literalKey().arn]],
    );
    assert.equal(statements[1].Action, "kinesis:ListStreams");
  });

  it("holds each stream in a view that refreshes itself, made after the schema and its rights, with a password that nobody sees", () => {
    const role = subject.graph.get("aws:iam/role:Role", "warehouse-reader").outputs.arn;
    const { masterPasswordSecretArn } = subject.graph.get(clusterType, "warehouse-cluster").outputs;
    const shared = { clusterIdentifier: "warehouse", database: "bourse", secretArn: masterPasswordSecretArn, dbUser: undefined };
    const schema = assertInputs(subject.graph, statementType, "warehouse-streams", {
      ...shared,
      sql: `create external schema if not exists streams from kinesis iam_role '${role}'`,
    });
    const view = assertInputs(subject.graph, statementType, "warehouse-view-trades", {
      ...shared,
      sql:
        'create materialized view "trades" auto refresh yes as select approximate_arrival_timestamp, partition_key, shard_id, sequence_number, ' +
        'json_parse(kinesis_data) as record from streams."events-trades" where can_json_parse(kinesis_data)',
    });
    assert.ok(view.dependencies.includes(schema.urn));
    assert.ok(schema.dependencies.includes(subject.graph.get("aws:iam/rolePolicy:RolePolicy", "warehouse-reader-reads").urn));
  });
});

const statementType = "aws:redshiftdata/statement:Statement";

describe("Warehouse, by argument", () => {
  it("adds a view for another stream, and changes its role alone", async () => {
    const streams = { trades: source, orders: { ...source, streamArn: `${streamArn}-orders` } };
    const difference = differenceOf(await recordProgram({}, warehouseWith()), await recordProgram({}, warehouseWith({ streams })));
    assert.deepEqual(
      [difference.added, difference.updated.map(({ after }) => after)].map((each) => each.map(({ name }) => name)),
      [["warehouse-view-orders"], ["warehouse-reader-reads"]],
    );
    assert.deepEqual([difference.replaced, difference.removed], [[], []]);
  });

  it("replaces nothing when the network gets a zone", async () => {
    const network = literalNetwork(["use1-az1", "use1-az4", "use1-az6", "use1-az2"]);
    const difference = differenceOf(await recordProgram({}, warehouseWith()), await recordProgram({}, warehouseWith({ network })));
    assert.deepEqual([difference.added, difference.replaced, difference.removed], [[], [], []]);
    assert.deepEqual(
      difference.updated.map(({ after }) => after.name),
      ["warehouse-subnets"],
    );
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<WarehouseArgs["transform"]>();
    assert.deepEqual(untransformed(await recordProgram({}, warehouseWith({ transform: probe.transform })), probe), []);
  });

  const cases: [string, Partial<WarehouseArgs>, string[]][] = [
    ["a network of two zones", { network: literalNetwork(["use1-az1", "use1-az2"]) }, ["network"]],
    ["one node", { nodes: 1 }, ["nodes"]],
    ["a node type without two zones", { nodeType: "dc2.large" }, ["nodeType"]],
    ["no snapshots", { snapshotDays: 0 }, ["snapshotDays"]],
    ["a view that would need quotes in a query", { streams: { 'tr"ades': source } }, ['streams.tr"ades']],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(warehouseWith(over), paths));
  }
});
