/** The engine against the reference model: every command gives the same events, balances and levels. A failing stream is cut down to its shortest form. */

import assert from "node:assert/strict";
import {
  CloseReason,
  type Command,
  decodeEvents,
  type Event,
  EventBuffer,
  Exchange,
  encodeCommand,
  MAX_COMMAND_LENGTH,
  NEWEST_VERSION,
  type NewOrder,
  OrderType,
  RejectReason,
  Side,
} from "@bourse/engine";
import { nothingYet, notice, opening, plainOrder, randomCommands, smallWorld, type World, worlds } from "../random-commands";
import { ReferenceExchange } from "./reference-exchange";

const bytes = new Uint8Array(MAX_COMMAND_LENGTH);

/** The engine and the model side by side. */
class Pair {
  readonly engine = new Exchange();
  readonly model = new ReferenceExchange();
  private readonly out = new EventBuffer();
  private sequence = 0;

  /** Applies a command to both and throws at the first difference. */
  apply(command: Command): Event[] {
    const { state } = this.model;
    const before = new Map([...state.balances].map(([key, { free, locked }]) => [key, `${free}+${locked}`]));
    const levelsBefore = new Map([...state.markets].map(([symbol, market]) => [symbol, state.levels(market)]));
    const expected = this.model.apply(command);
    encodeCommand(command, bytes, 0);
    this.out.clear();
    this.engine.apply(bytes, 0, 1, ++this.sequence, this.out);
    const events = decodeEvents(this.out.bytes, 0, this.out.length);
    const told = events.filter(({ kind }) => kind !== "balanceChanged" && kind !== "levelChanged").map(withoutPlace);
    assert.deepEqual(told, expected);
    this.compareBalances(events, before);
    this.compareLevels(events, levelsBefore);
    return events;
  }

  private compareBalances(events: Event[], before: Map<string, string>): void {
    const { balances } = this.model.state;
    const told = new Set<string>();
    for (const event of events) {
      if (event.kind !== "balanceChanged") continue;
      const key = `${event.account}:${event.asset}`;
      assert.ok(!told.has(key), `the balance ${key} is told once`);
      told.add(key);
      const { free, locked } = balances.get(key) ?? { free: 0n, locked: 0n };
      assert.deepEqual({ free: event.free, locked: event.locked }, { free, locked }, `balance ${key}`);
    }
    for (const [key, { free, locked }] of balances) {
      const changed = (before.get(key) ?? "0+0") !== `${free}+${locked}`;
      assert.ok(!changed || told.has(key), `the change of balance ${key} to ${free} and ${locked} is told`);
    }
  }

  private compareLevels(events: Event[], before: Map<number, Map<string, number>>): void {
    const { state } = this.model;
    for (const [symbol, market] of state.markets) {
      const levels = state.levels(market);
      const told = new Set<string>();
      for (const event of events) {
        if (event.kind !== "levelChanged" || event.symbol !== symbol) continue;
        assert.equal(event.updateId, ++market.lastUpdateId, "update ids have no gap");
        const key = `${event.side}:${event.price}`;
        assert.ok(!told.has(key), `the level ${key} is told once`);
        told.add(key);
        assert.equal(event.quantity, levels.get(key) ?? 0, `level ${key}`);
      }
      for (const key of new Set([...levels.keys(), ...(before.get(symbol)?.keys() ?? [])])) {
        const changed = (before.get(symbol)?.get(key) ?? 0) !== (levels.get(key) ?? 0);
        assert.ok(!changed || told.has(key), `the change of level ${key} is told`);
      }
    }
  }

  /** What the engine sums up must be what the model holds. */
  compareTotals(): void {
    const { state } = this.model;
    for (const [asset, { accounts, fees, external }] of this.engine.totals()) {
      const held = [...state.balances.values()].filter((balance) => balance.asset === asset);
      assert.equal(
        accounts,
        held.reduce((sum, { free, locked }) => sum + free + locked, 0n),
        `accounts of asset ${asset}`,
      );
      assert.equal(fees, state.fees.get(asset) ?? 0n, `fees of asset ${asset}`);
      assert.equal(-external, state.received.get(asset) ?? 0n, `deposits less withdrawals of asset ${asset}`);
      assert.equal(accounts + fees + external, 0n, `sum of asset ${asset}`);
    }
  }
}

function withoutPlace(event: Event): object {
  const { shard, epoch, sequence, index, last, ...rest } = event;
  return rest;
}

/** The commands of a seed, as the engine's own events let them name orders that exist. */
function stream(seed: number, world: World, length: number): Command[] {
  const exchange = new Exchange();
  const out = new EventBuffer();
  const newest = nothingYet();
  const commands = [...opening(world)];
  const source = randomCommands(seed, world, newest);
  for (let n = 0; n < length + commands.length; n++) {
    const command = commands[n] ?? (source.next().value as Command);
    commands[n] = command;
    encodeCommand(command, bytes, 0);
    out.clear();
    exchange.apply(bytes, 0, 1, n + 1, out);
    notice(newest, decodeEvents(out.bytes, 0, out.length));
    if (n >= length) break;
  }
  return commands;
}

