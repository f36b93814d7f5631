/** Events, written behind one another into the output area. Their layouts are those of `event-writer.ts`. */

import * as areas from "../areas";
import * as codes from "../codes";
import * as records from "../records";
import { exact, whole } from "./amounts";

const HEAD: usize = records.HEAD * 64;
const BATCH: usize = areas.BATCH * 64;
const OUTPUT: usize = areas.OUTPUT * 64;
const VERSION = codes.LAYOUT_VERSION << 24;
/** Bit of an event's index: it is the last of its command. */
const LAST_EVENT: i64 = 0x80000000;

export const ACCEPTED_LENGTH = codes.EVENT_HEADER + 24;
export const CLOSED_LENGTH = codes.EVENT_HEADER + 24;
export const BALANCE_LENGTH = codes.EVENT_HEADER + 24;
export const LEVEL_LENGTH = codes.EVENT_HEADER + 32;
export const TRADE_LENGTH = codes.EVENT_HEADER + 104;
const REJECTED_LENGTH = codes.EVENT_HEADER + 24;

/** Writes the header of the next event, of `length` bytes; returns the byte behind it. */
function start(type: i32, length: i32, detail: i32): usize {
  const index = load<i32>(HEAD, records.NEXT_EVENT * 4);
  store<i32>(HEAD, index + 1, records.NEXT_EVENT * 4);
  const at = room(length);
  header(at, type, length, <i64>index, detail);
  return at + codes.EVENT_HEADER;
}

/** Marks the latest event, of `length` bytes, as the command's last. */
export function finish(length: i32): void {
  const at = OUTPUT + <usize>(load<i32>(BATCH, areas.WRITTEN * 4) - length);
  store<i64>(at, load<i64>(at) | (LAST_EVENT << 32));
}

/** Bytes of the order's parameters in the new order at a byte, which its event repeats. */
function parametersOf(command: usize): i32 {
  return <i32>load<u16>(command) - codes.COMMAND_HEADER;
}

/** @param detail 1 where the order works at once */
export function orderAccepted(command: usize, id: i64, detail: i32): void {
  const length = parametersOf(command);
  const to = start(codes.EventType.ORDER_ACCEPTED, ACCEPTED_LENGTH + length, detail);
  fillAccepted(to, command, id, length);
}

/** What is behind the header, with `length` bytes of the command's parameters: 32 at least. */
function fillAccepted(to: usize, command: usize, id: i64, length: i32): void {
  store<i64>(to, id);
  store<i32>(to, load<i32>(command, 20), 8);
  store<i32>(to, load<i32>(command, 4), 12);
  store<i64>(to, 0, 16);
  v128.store(to, v128.load(command, codes.COMMAND_HEADER), 24);
  v128.store(to, v128.load(command, codes.COMMAND_HEADER + 16), 40);
  for (let n = 32; n < length; n += 8) store<i64>(to + <usize>n, load<i64>(command + <usize>n, codes.COMMAND_HEADER), 24);
}

/** All events of a new order that rests. Returns whether the balance is sound. */
export function rested(command: usize, id: i64, balance: usize, side: i32, visible: f64, update: f64): bool {
  const length = parametersOf(command);
  const to = room(ACCEPTED_LENGTH + length + BALANCE_LENGTH + LEVEL_LENGTH);
  header(to, codes.EventType.ORDER_ACCEPTED, ACCEPTED_LENGTH + length, 0, 1);
  fillAccepted(to + codes.EVENT_HEADER, command, id, length);
  const then = to + <usize>(ACCEPTED_LENGTH + length);
  const sound = fillBalance(then, 1, balance);
  fillLevel(then + BALANCE_LENGTH, load<i32>(command, 4), side, load<i64>(command, codes.COMMAND_HEADER + 8), visible, update);
  return sound;
}

/** All events of an order that is canceled. Returns whether the balance is sound. */
export function canceled(command: usize, id: i64, executed: f64, balance: usize, side: i32, price: i64, visible: f64, update: f64): bool {
  const to = room(CLOSED_LENGTH + BALANCE_LENGTH + LEVEL_LENGTH);
  header(to, codes.EventType.ORDER_CLOSED, CLOSED_LENGTH, 0, codes.CloseReason.CANCELED);
  store<i64>(to, id, codes.EVENT_HEADER);
  store<i32>(to, load<i32>(command, 20), codes.EVENT_HEADER + 8);
  store<i32>(to, load<i32>(command, 4), codes.EVENT_HEADER + 12);
  store<i64>(to, whole(executed), codes.EVENT_HEADER + 16);
  const sound = fillBalance(to + CLOSED_LENGTH, 1, balance);
  fillLevel(to + CLOSED_LENGTH + BALANCE_LENGTH, load<i32>(command, 4), side, price, visible, update);
  return sound;
}

function fillBalance(to: usize, index: i64, balance: usize): bool {
  header(to, codes.EventType.BALANCE_CHANGED, BALANCE_LENGTH, index, 0);
  store<i32>(to, load<i32>(balance, records.BALANCE_ACCOUNT * 4), codes.EVENT_HEADER);
  store<i32>(to, load<i32>(balance, records.BALANCE_ASSET_NUMBER * 4), codes.EVENT_HEADER + 4);
  store<i64>(to, exact(balance + records.FREE * 8), codes.EVENT_HEADER + 8);
  store<i64>(to, exact(balance + records.LOCKED * 8), codes.EVENT_HEADER + 16);
  // The sign of the high part of both.
  return (load<i64>(balance, (records.FREE + 1) * 8) | load<i64>(balance, (records.LOCKED + 1) * 8)) >= 0;
}

