/** Faults of the arguments of an Aurora store. */

import {
  childNameFaults,
  choiceFaults,
  clientFaults,
  type Fault,
  faultsWithin,
  isPlain,
  type NameRule,
  nameFaults,
  networkSpreadFaults,
  wholeNumberFaults,
} from "../foundation";
import { auroraProxyFaults } from "./aurora-proxy";
import type { AuroraStoreArgs } from "./aurora-store";

/** RDS user guide, "Naming constraints in Amazon RDS"; 6 characters are kept for the final snapshot's suffix. */
const identifier: NameRule = {
  longest: 57,
  pattern: /^[a-z](?!.*--)[a-z0-9-]*[a-z0-9]$/,
  words: "lower-case letters, digits and single hyphens, a letter first, no hyphen last",
};

/** Faults of the component's name, which is the cluster's identifier and the start of its children's. */
function auroraNameFaults(args: AuroraStoreArgs, name: string): Fault[] {
  const instances = args.instances === undefined ? args.network.zoneIds : Object.keys(args.instances);
  return [
    ...nameFaults("name", name, identifier),
    ...childNameFaults(name, { role: ["-monitoring"], instance: instances.map((key) => `-${key}`) }),
  ];
}

/** Faults of the arguments, for this component and for those that compose it. */
export function auroraStoreFaults(args: AuroraStoreArgs, name: string): Fault[] {
  return [
    ...auroraNameFaults(args, name),
    ...networkSpreadFaults(args.network, 2, "RDS, DB subnet groups"),
    ...instanceFaults(args),
    ...computeFaults(args.compute),
    ...choiceFaults("majorVersion", args.majorVersion, ["17", "16", "15"]),
    ...choiceFaults("storage", args.storage, ["io-optimized", "standard"]),
    ...wholeNumberFaults("backupDays", args.backupDays, 1, 35, "use 35, the default", "RDS limit"),
    ...nameFaults("databaseName", args.databaseName, {
      longest: 63,
      pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
      words: "letters, digits and underscores, no digit first",
    }),
    ...parameterFaults(args.parameters ?? {}),
    ...globalFaults(args),
    ...clientFaults("clients", args.clients),
    ...proxyFaults(args, name),
  ];
}

function proxyFaults(args: AuroraStoreArgs, name: string): Fault[] {
  if (args.proxy === undefined) return [];
  const faults = faultsWithin("proxy", auroraProxyFaults({ ...args.proxy, network: args.network }, `${name}-proxy`));
  if ("proxy" in args.clients) {
    faults.push({ path: "clients.proxy", given: "proxy", allowed: "a role other than that of the store's own proxy", fix: "rename it" });
  }
  return faults;
}

function instanceFaults(args: AuroraStoreArgs): Fault[] {
  if (args.instances === undefined) return [];
  const entries = Object.entries(args.instances);
  const faults = entries.flatMap(([key, { zoneId, promotionTier }]): Fault[] => [
    ...nameFaults(`instances.${key}`, key, { longest: 30, pattern: /^[a-z0-9-]+$/, words: "lower-case letters, digits and hyphens" }),
    ...(args.network.zoneIds.includes(zoneId)
      ? []
      : [
          {
            path: `instances.${key}.zoneId`,
            given: zoneId,
            allowed: `a zone id of the network: ${args.network.zoneIds.join(", ")}`,
            fix: "use a listed zone id",
          },
        ]),
    ...wholeNumberFaults(`instances.${key}.promotionTier`, promotionTier, 0, 15, "use 0 for the first to take over", "Aurora limit"),
  ]);
  if (entries.length > 16) {
    faults.push({
      path: "instances",
      given: entries.length,
      allowed: "one writer and up to 15 readers (Aurora limit)",
      fix: "use larger instances",
    });
  }
  if (new Set(entries.map(([, { zoneId }]) => zoneId)).size < 2 && (args.protection ?? "on") === "on") {
    const allowed = 'instances in at least 2 zones, unless protection is "off"';
    faults.push({ path: "instances", given: args.instances, allowed, fix: "add an instance in another zone, to which Aurora fails over" });
  }
  return faults;
}

function computeFaults(compute: AuroraStoreArgs["compute"]): Fault[] {
  if (compute === undefined) return [];
  if ("instanceClass" in compute) {
    if (!isPlain(compute.instanceClass) || /^db\.[a-z0-9]+\.[a-z0-9]+$/.test(compute.instanceClass)) return [];
    return [
      {
        path: "compute.instanceClass",
        given: compute.instanceClass,
        allowed: "a class such as db.r8g.2xlarge",
        fix: "use a class that Aurora PostgreSQL offers",
      },
    ];
  }
  const { minAcu, maxAcu } = compute;
  const faults = Object.entries({ minAcu, maxAcu }).flatMap(([key, value]): Fault[] => {
    // Aurora user guide, "Aurora Serverless v2 capacity": steps of a half, up to 256.
    if (!isPlain(value) || (Number.isInteger(value * 2) && value >= (key === "minAcu" ? 0 : 1) && value <= 256)) return [];
    return [
      {
        path: `compute.${key}`,
        given: value,
        allowed: "ACUs in steps of 0.5, at most 256, the maximum at least 1",
        fix: "use a multiple of 0.5 in that range",
      },
    ];
  });
  if (isPlain(minAcu) && isPlain(maxAcu) && minAcu > maxAcu) {
    faults.push({ path: "compute.minAcu", given: minAcu, allowed: `at most maxAcu, ${maxAcu}`, fix: "lower it or raise maxAcu" });
  }
  return faults;
}

/** Parameters that keep the store safe and may not be loosened. */
const fixedParameters: Record<string, string> = { "rds.force_ssl": "1", password_encryption: "scram-sha-256" };

function parameterFaults(parameters: Record<string, string>): Fault[] {
  return Object.entries(fixedParameters).flatMap(([parameter, value]) => {
    const given = parameters[parameter];
    if (given === undefined || given === value) return [];
    return [{ path: `parameters.${parameter}`, given, allowed: `only ${value}`, fix: "remove it; clients connect with TLS and SCRAM" }];
  });
}

function globalFaults(args: AuroraStoreArgs): Fault[] {
  if (args.global === undefined) return [];
  const faults = [
    ...choiceFaults("global.role", args.global.role, ["primary", "secondary"]),
    ...nameFaults("global.identifier", args.global.identifier, { ...identifier, longest: 63 }),
  ];
  if (args.global.role === "secondary" && args.databaseName !== undefined) {
    faults.push({
      path: "databaseName",
      given: args.databaseName,
      allowed: "nothing in a secondary, which copies the primary's databases",
      fix: "remove it",
    });
  }
  return faults;
}
