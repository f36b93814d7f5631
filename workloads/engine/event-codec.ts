/**
 * Events as bytes. The header of every event is u16 length, u8 type, u8 version, u32 index (bit 31: last of its command), u64 sequence,
 * u64 time, u32 epoch, u16 shard, u16 detail, whose meaning depends on the type. `event-writer.ts` writes what is read here.
 */

import type { Event } from "./events";
import { readFilters } from "./filters-codec";
import {
  balanceCauses,
  commandKinds,
  contingencies,
  EVENT_HEADER,
  EventType,
  FILTERS,
  getU64,
  listStatuses,
  readParameters,
  readText,
  viewOf,
} from "./layout";

/** Words of a trade from its beginning, for who reads trades without decoding them; those of quantities have their high word behind them. */
export const tradeFields = { QUANTITY: 14, TAKER_ACCOUNT: 20, TAKER_EXECUTED: 24, MAKER_ACCOUNT: 28, MAKER_EXECUTED: 32 } as const;

/** Length in bytes of the event at `offset`. */
export function eventLength(bytes: Uint8Array, offset: number): number {
  return bytes[offset] | (bytes[offset + 1] << 8);
}

/** Decodes the events from `start` up to `end`, which must be whole. */
export function decodeEvents(bytes: Uint8Array, start: number, end: number): Event[] {
  const events: Event[] = [];
  for (let offset = start; offset < end; offset += eventLength(bytes, offset)) events.push(decodeEvent(bytes, offset));
  return events;
}