/** The last event of three. */
function fillLevel(to: usize, symbol: i32, side: i32, price: i64, visible: f64, update: f64): void {
  header(to, codes.EventType.LEVEL_CHANGED, LEVEL_LENGTH, 2 | LAST_EVENT, side);
  store<i64>(to, <i64>(<u32>symbol), codes.EVENT_HEADER);
  store<i64>(to, price, codes.EVENT_HEADER + 8);
  store<i64>(to, whole(visible), codes.EVENT_HEADER + 16);
  store<i64>(to, whole(update), codes.EVENT_HEADER + 24);
}

/** Makes room for events; returns the byte where they begin. */
function room(length: i32): usize {
  const written = load<i32>(BATCH, areas.WRITTEN * 4);
  store<i32>(BATCH, written + length, areas.WRITTEN * 4);
  return OUTPUT + <usize>written;
}

/** Writes a header: that of the command, with what is the event's own. */
function header(to: usize, type: i32, length: i32, index: i64, detail: i32): void {
  store<i64>(to, <i64>(length | (type << 16) | VERSION) | (index << 32));
  store<i64>(to, load<i64>(HEAD, 8), 8);
  store<i64>(to, load<i64>(HEAD, 16), 16);
  store<i64>(to, load<i64>(HEAD, records.EPOCH * 4) | ((<i64>detail) << 48), 24);
}

export function orderClosed(id: i64, position: usize, executed: f64, reason: i32): void {
  const to = start(codes.EventType.ORDER_CLOSED, CLOSED_LENGTH, reason);
  store<i64>(to, id);
  store<i32>(to, load<i32>(position, records.ACCOUNT * 4), 8);
  store<i32>(to, load<i32>(position, records.SYMBOL * 4), 12);
  store<i64>(to, whole(executed), 16);
}

/** A command's only event: its cancel, without a text, is refused. */
export function cancelRejected(command: usize, reason: i32): void {
  const to = start(codes.EventType.REJECTED, REJECTED_LENGTH, reason | (codes.CommandType.CANCEL_ORDER << 8));
  store<i32>(to, load<i32>(command, 20));
  store<i32>(to, load<i32>(command, 4), 4);
  store<i64>(to, load<i64>(command, codes.COMMAND_HEADER), 8);
  store<i64>(to, 0, 16);
  finish(REJECTED_LENGTH);
}

/** Returns whether neither part of the balance is below 0. */
export function balanceChanged(balance: usize): bool {
  const index = load<i32>(HEAD, records.NEXT_EVENT * 4);
  store<i32>(HEAD, index + 1, records.NEXT_EVENT * 4);
  return fillBalance(room(BALANCE_LENGTH), <i64>index, balance);
}

export function levelChanged(symbol: i32, side: i32, price: i64, visible: f64, update: f64): void {
  const to = start(codes.EventType.LEVEL_CHANGED, LEVEL_LENGTH, side);
  store<i64>(to, <i64>(<u32>symbol));
  store<i64>(to, price, 8);
  store<i64>(to, whole(visible), 16);
  store<i64>(to, whole(update), 24);
}

/** @param done bit 1: nothing remains of the taker; bit 2: nothing of the maker */
export function trade(
  row: usize,
  side: i32,
  done: i32,
  number: f64,
  price: f64,
  quantity: f64,
  gross: f64,
  taker: usize,
  takerPosition: usize,
  takerFee: f64,
  takerExecuted: f64,
  maker: usize,
  makerPosition: usize,
  makerFee: f64,
  makerExecuted: f64,
): void {
  const to = start(codes.EventType.TRADE, TRADE_LENGTH, side | done);
  store<i64>(to, <i64>load<u32>(takerPosition, records.SYMBOL * 4));
  store<i64>(to, whole(number), 8);
  store<i64>(to, whole(price), 16);
  store<i64>(to, whole(quantity), 24);
  store<i64>(to, whole(gross), 32);
  store<i64>(to, whole(load<f64>(taker, records.ID * 8)), 40);
  store<i32>(to, load<i32>(takerPosition, records.ACCOUNT * 4), 48);
  // The taker's fee is of what it gets, base for a buy; the maker's of the other asset.
  const numbers = row + <usize>(side << 2);
  const others = row - <usize>(side << 2);
  store<i32>(to, load<i32>(numbers, records.BASE_NUMBER * 4), 52);
  store<i64>(to, <i64>takerFee, 56);
  store<i64>(to, whole(takerExecuted), 64);
  store<i64>(to, whole(load<f64>(maker, records.ID * 8)), 72);
  store<i32>(to, load<i32>(makerPosition, records.ACCOUNT * 4), 80);
  store<i32>(to, load<i32>(others, records.QUOTE_NUMBER * 4), 84);
  store<i64>(to, <i64>makerFee, 88);
  store<i64>(to, whole(makerExecuted), 96);
}
