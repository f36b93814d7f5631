/**
 * What the gateways ask the services: one interface a service, decoded numbers inside (ticks, lots, asset units, microseconds). Each is
 * implemented in its own folder by `create<Name>(deps)`; text and JSON are the gateway's business.
 */

import type { CloseReason, OrderAccepted, SelfTradePrevention, Side, SymbolChanged, SymbolState } from "@bourse/engine";

/** A listed symbol with everything needed to turn its integers into decimal text. */
export interface Instrument {
  symbol: number;
  name: string;
  base: Asset;
  quote: Asset;
  /** price = ticks x 10^-priceDecimals */
  priceDecimals: number;
  /** quantity = lots x 10^-quantityDecimals */
  quantityDecimals: number;
  filters: SymbolChanged["filters"];
  state: SymbolState;
}

export interface Asset {
  asset: number;
  name: string;
  decimals: number;
}

/** The reference data of the shard, kept current from its events. Lookups are by exact name or number; undefined where unknown. */
export interface Instruments {
  byName(name: string): Instrument | undefined;
  bySymbol(symbol: number): Instrument | undefined;
  asset(asset: number): Asset | undefined;
  assetByName(name: string): Asset | undefined;
  /** In listing order. */
  all(): readonly Instrument[];
  assets(): readonly Asset[];
}

/** [price in ticks, quantity in lots] */
export type Level = readonly [price: number, quantity: number];

export interface BookSnapshot {
  /** The `updateId` of the last level change that is in it. */
  lastUpdateId: number;
  /** Best first. */
  bids: Level[];
  asks: Level[];
}

/** Every level change of one symbol since the previous difference; `first` = previous `final` + 1. */
export interface BookDifference extends BookSnapshot {
  symbol: number;
  first: number;
  final: number;
  time: number;
}

export interface OrderBooks {
  snapshot(symbol: number, limit: number): BookSnapshot;
  /** Best bid and ask, undefined on an empty side. */
  best(symbol: number): { updateId: number; bid?: Level; ask?: Level };
  /** Differences of one symbol, collected over `intervalMs`; nothing is sent for an interval without a change. Returns the unsubscriber. */
  onDifference(symbol: number, intervalMs: number, listener: (difference: BookDifference) => void): () => void;
  /** Called at once for each change of the best bid or ask. */
  onBest(symbol: number, listener: (best: ReturnType<OrderBooks["best"]>) => void): () => void;
}

export interface PublicTrade {
  symbol: number;
  tradeId: number;
  price: number;
  quantity: number;
  quoteAmount: bigint;
  time: number;
  takerSide: Side;
  takerOrderId: number;
  makerOrderId: number;
}

/** Fills of one taker order at one price and time, joined. */
export interface AggregateTrade {
  aggregateId: number;
  price: number;
  quantity: number;
  firstTradeId: number;
  lastTradeId: number;
  time: number;
  takerSide: Side;
}

export const klineIntervals = ["1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"] as const;
export type KlineInterval = (typeof klineIntervals)[number];

export interface Kline {
  /** Milliseconds, both inclusive. */
  openTime: number;
  closeTime: number;
  open: number;
  high: number;
  low: number;
  close: number;
  /** Lots; quote amounts in asset units. */
  volume: number;
  quoteVolume: bigint;
  takerBuyVolume: number;
  takerBuyQuoteVolume: bigint;
  trades: number;
  firstTradeId: number;
  lastTradeId: number;
  closed: boolean;
}

export interface TickerStatistics {
  symbol: number;
  openTime: number;
  closeTime: number;
  open: number;
  high: number;
  low: number;
  last: number;
  lastQuantity: number;
  /** Close of the period before. */
  previousClose: number;
  volume: number;
  quoteVolume: bigint;
  firstTradeId: number;
  lastTradeId: number;
  trades: number;
}

