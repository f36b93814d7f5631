/**
 * Listen keys: the older way to user data, by an address that needs no signature. A key lasts an hour from its last use and belongs to one
 * account, which has one at a time.
 */

import { randomBytes } from "node:crypto";
import type { Users } from "../../services/ports";
import { ApiError } from "../errors";

/** Binance: "The stream will close after 60 minutes unless a keepalive is sent." */
export const listenKeyLifeMs = 3_600_000;

const unknownKey = () => new ApiError(-1125, "This listenKey does not exist.");

export class ListenKeys {
  private readonly keys = new Map<string, { account: number; apiKey: string; expires: number }>();
  private readonly byAccount = new Map<number, string>();

  constructor(
    private readonly users: Users,
    private readonly now: () => number = Date.now,
  ) {}

  /** The account's key, with its life renewed; it is good for as long as `apiKey` is. */
  open(account: number, apiKey: string): string {
    for (const [key, { account: owner, expires }] of this.keys) if (expires <= this.now()) this.remove(key, owner);
    const key = this.byAccount.get(account) ?? randomBytes(32).toString("hex");
    this.keys.set(key, { account, apiKey, expires: this.now() + listenKeyLifeMs });
    this.byAccount.set(account, key);
    return key;
  }

  /** Throws -1125 for a key that is not the account's. */
  renew(key: string, account: number): void {
    this.assertOwner(key, account);
    this.keys.get(key)!.expires = this.now() + listenKeyLifeMs;
  }

  /** Throws -1125 for a key that is not the account's. */
  close(key: string, account: number): void {
    this.assertOwner(key, account);
    this.remove(key, account);
  }

  /** Undefined for a key that is unknown, has expired, or was opened with an API key that is revoked by now. */
  accountOf(key: string): number | undefined {
    const found = this.keys.get(key);
    if (found === undefined || found.expires <= this.now() || this.users.findKey(found.apiKey) === undefined) return undefined;
    return found.account;
  }

  private assertOwner(key: string, account: number): void {
    if (this.accountOf(key) !== account) throw unknownKey();
  }

  private remove(key: string, account: number): void {
    this.keys.delete(key);
    if (this.byAccount.get(account) === key) this.byAccount.delete(account);
  }
}
