/** KMS keys by domain. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { BourseComponent, type CommonArgs, type Fault, type KeyRef, type Protection, type Transform, transformed } from "../foundation";
import { type KeyDomain, keyDomains, keyPolicy } from "./key-policies";

/** Arguments of {@link KeyRing}. */
export interface KeyRingArgs extends CommonArgs {
  /** Account that owns the keys; its IAM policies then decide who may use them. */
  accountId: pulumi.Input<string>;
  /** Domains to make a key for. Plain, since it decides how many children exist. @default all of {@link keyDomains} */
  domains?: KeyDomain[];
  /** Makes multi-region primaries, which other regions replicate. Changing it **replaces** the keys. @default true */
  multiRegion?: boolean;
  /** Days between a deletion request and the loss of the key: 7 to 30 (KMS limit). @default 30 */
  deletionWindowDays?: number;
  /** @default "on" */
  protection?: Protection;
  transform?: { key?: Transform<aws.kms.KeyArgs>; alias?: Transform<aws.kms.AliasArgs> };
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
  return faults;
}

/** One rotating, multi-region KMS key a domain, usable as IAM policies of the account say and by the AWS services that the domain needs. */
export class KeyRing extends BourseComponent {
  /** The keys by domain. */
  readonly keys: Readonly<Partial<Record<KeyDomain, KeyRef>>>;

  constructor(name: string, args: KeyRingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:security:KeyRing", name, args, keyRingFaults(args), opts);

    const keys: Partial<Record<KeyDomain, aws.kms.Key>> = {};
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

  private createKey(name: string, domain: KeyDomain, args: KeyRingArgs): aws.kms.Key {
    const region = aws.getRegionOutput({}, { parent: this }).region;
    const key = new aws.kms.Key(
      ...transformed<aws.kms.KeyArgs>(
        args.transform?.key,
        name,
        {
          description: `Bourse ${domain}`,
          enableKeyRotation: true,
          multiRegion: args.multiRegion ?? true,
          deletionWindowInDays: args.deletionWindowDays ?? 30,
          policy: keyPolicy(domain, args.accountId, region),
          tags: this.tagsFor(name),
        },
        this.childOptions({ protect: (args.protection ?? "on") === "on" }),
      ),
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
