/**
 * Commands as bytes. The header of every command is u16 length, u8 type, u8 version, u32 symbol, u64 time, u32 session, u32 account,
 * u64 session sequence; fields that a kind does not have are zero. `layout.ts` has the conventions.
 */

import type { CancelOrder, Command, CommandHeader } from "./commands";
import { readFilters, writeFilters } from "./filters-codec";
import {
  COMMAND_HEADER,
  CommandType,
  contingencies,
  FILTERS,
  getU64,
  LAYOUT_VERSION,
  onlyIfValues,
  parametersLength,
  readParameters,
  readText,
  setU64,
  viewOf,
  writeParameters,
  writeText,
} from "./layout";

/** Length in bytes of the command or event at `offset`. */
export function commandLength(bytes: Uint8Array, offset: number): number {
  return bytes[offset] | (bytes[offset + 1] << 8);
}

/**
 * Writes `command` at `offset`, a multiple of 8 away from the start of the message stream, and returns the offset behind it. Numbers must be
 * in range (see `commands.ts`); {@link checkCommand} finds those that are not. Throws a RangeError where `bytes` is too short.
 */
export function encodeCommand(command: Command, bytes: Uint8Array, offset: number): number {
  const view = viewOf(bytes);
  const end = encodeBody(command, view, offset);
  view.setUint16(offset, end - offset, true);
  return end;
}

function writeHeader(view: DataView, offset: number, type: CommandType, header: CommandHeader, account: number, symbol: number): void {
  view.setUint8(offset + 2, type);
  view.setUint8(offset + 3, LAYOUT_VERSION);
  view.setUint32(offset + 4, symbol, true);
  setU64(view, offset + 8, header.time);
  view.setUint32(offset + 16, header.session, true);
  view.setUint32(offset + 20, account, true);
  setU64(view, offset + 24, header.sessionSequence);
}

/** u64 order id, u64 client key, u8 condition, u8 mode, u8 text length, u8 reserved, u32 reserved, text. */
function writeCancel(
  view: DataView,
  at: number,
  orderId: number,
  clientKey: bigint,
  onlyIf: CancelOrder["onlyIf"],
  mode: number,
  text: string,
): number {
  setU64(view, at, orderId);
  view.setBigUint64(at + 8, clientKey, true);
  setU64(view, at + 16, 0);
  view.setUint8(at + 16, onlyIfValues.indexOf(onlyIf));
  view.setUint8(at + 17, mode);
  view.setUint8(at + 18, text.length);
  return writeText(view, at + 24, text);
}

/** u64 amount, u64 transfer id, u32 asset, u32 receiving account. */
function writeMovement(view: DataView, at: number, amount: bigint, transferId: bigint, asset: number, toAccount: number): number {
  view.setBigInt64(at, amount, true);
  view.setBigUint64(at + 8, transferId, true);
  view.setUint32(at + 16, asset, true);
  view.setUint32(at + 20, toAccount, true);
  return at + 24;
}

