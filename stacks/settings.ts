/**
 * What the configuration of a stack says, read from plain values and checked at once, so that the Pulumi program and the offline planner
 * read the same stack files the same way. Keys are those of Pulumi.yaml, without the project's name.
 */

import {
  type CapacityTarget,
  type Compute,
  computes,
  type DataStoreName,
  dataStoreNames,
  type Fault,
  faultsError,
  type RegionLayer,
  type RegionPart,
  regionLayers,
  regionParts,
  type SizeName,
} from "../components";

export type Preset = "development" | "production";

interface SharedSettings {
  preset: Preset;
  accountId: string;
  domain: string;
  /** Mail addresses that are told of alarms. */
  alarmEmails: string[];
}

/** The stack that exists once. */
export interface GlobalSettings extends SharedSettings {
  scope: "global";
  /** Region of the standby copy of the site. */
  standbyRegion: string;
}

/** The stack of the account that keeps the records of others. */
export interface RecordsSettings extends SharedSettings {
  scope: "records";
  /** Region of the copies: another than that of what is copied. */
  region: string;
  /** Accounts whose regions copy here. */
  recordsOf: string[];
}

/** A stack of one region. */
export interface RegionSettings extends SharedSettings {
  scope: "region";
  region: string;
  /** Layers with a stack each, which is named `<stack>-<layer>`: all of them, lowest first; one stack when empty. */
  layers: RegionLayer[];
  cidr: string;
  zones: string[];
  hotZone: string;
  hotStandbyZone: string;
  /** The global stack, as `organization/project/stack`. */
  globalStack: string;
  /** Image by digest; empty to build it from `workloads/Dockerfile`. */
  image: string;
  /** On what services run. */
  compute: Compute;
  /** Stores to make; those without which services do not start when empty. */
  stores: DataStoreName[];
  /** Parts to make; those without which services cannot tell each other when empty. */
  parts: RegionPart[];
  /** The load that every hop is sized for; the sizes of the preset when absent. */
  capacity: CapacityTarget | undefined;
  /** Sizes instead of those that follow from the load. */
  sizes: Partial<Record<SizeName, number>>;
  /** What a month may cost in US dollars, for the part `cost`. */
  monthlyUsd: number | undefined;
  /** Account ids of market makers by name, for the part `access`. */
  members: Record<string, string> | undefined;
  /**
   * Where the archived command log is copied to, beside its own bucket: `bucketArn` and the `keyArn` that encrypts there, and `accountId` when another account keeps the
   * copies; for the store `lake`. The other side is the stack of scope `records`, whose `recordsOf` names this account.
   */
  archiveCopy: Record<string, string> | undefined;
  /** ARN of the vault, in another region or account, that gets a copy of each backup; for the store `backups`. Output `backupCopy` of the stack of scope `records`. */
  backupCopy: string | undefined;
  /** Path of the stream application's archive below the repository, for the store `analytics`. */
  analyticsArchive: string | undefined;
  /** Identifier of the global database; empty for a database of the region alone. */
  globalDatabase: string;
  /** Of a home region with the parts `regions` and `standby`: `copies`, the region that joins and keeps copies of the shard's log, and `witness`, one that only votes on who leads. */
  lease: { copies: string; witness: string } | undefined;
  /** The home region's stack, as `organization/project/stack`, for a region that joins; empty in the home region. */
  homeStack: string;
  /** Of the home region, for one that joins: its name, the range of its network and its zone ids, as its own file has them. */
  homeRegion: string;
  homeCidr: string;
  homeZones: string[];
  /** Ranges that reach the cluster's API from outside the network. */
  clusterCidrs: string[];
  /** ARNs of IAM roles that administer the cluster. */
  administrators: string[];
}

export type StackSettings = GlobalSettings | RecordsSettings | RegionSettings;

/** Reads the configuration of a stack. Throws `pulumi.InputPropertiesError` naming every fault. */
export function readSettings(values: Readonly<Record<string, unknown>>): StackSettings {
  const reader = new SettingsReader(values);
  const scope = reader.oneOf("scope", ["region", "global", "records"]);
  const shared: SharedSettings = {
    preset: reader.oneOf("preset", ["development", "production"], "production"),
    accountId: reader.matching("accountId", /^\d{12}$/, "an AWS account id of 12 digits, in quotes"),
    domain: reader.text("domain"),
    alarmEmails: reader.list("alarmEmails", []),
  };
  const settings = settingsOf[scope](reader, shared);
  if (settings.scope === "region") reader.together("homeStack", ["homeRegion", "homeCidr", "homeZones"]);
  reader.finish(Object.keys(settings));
  return settings;
}