/** The message of the first difference, or undefined where there is none. */
function difference(commands: Command[]): string | undefined {
  const pair = new Pair();
  for (const [n, command] of commands.entries()) {
    try {
      pair.apply(command);
    } catch (error) {
      return `command ${n + 1}, ${show(command)}: ${(error as Error).message}`;
    }
  }
  return undefined;
}

/** Leaves out whatever is not needed for a difference: halves first, then ever smaller parts. */
function shortest(commands: Command[]): Command[] {
  let kept = commands;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < kept.length; ) {
      const without = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (difference(without) !== undefined) kept = without;
      else from += size;
    }
  }
  return kept;
}

function show(command: Command): string {
  return JSON.stringify(command, (_, value) => (typeof value === "bigint" ? `${value}n` : value));
}

describe("engine and reference model", () => {
  /** What the streams of all worlds made happen. */
  const happened = new Set<string>();
  const nameOf = (event: Event) => ("reason" in event ? `${event.kind} ${event.reason}` : event.kind);

  for (const [name, world] of Object.entries(worlds)) {
    it(`agree on every event, balance and level, with ${name}`, function () {
      this.timeout(120_000);
      for (let seed = 101; seed <= 112; seed++) {
        const commands = stream(seed, world, world === worlds["every filter on"] ? 2000 : 700);
        const pair = new Pair();
        try {
          for (const command of commands) {
            for (const event of pair.apply(command)) happened.add(nameOf(event));
          }
          pair.compareTotals();
        } catch (error) {
          // Cutting a stream down takes longer than finding the difference, and some runs only ask whether there is one.
          if (process.env.BOURSE_SHORTEN === "0") throw error;
          const short = shortest(commands);
          assert.fail(`seed ${seed} differs: ${difference(short)}\nafter\n${short.map(show).join("\n")}`);
        }
      }
    });
  }

  it("agree on lists that are no pair, and on an account that is changed while it is stopped", () => {
    const pair = new Pair();
    const head = { time: 1_700_000_000_000_000, session: 0, sessionSequence: 0 };
    for (const command of opening(smallWorld)) pair.apply(command);
    const leg = { ...plainOrder, side: Side.SELL, quantity: 5 };
    const list = (profit: Partial<NewOrder>, stopPrice: number): Command => ({
      kind: "newOrderList",
      ...head,
      account: 1,
      symbol: 1,
      contingency: "OCO",
      legs: [
        { ...leg, ...profit },
        { ...leg, type: OrderType.STOP_LOSS_LIMIT, price: stopPrice, stopPrice },
      ],
      listClientKey: 0n,
      listClientOrderId: "",
    });
    pair.apply(list({ type: OrderType.LIMIT, price: 1010 }, 990));
    pair.apply(list({ type: OrderType.LIMIT_MAKER, price: 1000 }, 1000));
    pair.apply(list({ type: OrderType.LIMIT_MAKER, price: 1001 }, 1000));
    pair.apply({ kind: "killSwitch", ...head, account: 1, engaged: true, cancelOpenOrders: false });
    const flags = { canTrade: true, canWithdraw: true, canDeposit: true, feeTier: 1, discountFees: false, tradeGroup: 0 };
    pair.apply({ kind: "setAccount", ...head, account: 1, ...flags });
    const events = pair.apply({ ...plainOrder, ...head, account: 1, price: 900, quantity: 1 });
    assert.deepEqual(
      events.map((event) => event.kind),
      ["rejected"],
    );
  });

  it("agree on a version of the rules that neither knows, as a log of later code may ask for", () => {
    for (const event of new Pair().apply({ kind: "activate", time: 1, session: 0, sessionSequence: 0, version: NEWEST_VERSION + 1 })) {
      happened.add(nameOf(event));
    }
    assert.ok(happened.has(`rejected ${RejectReason.UNSUPPORTED_VERSION}`));
  });

  it("were asked for every event, refusal and reason that there is", () => {
    const refusals = Object.values(RejectReason).filter((reason) => typeof reason === "number");
    const closes = Object.values(CloseReason).filter((reason) => typeof reason === "number");
    const kinds = ["orderAccepted", "orderTriggered", "trade", "tradePrevented", "orderAmended", "orderListChanged", "balanceChanged"];
    const expected = [...kinds, ...refusals.map((reason) => `rejected ${reason}`), ...closes.map((reason) => `orderClosed ${reason}`)];
    assert.deepEqual(
      expected.filter((name) => !happened.has(name)),
      [],
    );
  });
});