function encodeBody(command: Command, view: DataView, offset: number): number {
  const at = offset + COMMAND_HEADER;
  switch (command.kind) {
    case "newOrder":
      writeHeader(view, offset, CommandType.NEW_ORDER, command, command.account, command.symbol);
      return writeParameters(view, at, command);
    case "cancelOrder":
      writeHeader(view, offset, CommandType.CANCEL_ORDER, command, command.account, command.symbol);
      return writeCancel(view, at, command.orderId, command.clientKey, command.onlyIf, 0, command.clientOrderId);
    case "cancelAllOrders":
      writeHeader(view, offset, CommandType.CANCEL_ALL_ORDERS, command, command.account, command.symbol);
      return at;
    case "cancelReplace": {
      writeHeader(view, offset, CommandType.CANCEL_REPLACE, command, command.account, command.symbol);
      const mode = command.mode === "allowFailure" ? 1 : 0;
      const order = writeCancel(
        view,
        at,
        command.cancelOrderId,
        command.cancelClientKey,
        command.onlyIf,
        mode,
        command.cancelClientOrderId,
      );
      return writeParameters(view, order, command.order);
    }
    case "amendOrder":
      writeHeader(view, offset, CommandType.AMEND_ORDER, command, command.account, command.symbol);
      setU64(view, at, command.orderId);
      view.setBigUint64(at + 8, command.clientKey, true);
      setU64(view, at + 16, command.quantity);
      view.setBigUint64(at + 24, command.newClientKey, true);
      setU64(view, at + 32, command.clientOrderId.length);
      return writeText(view, at + 40, command.clientOrderId);
    case "modifyOrder":
      writeHeader(view, offset, CommandType.MODIFY_ORDER, command, command.account, command.symbol);
      setU64(view, at, command.orderId);
      view.setBigUint64(at + 8, command.clientKey, true);
      setU64(view, at + 16, command.price);
      setU64(view, at + 24, command.quantity);
      return at + 32;
    case "newOrderList": {
      writeHeader(view, offset, CommandType.NEW_ORDER_LIST, command, command.account, command.symbol);
      view.setBigUint64(at, command.listClientKey, true);
      setU64(view, at + 8, 0);
      view.setUint8(at + 8, contingencies.indexOf(command.contingency));
      view.setUint8(at + 9, command.legs.length);
      view.setUint8(at + 10, command.listClientOrderId.length);
      let end = writeText(view, at + 16, command.listClientOrderId);
      for (const leg of command.legs) end = writeParameters(view, end, leg);
      return end;
    }
    case "cancelOrderList":
      writeHeader(view, offset, CommandType.CANCEL_ORDER_LIST, command, command.account, command.symbol);
      return writeCancel(view, at, command.listId, command.listClientKey, "any", 0, command.clientOrderId);
    case "deposit":
      writeHeader(view, offset, CommandType.DEPOSIT, command, command.account, 0);
      return writeMovement(view, at, command.amount, command.transferId, command.asset, 0);
    case "withdraw":
      writeHeader(view, offset, CommandType.WITHDRAW, command, command.account, 0);
      return writeMovement(view, at, command.amount, command.transferId, command.asset, 0);
    case "transfer":
      writeHeader(view, offset, CommandType.TRANSFER, command, command.account, 0);
      return writeMovement(view, at, command.amount, command.transferId, command.asset, command.toAccount);
    case "setAccount": {
      writeHeader(view, offset, CommandType.SET_ACCOUNT, command, command.account, 0);
      view.setUint32(at, command.feeTier, true);
      view.setUint32(at + 4, command.tradeGroup, true);
      const flags =
        (command.canTrade ? 1 : 0) | (command.canWithdraw ? 2 : 0) | (command.canDeposit ? 4 : 0) | (command.discountFees ? 8 : 0);
      setU64(view, at + 8, flags);
      return at + 16;
    }
    case "setFeeTier":
      writeHeader(view, offset, CommandType.SET_FEE_TIER, command, 0, 0);
      view.setUint32(at, command.feeTier, true);
      view.setInt32(at + 4, command.makerRate, true);
      view.setInt32(at + 8, command.takerRate, true);
      view.setInt32(at + 12, command.discount, true);
      return at + 16;
    case "listAsset":
      writeHeader(view, offset, CommandType.LIST_ASSET, command, 0, 0);
      view.setUint32(at, command.asset, true);
      view.setUint8(at + 4, command.decimals);
      view.setUint8(at + 5, command.discountAsset ? 1 : 0);
      view.setUint8(at + 6, command.name.length);
      view.setUint8(at + 7, 0);
      return writeText(view, at + 8, command.name);
    case "listSymbol":
      writeHeader(view, offset, CommandType.LIST_SYMBOL, command, 0, command.symbol);
      view.setUint32(at, command.baseAsset, true);
      view.setUint32(at + 4, command.quoteAsset, true);
      setU64(view, at + 8, 0);
      view.setUint8(at + 8, command.priceDecimals);
      view.setUint8(at + 9, command.quantityDecimals);
      view.setUint8(at + 10, command.state);
      view.setUint8(at + 11, command.name.length);
      writeFilters(view, at + 16, command.filters);
      return writeText(view, at + 16 + FILTERS, command.name);
    case "setSymbolState":
      writeHeader(view, offset, CommandType.SET_SYMBOL_STATE, command, 0, command.symbol);
      setU64(view, at, command.state);
      return at + 8;
    case "killSwitch":
      writeHeader(view, offset, CommandType.KILL_SWITCH, command, command.account, 0);
      setU64(view, at, (command.engaged ? 1 : 0) | (command.cancelOpenOrders ? 2 : 0));
      return at + 8;
    case "activate":
      writeHeader(view, offset, CommandType.ACTIVATE, command, 0, 0);
      setU64(view, at, command.version);
      return at + 8;
  }
}

