import { deepEqual, equal, ok } from "node:assert/strict";
import { type Client, type Parameters, RunningExchange, type Socket } from "./running-exchange";

const symbol = "BTCUSDT";

const oco = (change: Parameters = {}): Parameters => ({
  symbol,
  side: "SELL",
  quantity: "0.1",
  aboveType: "LIMIT_MAKER",
  abovePrice: "55000",
  belowType: "STOP_LOSS_LIMIT",
  belowStopPrice: "45000",
  belowPrice: "44000",
  belowTimeInForce: "GTC",
  ...change,
});

const replacement: Parameters = { symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.2", price: "31000" };

describe("Stops, lists and changes of orders", function () {
  this.timeout(60_000);
  let exchange: RunningExchange;
  let alice: Client;
  let bob: Client;
  let user: Socket;

  before(async () => {
    exchange = await RunningExchange.start();
    alice = exchange.alice;
    bob = exchange.bob;
  });

  after(async () => {
    deepEqual(exchange.faults, []);
    await exchange.stop();
  });

  beforeEach(async () => {
    await tradeAt("50000");
    user = await exchange.connect("/ws-api/v3");
    await user.call("userDataStream.subscribe.signature", alice.signed());
  });

  afterEach(async () => {
    user.close();
    for (const each of [alice, bob]) await each.delete("/api/v3/openOrders", { symbol });
  });

  /** Moves the last price: bob trades with himself. */
  async function tradeAt(price: string): Promise<void> {
    await bob.limit("BUY", "0.01", price, { selfTradePreventionMode: "NONE" });
    const { body } = await bob.limit("SELL", "0.01", price, { selfTradePreventionMode: "NONE" });
    equal(body.status, "FILLED");
  }

  const statusOf = async (orderId: number) => (await alice.get("/api/v3/order", { symbol, orderId })).body;
  const reportsOf = (orderId: number) =>
    user.messages
      .filter(({ event }) => event?.e === "executionReport" && event.i === orderId)
      .map(({ event }) => `${event.x}/${event.X}${event.w ? " working" : ""}`);

  it("a stop waits for its price, then works; one that would fire at once is refused", async () => {
    const stop = { symbol, side: "SELL", type: "STOP_LOSS_LIMIT", timeInForce: "GTC", quantity: "0.1", price: "47000", stopPrice: "48000" };
    const { orderId } = (await alice.post("/api/v3/order", stop)).body;
    const waiting = await statusOf(orderId);
    deepEqual([waiting.status, waiting.isWorking, waiting.workingTime, waiting.stopPrice], ["NEW", false, -1, "48000.00000000"]);
    await tradeAt("48000");
    const fired = await statusOf(orderId);
    deepEqual([fired.status, fired.isWorking], ["NEW", true]);
    await user.next(({ event }) => event?.i === orderId && event.w);
    deepEqual(reportsOf(orderId), ["NEW/NEW", "NEW/NEW working"]);
    deepEqual((await alice.post("/api/v3/order", { ...stop, stopPrice: "51000" })).body, {
      code: -2010,
      msg: "Order would trigger immediately.",
    });
  });

  it("a take-profit and a trailing stop are taken with their own parameters", async () => {
    const profit = await alice.post("/api/v3/order", {
      symbol,
      side: "SELL",
      type: "TAKE_PROFIT",
      quantity: "0.1",
      stopPrice: "60000",
      newOrderRespType: "RESULT",
    });
    deepEqual([profit.status, profit.body.stopPrice, profit.body.workingTime], [200, "60000.00000000", -1]);
    const trailing = await alice.post("/api/v3/order", {
      symbol,
      side: "SELL",
      type: "STOP_LOSS",
      quantity: "0.1",
      trailingDelta: 100,
      newOrderRespType: "RESULT",
    });
    deepEqual([trailing.status, trailing.body.trailingDelta, trailing.body.trailingTime], [200, 100, trailing.body.transactTime]);
    const iceberg = await alice.limit("BUY", "1", "30000", { icebergQty: "0.2" });
    equal(iceberg.body.icebergQty, "0.20000000");
    deepEqual((await exchange.get(`/api/v3/depth?symbol=${symbol}`)).body.bids[0], ["30000.00000000", "0.20000000"]);
    deepEqual((await alice.limit("BUY", "0.1", "30000", { icebergQty: "0.2" })).body, { code: -2010, msg: "IcebergQty exceeds QTY." });
  });

  it("a trailing stop with a stop price says since when it tracks the price", async () => {
    const trailing = { symbol, side: "SELL", type: "STOP_LOSS_LIMIT", timeInForce: "GTC", quantity: "0.1", price: "40000" };
    const placed = (await alice.post("/api/v3/order", { ...trailing, stopPrice: "48000", trailingDelta: 500, newOrderRespType: "RESULT" }))
      .body;
    deepEqual([placed.trailingDelta, placed.trailingTime], [500, -1]);
    equal((await statusOf(placed.orderId)).trailingTime, -1);
    const before = (await exchange.get("/api/v3/time")).body.serverTime;
    await tradeAt("47900");
    const { trailingTime } = await statusOf(placed.orderId);
    ok(trailingTime >= before, `${trailingTime} after ${before}`);
    await tradeAt("48500");
    await tradeAt("46075");
    deepEqual([(await statusOf(placed.orderId)).isWorking, (await statusOf(placed.orderId)).trailingTime], [true, trailingTime]);
    await user.next(({ event }) => event?.i === placed.orderId && event.w);
    const reports = user.messages.map(({ event }) => event).filter((event) => event?.i === placed.orderId);
    deepEqual(
      reports.map(({ d, D }) => [d, D]),
      [
        [500, undefined],
        [500, trailingTime],
      ],
    );
    const cancelled = (await alice.delete("/api/v3/order", { symbol, orderId: placed.orderId })).body;
    deepEqual([cancelled.status, cancelled.trailingDelta, cancelled.trailingTime], ["CANCELED", 500, trailingTime]);
  });

  it("of an OCO, the leg that trades expires the other", async () => {
    const { status, body } = await alice.post(
      "/api/v3/orderList/oco",
      oco({ listClientOrderId: "my-list", aboveClientOrderId: "above-1" }),
    );
    equal(status, 200);
    deepEqual(
      [body.contingencyType, body.listStatusType, body.listOrderStatus, body.listClientOrderId],
      ["OCO", "EXEC_STARTED", "EXECUTING", "my-list"],
    );
    deepEqual(
      body.orderReports.map((each: Record<string, unknown>) => [each["type"], each["status"], each["orderListId"]]),
      [
        ["LIMIT_MAKER", "NEW", body.orderListId],
        ["STOP_LOSS_LIMIT", "NEW", body.orderListId],
      ],
    );
    const [above, below] = body.orders;
    equal(above.clientOrderId, "above-1");
    deepEqual((await alice.get("/api/v3/openOrderList")).body.length, 1);
    await bob.limit("BUY", "0.1", "55000");
    deepEqual([(await statusOf(above.orderId)).status, (await statusOf(below.orderId)).status], ["FILLED", "EXPIRED"]);
    const done = (await alice.get("/api/v3/orderList", { orderListId: body.orderListId })).body;
    deepEqual([done.listOrderStatus, done.listClientOrderId, done.orders.length], ["ALL_DONE", "my-list", 2]);
    const { event } = await user.next(({ event: each }) => each?.e === "listStatus" && each.L === "ALL_DONE");
    deepEqual([event.c, event.C, event.O.map(({ c }: { c: string }) => c).includes("above-1")], ["OCO", "my-list", true]);
    deepEqual(reportsOf(below.orderId), ["NEW/NEW", "EXPIRED/EXPIRED"]);
    equal(
      (await alice.get("/api/v3/allOrderList")).body.some((each: { orderListId: number }) => each.orderListId === body.orderListId),
      true,
    );
  });

  it("an OCO is cancelled whole, and one whose legs do not fit is refused with a code of its own", async () => {
    const { orderListId } = (await alice.post("/api/v3/orderList/oco", oco({ listClientOrderId: "again" }))).body;
    const cancelled = (await alice.delete("/api/v3/orderList", { symbol, orderListId })).body;
    deepEqual([cancelled.listOrderStatus, cancelled.listClientOrderId, cancelled.orderReports.length], ["ALL_DONE", "again", 2]);
    deepEqual((await alice.delete("/api/v3/orderList", { symbol, orderListId })).body.code, -2011);
    deepEqual((await alice.get("/api/v3/orderList", { orderListId: 99_999 })).body, { code: -2018, msg: "Order list does not exist." });
    const codeOf = async (change: Parameters, ...absent: string[]) => {
      const parameters = Object.fromEntries(Object.entries(oco(change)).filter(([name]) => !absent.includes(name)));
      return (await alice.post("/api/v3/orderList/oco", parameters)).body.code;
    };
    equal(await codeOf({ belowType: "LIMIT_MAKER" }, "belowStopPrice", "belowTimeInForce"), -1168);
    equal(await codeOf({ side: "BUY" }), -1165);
    equal(await codeOf({ aboveType: "STOP_LOSS", aboveStopPrice: "60000" }, "abovePrice"), -1197);
    equal(await codeOf({ aboveType: "MARKET" }, "abovePrice"), -1116);
    equal(await codeOf({}, "belowStopPrice"), -1102);
    deepEqual((await alice.post("/api/v3/orderList/oco", oco({ belowStopPrice: "51000" }))).body.code, -2010);
    deepEqual((await alice.get("/api/v3/openOrders", { symbol })).body, []);
  });

  it("an OCO has the last price between its prices, and is told so before anything else that its legs may be refused for", async () => {
    const relation = { code: -2010, msg: "The relationship of the prices for the orders is not correct." };
    const buy = { side: "BUY", aboveType: "STOP_LOSS", aboveStopPrice: "51000", belowType: "LIMIT_MAKER", belowPrice: "49000" };
    const bought = (change: Parameters) => {
      const { abovePrice, belowStopPrice, belowTimeInForce, ...legs } = oco({ ...buy, ...change });
      return legs as Parameters;
    };
    const cases: Parameters[] = [
      oco({ abovePrice: "50000" }),
      oco({ abovePrice: "49000" }),
      oco({ belowStopPrice: "50000" }),
      bought({ belowPrice: "50000" }),
      bought({ belowPrice: "50500" }),
      bought({ aboveStopPrice: "50000" }),
    ];
    for (const parameters of cases) {
      const { status, body } = await alice.post("/api/v3/orderList/oco", parameters);
      deepEqual([status, body], [400, relation], JSON.stringify(parameters));
    }
    await bob.limit("BUY", "0.1", "49500");
    deepEqual((await alice.post("/api/v3/orderList/oco", oco({ abovePrice: "49500" }))).body, relation);
    await bob.limit("BUY", "0.1", "50001");
    const takes = { code: -2010, msg: "Order would immediately match and take." };
    deepEqual((await alice.post("/api/v3/orderList/oco", oco({ abovePrice: "50001" }))).body, takes);
    equal((await alice.post("/api/v3/orderList/oco", bought({}))).status, 200);
    deepEqual((await alice.get("/api/v3/openOrders", { symbol })).body.length, 2);
  });

  it("the pending order of an OTO waits until the working one is filled", async () => {
    const { body } = await alice.post("/api/v3/orderList/oto", {
      symbol,
      workingType: "LIMIT",
      workingSide: "BUY",
      workingPrice: "46000",
      workingQuantity: "0.1",
      workingTimeInForce: "GTC",
      pendingType: "LIMIT_MAKER",
      pendingSide: "SELL",
      pendingPrice: "56000",
      pendingQuantity: "0.05",
    });
    deepEqual(
      body.orderReports.map((each: Record<string, unknown>) => [each["status"], each["workingTime"] === -1]),
      [
        ["NEW", false],
        ["PENDING_NEW", true],
      ],
    );
    const pending = body.orders[1].orderId;
    await bob.limit("SELL", "0.1", "46000");
    deepEqual([(await statusOf(pending)).status, (await statusOf(pending)).isWorking], ["NEW", true]);
    await user.next(({ event }) => event?.i === pending && event.w);
    deepEqual(reportsOf(pending), ["NEW/PENDING_NEW", "NEW/NEW working"]);
  });

  it("the pending stop of an OTOCO becomes live first and works when its price is reached", async () => {
    const { body } = await alice.post("/api/v3/orderList/otoco", {
      symbol,
      workingType: "LIMIT",
      workingSide: "BUY",
      workingPrice: "45000",
      workingQuantity: "0.1",
      workingTimeInForce: "GTC",
      pendingSide: "SELL",
      pendingQuantity: "0.05",
      pendingAboveType: "LIMIT_MAKER",
      pendingAbovePrice: "56000",
      pendingBelowType: "STOP_LOSS_LIMIT",
      pendingBelowStopPrice: "40000",
      pendingBelowPrice: "39000",
      pendingBelowTimeInForce: "GTC",
    });
    deepEqual(
      body.orderReports.map(({ status }: { status: string }) => status),
      ["NEW", "PENDING_NEW", "PENDING_NEW"],
    );
    equal(body.contingencyType, "OTO");
    const [, above, below] = body.orders;
    await bob.limit("SELL", "0.1", "45000");
    deepEqual([(await statusOf(below.orderId)).status, (await statusOf(below.orderId)).isWorking], ["NEW", false]);
    await tradeAt("40000");
    const report = await user.next(({ event }) => event?.i === above.orderId && event.X === "EXPIRED");
    equal(report.event.eR, "OCO_TRIGGER");
    deepEqual(reportsOf(below.orderId).slice(0, 3), ["NEW/PENDING_NEW", "NEW/NEW", "NEW/NEW working"]);
  });

  describe("cancel and replace", () => {
    const replace = (parameters: Parameters) => alice.post("/api/v3/order/cancelReplace", { ...replacement, ...parameters });
    const resting = async () => (await alice.limit("BUY", "0.1", "30000")).body.orderId as number;
    const results = (body: { data?: Record<string, unknown> } & Record<string, unknown>) => {
      const { cancelResult, newOrderResult } = body.data ?? body;
      return [cancelResult, newOrderResult];
    };
    const gone = 987_654_321;
    const unpayable = { quantity: "200" };

    it("answers every outcome with its own status, code and data", async () => {
      const cases: [parameters: Parameters, status: number, code: number | undefined, results: unknown[]][] = [
        [{ cancelReplaceMode: "STOP_ON_FAILURE", cancelOrderId: await resting() }, 200, undefined, ["SUCCESS", "SUCCESS"]],
        [{ cancelReplaceMode: "STOP_ON_FAILURE", cancelOrderId: gone }, 400, -2022, ["FAILURE", "NOT_ATTEMPTED"]],
        [{ cancelReplaceMode: "STOP_ON_FAILURE", cancelOrderId: await resting(), ...unpayable }, 409, -2021, ["SUCCESS", "FAILURE"]],
        [{ cancelReplaceMode: "ALLOW_FAILURE", cancelOrderId: gone }, 409, -2021, ["FAILURE", "SUCCESS"]],
        [{ cancelReplaceMode: "ALLOW_FAILURE", cancelOrderId: gone, ...unpayable }, 400, -2022, ["FAILURE", "FAILURE"]],
      ];
      for (const [parameters, status, code, expected] of cases) {
        const answer = await replace(parameters);
        deepEqual([answer.status, answer.body.code, results(answer.body)], [status, code, expected]);
      }
      const { data } = (await replace({ cancelReplaceMode: "ALLOW_FAILURE", cancelOrderId: gone, ...unpayable })).body;
      deepEqual(data.cancelResponse, { code: -2011, msg: "Unknown order sent." });
      deepEqual(data.newOrderResponse, { code: -2010, msg: "Account has insufficient balance for requested action." });
      equal((await replace({ cancelReplaceMode: "STOP_ON_FAILURE", cancelOrderId: gone })).body.data.newOrderResponse, null);
    });

    it("checks the new order's filters before it cancels anything", async () => {
      const cancelOrderId = await resting();
      const answer = await replace({ cancelReplaceMode: "STOP_ON_FAILURE", cancelOrderId, quantity: "0.00001" });
      deepEqual(answer.body, { code: -1013, msg: "Filter failure: NOTIONAL" });
      equal((await statusOf(cancelOrderId)).status, "NEW");
      equal((await replace({ cancelReplaceMode: "STOP_ON_FAILURE" })).body.code, -1102);
    });

    it("shows the cancelled and the new order, found by either id", async () => {
      await alice.limit("BUY", "0.1", "30000", { newClientOrderId: "old-one" });
      const { body } = await replace({
        cancelReplaceMode: "STOP_ON_FAILURE",
        cancelOrigClientOrderId: "old-one",
        cancelNewClientOrderId: "the-cancel",
        newClientOrderId: "new-one",
      });
      deepEqual(
        [body.cancelResponse.origClientOrderId, body.cancelResponse.clientOrderId, body.cancelResponse.status],
        ["old-one", "the-cancel", "CANCELED"],
      );
      deepEqual(
        [body.newOrderResponse.clientOrderId, body.newOrderResponse.status, body.newOrderResponse.price],
        ["new-one", "NEW", "31000.00000000"],
      );
    });
  });

  it("an amendment reduces an order in its place, and is listed", async () => {
    const first = (await alice.limit("BUY", "0.2", "30000", { newClientOrderId: "first" })).body;
    const second = (await bob.limit("BUY", "0.1", "30000")).body;
    const { status, body } = await alice.put("/api/v3/order/amend/keepPriority", {
      symbol,
      orderId: first.orderId,
      newQty: "0.1",
      newClientOrderId: "first-b",
    });
    equal(status, 200);
    deepEqual(
      [body.amendedOrder.origClientOrderId, body.amendedOrder.clientOrderId, body.amendedOrder.qty, body.amendedOrder.status],
      ["first", "first-b", "0.10000000", "NEW"],
    );
    const { event } = await user.next(({ event: each }) => each?.x === "REPLACED");
    deepEqual([event.c, event.C, event.q], ["first-b", "first", "0.10000000"]);
    await bob.limit("SELL", "0.1", "30000");
    equal((await statusOf(first.orderId)).status, "FILLED");
    equal((await bob.get("/api/v3/order", { symbol, orderId: second.orderId })).body.status, "NEW");
    const [amendment] = (await alice.get("/api/v3/order/amendments", { symbol, orderId: first.orderId })).body;
    deepEqual([amendment.origQty, amendment.newQty, amendment.newClientOrderId], ["0.20000000", "0.10000000", "first-b"]);
  });

  it("an amendment without an id keeps the order's, and one that does not reduce is refused", async () => {
    const { orderId } = (await alice.limit("BUY", "0.2", "30000", { newClientOrderId: "kept" })).body;
    const amend = (newQty: string) => alice.put("/api/v3/order/amend/keepPriority", { symbol, orderId, newQty });
    equal((await amend("0.1")).body.amendedOrder.clientOrderId, "kept");
    const { event } = await user.next(({ event: each }) => each?.x === "REPLACED");
    deepEqual([event.c, event.C], ["kept", ""]);
    deepEqual((await amend("0.3")).body, { code: -2038, msg: "Order amend (quantity increase) is not supported." });
    deepEqual((await amend("0.1")).body, { code: -2038, msg: "The requested action would change no state; rejecting" });
    ok((await amend("0.0000001")).body.msg.includes("LOT_SIZE"));
    const unknown = await alice.put("/api/v3/order/amend/keepPriority", { symbol, orderId: 99_999, newQty: "0.1" });
    deepEqual(unknown.body, { code: -2038, msg: "Unknown order sent." });
  });
});