/** Decodes the event at `offset`. Throws a RangeError on an unknown type. */
export function decodeEvent(bytes: Uint8Array, offset: number): Event {
  const view = viewOf(bytes);
  const place = view.getUint32(offset + 4, true);
  // Each field is named in each event: a spread of a header makes an object of its own, and copies it field by field.
  const shard = view.getUint16(offset + 28, true);
  const epoch = view.getUint32(offset + 24, true);
  const sequence = getU64(view, offset + 8);
  const index = place & 0x7fffffff;
  const last = place >>> 31 === 1;
  const time = getU64(view, offset + 16);
  const detail = view.getUint16(offset + 30, true);
  const at = offset + EVENT_HEADER;
  const type: EventType = view.getUint8(offset + 2);
  switch (type) {
    case EventType.REJECTED:
      return {
        kind: "rejected",
        shard,
        epoch,
        sequence,
        index,
        last,
        time,
        command: commandKinds[(detail >> 8) - 1],
        reason: detail & 255,
        account: view.getUint32(at, true),
        symbol: view.getUint32(at + 4, true),
        orderId: getU64(view, at + 8),
        clientOrderId: readText(view, at + 24, view.getUint8(at + 16)),
      };
    case EventType.REPEATED:
      return { kind: "repeated", shard, epoch, sequence, index, last, time, firstSequence: getU64(view, at) };
    case EventType.ORDER_ACCEPTED: {
      const parameters = readParameters(view, at + 24);
      return {
        kind: "orderAccepted",
        shard,
        epoch,
        sequence,
        index,
        last,
        time,
        orderId: getU64(view, at),
        account: view.getUint32(at + 8, true),
        symbol: view.getUint32(at + 12, true),
        listId: getU64(view, at + 16),
        working: detail === 1,
        side: parameters.side,
        type: parameters.type,
        timeInForce: parameters.timeInForce,
        selfTradePrevention: parameters.selfTradePrevention,
        price: parameters.price,
        quantity: parameters.quantity,
        quoteQuantity: parameters.quoteQuantity,
        stopPrice: parameters.stopPrice,
        trailingDelta: parameters.trailingDelta,
        icebergQuantity: parameters.icebergQuantity,
        clientKey: parameters.clientKey,
        clientOrderId: parameters.clientOrderId,
      };
    }
    case EventType.ORDER_TRIGGERED:
      return {
        kind: "orderTriggered",
        shard,
        epoch,
        sequence,
        index,
        last,
        time,
        orderId: getU64(view, at),
        account: view.getUint32(at + 8, true),
        symbol: view.getUint32(at + 12, true),
      };
    case EventType.TRADE:
      return {
        kind: "trade",
        shard,
        epoch,
        sequence,
        index,
        last,
        time,
        symbol: view.getUint32(at, true),
        tradeId: getU64(view, at + 8),
        price: getU64(view, at + 16),
        quantity: getU64(view, at + 24),
        quoteAmount: view.getBigInt64(at + 32, true),
        takerSide: detail & 1,
        takerOrderId: getU64(view, at + 40),
        takerAccount: view.getUint32(at + 48, true),
        takerFee: view.getBigInt64(at + 56, true),
        takerFeeAsset: view.getUint32(at + 52, true),
        takerExecuted: getU64(view, at + 64),
        takerDone: (detail & 2) !== 0,
        makerOrderId: getU64(view, at + 72),
        makerAccount: view.getUint32(at + 80, true),
        makerFee: view.getBigInt64(at + 88, true),
        makerFeeAsset: view.getUint32(at + 84, true),
        makerExecuted: getU64(view, at + 96),
        makerDone: (detail & 4) !== 0,
      };
    case EventType.TRADE_PREVENTED:
      return {
        kind: "tradePrevented",
        shard,
        epoch,
        sequence,
        index,
        last,
        time,
        symbol: view.getUint32(at, true),
        preventedMatchId: getU64(view, at + 8),
        price: getU64(view, at + 16),
        takerOrderId: getU64(view, at + 24),
        takerAccount: view.getUint32(at + 32, true),
        takerPrevented: getU64(view, at + 40),
        makerOrderId: getU64(view, at + 48),
        makerAccount: view.getUint32(at + 36, true),
        makerPrevented: getU64(view, at + 56),
        mode: detail,
      };
    case EventType.ORDER_AMENDED:
      return {
        kind: "orderAmended",
        shard,
        epoch,
        sequence,
        index,
        last,
        time,
        orderId: getU64(view, at),
        account: view.getUint32(at + 8, true),
        symbol: view.getUint32(at + 12, true),
        price: getU64(view, at + 16),
        quantity: getU64(view, at + 24),
        keptPriority: detail === 1,
        clientKey: view.getBigUint64(at + 32, true),
        clientOrderId: readText(view, at + 48, view.getUint8(at + 40)),
      };
    case EventType.ORDER_CLOSED:
      return {
        kind: "orderClosed",
        shard,
        epoch,
        sequence,
        index,
        last,
        time,
        orderId: getU64(view, at),
        account: view.getUint32(at + 8, true),
        symbol: view.getUint32(at + 12, true),
        reason: detail & 255,
        executed: getU64(view, at + 16),
        clientOrderId: readText(view, at + 24, detail >> 8),
      };
    case EventType.ORDER_LIST_CHANGED: {
      const count = view.getUint8(at + 18);
      const orderIds: number[] = [];
      for (let i = 0; i < count; i++) orderIds.push(getU64(view, at + 24 + i * 8));
      return {
        kind: "orderListChanged",
        shard,
        epoch,
        sequence,
        index,
        last,
        time,
        listId: getU64(view, at),
        account: view.getUint32(at + 8, true),
        symbol: view.getUint32(at + 12, true),
        contingency: contingencies[view.getUint8(at + 16)],
        status: listStatuses[view.getUint8(at + 17)],
        orderIds,
        listClientOrderId: readText(view, at + 24 + count * 8, view.getUint8(at + 19)),
      };
    }
    case EventType.BALANCE_CHANGED:
      return {
        kind: "balanceChanged",
        shard,
        epoch,
        sequence,
        index,
        last,
        time,
        account: view.getUint32(at, true),
        asset: view.getUint32(at + 4, true),
        free: view.getBigInt64(at + 8, true),
        locked: view.getBigInt64(at + 16, true),
        cause: balanceCauses[detail],
      };
    case EventType.LEVEL_CHANGED:
      return {
        kind: "levelChanged",
        shard,
        epoch,
        sequence,
        index,
        last,
        time,
        symbol: view.getUint32(at, true),
        side: detail,
        price: getU64(view, at + 8),
        quantity: getU64(view, at + 16),
        updateId: getU64(view, at + 24),
      };
    case EventType.ACCOUNT_CHANGED:
      return {
        kind: "accountChanged",
        shard,
        epoch,
        sequence,
        index,
        last,
        time,
        account: view.getUint32(at, true),
        canTrade: (detail & 1) !== 0,
        canWithdraw: (detail & 2) !== 0,
        canDeposit: (detail & 4) !== 0,
        feeTier: view.getUint32(at + 4, true),
        discountFees: (detail & 8) !== 0,
        tradeGroup: view.getUint32(at + 8, true),
      };
    case EventType.FEE_TIER_CHANGED:
      return {
        kind: "feeTierChanged",
        shard,
        epoch,
        sequence,
        index,
        last,
        time,
        feeTier: view.getUint32(at, true),
        makerRate: view.getInt32(at + 4, true),
        takerRate: view.getInt32(at + 8, true),
        discount: view.getInt32(at + 12, true),
      };
    case EventType.ASSET_LISTED:
      return {
        kind: "assetListed",
        shard,
        epoch,
        sequence,
        index,
        last,
        time,
        asset: view.getUint32(at, true),
        name: readText(view, at + 8, view.getUint8(at + 6)),
        decimals: view.getUint8(at + 4),
        discountAsset: view.getUint8(at + 5) === 1,
      };
    case EventType.SYMBOL_CHANGED:
      return {
        kind: "symbolChanged",
        shard,
        epoch,
        sequence,
        index,
        last,
        time,
        symbol: view.getUint32(at, true),
        name: readText(view, at + 16 + FILTERS, view.getUint8(at + 15)),
        baseAsset: view.getUint32(at + 4, true),
        quoteAsset: view.getUint32(at + 8, true),
        priceDecimals: view.getUint8(at + 12),
        quantityDecimals: view.getUint8(at + 13),
        filters: readFilters(view, at + 16),
        state: view.getUint8(at + 14),
      };
    case EventType.APPLIED:
      return { kind: "applied", shard, epoch, sequence, index, last, time, command: commandKinds[detail - 1] };
    default:
      throw new RangeError(`no event has type ${type}; known are 1 to ${EventType.APPLIED}`);
  }
}
