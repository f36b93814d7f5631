/** Faults of the arguments of a table store. */

import { choiceFaults, type Fault, nameFaults, regionFaults, wholeNumberFaults } from "../foundation";
import type { TableReplication, TableSpec, TableStoreArgs } from "./table-store";

/** Sets of regions within which DynamoDB offers strong consistency (DynamoDB guide, "Multi-Region strong consistency"). */
export const strongRegionSets: readonly (readonly string[])[] = [
  ["us-east-1", "us-east-2", "us-west-2"],
  ["eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"],
  ["ap-northeast-1", "ap-northeast-2", "ap-northeast-3"],
];

/** Requests a second that a table is allowed before a quota is raised (DynamoDB guide, "Service, account, and table quotas"). */
const tableQuota = 40_000;
/** Global secondary indexes of a table, same source. */
const mostIndexes = 20;

const attribute = { longest: 255, pattern: /^[A-Za-z0-9_.:#-]+$/, words: "letters, digits and _ . : # -" };

/** Faults of the arguments, for this component and for those that compose it. @param name name of the component, which table names start with */
export function tableStoreFaults(args: TableStoreArgs, name: string): Fault[] {
  const roles = Object.keys(args.tables);
  const faults = roles.flatMap((role) => [
    ...roleFaults(role, name),
    ...tableFaults(`tables.${role}`, args.tables[role], args.replication),
  ]);
  if (roles.length === 0) faults.push({ path: "tables", given: args.tables, allowed: "at least one table", fix: "add a table" });
  // Strong consistency has a list of its own, which says more.
  const region = args.replication?.consistency === "strong" ? [] : regionFaults("region", args.region);
  return [...faults, ...region, ...replicationFaults(args)];
}

function roleFaults(role: string, name: string): Fault[] {
  const faults = nameFaults(`tables.${role}`, role, {
    longest: 40,
    pattern: /^[a-z][a-z0-9-]*$/,
    words: "lower-case letters, digits and hyphens, a letter first",
  });
  // DynamoDB guide, "Naming rules": 3 to 255 characters.
  return [
    ...faults,
    ...nameFaults("name", `${name}-${role}`, {
      longest: 255,
      pattern: /^[A-Za-z0-9_.-]{3,}$/,
      words: "at least 3 of letters, digits and _ . -",
    }),
  ];
}

function tableFaults(path: string, spec: TableSpec, replication: TableReplication | undefined): Fault[] {
  const keys = {
    key: spec.key,
    ...Object.fromEntries(Object.entries(spec.indexes ?? {}).map(([index, key]) => [`indexes.${index}`, key])),
  };
  const faults = Object.entries(keys).flatMap(([where, { hash, range }]): Fault[] =>
    Object.entries({ hash, ...(range === undefined ? {} : { range }) }).flatMap(([part, { name, type }]) => [
      ...nameFaults(`${path}.${where}.${part}.name`, name, attribute),
      ...choiceFaults(`${path}.${where}.${part}.type`, type, ["S", "N", "B"]),
      ...typeConflict(`${path}.${where}.${part}.type`, name, type, spec),
    ]),
  );
  faults.push(...choiceFaults(`${path}.stream`, spec.stream, ["NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY", "off"]));
  if (Object.keys(spec.indexes ?? {}).length > mostIndexes) {
    faults.push({
      path: `${path}.indexes`,
      given: Object.keys(spec.indexes!).length,
      allowed: `at most ${mostIndexes} indexes (DynamoDB quota)`,
      fix: "merge indexes",
    });
  }
  if (spec.warm !== undefined) {
    const fix = "use a figure within the quota, or raise the quota and give it as quota";
    const most = spec.warm.quota ?? tableQuota;
    faults.push(
      ...wholeNumberFaults(`${path}.warm.readUnits`, spec.warm.readUnits, 12_000, most, fix, "least of a new table, and the default quota"),
    );
    faults.push(
      ...wholeNumberFaults(
        `${path}.warm.writeUnits`,
        spec.warm.writeUnits,
        4_000,
        most,
        fix,
        "least of a new table, and the default quota",
      ),
    );
  }
  return [...faults, ...replicatedTableFaults(path, spec, replication)];
}

/** DynamoDB knows one type for an attribute, whichever keys use it. */
function typeConflict(path: string, name: string, type: string, spec: TableSpec): Fault[] {
  const first = [spec.key, ...Object.values(spec.indexes ?? {})]
    .flatMap(({ hash, range }) => (range === undefined ? [hash] : [hash, range]))
    .find((key) => key.name === name)!;
  if (first.type === type) return [];
  return [
    {
      path,
      given: type,
      allowed: `"${first.type}", the type that ${name} has elsewhere in the table`,
      fix: "use one type for one attribute",
    },
  ];
}

function replicatedTableFaults(path: string, spec: TableSpec, replication: TableReplication | undefined): Fault[] {
  const faults: Fault[] = [];
  if (replication?.consistency === "strong" && spec.expiryAttribute !== undefined) {
    faults.push({
      path: `${path}.expiryAttribute`,
      given: spec.expiryAttribute,
      allowed: "no expiry in a strongly consistent table (DynamoDB limit)",
      fix: "delete old items in a job, or use eventual consistency",
    });
  }
  if (replication?.consistency === "eventual" && spec.holds === "money") {
    faults.push({
      path: `${path}.holds`,
      given: spec.holds,
      allowed: 'money in one region or with "strong" consistency, since eventual replicas let the last writer win',
      fix: 'use replication.consistency "strong", or keep the table in a store of one region',
    });
  }
  if (replication?.consistency === "eventual" && (spec.stream ?? "NEW_AND_OLD_IMAGES") !== "NEW_AND_OLD_IMAGES") {
    faults.push({
      path: `${path}.stream`,
      given: spec.stream,
      allowed: '"NEW_AND_OLD_IMAGES" in a table with replicas, which DynamoDB feeds from it',
      fix: "remove the argument",
    });
  }
  return faults;
}

function replicationFaults({ replication, region, replicaKeys = {} }: TableStoreArgs): Fault[] {
  if (replication === undefined) return [];
  const faults = choiceFaults("replication.consistency", replication.consistency, ["eventual", "strong"]);
  const others = [...(replication.regions ?? []), ...(replication.witness === undefined ? [] : [replication.witness])];
  if (replication.consistency === "eventual") {
    if (others.length > 0) {
      faults.push({
        path: "replication.regions",
        given: others,
        allowed: "nothing with eventual consistency",
        fix: "let each region join with a TableReplica",
      });
    }
    return faults;
  }
  for (const other of replication.regions ?? []) {
    if (replicaKeys[other] !== undefined) continue;
    const allowed = "a key in each of replication.regions: tables with keys of ours and of DynamoDB cannot be replicas of each other";
    faults.push({ path: `replicaKeys["${other}"]`, given: undefined, allowed, fix: "make a KeyRing there and give its key" });
  }
  const set = strongRegionSets.find((regions) => regions.includes(region));
  if (set === undefined) {
    const allowed = strongRegionSets.map((regions) => regions.join(", ")).join("; or ");
    faults.push({
      path: "region",
      given: region,
      allowed: `for strong consistency one of ${allowed}`,
      fix: "use eventual consistency, or another home region",
    });
  } else if (others.length !== 2 || new Set([region, ...others]).size !== 3 || others.some((other) => !set.includes(other))) {
    faults.push({
      path: "replication.regions",
      given: others,
      allowed: `exactly two others of ${set.join(", ")}, of which one may be the witness`,
      fix: `use ${JSON.stringify(set.filter((other) => other !== region).slice(0, 2))}`,
    });
  }
  return faults;
}
