/**
 * The subcommand `keys`: what an operator does with API keys of an exchange's home, while it runs or not. Each change is audited with the key, and a
 * running exchange takes it over within two seconds.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { KeyPermission } from "../services/ports";
import { createUsers, type RunningUsers } from "../services/users";
import { openFileSecrets } from "../stores/secrets/files";
import { openSqlite } from "../stores/sql/sqlite";
import { UsageError } from "./journal-commands";

const usage = `Usage: bourse-exchange keys register --account NAME --public-key FILE [options]
       bourse-exchange keys list --account NAME
       bourse-exchange keys change KEY [--permission P..] [--address IP..]
       bourse-exchange keys revoke KEY

  --public-key FILE   an Ed25519 or RSA public key (PEM): openssl genpkey -algorithm ed25519 -out key.pem; openssl pkey -in key.pem -pubout
  --label TEXT        name of the key for its owner (default: the file's name)
  --permission P      read, trade or withdraw; may be repeated (default: read and trade); a change replaces all
  --address IP        address that may use the key, or any; may be repeated (default: any); a change replaces all

  BOURSE_HOME         folder of the exchange's data (default: .bourse/home)`;

type Print = (line: string) => void;

/** Runs `keys ARGS`. @throws UsageError, or a TypeError that says what cannot be registered */
export async function keyCommand(args: readonly string[], env: NodeJS.ProcessEnv, print: Print): Promise<number> {
  const { values, positionals } = read(args);
  const home = env.BOURSE_HOME || join(".bourse", "home");
  const file = join(home, "exchange.sqlite");
  if (!existsSync(file)) throw new UsageError(`${home} holds no exchange: start one there first, or set BOURSE_HOME to its folder`);
  const sql = openSqlite(file);
  try {
    const users = await createUsers({ sql, secrets: openFileSecrets(join(home, "secrets")) });
    await run(users, values, positionals, print).finally(() => users.close());
    return 0;
  } finally {
    await sql.close();
  }
}

type Values = ReturnType<typeof read>["values"];

async function run(users: RunningUsers, values: Values, [action, apiKey]: string[], print: Print): Promise<void> {
  if (action === "revoke" && apiKey !== undefined) {
    await users.revokeKey(apiKey);
    print(`revoked ${apiKey}`);
    return;
  }
  if (action === "change" && apiKey !== undefined) {
    const { permission, address } = values;
    if (permission === undefined && address === undefined) throw new UsageError("--permission or --address is missing: nothing is changed");
    await users.changeKey(apiKey, {
      ...(permission && { permissions: permission as KeyPermission[] }),
      ...(address && { allowedAddresses: addresses(address) }),
    });
    print(`changed ${apiKey}`);
    return;
  }
  if (values.account === undefined || (action !== "register" && action !== "list")) throw new UsageError(usage);
  const account = await users.accountNamed(values.account);
  if (account === undefined) throw new UsageError(`account "${values.account}" is not known`);
  if (action === "list") {
    for (const key of await users.keys(account)) print(`${key.apiKey}  ${key.label}  ${key.permissions.join(",")}`);
    return;
  }
  const publicKey = values["public-key"];
  if (publicKey === undefined) throw new UsageError("--public-key FILE is missing: the public half of an Ed25519 or RSA key (PEM)");
  const permissions = (values.permission ?? ["read", "trade"]) as KeyPermission[];
  const limits = { allowedAddresses: addresses(values.address ?? []) };
  const label = values.label ?? publicKey.slice(-64);
  print((await users.registerPublicKey(account, label, readPem(publicKey), permissions, limits)).apiKey);
}

/** `any` alone takes the list of addresses away. */
const addresses = (given: readonly string[]) => (given.length === 1 && given[0] === "any" ? [] : given);

function readPem(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`--public-key ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function read(args: readonly string[]) {
  const options = {
    account: { type: "string" },
    "public-key": { type: "string" },
    label: { type: "string" },
    permission: { type: "string", multiple: true },
    address: { type: "string", multiple: true },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(". ")[0]}.\n\n${usage}`);
  }
}