/** Bounds of a query over ids or milliseconds; both ends inclusive. */
export interface Range {
  fromId?: number;
  startTime?: number;
  endTime?: number;
  limit: number;
}

export interface MarketData {
  /** What is in memory: the recent past (see `createMarketData` for how much). Oldest first; with no bound the newest `limit`. */
  trades(symbol: number, range: Range): PublicTrade[];
  aggregateTrades(symbol: number, range: Range): AggregateTrade[];
  /** Oldest first; with neither bound the newest `limit`. Intervals without a trade repeat the close with no volume. */
  klines(symbol: number, interval: KlineInterval, range: Range): Kline[];
  /** The same three over everything that was ever traded: memory first, then the SQL store. Any query of a client goes here. */
  tradeHistory(symbol: number, range: Range): Promise<PublicTrade[]>;
  aggregateTradeHistory(symbol: number, range: Range): Promise<AggregateTrade[]>;
  /** `offsetMs` from UTC is where intervals begin, in whole minutes; times of the range and of klines are UTC all the same. @default 0 */
  klineHistory(symbol: number, interval: KlineInterval, range: Range, offsetMs?: number): Promise<Kline[]>;
  /** The last `windowMs` up to `now` (ms). 24 h is 86,400,000. */
  ticker(symbol: number, windowMs: number, now: number): TickerStatistics;
  /** Last price in ticks, 0 before the first trade. */
  lastPrice(symbol: number): number;
  onTrade(symbol: number, listener: (trade: PublicTrade) => void): () => void;
  onAggregateTrade(symbol: number, listener: (trade: AggregateTrade) => void): () => void;
  /** `offsetMs` as in {@link klineHistory}, in whole hours: of these, what is in memory reaches over a month. @default 0 */
  onKline(symbol: number, interval: KlineInterval, listener: (kline: Kline) => void, offsetMs?: number): () => void;
}

export type OrderStatus = "NEW" | "PENDING_NEW" | "PARTIALLY_FILLED" | "FILLED" | "CANCELED" | "REJECTED" | "EXPIRED" | "EXPIRED_IN_MATCH";

/** An order as its owner sees it. */
export interface OrderRecord
  extends Pick<
    OrderAccepted,
    | "orderId"
    | "account"
    | "symbol"
    | "side"
    | "type"
    | "timeInForce"
    | "price"
    | "quantity"
    | "quoteQuantity"
    | "stopPrice"
    | "trailingDelta"
    | "icebergQuantity"
    | "listId"
    | "working"
    | "clientKey"
    | "clientOrderId"
  > {
  selfTradePrevention: SelfTradePrevention;
  status: OrderStatus;
  closeReason: CloseReason | 0;
  /** Lots, and quote units. */
  executed: number;
  executedQuote: bigint;
  preventedQuantity: number;
  /** The last prevented match that took quantity of it, 0 for none. */
  preventedMatchId: number;
  /** Microseconds: accepted, last changed, working since (0 while it waits). */
  time: number;
  updateTime: number;
  workingTime: number;
  /** Since when a trailing order tracks the price, in microseconds; 0 while it waits for its stop price, and for any other order. */
  trailingTime: number;
}

/** One side of a fill as its owner sees it. */
export interface AccountTrade {
  symbol: number;
  tradeId: number;
  orderId: number;
  listId: number;
  price: number;
  quantity: number;
  quoteAmount: bigint;
  fee: bigint;
  feeAsset: number;
  time: number;
  isBuyer: boolean;
  isMaker: boolean;
}

/** A prevented self-trade as the owner of its taker order sees it. */
export interface PreventedMatch {
  symbol: number;
  preventedMatchId: number;
  price: number;
  takerOrderId: number;
  takerAccount: number;
  takerPrevented: number;
  makerOrderId: number;
  makerAccount: number;
  makerPrevented: number;
  mode: SelfTradePrevention;
  time: number;
}

