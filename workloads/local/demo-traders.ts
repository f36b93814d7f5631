/**
 * Demo traders: makers and takers with accounts of their own that send orders like anybody else, through order entry. They keep no state
 * but the fair prices: what they own and have open they ask the exchange, so a restart continues where it stopped.
 */

import { type CancelOrder, type NewOrder, OrderType, SelfTradePrevention, TimeInForce } from "@bourse/engine";
import type { History, Instrument, Instruments, MarketData, Wallet } from "../services/ports";
import { type OrderEntry, ShardBusy } from "../services/trading/port";
import { FairPrice, seededRandom } from "./demo-price";
import { type MakerSettings, type MarketView, makerTurn, type TakerSettings, takerTurn, type WantedOrder } from "./demo-strategy";
import { commandHeader, feeTiers, submit, transferId } from "./listing";

export interface DemoTradersDeps {
  entry: OrderEntry;
  instruments: Instruments;
  history: History;
  wallet: Wallet;
  marketData: MarketData;
  /** Microseconds since 1970. */
  clock: () => number;
  /** The same seed gives the same fair prices and choices. */
  seed: number;
  /** Told once when a trader has to stop; the exchange goes on. */
  onError: (error: Error) => void;
}

export interface DemoTraders {
  /** Ends the traders after the commands that they have sent; their orders stay in the books. */
  stop(): Promise<void>;
}

/** First account number of the demo traders, far above those of registered accounts. */
const firstAccount = 1_000_001;

/** What the anchors of the walks are worth in USDT, and how much they move in a year. */
const coins = {
  BTC: { anchor: 64_000, volatility: 0.6 },
  ETH: { anchor: 3_200, volatility: 0.75 },
} as const;

const halfLifeMs = 6 * 3_600_000;

type Role = { kind: "maker"; settings: MakerSettings; everyMs: number } | { kind: "taker"; settings: TakerSettings; everyMs: number };

interface Roster {
  symbol: string;
  /** Worth of base and of quote that each trader begins with, in quote. */
  funds: number;
  roles: Role[];
}

/** Sizes are in the symbol's quote asset. In all about twenty commands a second. */
const rosters: Roster[] = [
  {
    symbol: "BTCUSDT",
    funds: 4_000_000,
    roles: [
      { kind: "maker", everyMs: 900, settings: { halfSpread: 0.00004, step: 0.00005, levels: 8, size: 9_000, changes: 3 } },
      { kind: "maker", everyMs: 2_500, settings: { halfSpread: 0.0006, step: 0.0004, levels: 20, size: 40_000, changes: 4 } },
      { kind: "taker", everyMs: 400, settings: { size: 900, reach: 0.0012 } },
    ],
  },
  {
    symbol: "ETHUSDT",
    funds: 3_000_000,
    roles: [
      { kind: "maker", everyMs: 1_100, settings: { halfSpread: 0.00005, step: 0.00006, levels: 8, size: 6_000, changes: 3 } },
      { kind: "maker", everyMs: 3_000, settings: { halfSpread: 0.0007, step: 0.0005, levels: 20, size: 30_000, changes: 4 } },
      { kind: "taker", everyMs: 600, settings: { size: 600, reach: 0.0014 } },
    ],
  },
  {
    symbol: "ETHBTC",
    funds: 50,
    roles: [
      { kind: "maker", everyMs: 2_000, settings: { halfSpread: 0.0002, step: 0.0003, levels: 8, size: 0.12, changes: 3 } },
      { kind: "maker", everyMs: 5_000, settings: { halfSpread: 0.0028, step: 0.0008, levels: 15, size: 0.5, changes: 4 } },
      { kind: "taker", everyMs: 1_200, settings: { size: 0.015, reach: 0.004 } },
    ],
  },
];

/** Opens and funds the traders' accounts where they are missing, then starts trading. */
export async function startDemoTraders(deps: DemoTradersDeps): Promise<DemoTraders> {
  const prices = new FairPrices(deps);
  const traders: Trader[] = [];
  for (const { symbol, funds, roles } of rosters) {
    const instrument = deps.instruments.byName(symbol);
    if (instrument === undefined) throw new Error(`demo traders need ${symbol}, which is not listed`);
    for (const role of roles) {
      const account = firstAccount + traders.length;
      await openAccount(deps, account, instrument, funds, prices.fair(instrument));
      traders.push(new Trader(deps, prices, account, instrument, role));
    }
  }
  for (const trader of traders) trader.start();
  return {
    async stop() {
      await Promise.all(traders.map((trader) => trader.stop()));
    },
  };
}

/** The fair price of each symbol; that of a cross pair follows from its legs. */
class FairPrices {
  private readonly walks: Record<keyof typeof coins, FairPrice>;
  private advancedAt: number;

  constructor(private readonly deps: DemoTradersDeps) {
    this.advancedAt = deps.clock();
    this.walks = { BTC: this.walk("BTC", 1), ETH: this.walk("ETH", 2) };
  }