/** Reads the command at `offset`, which must be well-formed: foreign bytes go through {@link checkCommand} first. */
export function decodeCommand(bytes: Uint8Array, offset: number): Command {
  const view = viewOf(bytes);
  const symbol = view.getUint32(offset + 4, true);
  const account = view.getUint32(offset + 20, true);
  const header = {
    time: getU64(view, offset + 8),
    session: view.getUint32(offset + 16, true),
    sessionSequence: getU64(view, offset + 24),
  };
  const at = offset + COMMAND_HEADER;
  const type: CommandType = view.getUint8(offset + 2);
  switch (type) {
    case CommandType.NEW_ORDER:
      return { kind: "newOrder", ...header, account, symbol, ...readParameters(view, at) };
    case CommandType.CANCEL_ORDER:
      return {
        kind: "cancelOrder",
        ...header,
        account,
        symbol,
        orderId: getU64(view, at),
        clientKey: view.getBigUint64(at + 8, true),
        onlyIf: onlyIfValues[view.getUint8(at + 16)],
        clientOrderId: readText(view, at + 24, view.getUint8(at + 18)),
      };
    case CommandType.CANCEL_ALL_ORDERS:
      return { kind: "cancelAllOrders", ...header, account, symbol };
    case CommandType.CANCEL_REPLACE: {
      const text = view.getUint8(at + 18);
      return {
        kind: "cancelReplace",
        ...header,
        account,
        symbol,
        mode: view.getUint8(at + 17) === 1 ? "allowFailure" : "stopOnFailure",
        cancelOrderId: getU64(view, at),
        cancelClientKey: view.getBigUint64(at + 8, true),
        onlyIf: onlyIfValues[view.getUint8(at + 16)],
        cancelClientOrderId: readText(view, at + 24, text),
        order: readParameters(view, at + 24 + ((text + 7) & ~7)),
      };
    }
    case CommandType.AMEND_ORDER:
      return {
        kind: "amendOrder",
        ...header,
        account,
        symbol,
        orderId: getU64(view, at),
        clientKey: view.getBigUint64(at + 8, true),
        quantity: getU64(view, at + 16),
        newClientKey: view.getBigUint64(at + 24, true),
        clientOrderId: readText(view, at + 40, view.getUint8(at + 32)),
      };
    case CommandType.MODIFY_ORDER:
      return {
        kind: "modifyOrder",
        ...header,
        account,
        symbol,
        orderId: getU64(view, at),
        clientKey: view.getBigUint64(at + 8, true),
        price: getU64(view, at + 16),
        quantity: getU64(view, at + 24),
      };
    case CommandType.NEW_ORDER_LIST: {
      const text = view.getUint8(at + 10);
      const legs = [];
      let leg = at + 16 + ((text + 7) & ~7);
      for (let i = view.getUint8(at + 9); i > 0; i--) {
        legs.push(readParameters(view, leg));
        leg += parametersLength(view, leg);
      }
      return {
        kind: "newOrderList",
        ...header,
        account,
        symbol,
        contingency: contingencies[view.getUint8(at + 8)],
        legs,
        listClientKey: view.getBigUint64(at, true),
        listClientOrderId: readText(view, at + 16, text),
      };
    }
    case CommandType.CANCEL_ORDER_LIST:
      return {
        kind: "cancelOrderList",
        ...header,
        account,
        symbol,
        listId: getU64(view, at),
        listClientKey: view.getBigUint64(at + 8, true),
        clientOrderId: readText(view, at + 24, view.getUint8(at + 18)),
      };
    case CommandType.DEPOSIT:
    case CommandType.WITHDRAW: {
      const kind = type === CommandType.DEPOSIT ? "deposit" : "withdraw";
      const amount = view.getBigInt64(at, true);
      return { kind, ...header, account, asset: view.getUint32(at + 16, true), amount, transferId: view.getBigUint64(at + 8, true) };
    }
    case CommandType.TRANSFER:
      return {
        kind: "transfer",
        ...header,
        account,
        toAccount: view.getUint32(at + 20, true),
        asset: view.getUint32(at + 16, true),
        amount: view.getBigInt64(at, true),
        transferId: view.getBigUint64(at + 8, true),
      };
    case CommandType.SET_ACCOUNT: {
      const flags = view.getUint8(at + 8);
      return {
        kind: "setAccount",
        ...header,
        account,
        canTrade: (flags & 1) !== 0,
        canWithdraw: (flags & 2) !== 0,
        canDeposit: (flags & 4) !== 0,
        feeTier: view.getUint32(at, true),
        discountFees: (flags & 8) !== 0,
        tradeGroup: view.getUint32(at + 4, true),
      };
    }
    case CommandType.SET_FEE_TIER:
      return {
        kind: "setFeeTier",
        ...header,
        feeTier: view.getUint32(at, true),
        makerRate: view.getInt32(at + 4, true),
        takerRate: view.getInt32(at + 8, true),
        discount: view.getInt32(at + 12, true),
      };
    case CommandType.LIST_ASSET:
      return {
        kind: "listAsset",
        ...header,
        asset: view.getUint32(at, true),
        name: readText(view, at + 8, view.getUint8(at + 6)),
        decimals: view.getUint8(at + 4),
        discountAsset: view.getUint8(at + 5) === 1,
      };
    case CommandType.LIST_SYMBOL:
      return {
        kind: "listSymbol",
        ...header,
        symbol,
        name: readText(view, at + 16 + FILTERS, view.getUint8(at + 11)),
        baseAsset: view.getUint32(at, true),
        quoteAsset: view.getUint32(at + 4, true),
        priceDecimals: view.getUint8(at + 8),
        quantityDecimals: view.getUint8(at + 9),
        filters: readFilters(view, at + 16),
        state: view.getUint8(at + 10),
      };
    case CommandType.SET_SYMBOL_STATE:
      return { kind: "setSymbolState", ...header, symbol, state: view.getUint8(at) };
    case CommandType.KILL_SWITCH: {
      const flags = view.getUint8(at);
      return { kind: "killSwitch", ...header, account, engaged: (flags & 1) !== 0, cancelOpenOrders: (flags & 2) !== 0 };
    }
    case CommandType.ACTIVATE:
      return { kind: "activate", ...header, version: getU64(view, at) };
    default:
      throw new RangeError(`no command has type ${type}; known are 1 to ${CommandType.ACTIVATE}`);
  }
}
