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

const {
  ASSETS,
  BALANCE_ACCOUNT,
  BALANCE_ASSET,
  BALANCE_ASSET_NUMBER,
  BALANCE_CHANGED,
  BALANCE_NEXT,
  BALANCE_POOL,
  CHANGED,
  CHANGES,
  CHANGES_ROOM,
  CORE,
  DISCOUNT_ASSET,
  FEES,
  FREE,
  HELD,
  LOCKED,
  MAKER_RATE,
  RATES,
  TAKER_RATE,
  WIDE,
} = records;

/** Lines of rates, of assets and of changed balances at first. A line has the rates of eight accounts, and names sixteen balances. */
const FIRST_RATES = 2;
const FIRST_ASSETS = 16;
const FIRST_CHANGED = 4;

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
  private rateLines = FIRST_RATES;
  /** By slot, from 1; balances and totals name assets by slot. */
  readonly assets: Asset[] = [{ number: 0, name: "", decimals: 0 }];
  private assetLines = FIRST_ASSETS;
  readonly tiers = new Map<number, { makerRate: number; takerRate: number; discount: number }>();
  private readonly accountSlots = new KeyIndex();
  private readonly assetSlots = new KeyIndex();
  private readonly balanceSlots = new KeyIndex();

  constructor(memory: Memory) {
    super(memory, BALANCE_POOL);
    const [rates, assets, changed] = [memory.take(FIRST_RATES), memory.take(FIRST_ASSETS), memory.take(FIRST_CHANGED)];
    const { i } = memory;
    i[CORE * 16 + RATES] = rates * 16;
    i[CORE * 16 + ASSETS] = assets;
    i[CORE * 16 + CHANGED] = changed * 16;
    i[CORE * 16 + CHANGES_ROOM] = FIRST_CHANGED * 16;
  }

  /** Slot of the asset in which discounted fees are paid; 0 for none. */
  get discountAsset(): number {
    return this.memory.i[CORE * 16 + DISCOUNT_ASSET];
  }

  set discountAsset(slot: number) {
    this.memory.i[CORE * 16 + DISCOUNT_ASSET] = slot;
  }

  /** Balances changed and not told yet: their number. */
  get changes(): number {
    return this.memory.i[CORE * 16 + CHANGES];
  }

  set changes(changes: number) {
    this.memory.i[CORE * 16 + CHANGES] = changes;
  }

  /** What an account, by slot, pays of what it receives as a maker or as a taker: `part` is MAKER_RATE or TAKER_RATE. */
  rate(slot: number, part: number): number {
    const { i } = this.memory;
    return i[i[CORE * 16 + RATES] + slot * 2 + part];
  }

  /** Takes twice as many lines for a run of them, and copies it; returns the first. */
  private doubled(first: number, lines: number): number {
    const larger = this.memory.take(lines * 2);
    this.memory.i.copyWithin(larger * 16, first * 16, (first + lines) * 16);
    this.memory.give(first, lines);
    return larger;
  }

  accountSlot(number: number): number {
    return this.accountSlots.find(number, 0, 0);
  }

  assetSlot(number: number): number {
    return this.assetSlots.find(number, 0, 0);
  }

  openAccount(number: number): number {
    const slot = this.accounts.length;
    this.accounts.push({ number, flags: 0, feeTier: 0, tradeGroup: 0, discount: 0, balances: 0, positions: 0 });
    if (this.rateLines * 8 === slot) {
      const rates = this.doubled(this.memory.i[CORE * 16 + RATES] / 16, this.rateLines);
      this.rateLines *= 2;
      this.memory.i[CORE * 16 + RATES] = rates * 16;
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
    if (this.assetLines === slot) {
      const assets = this.doubled(this.memory.i[CORE * 16 + ASSETS], this.assetLines);
      this.assetLines *= 2;
      this.memory.i[CORE * 16 + ASSETS] = assets;
    }
    return slot;
  }

  /** Copies the rates of its tier into an account, by slot; an unknown tier is free of fees. */
  applyTier(slot: number): void {
    const account = this.accounts[slot];
    const tier = this.tiers.get(account.feeTier);
    const { i } = this.memory;
    const at = i[CORE * 16 + RATES] + slot * 2;
    i[at + MAKER_RATE] = tier === undefined ? 0 : tier.makerRate;
    i[at + TAKER_RATE] = tier === undefined ? 0 : tier.takerRate;
    account.discount = tier === undefined ? 0 : tier.discount;
  }

  /** Balance of an account in an asset, both by slot; 0 where it never had one. */
  findBalance(account: number, asset: number): number {
    return this.balanceSlots.find(account, asset, 0);
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
    i[balance * 16 + BALANCE_ASSET_NUMBER] = this.assets[asset].number;
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
    if (this.changes === i[CORE * 16 + CHANGES_ROOM]) this.growChanged();
    const { i: now } = this.memory;
    now[now[CORE * 16 + CHANGED] + this.changes++] = balance;
  }

  /** Makes room for more changed balances. */
  growChanged(): void {
    const { i } = this.memory;
    const room = i[CORE * 16 + CHANGES_ROOM];
    const changed = this.doubled(i[CORE * 16 + CHANGED] / 16, room / 16);
    this.memory.i[CORE * 16 + CHANGED] = changed * 16;
    this.memory.i[CORE * 16 + CHANGES_ROOM] = room * 2;
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
    return readPair(this.memory.f, this.totalAt(asset, part));
  }

  /** Where the pair of an asset's total, FEES, EXTERNAL or HELD, is among the doubles of the memory. */
  totalAt(asset: number, part: number): number {
    return (this.memory.i[CORE * 16 + ASSETS] + asset) * 8 + part;
  }

  /** Adds any amount, of either sign, to an asset's total. */
  addTotalWide(asset: number, part: number, amount: bigint): void {
    writePair(this.memory.f, this.totalAt(asset, part), this.total(asset, part) + amount);
  }

  /** Adds an amount of either sign, below 2^52 in size, to an asset's total. */
  addTotal(asset: number, part: number, amount: number): void {
    const { f } = this.memory;
    const at = this.totalAt(asset, part);
    const low = f[at] + amount;
    if (low >= WIDE) {
      f[at] = low - WIDE;
      f[at + 1] += 1;
    } else if (low < 0) {
      f[at] = low + WIDE;
      f[at + 1] -= 1;
    } else f[at] = low;
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
