/**
 * The layout of every record that commands touch. A record is one line of {@link Memory}, 64 bytes that a processor's cache brings together, and is
 * named by the number of its line: `f[line * 8 + ...]` are its doubles, `i[line * 16 + ...]` its 32-bit integers. Only a market's row takes four lines.
 *
 * These constants stand alone so that every file can take those it needs into constants of its own (see the decision on offsets).
 */

/**
 * Bits of the number of a line: a number masked with them, which changes nothing, can be scaled and added to without a check for an overflow.
 * 67 million lines are 4 GB.
 */
export const SLOTS = 0x3ffffff;

/**
 * The first lines are those of which there is one. 0 is none, and stays filled with zeros: a read of what a record does not have finds nothing there.
 */

/**
 * A byte that is 0 in every order, level, position and balance: the last one of a word that holds a few flags, or the number of a book in so many bits less.
 * Looking ahead writes that 0 again, which changes nothing and brings the record's line near, without anybody waiting for it.
 */
export const TOUCHED = 51;

/** The header that the events of the command in hand share, laid out as an event's first 32 bytes: its second word is the index of the next one. */
export const HEAD = 1;
export const NEXT_EVENT = 1;
export const EPOCH = 6;
/** The shard's number, and the event's detail in its upper half. */
export const SHARD = 7;

/** An order that is filled or closed within its command: it is never among the open ones. */
export const TAKER = 2;

/** What the whole exchange has. Doubles: the id given to the latest order, the shard's time, the position of the latest command. */
export const CORE = 3;
export const LAST_ORDER = 0;
export const LAST_TIME = 1;
export const LAST_SEQUENCE = 2;
/** Integers: the global kill switch; slot of the asset in which discounted fees are paid, 0 for none. */
export const KILL = 8;
export const DISCOUNT_ASSET = 9;
/** Word at which the rates begin, line at which the assets do. */
export const RATES = 10;
export const ASSETS = 11;
/** Word at which the list of changed balances begins, how many are in it, and for how many there is room. */
export const CHANGED = 12;
export const CHANGES = 13;
export const CHANGES_ROOM = 14;

/** The session of the latest command: its number, a double, and the first of its lines; 0 before the first. */
export const LATEST_SESSION = 4;
export const SESSION_NUMBER = 0;
export const SESSION_LINES = 2;
/** Sequence numbers of one session that are remembered: a power of two. */
export const SESSION_WINDOW = 1_024;
/** Doubles of a session: its highest number, and the position of its last command, by which the longest unused session is found. */
export const HIGHEST = 0;
export const LAST_USED = 1;
/** Where its window begins, by sequence number modulo its length: pairs of the number and the position of its command. Lines of it all. */
export const SESSION_CELLS = 8;
export const SESSION_SIZE = 257;

/** Hash tables: of orders by id, of orders by client key, of positions by account and symbol, of levels by book and price. */
export const ORDER_TABLE = 5;
export const KEY_TABLE = 6;
export const POSITION_TABLE = 7;
export const LEVEL_TABLE = 14;
/** Integers of a table: byte of its first bucket, bytes of all buckets but the last, records in it, and how many from which on the next one doubles it. */
export const TABLE_BASE = 0;
export const TABLE_MASK = 1;
export const TABLE_SIZE = 2;
export const TABLE_LIMIT = 3;

/** Pools: of orders, of their extra lines, of levels, of balances, of positions. */
export const ORDER_POOL = 8;
export const EXTRA_POOL = 9;
export const LEVEL_POOL = 10;
export const BALANCE_POOL = 11;
export const POSITION_POOL = 12;
/** Integers of a pool: records in use; the first of those that were given back; the next line that no record has had, and where such lines end; lines taken in all. */
export const POOL_SIZE = 0;
export const POOL_FREE = 1;
export const POOL_NEXT = 2;
export const POOL_END = 3;
export const POOL_TAKEN = 4;

/** Of an open order. */
export const ID = 0;
/** Lots still to execute, hidden ones included. */
export const REMAINING = 1;
/** Limit in ticks; of an unpriced stop buy the limit that its hold carries; 0 for none. */
export const PRICE = 2;
export const KEY_LOW = 6;
export const KEY_HIGH = 7;
/** Neighbours in the queue of its level, which is a ring: the level itself stands between the last order and the first. */
export const NEXT = 8;
export const PREVIOUS = 9;
export const LEVEL = 10;
export const POSITION = 11;
export const FLAGS = 12;
/** Line of what only some orders have, 0 for those that have nothing of it. */
export const EXTRA = 13;
/** Neighbours in the list of its position, a ring through the position. */
export const POSITION_PREVIOUS = 14;
export const POSITION_NEXT = 15;

/** Of the extra line of an order. Without one the quantity is what remains, and all others are 0. */
export const QUANTITY = 0;
/** Lots executed. */
export const EXECUTED = 1;
/** Lots that remain and are not shown in the book. */
export const HIDDEN = 2;
export const STOP = 3;
export const ICEBERG = 4;
/** Trailing distance in basis points. */
export const TRAILING = 10;
export const AMENDS = 11;
/** Its order list; 0 for none. */
export const LIST = 12;
/** The group of trailing orders that it tracks the price with. */
export const TRAILING_GROUP = 13;

