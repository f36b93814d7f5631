/** What a delivery takes from where to where, and what AWS refuses. */

import type * as pulumi from "@pulumi/pulumi";
import {
  childNameFaults,
  type Fault,
  faultsWithin,
  isPlain,
  type KeyRef,
  type NetworkRef,
  nameFaults,
  networkZoneFaults,
  wholeNumberFaults,
} from "../foundation";
import type { DeliveryArgs } from "./delivery";
import { type RowsSpec, rowsFunctionFaults } from "./rows-function";

/** A stream to read, with the key that encrypts it. */
export interface DeliverySource {
  streamArn: pulumi.Input<string>;
  key: KeyRef;
}

/** JSON records as rows of a Parquet table by year, month, day and hour (UTC, of delivery), which Athena queries in place. */
export interface LakeTarget {
  /** Types of columns by name, in the notation of AWS Glue (`bigint`, `string`, `decimal(38,0)`). */
  columns: Record<string, string>;
}

/** JSON records as documents of an OpenSearch index, a new one each day: one record, one document. */
export interface SearchTarget {
  domainArn: pulumi.Input<string>;
  index: string;
  network: NetworkRef;
  /** Zone ids from which the domain is reached, fixed whatever zones the network gains. Changing them **replaces** the delivery. @default the network's first two */
  zoneIds?: string[];
  /** Security group that the domain admits. */
  clientGroupId: pulumi.Input<string>;
}

/**
 * JSON records as rows of a Redshift table, which must exist. Firehose connects from addresses of AWS, so the warehouse needs a public one (Firehose guide, "Grant
 * Firehose access to an Amazon Redshift destination"), which `Warehouse` never has: it reads streams itself. For a warehouse that has one anyway.
 */
export interface RedshiftTarget {
  /** `name.id.region.redshift.amazonaws.com:port`, or of `redshift-serverless`. Plain: its region says from where Firehose comes. */
  endpoint: string;
  /** Group of the warehouse. It is made to admit the addresses of Firehose in that region, on that port, and nobody else. */
  securityGroupId: pulumi.Input<string>;
  database: string;
  /** Name, with its schema if it is not the default one. */
  table: string;
  /** Columns in the order of the records' fields. @default by name */
  columns?: string[];
  /** Secret with `username` and `password` of a user that may insert into the table, and its key. */
  signIn: { arn: pulumi.Input<string>; key: KeyRef };
}

/** One delivery. */
export type DeliverySpec = {
  source: DeliverySource;
  /** Function that makes rows of records that are none themselves; not for a search target. @default records are rows */
  rows?: RowsSpec;
} & ({ lake: LakeTarget } | { search: SearchTarget } | { redshift: RedshiftTarget });

const targets = ["lake", "search", "redshift"] as const;

/** Addresses that Firehose connects to Redshift from, by region (Firehose guide, "VPC access to an Amazon Redshift provisioned cluster or Serverless workgroup"). */
export const firehoseRanges: Readonly<Record<string, string>> = {
  "us-east-1": "52.70.63.192/27",
  "us-east-2": "13.58.135.96/27",
  "us-west-1": "13.57.135.192/27",
  "us-west-2": "52.89.255.224/27",
  "ap-east-1": "18.162.221.32/27",
  "ap-northeast-1": "13.113.196.224/27",
  "ap-northeast-2": "13.209.1.64/27",
  "ap-northeast-3": "13.208.177.192/27",
  "ap-south-1": "13.232.67.32/27",
  "ap-southeast-1": "13.228.64.192/27",
  "ap-southeast-2": "13.210.67.224/27",
  "ca-central-1": "35.183.92.128/27",
  "eu-central-1": "35.158.127.160/27",
  "eu-north-1": "13.53.63.224/27",
  "eu-west-1": "52.19.239.192/27",
  "eu-west-2": "18.130.1.96/27",
  "eu-west-3": "35.180.1.96/27",
};

/** Region and port of a warehouse; undefined when `endpoint` is none. */
export function warehousePlace(endpoint: string): { region: string; port: number } | undefined {
  const [, region, port] = /^[a-z0-9-]+\.[a-z0-9]+\.([a-z0-9-]+)\.redshift(?:-serverless)?\.amazonaws\.com:(\d{4,5})$/.exec(endpoint) ?? [];
  return region === undefined ? undefined : { region, port: Number(port) };
}

