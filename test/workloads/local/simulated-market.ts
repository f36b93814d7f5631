/** The engine with just enough around it that demo traders can trade there: order entry, open orders and balances, without a disk. */

import {
  type Command,
  decodeEvents,
  type Event,
  EventBuffer,
  Exchange,
  encodeCommand,
  MAX_COMMAND_LENGTH,
  type OrderAccepted,
} from "@bourse/engine";
import type {
  AccountState,
  Asset,
  History,
  Instrument,
  Instruments,
  MarketData,
  OrderRecord,
  Wallet,
} from "../../../workloads/services/ports";
import type { CommandResult, OrderEntry } from "../../../workloads/services/trading";

export class SimulatedMarket implements OrderEntry {
  readonly orders = new Map<number, OrderAccepted>();
  readonly accounts = new Map<number, AccountState>();
  readonly lastPrices = new Map<number, number>();
  commands = 0;
  trades = 0;
  readonly rejections = new Map<number, number>();
  private readonly exchange = new Exchange();
  private readonly bytes = new Uint8Array(MAX_COMMAND_LENGTH);
  private readonly out = new EventBuffer();
  private readonly assets = new Map<number, Asset>();
  private readonly listed = new Map<number, Instrument>();

  async submit(command: Command): Promise<CommandResult> {
    encodeCommand(command, this.bytes, 0);
    this.out.clear();
    this.commands += 1;
    this.exchange.apply(this.bytes, 0, 1, this.commands, this.out);
    const events = decodeEvents(this.out.bytes, 0, this.out.length);
    for (const event of events) this.take(event);
    return { position: { shard: 0, epoch: 1, sequence: this.commands }, events, orderCounts: { tenSeconds: 0, day: 0 } };
  }

  get instruments(): Instruments {
    return {
      byName: (name: string) => [...this.listed.values()].find((one) => one.name === name),
      bySymbol: (symbol: number) => this.listed.get(symbol),
      asset: (asset: number) => this.assets.get(asset),
      assetByName: (name: string) => [...this.assets.values()].find((one) => one.name === name),
      all: () => [...this.listed.values()],
      assets: () => [...this.assets.values()],
    };
  }

  get history(): History {
    const openOrders = (account: number, symbol?: number) =>
      [...this.orders.values()].filter(
        (order) => order.account === account && (symbol === undefined || order.symbol === symbol),
      ) as unknown as OrderRecord[];
    return { openOrders } as Partial<History> as History;
  }

  get wallet(): Wallet {
    return { account: (account: number) => this.accounts.get(account) };
  }

  get marketData(): MarketData {
    return { lastPrice: (symbol: number) => this.lastPrices.get(symbol) ?? 0 } as Partial<MarketData> as MarketData;
  }

  private take(event: Event): void {
    if (event.kind === "assetListed") this.assets.set(event.asset, event);
    else if (event.kind === "symbolChanged") {
      const [base, quote] = [event.baseAsset, event.quoteAsset].map((asset) => this.assets.get(asset) as Asset);
      this.listed.set(event.symbol, { ...event, base, quote });
    } else if (event.kind === "accountChanged") {
      this.accounts.set(event.account, { ...event, makerRate: 0, takerRate: 0, discount: 0, updateTime: event.time, balances: [] });
    } else if (event.kind === "balanceChanged") {
      const { balances } = this.accounts.get(event.account) as AccountState;
      const known = balances.find((balance) => balance.asset === event.asset);
      if (known === undefined) balances.push({ asset: event.asset, free: event.free, locked: event.locked });
      else Object.assign(known, { free: event.free, locked: event.locked });
    } else if (event.kind === "orderAccepted") this.orders.set(event.orderId, event);
    else if (event.kind === "orderClosed") this.orders.delete(event.orderId);
    else if (event.kind === "trade") {
      this.trades += 1;
      this.lastPrices.set(event.symbol, event.price);
      if (event.takerDone) this.orders.delete(event.takerOrderId);
      if (event.makerDone) this.orders.delete(event.makerOrderId);
    } else if (event.kind === "rejected") this.rejections.set(event.reason, (this.rejections.get(event.reason) ?? 0) + 1);
  }
}
