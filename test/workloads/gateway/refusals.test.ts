/**
 * Every reason for which the engine refuses a command is met over the API with its text, or cannot be, and why. So are the texts that clients know
 * and this exchange has no use for.
 */

import { deepEqual, ok } from "node:assert/strict";
import { type Command, RejectReason, SymbolState } from "@bourse/engine";
import { amendAction, cancelAction, newOrderAction, rejection } from "../../../workloads/gateway/errors";
import { commandHeader, ETH, submit, USDT } from "../../../workloads/local/listing";
import { type Answer, Client, type Parameters, RunningExchange } from "./running-exchange";

type Body<C> = C extends Command ? Omit<C, "time" | "session" | "sessionSequence"> : never;
type Action = typeof newOrderAction | typeof cancelAction | typeof amendAction;

const symbol = "BTCUSDT";
/** A symbol in which an account may have little: few orders, a small position. */
const tight = { symbol: 900, name: "ETHTIGHT" };
const path = "/api/v3/order";
const market = { symbol, type: "MARKET", quantity: "0.1" };
const stop = { symbol, side: "SELL", type: "STOP_LOSS", quantity: "0.1" };

describe("Refusals", function () {
  this.timeout(60_000);
  let exchange: RunningExchange;
  let alice: Client;
  let bob: Client;

  const command = (body: Body<Command>) =>
    submit(exchange.exchange.orderEntry, { ...commandHeader(Date.now() * 1000), ...body } as Command);
  const limit = (more: Parameters = {}, quantity = "0.1", price = "30000") => alice.limit("BUY", quantity, price, more);
  const inTight = (more: Parameters = {}) => limit({ symbol: tight.name, ...more }, "0.1", "1000");
  const tightStop = (more: Parameters = {}) =>
    alice.post(path, { ...stop, symbol: tight.name, type: "STOP_LOSS_LIMIT", timeInForce: "GTC", price: "900", stopPrice: "900", ...more });
  const amendTight = async (newQty: string) => {
    const [{ orderId }] = (await alice.get("/api/v3/openOrders", { symbol: tight.name })).body;
    return alice.put("/api/v3/order/amend/keepPriority", { symbol: tight.name, orderId, newQty });
  };
  /** What `refused` answers while the command is in force. */
  const during = async (begin: Body<Command>, refused: () => Promise<Answer>, end: Body<Command>) => {
    await command(begin);
    const answer = await refused();
    await command(end);
    return answer;
  };

  before(async () => {
    exchange = await RunningExchange.start();
    [alice, bob] = [exchange.alice, exchange.bob];
    const { filters } = exchange.exchange.instruments.byName("ETHUSDT")!;
    const strict = { maxOrders: 3, maxAlgoOrders: 1, maxIcebergOrders: 1, maxAmends: 1, maxPosition: 150n * 10n ** 8n };
    const listing = { baseAsset: ETH, quoteAsset: USDT, priceDecimals: 2, quantityDecimals: 4, state: SymbolState.TRADING };
    await command({ kind: "listSymbol", ...tight, ...listing, filters: { ...filters, ...strict } });
    await alice.limit("SELL", "0.01", "40000");
    await bob.limit("BUY", "0.01", "40000");
  });
  after(async () => {
    deepEqual(exchange.faults, []);
    await exchange.stop();
  });
  beforeEach(async () => {
    for (const client of [alice, bob]) for (const name of [symbol, tight.name]) await client.delete("/api/v3/openOrders", { symbol: name });
  });

  const openedAccount = () =>
    ({ kind: "setAccount", account: bob.account.account, feeTier: 0, discountFees: false, tradeGroup: 0 }) as const;

  /** How each reason is met, or why no request meets it. */
  const met: Record<RejectReason, string | ((refused: (answer: Answer, action?: Action) => void) => Promise<void>)> = {
    [RejectReason.UNKNOWN_SYMBOL]: "the gateway knows the same symbols and refuses any other with this text itself",
    [RejectReason.UNKNOWN_ACCOUNT]: async (refused) => {
      const { users } = exchange.exchange;
      const { account } = await users.createAccount("unopened");
      const key = await users.createHmacKey(account, "bot", ["trade"]);
      refused(await new Client(exchange.url, { name: "unopened", account, ...key }).limit("BUY", "0.1", "30000"));
    },
    [RejectReason.UNKNOWN_ASSET]: "assets are named in withdrawals alone, where the gateway knows the same ones",
    [RejectReason.UNKNOWN_ORDER]: async (refused) => {
      refused(await alice.delete(path, { symbol, orderId: 987_654_321 }), cancelAction);
    },
    [RejectReason.UNKNOWN_LIST]: async (refused) => {
      refused(await alice.delete("/api/v3/orderList", { symbol, orderListId: 987_654_321 }), cancelAction);
    },
    [RejectReason.INSUFFICIENT_BALANCE]: async (refused) => refused(await limit({}, "100")),
    [RejectReason.MARKET_CLOSED]: async (refused) => {
      const state = { kind: "setSymbolState", symbol: tight.symbol } as const;
      refused(await during({ ...state, state: SymbolState.HALT }, inTight, { ...state, state: SymbolState.TRADING }));
    },
    [RejectReason.ACCOUNT_DISABLED]: async (refused) => {
      const flags = { canWithdraw: true, canDeposit: true };
      const begin = { ...openedAccount(), ...flags, canTrade: false };
      refused(await during(begin, () => bob.limit("BUY", "0.1", "30000"), { ...begin, canTrade: true }));
    },
    [RejectReason.DUPLICATE_CLIENT_ORDER_ID]: async (refused) => {
      await limit({ newClientOrderId: "twice" });
      refused(await limit({ newClientOrderId: "twice" }));
    },
    [RejectReason.WOULD_TAKE]: async (refused) => {
      await bob.limit("SELL", "0.1", "41000");
      refused(await alice.post(path, { symbol, side: "BUY", type: "LIMIT_MAKER", quantity: "0.1", price: "41000" }));
    },
    [RejectReason.WOULD_TRIGGER]: async (refused) => refused(await alice.post(path, { ...stop, stopPrice: "45000" })),
    [RejectReason.NO_LIQUIDITY]: async (refused) => {
      refused(await alice.post(path, { ...stop, symbol: tight.name, side: "BUY", trailingDelta: 100 }));
    },
    [RejectReason.FILTER_PRICE]: async (refused) => refused(await limit({}, "0.1", "1000000.01")),
    [RejectReason.FILTER_PERCENT_PRICE]: async (refused) => refused(await limit({}, "0.1", "900000")),
    [RejectReason.FILTER_LOT_SIZE]: async (refused) => refused(await limit({}, "9000.00001")),
    [RejectReason.FILTER_MARKET_LOT_SIZE]: async (refused) => {
      refused(await alice.post(path, { ...market, side: "SELL", quantity: "100.00001" }));
    },
    [RejectReason.FILTER_NOTIONAL]: async (refused) => refused(await limit({}, "0.0001")),
    [RejectReason.FILTER_MAX_NUM_ORDERS]: async (refused) => {
      for (let n = 0; n < 3; n++) await inTight();
      refused(await inTight());
    },
    [RejectReason.FILTER_MAX_NUM_ALGO_ORDERS]: async (refused) => {
      await tightStop();
      refused(await tightStop());
    },
    [RejectReason.FILTER_MAX_NUM_ICEBERG_ORDERS]: async (refused) => {
      await inTight({ icebergQty: "0.05" });
      refused(await inTight({ icebergQty: "0.05" }));
    },
    [RejectReason.FILTER_ICEBERG_PARTS]: async (refused) => refused(await limit({ icebergQty: "0.001" })),
    [RejectReason.FILTER_MAX_POSITION]: async (refused) => refused(await limit({ symbol: tight.name }, "100", "1000")),
    [RejectReason.FILTER_TRAILING_DELTA]: async (refused) => refused(await alice.post(path, { ...stop, trailingDelta: 3_000 })),
    [RejectReason.FILTER_MAX_NUM_ORDER_AMENDS]: async (refused) => {
      await inTight();
      deepEqual((await amendTight("0.09")).status, 200);
      refused(await amendTight("0.08"), amendAction);
    },
    [RejectReason.INVALID_ORDER]: async (refused) => refused(await limit({ icebergQty: "0.05", timeInForce: "IOC" })),
    [RejectReason.INVALID_LIST]: async (refused) => {
      const legs = { aboveType: "LIMIT_MAKER", abovePrice: "35000", belowType: "STOP_LOSS", belowStopPrice: "36000" };
      refused(await alice.post("/api/v3/orderList/oco", { symbol, side: "SELL", quantity: "0.1", ...legs }));
    },
    [RejectReason.INVALID_AMEND]: async (refused) => {
      await inTight();
      refused(await amendTight("0.2"), amendAction);
    },
    [RejectReason.INVALID_STATE]: async (refused) => {
      const { orderId } = (await limit()).body;
      refused(await alice.delete(path, { symbol, orderId, cancelRestrictions: "ONLY_PARTIALLY_FILLED" }), cancelAction);
    },
    [RejectReason.NOT_ATTEMPTED]: "the half of a cancel-replace that was not tried is shown as newOrderResult NOT_ATTEMPTED",
    [RejectReason.DUPLICATE_TRANSFER]:
      "clients name withdrawals by an id of their own; transfers between log and ledger are repeated by services alone",
    [RejectReason.AMOUNT_OUT_OF_RANGE]:
      "LOT_SIZE and NOTIONAL of a listed symbol are far below what the engine can hold, and refuse before it",
    [RejectReason.TIME_OUT_OF_RANGE]: "commands bear the time of their arrival at the gateway, and recvWindow is the gateway's to judge",
    [RejectReason.KILL_SWITCH]: async (refused) => {
      const stopped = { kind: "killSwitch", account: bob.account.account, cancelOpenOrders: false } as const;
      refused(await during({ ...stopped, engaged: true }, () => bob.limit("BUY", "0.1", "30000"), { ...stopped, engaged: false }));
    },
    [RejectReason.UNSUPPORTED_VERSION]: "only the house may activate a version",
  };

  for (const [key, how] of Object.entries(met)) {
    const reason = Number(key) as RejectReason;
    const text = rejection(reason, newOrderAction).message;
    it(`${RejectReason[reason]}: ${typeof how === "string" ? how : `"${text}"`}`, async () => {
      if (typeof how === "string") return;
      let asked = 0;
      await how((answer, action = newOrderAction) => {
        asked++;
        const expected = rejection(reason, action);
        deepEqual([answer.status, answer.body], [expected.status, expected.body()]);
      });
      deepEqual(asked, 1);
    });
  }

  it('"This symbol is not permitted for this account." has no occasion: each symbol has the set SPOT alone, and each account has SPOT', async () => {
    const { symbols } = (await exchange.get("/api/v3/exchangeInfo")).body;
    ok(symbols.length > 3);
    for (const { permissionSets } of symbols) deepEqual(permissionSets, [["SPOT"]]);
    for (const client of [alice, bob]) deepEqual((await client.get("/api/v3/account")).body.permissions, ["SPOT"]);
  });

  it('"Stop price would trigger immediately." is the text of old; the present one is said of every type that waits for a price', async () => {
    const rise = { stopPrice: "39000", side: "BUY" };
    for (const order of [
      { ...stop, stopPrice: "45000" },
      { ...stop, ...rise },
      { ...stop, type: "TAKE_PROFIT", stopPrice: "39000" },
      { ...stop, type: "TAKE_PROFIT_LIMIT", timeInForce: "GTC", price: "39000", stopPrice: "39000" },
      { ...stop, ...rise, type: "STOP_LOSS_LIMIT", timeInForce: "GTC", price: "39000" },
    ]) {
      deepEqual((await alice.post(path, order)).body, { code: -2010, msg: "Order would trigger immediately." });
    }
  });
});