/** Faults of the arguments, for this component and for those that compose it. @param name name of the component, which those of its children start with */
export function deliveryFaults(args: DeliveryArgs, name: string): Fault[] {
  const entries = Object.entries(args.deliveries);
  const faults = entries.flatMap(([role, spec]): Fault[] => {
    const path = `deliveries.${role}`;
    const given = targets.filter((target) => target in spec);
    return [
      ...nameFaults(path, role, {
        longest: 30,
        pattern: /^[a-z][a-z0-9-]*$/,
        words: "lower-case letters, digits and hyphens, a letter first",
      }),
      ...("lake" in spec ? columnFaults(`${path}.lake.columns`, spec.lake.columns) : []),
      ...("search" in spec ? searchFaults(`${path}.search`, spec.search) : []),
      ...("redshift" in spec ? redshiftFaults(`${path}.redshift`, spec.redshift) : []),
      ...(given.length === 1
        ? []
        : [{ path, given: Object.keys(spec), allowed: `one of ${targets.join(", ")}`, fix: "make a delivery for each target" }]),
      ...(spec.rows === undefined ? [] : rowsFaults(path, spec, `${name}-${role}-rows`)),
    ];
  });
  if (entries.length === 0)
    faults.push({ path: "deliveries", given: args.deliveries, allowed: "at least one delivery", fix: "add a delivery" });
  return [
    ...faults,
    ...wholeNumberFaults("bufferSeconds", args.bufferSeconds, 60, 900, "use 300, the default", "Firehose limit with Parquet"),
    ...childNameFaults(name, { role: entries.map(([role]) => `-${role}-role`), delivery: entries.map(([role]) => `-${role}`) }),
  ];
}

/** Zones of the network that a delivery reaches its domain from. */
export function zonesOf({ zoneIds, network }: SearchTarget): string[] {
  return zoneIds ?? network.zoneIds.slice(0, 2);
}

function rowsFaults(path: string, spec: DeliverySpec, name: string): Fault[] {
  const faults = faultsWithin(path, rowsFunctionFaults({ rows: spec.rows! }, name));
  if (!("search" in spec)) return faults;
  const allowed = "no function beside a search target, whose records are one document each";
  return [...faults, { path: `${path}.rows`, given: spec.rows!.table, allowed, fix: "deliver a stream whose records are documents" }];
}

function searchFaults(path: string, search: SearchTarget): Fault[] {
  return [
    ...nameFaults(`${path}.index`, search.index, {
      longest: 200,
      pattern: /^[a-z0-9][a-z0-9_-]*$/,
      words: "lower-case letters, digits, hyphens and underscores",
    }),
    ...networkZoneFaults(`${path}.zoneIds`, zonesOf(search), search.network),
  ];
}

function redshiftFaults(path: string, { endpoint, database, table, columns, signIn }: RedshiftTarget): Fault[] {
  const place = warehousePlace(endpoint);
  const name = { longest: 127, pattern: /^[a-z_][a-z0-9_]*$/, words: "lower-case letters, digits and underscores" };
  const faults: Fault[] = [
    ...nameFaults(`${path}.database`, database, name),
    ...nameFaults(`${path}.table`, table, { ...name, longest: 255, pattern: /^([a-z_][a-z0-9_]*\.)?[a-z_][a-z0-9_]*$/ }),
    ...(columns ?? []).flatMap((column, index) => nameFaults(`${path}.columns[${index}]`, column, name)),
  ];
  if (place === undefined) {
    const allowed = "name.id.region.redshift.amazonaws.com:port, or redshift-serverless in place of redshift";
    faults.push({ path: `${path}.endpoint`, given: endpoint, allowed, fix: "use the endpoint that Redshift shows, without a path" });
  } else if (firehoseRanges[place.region] === undefined) {
    const allowed = `a region in which Firehose has known addresses: ${Object.keys(firehoseRanges).join(", ")}`;
    faults.push({ path: `${path}.endpoint`, given: place.region, allowed, fix: "let the warehouse read the stream itself" });
  }
  if (isPlain(signIn.arn) && !/^arn:aws[a-z-]*:secretsmanager:/.test(signIn.arn)) {
    const allowed = "the ARN of a secret of Secrets Manager with username and password";
    faults.push({ path: `${path}.signIn.arn`, given: "a text that is no such ARN", allowed, fix: "keep the password in a secret" });
  }
  return faults;
}

function columnFaults(path: string, columns: Record<string, string>): Fault[] {
  const faults = Object.entries(columns).flatMap(([column, type]): Fault[] => [
    ...nameFaults(`${path}.${column}`, column, {
      longest: 255,
      pattern: /^[a-z_][a-z0-9_]*$/,
      words: "lower-case letters, digits and underscores",
    }),
    ...(/^(boolean|int|bigint|double|string|timestamp|date|binary|decimal\(\d{1,2},\d{1,2}\)|(array|map|struct)<.+>)$/.test(type)
      ? []
      : [
          {
            path: `${path}.${column}`,
            given: type,
            allowed: "a type of AWS Glue such as bigint, string or decimal(38,0)",
            fix: "use string when in doubt",
          },
        ]),
  ]);
  if (Object.keys(columns).length === 0)
    faults.push({ path, given: columns, allowed: "at least one column", fix: "name the fields of the records" });
  return faults;
}
