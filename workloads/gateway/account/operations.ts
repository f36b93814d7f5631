/**
 * Operations on the account itself: balances, rates, limits, filters.
 */

import { ApiError } from "../errors";
import { amountText, instrumentNamed, symbolView } from "../market/instrument";
import { type Operation, operation } from "../operation";
import { discountView, rateText } from "../orders/trading";
import * as parameter from "../parameters";
import { rateLimitViews } from "../rate-limits";
import type { Services } from "../services";

const { optional } = parameter;

export function accountOperations(services: Services): Operation[] {
  const { orderEntry, wallet, instruments } = services;

  const stateOf = (account: number) => {
    const state = wallet.account(account);
    if (state === undefined) throw new ApiError(-2015, "Invalid API-key, IP, or permissions for action.", 401);
    return state;
  };

  const account = operation({
    summary: "Shows balances, permissions and rates of the account.",
    rest: "GET /api/v3/account",
    socket: "account.status",
    security: "read",
    weight: 20,
    parameters: { omitZeroBalances: optional(parameter.flag("Leave out assets of which there is nothing; false by default.")) },
    run({ omitZeroBalances = false }, call) {
      const state = stateOf(call.account);
      const held = new Map(state.balances.map((balance) => [balance.asset, balance]));
      const balances = instruments.assets().flatMap((asset) => {
        const { free, locked } = held.get(asset.asset) ?? { free: 0n, locked: 0n };
        if (omitZeroBalances && free === 0n && locked === 0n) return [];
        return [{ asset: asset.name, free: amountText(asset, free), locked: amountText(asset, locked) }];
      });
      // Whole basis points, as Binance shows them beside the exact rates.
      const basisPoints = (rate: number) => Math.round(rate / 100);
      return {
        makerCommission: basisPoints(state.makerRate),
        takerCommission: basisPoints(state.takerRate),
        buyerCommission: 0,
        sellerCommission: 0,
        commissionRates: { maker: rateText(state.makerRate), taker: rateText(state.takerRate), buyer: rateText(0), seller: rateText(0) },
        canTrade: state.canTrade,
        canWithdraw: state.canWithdraw,
        canDeposit: state.canDeposit,
        brokered: false,
        requireSelfTradePrevention: false,
        preventSor: false,
        updateTime: call.time(state.updateTime),
        accountType: "SPOT",
        balances,
        permissions: ["SPOT"],
        ...(state.tradeGroup > 0 ? { tradeGroupId: state.tradeGroup } : {}),
        uid: call.account,
      };
    },
  });

  const commission = operation({
    summary: "Shows the commission rates of the account on a symbol.",
    rest: "GET /api/v3/account/commission",
    socket: "account.commission",
    security: "read",
    weight: 20,
    parameters: { symbol: parameter.symbol() },
    run({ symbol }, call) {
      const instrument = instrumentNamed(instruments, symbol);
      const state = stateOf(call.account);
      const none = { maker: rateText(0), taker: rateText(0), buyer: rateText(0), seller: rateText(0) };
      return {
        symbol: instrument.name,
        standardCommission: { ...none, maker: rateText(state.makerRate), taker: rateText(state.takerRate) },
        specialCommission: none,
        taxCommission: none,
        discount: discountView(state.discountFees, state.discount),
      };
    },
  });

  const orderLimits = operation({
    summary: "Shows how many unfilled orders count against the limits.",
    rest: "GET /api/v3/rateLimit/order",
    socket: "account.rateLimits.orders",
    security: "read",
    weight: 40,
    parameters: {},
    async run(_, call) {
      const { orderLimits } = orderEntry;
      const counts = await orderEntry.orderCounts(call.account, call.received);
      const { tenSeconds, day } = rateLimitViews;
      return [
        { ...tenSeconds(orderLimits), count: counts.tenSeconds },
        { ...day(orderLimits), count: counts.day },
      ];
    },
  });

  const filters = operation({
    summary: "Shows the filters that apply to the account on a symbol.",
    rest: "GET /api/v3/myFilters",
    socket: "myFilters",
    security: "read",
    weight: 40,
    parameters: { symbol: parameter.symbol() },
    run({ symbol }) {
      const view = symbolView(instrumentNamed(instruments, symbol), false);
      return { exchangeFilters: [], symbolFilters: view["filters"], assetFilters: [] };
    },
  });

  return [account, commission, orderLimits, filters];
}
