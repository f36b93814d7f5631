/**
 * What the compiled part asks of TypeScript (`compiled.ts`): what is done seldom, or concerns the objects of a market. Markets are named by their
 * number. All may take lines, which grows the memory in place.
 */

/** Makes a session the latest one; returns the first of its lines. */
export declare function takeSession(session: f64): i32;
/** Opens the position of an account in a symbol, both by their outside numbers; 0 where there is no such account or symbol. */
export declare function openPosition(account: i32, symbol: i32): i32;
/** Takes lines for a pool that has none left, by the line of its counts. */
export declare function growPool(pool: i32): void;
/** The first of so many lines in a row, filled with zeros; and takes them back. */
export declare function takeLines(count: i32): i32;
export declare function giveLines(first: i32, count: i32): void;
/** The level of a book at a price, made where there is none. */
export declare function levelAt(market: i32, side: i32, price: f64): i32;
/** Takes away a level without orders. */
export declare function forgetLevel(market: i32, level: i32): void;
/** Moves a market's average price to the minute of the shard's time. */
export declare function advanceMinute(market: i32): void;
/** Whether PERCENT_PRICE_BY_SIDE admits a price. */
export declare function withinPercent(market: i32, price: f64, buys: bool): bool;
/** Worst price that the execution band lets a taker trade at, 0 for any. */
export declare function band(market: i32, buys: bool): f64;
/** Takes note of a trade's price for the orders that wait for one. */
export declare function notePrice(market: i32, price: f64): void;
/** Whether all of the order in hand could be filled at once. */
export declare function fillable(market: i32): bool;