/** Bits of FLAGS. */
export const SIDE_BIT = 1;
export const TYPE_SHIFT = 1;
export const TIME_IN_FORCE_SHIFT = 4;
export const PREVENTION_SHIFT = 6;
export const PLACE_SHIFT = 9;
export const PLACE_MASK = 7 << PLACE_SHIFT;
/** Its funds are held under its own name (an OCO holds once, for the dearer leg). */
export const HOLDS = 1 << 12;
/** Came to trade by a trigger. */
export const TRIGGERED = 1 << 13;

/** Of a price level. Its NEXT is the first order of its queue and its PREVIOUS the last one; without orders both are the level itself. */
export const LEVEL_PRICE = 0;
/** Lots shown. */
export const LEVEL_VISIBLE = 1;
/** Lots there that icebergs do not show. */
export const LEVEL_HIDDEN = 2;
/** Bit 0: side; bit 1: its change is noted; above them the number of the queues that it belongs to. */
export const LEVEL_FLAGS = 12;
export const LEVEL_NOTED = 2;
export const OWNER_SHIFT = 2;

/** Of a position, what one account has in one symbol. Its POSITION_NEXT is the oldest of its open orders and its POSITION_PREVIOUS the latest. */
export const OWNER = 0;
/** Row of the symbol's market. */
export const ROW = 1;
/** Its balances in both assets. */
export const BASE = 2;
export const QUOTE = 3;
/** Flags and number of the owner: copies, so that an order is admitted and told of without a look at the account. */
export const OWNER_FLAGS = 12;
export const ACCOUNT = 6;
/** Number of the symbol. */
export const SYMBOL = 7;
/** Open orders, those of them that wait for a price, and icebergs. */
export const ORDERS = 8;
export const ALGO_ORDERS = 9;
export const ICEBERG_ORDERS = 13;
/** Next position of the same account. */
export const NEXT_POSITION = 10;
/** Trade group of the owner, copied here for self-trade prevention. */
export const GROUP = 11;
/** Lots in open buy orders, a double. */
export const OPEN_BUYS = 2;

/** Of a balance: two amounts, each a pair of doubles, high x WIDE + low. */
export const FREE = 0;
export const LOCKED = 2;
/** Base of the high part of an amount: 2^52. */
export const WIDE = 4_503_599_627_370_496;
/** Number of the account, not its slot: events need it. */
export const BALANCE_ACCOUNT = 8;
export const BALANCE_ASSET = 9;
export const BALANCE_NEXT = 10;
/** Whether the command in hand has changed it. */
export const BALANCE_CHANGED = 12;
/** Number of the asset, where BALANCE_ASSET is its slot. */
export const BALANCE_ASSET_NUMBER = 11;

/** Of an asset, what all have of it together: each a pair of doubles. */
export const FEES = 0;
export const EXTERNAL = 2;
/** Sum over all accounts. */
export const HELD = 4;

/** Of an account's rates, two integers by its slot. */
export const MAKER_RATE = 0;
export const TAKER_RATE = 1;

/** Parts of a rate or a discount in one (source of the unit: `SetFeeTier`). */
export const RATE_UNIT = 1_000_000;

/** Bits of an account's flags. */
export const CAN_TRADE = 1;
export const CAN_WITHDRAW = 2;
export const CAN_DEPOSIT = 4;
export const DISCOUNT_FEES = 8;
export const KILLED = 16;

/** Of a market's row of four lines: what plain orders need of their symbol. Integers: `i[row * 16 + ...]`. */
export const STATE = 0;
/** Which filters need more than a comparison. */
export const LIMITED = 1;
export const BOOK_NUMBER = 14;
/** Slots of its assets, and their numbers. */
export const BASE_ASSET = 34;
export const QUOTE_ASSET = 35;
export const BASE_NUMBER = 40;
export const QUOTE_NUMBER = 41;
/** Place of the market among all. */
export const MARKET_NUMBER = 42;
/** 1 where trades are bounded by an execution band. */
export const BANDED = 43;
/** Stop prices, and orders that track the price: 0 where no order waits for one. */
export const WAITING = 44;

/** Doubles of a row: `f[row * 8 + ...]`. The first eight are what a cancel needs. */
export const MINUTE_ENDS = 1;
/** Lots that remain in the symbol's open orders. */
export const OPEN_LOTS = 2;
export const LAST_UPDATE = 3;
export const MULTIPLIER = 4;
export const DIVISOR = 5;
export const LOT_UNITS = 6;
/** What the filters allow a plain order; no limit is 0 or Infinity. */
export const MIN_PRICE = 8;
export const MAX_PRICE = 9;
export const PRICE_STEP = 10;
export const MIN_QUANTITY = 11;
export const MAX_QUANTITY = 12;
export const QUANTITY_STEP = 13;
export const MIN_NOTIONAL = 14;
export const MAX_NOTIONAL = 15;
export const MAX_ORDERS = 16;
/** Best price of each side of its book, `BEST + side`; of an empty side the one that crosses with nothing. */
export const BEST = 18;
/** What a trade changes, a line of its own: its number, the last price, sums of price x quantity and of quantity in the current minute. */
export const LAST_TRADE = 24;
export const LAST_PRICE = 25;
export const TURNOVER = 26;
export const VOLUME = 27;
/** Average price since the last trade or minute: 0 for none, -1 where it must be computed. */
export const AVERAGE = 28;
/** Lines of a row. */
export const ROW_LINES = 4;
/** Values of LIMITED: the filters that need more than a comparison, PERCENT_PRICE_BY_SIDE and MAX_POSITION. */
export const PERCENT_LIMITED = 1;
export const POSITION_LIMITED = 2;