/** An order list as its owner sees it. */
export interface OrderListRecord {
  listId: number;
  account: number;
  symbol: number;
  contingency: "OCO" | "OTO" | "OTOCO";
  status: "executing" | "allDone" | "rejected";
  orderIds: number[];
  listClientOrderId: string;
  /** Microseconds: created, last changed. */
  time: number;
  updateTime: number;
}

/** One change of an order's quantity (or price, when it lost its place). */
export interface OrderAmendment {
  symbol: number;
  orderId: number;
  /** From 1, for each order. */
  executionId: number;
  originalClientOrderId: string;
  clientOrderId: string;
  originalQuantity: number;
  quantity: number;
  time: number;
}

/** Orders and fills of accounts: open ones in memory, all of them in the SQL store. Reads include every acknowledged command. */
export interface History {
  order(account: number, symbol: number, by: { orderId: number } | { clientOrderId: string }): Promise<OrderRecord | undefined>;
  openOrders(account: number, symbol?: number): OrderRecord[];
  /** {@link OrderRecord.trailingTime} of an order that is open or has just closed; 0 for any other. */
  trailingTime(symbol: number, orderId: number): number;
  /** From `fromId` (order id) or the time range, oldest first; with neither the newest `limit`. */
  allOrders(account: number, symbol: number, range: Range): Promise<OrderRecord[]>;
  trades(account: number, symbol: number, range: Range & { orderId?: number }): Promise<AccountTrade[]>;
  orderList(account: number, by: { listId: number } | { listClientOrderId: string }): Promise<OrderListRecord | undefined>;
  openOrderLists(account: number): OrderListRecord[];
  /** From `fromId` (list id) or the time range, oldest first; with neither the newest `limit`. */
  allOrderLists(account: number, range: Range): Promise<OrderListRecord[]>;
  /** By `preventedMatchId`, or of one order from `fromId` (prevented match id) on. */
  preventedMatches(
    account: number,
    symbol: number,
    by: { preventedMatchId: number } | { orderId: number; fromId?: number; limit: number },
  ): Promise<PreventedMatch[]>;
  /** Of one order, oldest first, from `fromId` (execution id) on. */
  amendments(account: number, symbol: number, orderId: number, range: Pick<Range, "fromId" | "limit">): Promise<OrderAmendment[]>;
}

export interface Balance {
  asset: number;
  free: bigint;
  locked: bigint;
}

export interface AccountState {
  account: number;
  canTrade: boolean;
  canWithdraw: boolean;
  canDeposit: boolean;
  /** In units of 10^-6. */
  makerRate: number;
  takerRate: number;
  /** Whether fees are paid in the discount asset, and what that takes off, in units of 10^-6. */
  discountFees: boolean;
  discount: number;
  /** Microseconds of the last change. */
  updateTime: number;
  /** Assets the account has ever held, by asset number. */
  balances: Balance[];
}

export interface Wallet {
  account(account: number): AccountState | undefined;
}

/** A way in and out for one asset. Amounts in asset units. */
export interface TransferNetwork {
  network: string;
  asset: number;
  /** Kept of each withdrawal. */
  withdrawFee: bigint;
  withdrawMin: bigint;
  withdrawMax: bigint;
  /** Text that every address of the network matches, as a regular expression. */
  addressPattern: string;
}

export interface DepositRecord {
  id: string;
  account: number;
  asset: number;
  network: string;
  address: string;
  amount: bigint;
  transactionId: string;
  /** Refused: the account may not receive it; it is kept aside for the operator. */
  status: "pending" | "credited" | "refused";
  /** Milliseconds: seen, last changed. */
  time: number;
  updateTime: number;
}

export interface WithdrawalRecord {
  id: string;
  account: number;
  asset: number;
  network: string;
  address: string;
  /** Taken from the account; the address gets it less the fee. */
  amount: bigint;
  fee: bigint;
  /** The client's own id, unique for its account; "" for none. */
  clientId: string;
  /** "" until it is paid. */
  transactionId: string;
  /** Requested: not yet taken from the account. Debited: taken, on its way out. */
  status: "requested" | "debited" | "paid" | "refused";
  time: number;
  updateTime: number;
}

