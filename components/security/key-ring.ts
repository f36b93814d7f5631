/** KMS keys by domain. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type CommonArgs,
  type Fault,
  isPlain,
  type KeyRef,
  type Protection,
  type Transform,
  transformed,
  vaultArnFaults,
} from "../foundation";
import { type KeyDomain, keyDomains, keyPolicy } from "./key-policies";

/** Arguments of {@link KeyRing}. */
export interface KeyRingArgs extends CommonArgs {
  /** Account that owns the keys; its IAM policies then decide who may use them. */
  accountId: pulumi.Input<string>;
  /** Domains to make a key for. Plain, since it decides how many children exist. @default all of {@link keyDomains} */
  domains?: KeyDomain[];
  /** Makes multi-region primaries, which other regions replicate. Changing it **replaces** the keys. @default true */
  multiRegion?: boolean;
  /**
   * Primaries in the home region by domain: those domains get a replica here, which decrypts what was encrypted there. Plain keys. Changing an ARN **replaces** the replica.
   * @default none, a primary for every domain
   */
  primaryArns?: Partial<Record<KeyDomain, pulumi.Input<string>>>;
  /** Accounts that put encrypted copies into buckets of this one, with the `data` key: those of which this account is the log archive. @default none */
  archivedAccounts?: string[];
  /** ARN of the vault that backups are copied to, `copyTo` of a `BackupVault`: its account, where it is another one, may read what the `data` key encrypted. @default none */
  backupsCopiedTo?: pulumi.Input<string>;
  /** Days between a deletion request and the loss of the key: 7 to 30 (KMS limit). @default 30 */
  deletionWindowDays?: number;
  /** @default "on" */
  protection?: Protection;
  transform?: { key?: Transform<aws.kms.KeyArgs>; replica?: Transform<aws.kms.ReplicaKeyArgs>; alias?: Transform<aws.kms.AliasArgs> };
}

/** Faults of the arguments, for this component and for those that compose it. */
export function keyRingFaults(args: KeyRingArgs): Fault[] {
  const faults: Fault[] = [];
  const days = args.deletionWindowDays;
  if (days !== undefined && !(Number.isInteger(days) && days >= 7 && days <= 30)) {
    faults.push({ path: "deletionWindowDays", given: days, allowed: "a whole number of days from 7 to 30", fix: "use 30, the default" });
  }
  const domains = args.domains ?? [...keyDomains];
  domains.forEach((domain, index) => {
    const allowed = `each of ${keyDomains.join(", ")} at most once`;
    if (!keyDomains.includes(domain)) faults.push({ path: `domains[${index}]`, given: domain, allowed, fix: "use a listed domain" });
    if (domains.indexOf(domain) !== index) faults.push({ path: `domains[${index}]`, given: domain, allowed, fix: "remove the repetition" });
  });
  for (const domain of Object.keys(args.primaryArns ?? {})) {
    const path = `primaryArns.${domain}`;
    if (!(domains as string[]).includes(domain))
      faults.push({ path, given: domain, allowed: `a domain of the ring: ${domains.join(", ")}`, fix: "add it to domains, or remove it" });
    const arn = args.primaryArns?.[domain as KeyDomain];
    if (isPlain(arn) && !/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/mrk-[0-9a-f]+$/.test(arn))
      faults.push({
        path,
        given: arn,
        allowed: "the ARN of a multi-region key, whose id starts with mrk-",
        fix: "pass what the home region's KeyRing gives",
      });
  }
  (args.archivedAccounts ?? []).forEach((account, index) => {
    if (!/^\d{12}$/.test(account))
      faults.push({ path: `archivedAccounts[${index}]`, given: account, allowed: "an account id of twelve digits", fix: "correct it" });
  });
  faults.push(...vaultArnFaults("backupsCopiedTo", args.backupsCopiedTo));
  return faults;
}

/** One rotating, multi-region KMS key a domain, usable as IAM policies of the account say and by the AWS services that the domain needs. */
export class KeyRing extends BourseComponent {
  /** The keys by domain. */
  readonly keys: Readonly<Partial<Record<KeyDomain, KeyRef>>>;

  constructor(name: string, args: KeyRingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:security:KeyRing", name, args, keyRingFaults(args), opts);

    const keys: Partial<Record<KeyDomain, aws.kms.Key | aws.kms.ReplicaKey>> = {};
    for (const domain of args.domains ?? keyDomains) keys[domain] = this.createKey(`${name}-${domain}`, domain, args);

    this.keys = keys;
    this.registerOutputs({ keyArns: Object.fromEntries(Object.entries(keys).map(([domain, key]) => [domain, key.arn])) });
  }

  /** The key of `domain`; throws when the ring was made without it. */
  key(domain: KeyDomain): KeyRef {
    const key = this.keys[domain];
    if (key === undefined) throw new pulumi.ResourceError(`no key for "${domain}": add it to the ring's domains`, this);
    return key;
  }

  private createKey(name: string, domain: KeyDomain, args: KeyRingArgs): aws.kms.Key | aws.kms.ReplicaKey {
    const region = aws.getRegionOutput({}, { parent: this }).region;
    const options = this.childOptions({ protect: (args.protection ?? "on") === "on" });
    const shared = {
      description: `Bourse ${domain}`,
      deletionWindowInDays: args.deletionWindowDays ?? 30,
      policy: keyPolicy(domain, args.accountId, region, args),
      tags: this.tagsFor(name),
    };
    const primaryKeyArn = args.primaryArns?.[domain];
    const key =
      primaryKeyArn === undefined
        ? new aws.kms.Key(
            ...transformed<aws.kms.KeyArgs>(
              args.transform?.key,
              name,
              { ...shared, enableKeyRotation: true, multiRegion: args.multiRegion ?? true },
              options,
            ),
          )
        : // Rotates with its primary.
          new aws.kms.ReplicaKey(
            ...transformed<aws.kms.ReplicaKeyArgs>(args.transform?.replica, name, { ...shared, primaryKeyArn }, options),
          );
    new aws.kms.Alias(
      ...transformed<aws.kms.AliasArgs>(
        args.transform?.alias,
        `${name}-alias`,
        { name: `alias/${name}`, targetKeyId: key.keyId },
        this.childOptions(),
      ),
    );
    return key;
  }
}
