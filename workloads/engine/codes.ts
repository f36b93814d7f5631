/**
 * The codes of commands and events: what stands for what in their bytes. They stand alone, so that what is compiled (`compiled/`) reads them too.
 */

/** Version of every command and event layout in this folder. */
export const LAYOUT_VERSION = 1;
export const COMMAND_HEADER = 32;
export const EVENT_HEADER = 32;
export const PARAMETERS = 32;

export enum CommandType {
  NEW_ORDER = 1,
  CANCEL_ORDER = 2,
  CANCEL_ALL_ORDERS = 3,
  CANCEL_REPLACE = 4,
  AMEND_ORDER = 5,
  MODIFY_ORDER = 6,
  NEW_ORDER_LIST = 7,
  CANCEL_ORDER_LIST = 8,
  DEPOSIT = 9,
  WITHDRAW = 10,
  TRANSFER = 11,
  SET_ACCOUNT = 12,
  SET_FEE_TIER = 13,
  LIST_ASSET = 14,
  LIST_SYMBOL = 15,
  SET_SYMBOL_STATE = 16,
  KILL_SWITCH = 17,
  ACTIVATE = 18,
}

export enum EventType {
  REJECTED = 1,
  REPEATED = 2,
  ORDER_ACCEPTED = 3,
  ORDER_TRIGGERED = 4,
  TRADE = 5,
  TRADE_PREVENTED = 6,
  ORDER_AMENDED = 7,
  ORDER_CLOSED = 8,
  ORDER_LIST_CHANGED = 9,
  BALANCE_CHANGED = 10,
  LEVEL_CHANGED = 11,
  ACCOUNT_CHANGED = 12,
  FEE_TIER_CHANGED = 13,
  ASSET_LISTED = 14,
  SYMBOL_CHANGED = 15,
  APPLIED = 16,
}

export enum Side {
  BUY = 0,
  SELL = 1,
}

export enum OrderType {
  LIMIT = 0,
  MARKET = 1,
  LIMIT_MAKER = 2,
  STOP_LOSS = 3,
  STOP_LOSS_LIMIT = 4,
  TAKE_PROFIT = 5,
  TAKE_PROFIT_LIMIT = 6,
}

export enum TimeInForce {
  GTC = 0,
  IOC = 1,
  FOK = 2,
}

/** What happens when an order would trade with one of the same account (or trade group). The taker's mode decides. */
export enum SelfTradePrevention {
  NONE = 0,
  EXPIRE_TAKER = 1,
  EXPIRE_MAKER = 2,
  EXPIRE_BOTH = 3,
  DECREMENT = 4,
}

export enum SymbolState {
  TRADING = 0,
  HALT = 1,
  BREAK = 2,
  CANCEL_ONLY = 3,
  DELISTED = 4,
}

/** Why a command, or a leg of it, was refused. Nothing was changed. Each has one Binance code and text (see the gateway's table). */
export enum RejectReason {
  UNKNOWN_SYMBOL = 1,
  UNKNOWN_ACCOUNT = 2,
  UNKNOWN_ASSET = 3,
  UNKNOWN_ORDER = 4,
  UNKNOWN_LIST = 5,
  INSUFFICIENT_BALANCE = 6,
  MARKET_CLOSED = 7,
  ACCOUNT_DISABLED = 8,
  DUPLICATE_CLIENT_ORDER_ID = 9,
  WOULD_TAKE = 10,
  WOULD_TRIGGER = 11,
  NO_LIQUIDITY = 12,
  FILTER_PRICE = 20,
  FILTER_PERCENT_PRICE = 21,
  FILTER_LOT_SIZE = 22,
  FILTER_MARKET_LOT_SIZE = 23,
  FILTER_NOTIONAL = 24,
  FILTER_MAX_NUM_ORDERS = 25,
  FILTER_MAX_NUM_ALGO_ORDERS = 26,
  FILTER_MAX_NUM_ICEBERG_ORDERS = 27,
  FILTER_ICEBERG_PARTS = 28,
  FILTER_MAX_POSITION = 29,
  FILTER_TRAILING_DELTA = 30,
  FILTER_MAX_NUM_ORDER_AMENDS = 31,
  INVALID_ORDER = 40,
  INVALID_LIST = 41,
  INVALID_AMEND = 42,
  INVALID_STATE = 43,
  NOT_ATTEMPTED = 44,
  DUPLICATE_TRANSFER = 50,
  AMOUNT_OUT_OF_RANGE = 51,
  TIME_OUT_OF_RANGE = 60,
  KILL_SWITCH = 61,
  UNSUPPORTED_VERSION = 62,
}

/** Why an order left the book, or never entered it, other than by being filled. */
export enum CloseReason {
  CANCELED = 1,
  IOC_EXPIRED = 2,
  FOK_EXPIRED = 3,
  /** A market order found no (more) orders to trade with. */
  INSUFFICIENT_LIQUIDITY = 4,
  SELF_TRADE = 5,
  /** The other leg of its OCO worked. */
  OCO_TRIGGER = 6,
  /** The working leg of its OTO ended without being filled. */
  OTO_PHASE_ONE_EXPIRED = 7,
  EXCHANGE_CANCELED = 8,
  PRICE_RANGE_EXCEEDED = 9,
  /** A triggered order was refused, for example for a lack of funds. */
  REJECTED_ON_TRIGGER = 10,
  REPLACED = 11,
}

/** Where an order is. */
export enum Place {
  /** On its way into the book, or through it. */
  MOVING = 0,
  BOOK = 1,
  /** Waits for its trigger. */
  STOPS = 2,
  /** Waits for the working leg of its list. */
  PENDING = 3,
  /** Triggered, waits for its turn. */
  QUEUED = 4,
  /** Tracks the price. */
  TRAILING = 5,
}

/** Why no more was filled. */
export enum Stop {
  /** Nothing remains of the taker. */
  FILLED = 0,
  /** The book has no more at its price. */
  PRICE = 1,
  /** The execution band ends. */
  BAND = 2,
  /** The next maker is not for this loop. */
  UNUSUAL = 3,
  /** There is no room for further events or notes: what is there is to be taken before it goes on. */
  FULL = 4,
}

/** Why the compiled part has stopped. */
export enum Pause {
  /** All commands are applied. */
  END = 0,
  /** The events are to be taken before it goes on. */
  FULL = 1,
  /** The next command is not for it; nothing of it is done. */
  OTHER = 2,
  /** It is, and time and session have seen it, but it must be decided by the general way. */
  DECLINED = 3,
  /** The order in line `TAKER` has been filled as far as `Stop` says; what becomes of it is not decided. */
  TAKER = 4,
  /** A balance is below 0. */
  OVERDRAWN = 5,
  /** The book is crossed. */
  CROSSED = 6,
}

/** Most that a command's time may be ahead of the shard's, in microseconds: one day. Later commands are refused, so that a broken clock cannot stop the exchange. */
export const MAX_TIME_STEP = 86_400_000_000;
