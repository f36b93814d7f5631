/** Everything that is not trading: deposits, withdrawals and transfers, accounts, fees, assets, symbols, switches. */

import { MAX_AVERAGE_MINUTES } from "./average-price";
import { NEWEST_VERSION, SymbolState } from "./commands";
import type { Core } from "./core";
import { CloseReason, RejectReason } from "./events";
import { readFilters } from "./filters-codec";
import { KeyIndex } from "./hash-index";
import { COMMAND_HEADER, CommandType, FILTERS, readText } from "./layout";
import { Market } from "./market";
import type { OrderEntry } from "./order-entry";
import * as records from "./records";
import { BASIS } from "./rules";

const { CAN_DEPOSIT, CAN_WITHDRAW, EXTERNAL, FREE, HELD, KILLED, NEXT_POSITION, POSITION_NEXT } = records;

export class Administration {
  /** (kind, transfer id) of every deposit, withdrawal and transfer ever made: 32 to 64 bytes each. */
  readonly transfers = new KeyIndex();

  constructor(
    private readonly core: Core,
    private readonly entry: OrderEntry,
  ) {}

  /** Applies a command of one of the types handled here. */
  apply(type: CommandType, view: DataView, offset: number): void {
    const at = offset + COMMAND_HEADER;
    const account = view.getUint32(offset + 20, true);
    const symbol = view.getUint32(offset + 4, true);
    let reason: RejectReason | 0 = 0;
    if (type === CommandType.DEPOSIT || type === CommandType.WITHDRAW || type === CommandType.TRANSFER)
      reason = this.move(type, view, at, account);
    else if (type === CommandType.SET_ACCOUNT) this.setAccount(view, at, account);
    else if (type === CommandType.SET_FEE_TIER) this.setFeeTier(view, at);
    else if (type === CommandType.LIST_ASSET) reason = this.listAsset(view, at);
    else if (type === CommandType.LIST_SYMBOL) reason = this.listSymbol(view, at, symbol);
    else if (type === CommandType.SET_SYMBOL_STATE) reason = this.setSymbolState(view.getUint8(at), symbol);
    else if (type === CommandType.KILL_SWITCH) reason = this.killSwitch(view.getUint8(at), account);
    else reason = this.activate(view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32);
    if (reason !== 0) this.core.writer.rejected(type, reason, account, symbol, 0, "");
  }

  private move(type: CommandType, view: DataView, at: number, account: number): RejectReason | 0 {
    const { ledger } = this.core;
    const amount = view.getBigInt64(at, true);
    const low = view.getInt32(at + 8, true);
    const high = view.getInt32(at + 12, true);
    const asset = ledger.assetSlot(view.getUint32(at + 16, true));
    const owner = ledger.accountSlot(account);
    if (this.transfers.find(type, low, high) !== 0) return RejectReason.DUPLICATE_TRANSFER;
    if (owner === 0) return RejectReason.UNKNOWN_ACCOUNT;
    if (asset === 0) return RejectReason.UNKNOWN_ASSET;
    if (amount <= 0n) return RejectReason.AMOUNT_OUT_OF_RANGE;
    const { flags } = ledger.accounts[owner];
    const balance = ledger.balance(owner, asset);
    if (type === CommandType.DEPOSIT) {
      if ((flags & CAN_DEPOSIT) === 0) return RejectReason.ACCOUNT_DISABLED;
      if (!ledger.admits(asset, amount)) return RejectReason.AMOUNT_OUT_OF_RANGE;
      ledger.addWide(balance, FREE, amount);
      ledger.addTotalWide(asset, HELD, amount);
      ledger.addTotalWide(asset, EXTERNAL, -amount);
    } else {
      const receiver = type === CommandType.TRANSFER ? ledger.accountSlot(view.getUint32(at + 20, true)) : owner;
      if (receiver === 0) return RejectReason.UNKNOWN_ACCOUNT;
      if (type === CommandType.WITHDRAW && (flags & CAN_WITHDRAW) === 0) return RejectReason.ACCOUNT_DISABLED;
      if (ledger.get(balance, FREE) < amount) return RejectReason.INSUFFICIENT_BALANCE;
      ledger.addWide(balance, FREE, -amount);
      if (type === CommandType.WITHDRAW) {
        ledger.addTotalWide(asset, HELD, -amount);
        ledger.addTotalWide(asset, EXTERNAL, amount);
      } else {
        const other = ledger.balance(receiver, asset);
        ledger.addWide(other, FREE, amount);
        ledger.touch(balance);
        ledger.touch(other);
      }
    }
    ledger.touch(balance);
    this.transfers.add(type, low, high, 1);
    return 0;
  }

  private setAccount(view: DataView, at: number, number: number): void {
    const { ledger, positions, writer } = this.core;
    const slot = ledger.accountSlot(number) || ledger.openAccount(number);
    const account = ledger.accounts[slot];
    account.flags = (account.flags & KILLED) | (view.getUint8(at + 8) & 15);
    account.feeTier = view.getUint32(at, true);
    account.tradeGroup = view.getInt32(at + 4, true);
    ledger.applyTier(slot);
    positions.refresh(account);
    writer.accountChanged(account);
  }

  private setFeeTier(view: DataView, at: number): void {
    const { ledger, writer } = this.core;
    const feeTier = view.getUint32(at, true);
    const tier = { makerRate: view.getInt32(at + 4, true), takerRate: view.getInt32(at + 8, true), discount: view.getInt32(at + 12, true) };
    ledger.tiers.set(feeTier, tier);
    for (let slot = 1; slot < ledger.accounts.length; slot++) {
      if (ledger.accounts[slot].feeTier === feeTier) ledger.applyTier(slot);
    }
    writer.feeTierChanged(feeTier, tier.makerRate, tier.takerRate, tier.discount);
  }

