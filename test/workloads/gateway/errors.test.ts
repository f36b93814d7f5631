import { equal, match, ok, throws } from "node:assert/strict";
import { CloseReason, RejectReason } from "@bourse/engine";
import ccxt from "ccxt";
import * as errors from "../../../workloads/gateway/errors";

const reasons = Object.values(RejectReason).filter((value): value is RejectReason => typeof value === "number");
const closings = Object.values(CloseReason).filter((value): value is CloseReason => typeof value === "number");

describe("Errors", () => {
  it("have a code, a text and a status for every reason of the engine", () => {
    for (const reason of reasons) {
      const error = errors.rejection(reason, errors.newOrderAction);
      ok(error.code < 0 && error.message.length > 0, RejectReason[reason]);
      ok((error.status >= 400 && error.status < 500) || error.status === 503, RejectReason[reason]);
    }
    for (const reason of closings) match(errors.expiryReasons[reason], /^([A-Z_]+)?$/, CloseReason[reason]);
  });

  it("depend on what was asked for where Binance's do", () => {
    const unknown = (action: Parameters<typeof errors.rejection>[1]) => errors.rejection(RejectReason.UNKNOWN_ORDER, action).code;
    equal(unknown(errors.cancelAction), -2011);
    equal(unknown(errors.amendAction), -2038);
    equal(errors.rejection(RejectReason.FILTER_LOT_SIZE, errors.newOrderAction).code, -1013);
  });

  const expected: [error: errors.ApiError, name: string, type: new (...parameters: never[]) => Error][] = [
    [errors.rejection(RejectReason.INSUFFICIENT_BALANCE, errors.newOrderAction), "no funds", ccxt.InsufficientFunds],
    [errors.rejection(RejectReason.WOULD_TAKE, errors.newOrderAction), "a taker that may only make", ccxt.OrderImmediatelyFillable],
    [errors.rejection(RejectReason.WOULD_TRIGGER, errors.newOrderAction), "a stop that would fire", ccxt.OrderImmediatelyFillable],
    [errors.rejection(RejectReason.ACCOUNT_DISABLED, errors.newOrderAction), "a disabled account", ccxt.AccountSuspended],
    [errors.rejection(RejectReason.UNKNOWN_ORDER, errors.cancelAction), "an unknown order", ccxt.OrderNotFound],
    [errors.noSuchOrder(), "an order that does not exist", ccxt.OrderNotFound],
    [errors.rejection(RejectReason.FILTER_LOT_SIZE, errors.newOrderAction), "a wrong lot", ccxt.InvalidOrder],
    [errors.rejection(RejectReason.FILTER_PRICE, errors.newOrderAction), "a wrong tick", ccxt.InvalidOrder],
    [errors.rejection(RejectReason.FILTER_PERCENT_PRICE, errors.newOrderAction), "a price far off", ccxt.InvalidOrder],
    [errors.invalidKeyFormat(), "a key that is none", ccxt.AuthenticationError],
    [errors.invalidKey(), "a wrong key", ccxt.AuthenticationError],
    [errors.invalidSignature(), "a wrong signature", ccxt.AuthenticationError],
    [errors.outsideWindow(), "an old request", ccxt.InvalidNonce],
    [errors.invalidSymbol(), "a wrong symbol", ccxt.BadSymbol],
    [errors.tooPrecise("price"), "too much precision", ccxt.BadRequest],
    [errors.executionUnknown(), "an unknown outcome", ccxt.RequestTimeout],
    [errors.serverBusy(), "a full queue", ccxt.OperationFailed],
  ];
  for (const [error, name, type] of expected) {
    it(`of ${name} are a ${type.name} to ccxt`, () => {
      const client = new ccxt.binance();
      const body = JSON.stringify(error.body());
      throws(
        () => {
          client.handleErrors(error.status, "", "https://api.binance.com/api/v3/order", "POST", {}, body, JSON.parse(body), {}, "");
          client.handleHttpStatusCode(error.status, "", "", "POST", body);
        },
        (raised: Error) => {
          equal(raised.constructor.name, type.name, raised.message);
          return true;
        },
      );
    });
  }
});
