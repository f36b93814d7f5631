/** A member's part of a shard process's environment; `../main.ts` lists the variables. */

import { createPublicKey } from "node:crypto";
import { isAbsolute, join } from "node:path";
import type { Environment } from "../../../process/environment";
import { type LeadershipStore, openDynamoLeadership, openSqliteLeadership } from "../../../stores/leadership";
import { readTradingKey } from "../key";
import { keyIdOf } from "../remote/client-options";
import { readSession } from "../session";
import { codeOfThisProcess, memberOf } from "./identity";
import type { MemberOptions } from "./member";

const allowedStore = "sqlite:/absolute/file, or dynamodb:TABLE or dynamodb:REGION/TABLE";

const hostAndPort = /^[A-Za-z0-9.-]+:\d{1,5}$/;

type MemberSettings = Pick<
  MemberOptions,
  | "address"
  | "agree"
  | "code"
  | "copyOnly"
  | "elsewhere"
  | "keyId"
  | "leaseMs"
  | "leastCopies"
  | "member"
  | "name"
  | "patienceMs"
  | "privateKey"
  | "region"
  | "session"
  | "store"
  | "takeOverFrom"
>;

/** Faults go to the environment. Undefined for a shard that is alone; else called after `environment.check()`. */
export function readMember(
  environment: Environment,
  home: string,
  shard: number,
  isCertified: boolean,
): (() => MemberSettings) | undefined {
  const text = environment.optional("BOURSE_LEADERSHIP");
  if (text === undefined) return undefined;
  const openStore = readStore(environment, text);
  const address = environment.text("BOURSE_MEMBER_ADDRESS", "host:port at which the other members reach this one");
  if (!hostAndPort.test(address)) environment.fault("BOURSE_MEMBER_ADDRESS", "host:port at which the other members reach this one");
  const role = environment.oneOf("BOURSE_MEMBER", ["standby", "copy"], "standby");
  const settings = {
    address,
    copyOnly: role === "copy",
    region: environment.optional("BOURSE_MEMBER_REGION"),
    elsewhere: readElsewhere(environment),
    leaseMs: environment.integer("BOURSE_LEASE_SECONDS", 1, 60, 5) * 1_000,
    patienceMs: environment.integer("BOURSE_COPY_PATIENCE_MS", 100, 60_000, 2_000),
    leastCopies: environment.integer("BOURSE_LEAST_COPIES", 0, 4, 0),
    agree: environment.integer("BOURSE_AGREE_COMMANDS", 0, 1_000_000_000, 10_000),
    takeOverFrom: environment.integer("BOURSE_TAKE_OVER_FROM", 0, 2 ** 32 - 1, 0),
    session: readSession(environment),
    name: `shard-${shard}`,
  };
  const privateKey = readTradingKey(environment, isCertified);
  return () => ({
    ...settings,
    keyId: keyIdOf(createPublicKey(privateKey!)),
    privateKey: privateKey!,
    store: openStore(),
    member: memberOf(join(home, "journal")),
    code: codeOfThisProcess(),
  });
}

function readElsewhere(environment: Environment): string | undefined {
  const text = environment.optional("BOURSE_TRADING");
  if (text !== undefined && !hostAndPort.test(text))
    environment.fault("BOURSE_TRADING", "host:port of the member that leads, from another region");
  return text;
}

function readStore(environment: Environment, text: string): () => LeadershipStore {
  const [, kind, rest = ""] = /^(sqlite|dynamodb):(.+)$/.exec(text) ?? [];
  if (kind === "sqlite" && isAbsolute(rest)) return () => openSqliteLeadership(rest);
  const [, , region, table] = /^(([a-z0-9-]+)\/)?([A-Za-z0-9_.-]{3,255})$/.exec(rest) ?? [];
  if (kind !== "dynamodb" || table === undefined) environment.fault("BOURSE_LEADERSHIP", allowedStore);
  return () => openDynamoLeadership({ table: table!, client: region === undefined ? {} : { region } });
}
