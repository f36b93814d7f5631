/**
 * Self-trades that are prevented, in every mode, within one account and across the accounts of a trade group: what the answer to the order, the
 * queries, the records of prevented matches and the user data streams of both owners say. Source: faqs/stp_faq.md, user-data-stream.md.
 */

import { deepEqual, equal, ok } from "node:assert/strict";
import { type Client, type Parameters, RunningExchange, type Socket } from "./running-exchange";

const symbol = "BTCUSDT";
const group = 77;

/** Quantities prevented of taker and maker, and what becomes of both, for a taker of 0.3 that meets a maker of 0.2. */
interface Case {
  mode: string;
  taker?: string;
  maker?: string;
  takerStatus: string;
  makerStatus: string;
}
const cases: Case[] = [
  { mode: "EXPIRE_TAKER", taker: "0.30000000", takerStatus: "EXPIRED_IN_MATCH", makerStatus: "NEW" },
  { mode: "EXPIRE_MAKER", maker: "0.20000000", takerStatus: "NEW", makerStatus: "EXPIRED_IN_MATCH" },
  { mode: "EXPIRE_BOTH", taker: "0.30000000", maker: "0.20000000", takerStatus: "EXPIRED_IN_MATCH", makerStatus: "EXPIRED_IN_MATCH" },
  { mode: "DECREMENT", taker: "0.20000000", maker: "0.20000000", takerStatus: "NEW", makerStatus: "EXPIRED_IN_MATCH" },
];