/** What the stacks of each scope have beside what all have. */
const settingsOf: {
  [Scope in StackSettings["scope"]]: (reader: SettingsReader, shared: SharedSettings) => StackSettings & { scope: Scope };
} = {
  global: (reader, shared) => ({ scope: "global", ...shared, standbyRegion: reader.text("standbyRegion", "us-west-2") }),
  records: (reader, shared) => ({ scope: "records", ...shared, region: reader.text("region"), recordsOf: reader.accounts("recordsOf") }),
  region: (reader, shared) => ({
    scope: "region",
    ...shared,
    region: reader.text("region"),
    layers: reader.allOf("layers", regionLayers),
    cidr: reader.text("cidr"),
    zones: reader.list("zones"),
    hotZone: reader.text("hotZone"),
    hotStandbyZone: reader.text("hotStandbyZone"),
    globalStack: reader.matching("globalStack", /^[^/\s]+\/[^/\s]+\/[^/\s]+$/, "organization/project/stack", "organization/bourse/global"),
    image: reader.text("image", ""),
    compute: reader.oneOf("compute", computes, "eks"),
    stores: reader.listOf("stores", dataStoreNames, []),
    parts: reader.listOf("parts", regionParts, []),
    capacity: reader.capacity("capacity"),
    sizes: reader.table<number>("sizes", "number") ?? {},
    monthlyUsd: reader.amount("monthlyUsd"),
    members: reader.table<string>("members", "string"),
    archiveCopy: reader.copy("archiveCopy"),
    backupCopy:
      reader.matching(
        "backupCopy",
        /^$|^arn:aws:backup:[a-z0-9-]+:\d{12}:backup-vault:[A-Za-z0-9_-]{2,50}$/,
        "the ARN of a backup vault",
        "",
      ) || undefined,
    analyticsArchive: reader.text("analyticsArchive", "") || undefined,
    globalDatabase: reader.text("globalDatabase", ""),
    lease: reader.lease("lease"),
    homeStack: reader.matching("homeStack", /^$|^[^/\s]+\/[^/\s]+\/[^/\s]+$/, "organization/project/stack", ""),
    homeRegion: reader.text("homeRegion", ""),
    homeCidr: reader.text("homeCidr", ""),
    homeZones: reader.list("homeZones", []),
    clusterCidrs: reader.list("clusterCidrs", []),
    administrators: reader.list("administrators", []),
  }),
};

/** Takes values one by one and remembers what is wrong with them. */
class SettingsReader {
  private readonly faults: Fault[] = [];

  constructor(private readonly values: Readonly<Record<string, unknown>>) {}

  text(key: string, fallback?: string): string {
    const given = this.values[key] ?? fallback;
    if (typeof given === "string" && (given !== "" || fallback === "")) return given;
    this.fault(key, given, "a text", `run pulumi config set ${key} <value>`);
    return "";
  }

  matching(key: string, pattern: RegExp, allowed: string, fallback?: string): string {
    const given = this.values[key] ?? fallback;
    if (typeof given === "string" && pattern.test(given)) return given;
    this.fault(key, given, allowed, `run pulumi config set ${key} <value>`);
    return "";
  }

  oneOf<Choice extends string>(key: string, choices: readonly Choice[], fallback?: Choice): Choice {
    const given = this.values[key] ?? fallback;
    const found = choices.find((choice) => choice === given);
    if (found === undefined) this.fault(key, given, `one of ${choices.join(", ")}`, `run pulumi config set ${key} ${choices[0]}`);
    return found ?? choices[0];
  }

  list(key: string, fallback?: string[]): string[] {
    const given = this.values[key] ?? fallback;
    if (Array.isArray(given) && given.every((entry) => typeof entry === "string")) return given;
    this.fault(key, given, "a list of texts", `run pulumi config set --path '${key}[0]' <value>`);
    return [];
  }

  /** At least one account id. */
  accounts(key: string): string[] {
    const given = this.list(key, []);
    if (given.length === 0 || given.some((account) => !/^\d{12}$/.test(account)))
      this.fault(key, given, "AWS account ids of 12 digits, in quotes", `run pulumi config set --path '${key}[0]' <account>`);
    return given;
  }

