/** Faults of addresses that several layers take. */

import type * as pulumi from "@pulumi/pulumi";
import { type Fault, isPlain } from "./faults";

/** An IPv4 range in CIDR form. */
export function cidrFaults(path: string, given: string): Fault[] {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d|[12]\d|3[0-2])$/.exec(given);
  if (parts?.slice(1, 5).every((octet) => Number(octet) <= 255)) return [];
  return [{ path, given, allowed: "an IPv4 range in CIDR form", fix: "write for example 198.51.100.0/24" }];
}

/** A domain name: labels of at most 63 characters, 253 in all (RFC 1035, section 2.3.4). */
export function domainFaults(path: string, given: string): Fault[] {
  if (/^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(given)) return [];
  return [{ path, given, allowed: "a lower-case domain name without trailing dot", fix: "write for example exchange.example" }];
}

/** A region's name, of the commercial partition. */
export function regionFaults(path: string, given: string): Fault[] {
  if (/^(af|ap|ca|eu|il|me|mx|sa|us)-(north|south|east|west|central|northeast|northwest|southeast|southwest)-\d$/.test(given)) return [];
  return [{ path, given, allowed: "an AWS region", fix: "write for example us-east-1" }];
}

/** The id of an account that puts copies here. */
export function accountFaults(path: string, account: string): Fault[] {
  if (/^\d{12}$/.test(account)) return [];
  return [{ path, given: account, allowed: "an account id of twelve digits", fix: "use the account that the copies come from" }];
}

/** Of the ARN of a vault of AWS Backup, where it is plain and given. */
export function vaultArnFaults(path: string, arn: pulumi.Input<string> | undefined): Fault[] {
  if (!isPlain(arn) || /^arn:aws[a-z-]*:backup:[a-z0-9-]+:\d{12}:backup-vault:.+$/.test(arn)) return [];
  return [{ path, given: arn, allowed: "the ARN of a vault of AWS Backup", fix: "use the output vaultArn of a BackupVault" }];
}
