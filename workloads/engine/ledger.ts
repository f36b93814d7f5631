/**
 * Money: assets, accounts, fee tiers and balances, in asset units.
 *
 * An amount is a pair of doubles, high x 2^52 + low with 0 <= low < 2^52, so that everything up to 2^62 is exact and an amount below 2^52 is
 * one addition and one comparison. Amounts from 2^52 up (45 million dollars at 8 decimals) take the slower way over `bigint`.
 *
 * For every asset the sum over accounts, fees and the outside world is 0: a deposit takes from the outside what it gives to an account.
 */

import { KeyIndex } from "./hash-index";
import { MAX_AMOUNT } from "./layout";
import { type Memory, Pool } from "./memory";
import * as records from "./records";

const { BALANCE_ACCOUNT, BALANCE_ASSET, BALANCE_CHANGED, BALANCE_NEXT, FEES, FREE, HELD, LOCKED, MAKER_RATE, TAKER_RATE, WIDE } = records;

const WIDE_BITS = 52n;
const WIDE_MASK = (1n << WIDE_BITS) - 1n;

export interface Account {
  /** Its number outside. */
  number: number;
  flags: number;
  feeTier: number;
  tradeGroup: number;
  discount: number;
  /** First of its balances and of its positions; 0 for none. */
  balances: number;
  positions: number;
}

export interface Asset {
  number: number;
  name: string;
  decimals: number;
}

export class Ledger extends Pool {
  /** By slot, from 1. */
  readonly accounts: Account[] = [{ number: 0, flags: 0, feeTier: 0, tradeGroup: 0, discount: 0, balances: 0, positions: 0 }];
  /** What accounts pay as makers and as takers, by slot: every fill needs it. */
  rates = new Int32Array(16 * 2);
  /** By slot, from 1; balances and totals name assets by slot. */
  readonly assets: Asset[] = [{ number: 0, name: "", decimals: 0 }];
  /** Their numbers, by slot: events need them. */
  assetNumbers = new Int32Array(16);
  /** Slot of the asset in which discounted fees are paid; 0 for none. */
  discountAsset = 0;
  readonly tiers = new Map<number, { makerRate: number; takerRate: number; discount: number }>();
  totals = new Float64Array(16 * 6);
  /** Balances changed and not told yet, in the order of their first change. */
  changed = new Int32Array(64);
  changes = 0;
  private readonly accountSlots = new KeyIndex();
  private readonly assetSlots = new KeyIndex();
  private readonly balanceSlots = new KeyIndex();

  constructor(memory: Memory) {
    super(memory);
  }

  accountSlot(number: number): number {
    return this.accountSlots.find(number, 0, 0);
  }

  assetSlot(number: number): number {
    return this.assetSlots.find(number, 0, 0);
  }

  /** Reads the place where {@link accountSlot} will begin; for {@link Prefetch}. */
  glanceAccount(number: number): number {
    return this.accountSlots.glance(number, 0, 0);
  }

  openAccount(number: number): number {
    const slot = this.accounts.length;
    this.accounts.push({ number, flags: 0, feeTier: 0, tradeGroup: 0, discount: 0, balances: 0, positions: 0 });
    if (this.rates.length === slot * 2) {
      const rates = new Int32Array(slot * 4);
      rates.set(this.rates);
      this.rates = rates;
    }
    this.accountSlots.add(number, 0, 0, slot);
    return slot;
  }

  /** Takes memory at once for so many accounts with a balance each, before there is any. */
  reserve(accounts: number): void {
    this.accountSlots.reserve(accounts);
    this.balanceSlots.reserve(accounts);
  }

  listAsset(number: number, name: string, decimals: number): number {
    const slot = this.assets.length;
    this.assets.push({ number, name, decimals });
    this.assetSlots.add(number, 0, 0, slot);
    if (this.totals.length <= slot * 6 + 6) {
      const totals = new Float64Array(this.totals.length * 2);
      totals.set(this.totals);
      this.totals = totals;
      const numbers = new Int32Array(this.assetNumbers.length * 2);
      numbers.set(this.assetNumbers);
      this.assetNumbers = numbers;
    }
    this.assetNumbers[slot] = number;
    return slot;
  }

  /** Copies the rates of its tier into an account, by slot; an unknown tier is free of fees. */
  applyTier(slot: number): void {
    const account = this.accounts[slot];
    const tier = this.tiers.get(account.feeTier);
    this.rates[slot * 2 + MAKER_RATE] = tier === undefined ? 0 : tier.makerRate;
    this.rates[slot * 2 + TAKER_RATE] = tier === undefined ? 0 : tier.takerRate;
    account.discount = tier === undefined ? 0 : tier.discount;
  }