  private listAsset(view: DataView, at: number): RejectReason | 0 {
    const { ledger, writer } = this.core;
    const number = view.getUint32(at, true);
    const decimals = view.getUint8(at + 4);
    const discount = view.getUint8(at + 5) === 1;
    const name = readText(view, at + 8, view.getUint8(at + 6));
    let slot = ledger.assetSlot(number);
    if (slot !== 0 && ledger.assets[slot].decimals !== decimals) return RejectReason.INVALID_STATE;
    if (slot === 0) slot = ledger.listAsset(number, name, decimals);
    ledger.assets[slot].name = name;
    if (discount) ledger.discountAsset = slot;
    else if (ledger.discountAsset === slot) ledger.discountAsset = 0;
    writer.assetListed(ledger.assets[slot], discount);
    return 0;
  }

  private listSymbol(view: DataView, at: number, symbol: number): RejectReason | 0 {
    const { core } = this;
    const { ledger } = core;
    const base = ledger.assetSlot(view.getUint32(at, true));
    const quote = ledger.assetSlot(view.getUint32(at + 4, true));
    if (base === 0 || quote === 0 || base === quote) return RejectReason.UNKNOWN_ASSET;
    const priceDecimals = view.getUint8(at + 8);
    const quantityDecimals = view.getUint8(at + 9);
    const filters = readFilters(view, at + 16);
    if (quantityDecimals > ledger.assets[base].decimals || filters.priceStep < 1 || filters.quantityStep < 1)
      return RejectReason.INVALID_STATE;
    if (filters.averagePriceMinutes > MAX_AVERAGE_MINUTES || filters.maxTrailingDelta >= BASIS) return RejectReason.INVALID_STATE;
    let market = core.market(symbol);
    if (market === undefined) {
      const name = readText(view, at + 16 + FILTERS, view.getUint8(at + 11));
      const instrument = { symbol, name, base, quote, priceDecimals, quantityDecimals };
      market = new Market(instrument, filters, ledger.assets[base].decimals, ledger.assets[quote].decimals, core.markets.length, core);
      market.average.advance(core.lastTime);
      core.markets.push(market);
      core.marketSlots.add(symbol, 0, 0, core.markets.length);
    } else {
      const { instrument } = market;
      const same = instrument.base === base && instrument.quote === quote;
      if (!same || instrument.priceDecimals !== priceDecimals || instrument.quantityDecimals !== quantityDecimals)
        return RejectReason.INVALID_STATE;
      if (market.state === SymbolState.DELISTED) return RejectReason.INVALID_STATE;
      market.setFilters(filters);
    }
    market.state = view.getUint8(at + 10);
    core.writer.symbolChanged(market);
    if (market.state === SymbolState.DELISTED) this.closeOrders(market);
    return 0;
  }

  private setSymbolState(state: SymbolState, symbol: number): RejectReason | 0 {
    const market = this.core.market(symbol);
    if (market === undefined) return RejectReason.UNKNOWN_SYMBOL;
    if (market.state === SymbolState.DELISTED) return RejectReason.INVALID_STATE;
    market.state = state;
    this.core.writer.symbolChanged(market);
    if (state === SymbolState.DELISTED) this.closeOrders(market);
    return 0;
  }

  /** Closes every order of a symbol, account by account in the order of their opening. */
  private closeOrders(market: Market): void {
    const { ledger } = this.core;
    for (let owner = 1; owner < ledger.accounts.length; owner++) {
      const position = this.core.positions.find(ledger.accounts[owner].number, market.instrument.symbol);
      if (position !== 0) this.entry.cancelPosition(position, CloseReason.EXCHANGE_CANCELED);
    }
  }

  private killSwitch(flags: number, number: number): RejectReason | 0 {
    const { core } = this;
    const { ledger } = core;
    const engaged = (flags & 1) !== 0;
    const owner = number === 0 ? 0 : ledger.accountSlot(number);
    if (number !== 0 && owner === 0) return RejectReason.UNKNOWN_ACCOUNT;
    if (owner === 0) core.killed = engaged;
    else if (engaged) ledger.accounts[owner].flags |= KILLED;
    else ledger.accounts[owner].flags &= ~KILLED;
    if (owner !== 0) core.positions.refresh(ledger.accounts[owner]);
    core.writer.applied(CommandType.KILL_SWITCH);
    if (!engaged || (flags & 2) === 0) return 0;
    const from = owner === 0 ? 1 : owner;
    const to = owner === 0 ? ledger.accounts.length : owner + 1;
    for (let slot = from; slot < to; slot++) this.closeOrdersOf(slot);
    return 0;
  }

  /** Closes every order of an account, symbol by symbol in the order of their listing. */
  private closeOrdersOf(owner: number): void {
    const { core } = this;
    const own: number[] = [];
    for (let p = core.ledger.accounts[owner].positions; p !== 0; p = core.positions.i[p * 16 + NEXT_POSITION]) {
      if (core.positions.i[p * 16 + POSITION_NEXT] !== p) own.push(p);
    }
    own.sort((a, b) => core.marketOfPosition(a).slot - core.marketOfPosition(b).slot);
    for (const position of own) this.entry.cancelPosition(position, CloseReason.EXCHANGE_CANCELED);
  }

  private activate(version: number): RejectReason | 0 {
    const { core } = this;
    if (version < 1 || version > NEWEST_VERSION) return RejectReason.UNSUPPORTED_VERSION;
    if (version < core.version) return RejectReason.INVALID_STATE;
    core.version = version;
    core.writer.applied(CommandType.ACTIVATE);
    return 0;
  }
}