  fair(instrument: Instrument): number {
    const now = this.deps.clock();
    const elapsedMs = (now - this.advancedAt) / 1_000;
    this.advancedAt = now;
    for (const walk of Object.values(this.walks)) walk.advance(elapsedMs);
    const worth = (asset: string) => (asset === "USDT" ? 1 : this.walks[asset as keyof typeof coins].price);
    return worth(instrument.base.name) / worth(instrument.quote.name);
  }

  /** Begins at the last trade, so that a restart does not jump. */
  private walk(coin: keyof typeof coins, stream: number): FairPrice {
    const { anchor, volatility } = coins[coin];
    const instrument = this.deps.instruments.byName(`${coin}USDT`);
    const last = instrument === undefined ? 0 : this.deps.marketData.lastPrice(instrument.symbol) / 10 ** instrument.priceDecimals;
    return new FairPrice({ anchor, start: last || anchor, volatility, halfLifeMs, random: seededRandom(this.deps.seed * 16 + stream) });
  }
}

async function openAccount(deps: DemoTradersDeps, account: number, instrument: Instrument, funds: number, fair: number): Promise<void> {
  const { entry, wallet, clock } = deps;
  const opened = wallet.account(account);
  if (opened === undefined) {
    const flags = {
      canTrade: true,
      canWithdraw: false,
      canDeposit: true,
      feeTier: feeTiers.demoTrader,
      discountFees: false,
      tradeGroup: 0,
    };
    await submit(entry, { kind: "setAccount", ...commandHeader(clock()), account, ...flags });
  }
  for (const [{ asset, decimals }, whole] of [
    [instrument.base, funds / fair],
    [instrument.quote, funds],
  ] as const) {
    if (opened?.balances.some((balance) => balance.asset === asset)) continue;
    const amount = BigInt(Math.round(whole * 10 ** decimals));
    await submit(entry, { kind: "deposit", ...commandHeader(clock()), account, asset, amount, transferId: transferId(account, asset) });
  }
}

/** One account that takes its turn every so often, never two turns at once. */
class Trader {
  private readonly random: () => number;
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly deps: DemoTradersDeps,
    private readonly prices: FairPrices,
    private readonly account: number,
    private readonly instrument: Instrument,
    private readonly role: Role,
  ) {
    this.random = seededRandom(deps.seed * 4_096 + account);
  }

  start(): void {
    if (this.stopped) return;
    this.timer = setTimeout(
      () => {
        this.turn = this.takeTurn().then(
          () => this.start(),
          (error: Error) => {
            if (error instanceof ShardBusy) return this.start();
            if (!this.stopped) this.deps.onError(error);
          },
        );
      },
      this.role.everyMs * (0.5 + this.random()),
    );
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.turn;
  }

  private async takeTurn(): Promise<void> {
    const view = this.view();
    if (this.role.kind === "taker") {
      const wanted = takerTurn(view, this.role.settings, this.random);
      if (wanted !== undefined) await this.deps.entry.submit(this.order(wanted, OrderType.LIMIT, TimeInForce.IOC));
      return;
    }
    const open = this.deps.history.openOrders(this.account, this.instrument.symbol);
    const { cancel, place } = makerTurn(view, open, this.role.settings, this.random);
    await Promise.all(cancel.map(({ orderId }) => this.deps.entry.submit(this.cancel(orderId))));
    await Promise.all(place.map((wanted) => this.deps.entry.submit(this.order(wanted, OrderType.LIMIT_MAKER, TimeInForce.GTC))));
  }

  private view(): MarketView {
    const { base, quote, priceDecimals, quantityDecimals, filters } = this.instrument;
    const held = (asset: typeof base) => {
      const balance = this.deps.wallet.account(this.account)?.balances.find((one) => one.asset === asset.asset);
      const scale = 10 ** asset.decimals;
      return { free: Number(balance?.free ?? 0n) / scale, all: Number((balance?.free ?? 0n) + (balance?.locked ?? 0n)) / scale };
    };
    const bases = held(base);
    const quotes = held(quote);
    return {
      fair: this.prices.fair(this.instrument),
      tick: 10 ** -priceDecimals,
      lot: 10 ** -quantityDecimals,
      minNotional: Number(filters.minNotional) / 10 ** quote.decimals,
      base: bases.all,
      quote: quotes.all,
      freeBase: bases.free,
      freeQuote: quotes.free,
    };
  }

  private order({ side, price, quantity }: WantedOrder, type: OrderType, timeInForce: TimeInForce): NewOrder {
    return {
      kind: "newOrder",
      ...commandHeader(this.deps.clock()),
      account: this.account,
      symbol: this.instrument.symbol,
      side,
      type,
      timeInForce,
      selfTradePrevention: SelfTradePrevention.EXPIRE_MAKER,
      price,
      quantity,
      quoteQuantity: 0n,
      stopPrice: 0,
      trailingDelta: 0,
      icebergQuantity: 0,
      clientKey: 0n,
      clientOrderId: "",
    };
  }

  private cancel(orderId: number): CancelOrder {
    const { account, instrument } = this;
    const header = commandHeader(this.deps.clock());
    return { kind: "cancelOrder", ...header, account, symbol: instrument.symbol, orderId, clientKey: 0n, onlyIf: "any", clientOrderId: "" };
  }
}