  /** Balance of an account in an asset, both by slot; 0 where it never had one. */
  findBalance(account: number, asset: number): number {
    return this.balanceSlots.find(account, asset, 0);
  }

  /** Reads the place where {@link findBalance} will begin; for {@link Prefetch}. */
  glanceBalance(account: number, asset: number): number {
    return this.balanceSlots.glance(account, asset, 0);
  }

  /** As {@link findBalance}; opens an empty one where there is none. */
  balance(account: number, asset: number): number {
    const found = this.balanceSlots.find(account, asset, 0);
    if (found !== 0) return found;
    const balance = this.line();
    const { f, i } = this.memory;
    const record = this.accounts[account];
    f.fill(0, balance * 8 + FREE, balance * 8 + LOCKED + 2);
    i[balance * 16 + BALANCE_ACCOUNT] = record.number;
    i[balance * 16 + BALANCE_ASSET] = asset;
    i[balance * 16 + BALANCE_NEXT] = record.balances;
    i[balance * 16 + BALANCE_CHANGED] = 0;
    record.balances = balance;
    this.balanceSlots.add(account, asset, 0, balance);
    return balance;
  }

  /** Notes that a balance changed. */
  touch(balance: number): void {
    const { i } = this.memory;
    const at = balance * 16 + BALANCE_CHANGED;
    if (i[at] !== 0) return;
    i[at] = 1;
    if (this.changes === this.changed.length) this.growChanged();
    this.changed[this.changes++] = balance;
  }

  /** Makes room for more changed balances. */
  growChanged(): void {
    const changed = new Int32Array(this.changed.length * 2);
    changed.set(this.changed);
    this.changed = changed;
  }

  /** Whether `part` (FREE or LOCKED) is at least `amount`, which is below 2^52. */
  covers(balance: number, part: number, amount: number): boolean {
    const { f } = this.memory;
    const at = balance * 8 + part;
    return f[at + 1] > 0 || f[at] >= amount;
  }

  /** Adds `amount`, from 0 and below 2^52, to `part`. */
  add(balance: number, part: number, amount: number): void {
    const { f } = this.memory;
    const at = balance * 8 + part;
    const low = f[at] + amount;
    if (low >= WIDE) {
      f[at] = low - WIDE;
      f[at + 1] += 1;
    } else f[at] = low;
  }

  /** Takes `amount`, from 0 and below 2^52, off `part`. */
  subtract(balance: number, part: number, amount: number): void {
    const { f } = this.memory;
    const at = balance * 8 + part;
    const low = f[at] - amount;
    if (low < 0) {
      f[at] = low + WIDE;
      f[at + 1] -= 1;
    } else f[at] = low;
  }

  /** The exact amount of a part. */
  get(balance: number, part: number): bigint {
    return readPair(this.memory.f, balance * 8 + part);
  }

  /** Adds any amount, of either sign. */
  addWide(balance: number, part: number, amount: bigint): void {
    writePair(this.memory.f, balance * 8 + part, this.get(balance, part) + amount);
  }

  total(asset: number, part: number): bigint {
    return readPair(this.totals, asset * 6 + part);
  }

  /** Adds any amount, of either sign, to an asset's total. */
  addTotalWide(asset: number, part: number, amount: bigint): void {
    writePair(this.totals, asset * 6 + part, this.total(asset, part) + amount);
  }

  /** Adds an amount of either sign, below 2^52 in size, to an asset's total. */
  addTotal(asset: number, part: number, amount: number): void {
    const { totals } = this;
    const at = asset * 6 + part;
    const low = totals[at] + amount;
    if (low >= WIDE) {
      totals[at] = low - WIDE;
      totals[at + 1] += 1;
    } else if (low < 0) {
      totals[at] = low + WIDE;
      totals[at + 1] -= 1;
    } else totals[at] = low;
  }

  /** A fee of either sign, in an asset by slot, goes from the accounts to the house. */
  charge(asset: number, fee: number): void {
    this.addTotal(asset, FEES, fee);
    this.addTotal(asset, HELD, -fee);
  }

  /** Whether the accounts may hold `amount` more of an asset. */
  admits(asset: number, amount: bigint): boolean {
    return this.total(asset, HELD) + amount <= MAX_AMOUNT;
  }
}

export function readPair(f: Float64Array, at: number): bigint {
  return (BigInt(f[at + 1]) << WIDE_BITS) + BigInt(f[at]);
}

export function writePair(f: Float64Array, at: number, amount: bigint): void {
  f[at] = Number(amount & WIDE_MASK);
  f[at + 1] = Number(amount >> WIDE_BITS);
}