/** What a transfer was refused for: a part of the request, the account's balance, or what the account may do. */
export type TransferRefusal = "network" | "amount" | "address" | "clientId" | "balance" | "account";

/** A transfer that cannot be made, in words for the client. Nothing was taken. */
export class TransferRefused extends Error {
  override readonly name = "TransferRefused";
  constructor(
    readonly reason: TransferRefusal,
    message: string,
  ) {
    super(message);
  }
}

/** Money in and out. */
export interface Transfers {
  networks(asset: number): readonly TransferNetwork[];
  /** The account's own address, the same every time. @throws TransferRefused on a network that does not carry the asset */
  depositAddress(account: number, asset: number, network: string): Promise<string>;
  /** Newest first. `startTime` and `endTime` in milliseconds, both inclusive. */
  deposits(account: number, range: { asset?: number; startTime?: number; endTime?: number; limit: number }): Promise<DepositRecord[]>;
  withdrawals(account: number, range: { asset?: number; startTime?: number; endTime?: number; limit: number }): Promise<WithdrawalRecord[]>;
  /**
   * Resolves once the amount is taken from the account; the payout follows. A repeat of a `clientId` returns the first withdrawal.
   * @throws TransferRefused when nothing was taken; ShardUnavailable when that is not known (`withdrawals` will tell)
   */
  withdraw(
    account: number,
    request: { asset: number; network: string; address: string; amount: bigint; clientId?: string },
  ): Promise<WithdrawalRecord>;
}

export type KeyPermission = "read" | "trade" | "withdraw";

/** A usable API key. Secrets live in memory only; at rest they are enveloped. */
export interface ApiKey {
  apiKey: string;
  account: number;
  permissions: ReadonlySet<KeyPermission>;
  /** Addresses that may use it; empty for any. */
  allowedAddresses: readonly string[];
  /** Milliseconds, 0 for never. */
  expiresAt: number;
  verification:
    | { kind: "hmac"; secret: import("node:crypto").KeyObject }
    | { kind: "ed25519" | "rsa"; publicKey: import("node:crypto").KeyObject };
}

/** Limits of a new key; none by default. */
export interface KeyLimits {
  /** Addresses that may use it; empty for any. */
  allowedAddresses?: readonly string[];
  /** Milliseconds since 1970; 0 for never. */
  expiresAt?: number;
}

/** What can be changed of a key while it is in use; what is not named stays. */
export interface KeyChange {
  permissions?: KeyPermission[];
  /** Addresses that may use it; empty for any. */
  allowedAddresses?: readonly string[];
}

export interface Users {
  /** Synchronous: the table of keys is in memory and follows revocations within 5 s. */
  findKey(apiKey: string): ApiKey | undefined;
  /** Names are unique, 1 to 64 characters. The account can hold nothing before a `setAccount` command opened it in the shard. */
  createAccount(name: string): Promise<{ account: number }>;
  /** The account of that name, undefined where there is none. */
  accountNamed(name: string): Promise<number | undefined>;
  createHmacKey(
    account: number,
    label: string,
    permissions: KeyPermission[],
    limits?: KeyLimits,
  ): Promise<{ apiKey: string; secretKey: string }>;
  registerPublicKey(
    account: number,
    label: string,
    pem: string,
    permissions: KeyPermission[],
    limits?: KeyLimits,
  ): Promise<{ apiKey: string }>;
  revokeKey(apiKey: string): Promise<void>;
  /** In force here at once and everywhere within 5 s. @throws TypeError for a key that is not known or is revoked, and for what a key cannot be */
  changeKey(apiKey: string, change: KeyChange): Promise<void>;
  keys(account: number): Promise<{ apiKey: string; label: string; permissions: KeyPermission[]; createdAt: number }[]>;
}