describe("Self-trades that are prevented", function () {
  this.timeout(60_000);
  let exchange: RunningExchange;
  let alice: Client;
  let bob: Client;
  const streams = new Map<Client, Socket>();

  before(async () => {
    exchange = await RunningExchange.start();
    [alice, bob] = [exchange.alice, exchange.bob];
  });
  after(async () => {
    deepEqual(exchange.faults, []);
    await exchange.stop();
  });
  beforeEach(async () => {
    for (const client of [alice, bob]) {
      const socket = await exchange.connect("/ws-api/v3");
      await socket.call("userDataStream.subscribe.signature", client.signed());
      streams.set(client, socket);
    }
  });
  afterEach(async () => {
    for (const client of [alice, bob]) {
      streams.get(client)!.close();
      await client.delete("/api/v3/openOrders", { symbol });
      await joinGroup(client, 0);
    }
  });

  async function joinGroup({ account: { account } }: Client, tradeGroup: number): Promise<void> {
    const flags = { canTrade: true, canWithdraw: true, canDeposit: true, feeTier: 0, discountFees: false };
    const header = { time: Date.now() * 1_000, session: 0, sessionSequence: 0 };
    const { events } = await exchange.exchange.orderEntry.submit({ kind: "setAccount", ...header, account, ...flags, tradeGroup });
    equal(events[0].kind, "accountChanged");
  }

  /** The events of the type TRADE_PREVENTION about an order. */
  const preventionsOf = async (owner: Client, orderId: number) => {
    const socket = streams.get(owner)!;
    const isOne = ({ event }: { event?: Record<string, unknown> }) => event?.["x"] === "TRADE_PREVENTION" && event["i"] === orderId;
    await socket.next(isOne);
    return socket.messages.filter(isOne).map(({ event }) => event);
  };
  const orderOf = async (owner: Client, orderId: number) => (await owner.get("/api/v3/order", { symbol, orderId })).body;
  const having = (fields: Record<string, unknown>) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

  for (const across of [false, true]) {
    for (const { mode, taker, maker, takerStatus, makerStatus } of cases) {
      it(`${mode} ${across ? "across the accounts of a trade group" : "within an account"}`, async () => {
        const makerOwner = across ? bob : alice;
        const tradeGroupId = across ? group : undefined;
        if (across) for (const client of [alice, bob]) await joinGroup(client, group);
        const makerOrder = (await makerOwner.limit("SELL", "0.2", "40000")).body.orderId;
        const { status, body } = await alice.limit("BUY", "0.3", "41000", { selfTradePreventionMode: mode });
        equal(status, 200);
        const takerOrder = body.orderId;
        const [{ preventedMatchId }] = body.preventedMatches;
        const shown = having({ takerPreventedQuantity: taker, makerPreventedQuantity: maker });

        const { preventedMatches, preventedQuantity, fills } = body;
        deepEqual(
          having({ status: body.status, preventedMatches, preventedQuantity, fills, tradeGroupId: body.tradeGroupId }),
          having({
            status: takerStatus,
            preventedMatches: [{ preventedMatchId, makerSymbol: symbol, makerOrderId: makerOrder, price: "40000.00000000", ...shown }],
            preventedQuantity: taker,
            fills: [],
            tradeGroupId,
          }),
        );

        for (const [owner, orderId, prevented, expected] of [
          [alice, takerOrder, taker, takerStatus],
          [makerOwner, makerOrder, maker, makerStatus],
        ] as const) {
          const order = await orderOf(owner, orderId);
          deepEqual([order.status, order.preventedQuantity], [expected, prevented], "GET order");
          equal(order.preventedMatchId, prevented === undefined ? undefined : preventedMatchId);
          deepEqual(
            (await owner.get("/api/v3/myPreventedMatches", { symbol, preventedMatchId })).body.map(
              ({ transactTime, ...match }: Record<string, unknown>) => {
                ok(Number(transactTime) > 0);
                return match;
              },
            ),
            [
              {
                ...{ symbol, preventedMatchId, takerOrderId: takerOrder, makerSymbol: symbol, makerOrderId: makerOrder },
                ...{ tradeGroupId: tradeGroupId ?? -1, selfTradePreventionMode: mode, price: "40000.00000000", ...shown },
              },
            ],
          );
          equal((await owner.get("/api/v3/account")).body.tradeGroupId, tradeGroupId);

          // Both would have traded the maker's 0.2 at its 40,000.
          if (prevented === undefined) continue;
          const reports = await preventionsOf(owner, orderId);
          equal(reports.length, 1);
          const [{ X, A, B, v, u, U, Cs, pl, pL, pY, l, t }] = reports;
          deepEqual(having({ X, A, B, v, u, U, Cs, pl, pL, pY, l, t }), {
            ...{ X: expected, A: prevented, B: prevented, v: preventedMatchId, ...having({ u: tradeGroupId }) },
            ...{ U: orderId === takerOrder ? makerOrder : takerOrder, Cs: symbol },
            ...{ pl: "0.20000000", pL: "40000.00000000", pY: "8000.00000000", l: "0.00000000", t: -1 },
          });
        }
      });
    }
  }

  it("the mode NONE trades, also across the accounts of a group, and accounts of different groups trade in every mode", async () => {
    await joinGroup(alice, group);
    await joinGroup(bob, group);
    await bob.limit("SELL", "0.1", "40000");
    const none = (await alice.limit("BUY", "0.1", "40000", { selfTradePreventionMode: "NONE" })).body;
    deepEqual([none.status, none.fills.length, none.preventedMatches, none.tradeGroupId], ["FILLED", 1, undefined, undefined]);
    await joinGroup(bob, group + 1);
    for (const { mode } of cases) {
      await bob.limit("SELL", "0.1", "40000");
      equal((await alice.limit("BUY", "0.1", "40000", { selfTradePreventionMode: mode })).body.status, "FILLED", mode);
    }
  });

  it("an owner who listens alone is told what would have been traded with another account's order", async () => {
    for (const client of [alice, bob]) await joinGroup(client, group);
    streams.get(bob)!.close();
    const resting = (await bob.limit("SELL", "0.2", "40000")).body.orderId;
    const taker = (await alice.limit("BUY", "0.3", "40000", { selfTradePreventionMode: "EXPIRE_TAKER" })).body.orderId;
    const [{ pl, pY, U }] = await preventionsOf(alice, taker);
    deepEqual([pl, pY, U], ["0.20000000", "8000.00000000", resting]);
    await bob.delete("/api/v3/openOrders", { symbol });
    const maker = (await alice.limit("SELL", "0.3", "40000")).body.orderId;
    await bob.limit("BUY", "0.1", "40000", { selfTradePreventionMode: "EXPIRE_MAKER" });
    const [report] = await preventionsOf(alice, maker);
    deepEqual([report.pl, report.B, report.X], ["0.10000000", "0.30000000", "EXPIRED_IN_MATCH"]);
  });

  it("an order that meets several is told of each, in the order in which it met them and traded", async () => {
    const makers = [];
    for (const price of ["40000", "40001"]) makers.push((await alice.limit("SELL", "0.1", price)).body.orderId);
    await bob.limit("SELL", "0.1", "40000.50");
    const { body } = await alice.limit("BUY", "0.5", "41000", { selfTradePreventionMode: "DECREMENT" });
    deepEqual(
      body.preventedMatches.map(({ makerOrderId, price }: Parameters) => [makerOrderId, price]),
      [
        [makers[0], "40000.00000000"],
        [makers[1], "40001.00000000"],
      ],
    );
    deepEqual([body.status, body.preventedQuantity, body.executedQty], ["PARTIALLY_FILLED", "0.20000000", "0.10000000"]);
    await preventionsOf(alice, makers[1]);
    const ofTaker = streams.get(alice)!.messages.filter(({ event }) => event?.i === body.orderId);
    deepEqual(
      ofTaker.map(({ event: { x, X, A, B, pL, L } }) => [x, X, A, B, x === "TRADE" ? L : pL]),
      [
        ["NEW", "NEW", undefined, undefined, undefined],
        ["TRADE_PREVENTION", "NEW", "0.10000000", "0.10000000", "40000.00000000"],
        ["TRADE", "PARTIALLY_FILLED", "0.10000000", undefined, "40000.50000000"],
        ["TRADE_PREVENTION", "PARTIALLY_FILLED", "0.20000000", "0.10000000", "40001.00000000"],
      ],
    );
  });

  it("an order by quote amount is told how many of the lots that it sought would have been traded", async () => {
    await bob.limit("SELL", "0.2", "41000");
    const maker = (await alice.limit("SELL", "0.2", "40000")).body.orderId;
    const market: Parameters = { symbol, side: "BUY", type: "MARKET", quoteOrderQty: "4000", selfTradePreventionMode: "EXPIRE_MAKER" };
    equal((await alice.post("/api/v3/order", market)).body.executedQty, "0.09756000");
    const [{ pl, pY, B }] = await preventionsOf(alice, maker);
    deepEqual([pl, pY, B], ["0.09756000", "3902.40000000", "0.20000000"]);
  });

  it("a mode that the symbol does not allow is refused with Binance's text", async () => {
    const answer = await alice.limit("BUY", "0.1", "20000", { selfTradePreventionMode: "TRANSFER" });
    deepEqual(
      [answer.status, answer.body],
      [400, { code: -1013, msg: "This symbol does not allow the specified self-trade prevention mode." }],
    );
  });
});