  listOf<Choice extends string>(key: string, choices: readonly Choice[], fallback: Choice[]): Choice[] {
    const given = this.list(key, fallback);
    const unknown = given.find((entry) => !choices.includes(entry as Choice));
    if (unknown !== undefined) this.fault(key, unknown, `each of ${choices.join(", ")}`, "correct the name");
    return given as Choice[];
  }

  /** All of `choices` in their order, or none. */
  allOf<Choice extends string>(key: string, choices: readonly Choice[]): Choice[] {
    const given = this.list(key, []);
    const complete = given.length === 0 || given.join() === choices.join();
    if (!complete) this.fault(key, given, `[${choices.join(", ")}], or nothing for one stack`, "write all of them in this order");
    return given as Choice[];
  }

  /** A number, which the CLI hands over as text. */
  amount(key: string): number | undefined {
    const given = this.values[key];
    if (given === undefined) return undefined;
    const number = typeof given === "number" ? given : Number(given);
    if (Number.isFinite(number) && number > 0) return number;
    this.fault(key, given, "a number above 0", `run pulumi config set ${key} <number>`);
    return undefined;
  }

  /** Values of one type by name. */
  table<Value extends string | number>(key: string, type: "string" | "number"): Record<string, Value> | undefined {
    const given = this.values[key];
    if (given === undefined) return undefined;
    const isTable = typeof given === "object" && given !== null && !Array.isArray(given);
    if (isTable && Object.values(given).every((value) => typeof value === type)) return given as Record<string, Value>;
    this.fault(key, given, `a ${type} for each name`, `run pulumi config set --path ${key}.<name> <value>`);
    return undefined;
  }

  /** A bucket that takes copies. */
  copy(key: string): Record<string, string> | undefined {
    const given = this.table<string>(key, "string");
    if (given === undefined) return undefined;
    const patterns: Record<string, RegExp> = {
      bucketArn: /^arn:aws:s3:::[a-z0-9.-]{3,63}$/,
      keyArn: /^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/.+$/,
      accountId: /^\d{12}$/,
    };
    const complete = given.bucketArn !== undefined && given.keyArn !== undefined;
    if (complete && Object.entries(given).every(([field, value]) => patterns[field]?.test(value) ?? false)) return given;
    this.fault(key, given, "bucketArn, keyArn and, of another account, accountId", `run pulumi config set --path ${key}.bucketArn <arn>`);
    return undefined;
  }

  /** Regions that know who leads. */
  lease(key: string): { copies: string; witness: string } | undefined {
    const given = this.table<string>(key, "string");
    if (given === undefined) return undefined;
    const { copies, witness, ...others } = given;
    const complete = [copies, witness].every((region) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(region ?? ""));
    if (complete && Object.keys(others).length === 0) return { copies, witness };
    this.fault(key, given, "copies and witness, a region each", `run pulumi config set --path ${key}.copies <region>`);
    return undefined;
  }

  /** A load by name, or as a table; the component says what is wrong with its figures. */
  capacity(key: string): CapacityTarget | undefined {
    const given = this.values[key];
    if (given === undefined || given === "binance") return given;
    return this.table<number>(key, "number") as CapacityTarget | undefined;
  }

  /** What `first` needs beside it, and what says nothing without it. */
  together(first: string, others: readonly string[]): void {
    const given = (key: string) => this.values[key] !== undefined && this.values[key] !== "" && String(this.values[key]) !== "";
    for (const key of others) {
      if (given(key) === given(first)) continue;
      const allowed = given(first) ? `that of the region of ${first}` : `nothing without ${first}`;
      this.fault(key, this.values[key], allowed, given(first) ? `copy it from the file of the home region` : `remove it, or set ${first}`);
    }
  }

  /** Throws what was found, with keys that no setting has: a misspelt key would otherwise be silently ignored. */
  finish(known: readonly string[]): void {
    for (const key of Object.keys(this.values)) {
      if (!known.includes(key)) this.fault(key, this.values[key], `the settings ${known.join(", ")}`, "correct the key or remove it");
    }
    if (this.faults.length === 0) return;
    throw faultsError("the stack's configuration has faults", this.faults);
  }

  private fault(path: string, given: unknown, allowed: string, fix: string): void {
    this.faults.push({ path, given, allowed, fix });
  }
}
