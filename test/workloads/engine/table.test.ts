import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Core } from "../../../workloads/engine/core";
import { mix } from "../../../workloads/engine/hash-index";
import * as records from "../../../workloads/engine/records";
import { random } from "./random-commands";

const { ID, KEY_HIGH, KEY_LOW, KEY_TABLE, OWNER, POSITION, TABLE_BASE, TABLE_MASK } = records;
const OWNER_SLOT = 5;

/** Orders of one owner, with lines of their own, as the tables know them. */
class Orders {
  readonly core = new Core(0, 8);
  private readonly position = this.core.memory.take(1);

  constructor() {
    this.core.memory.i[this.position * 16 + OWNER] = OWNER_SLOT;
  }

  order(id: number, low: number, high: number): number {
    const order = this.core.orders.allocate();
    const { f, i } = this.core.memory;
    f[order * 8 + ID] = id;
    i[order * 16 + KEY_LOW] = low;
    i[order * 16 + KEY_HIGH] = high;
    i[order * 16 + POSITION] = this.position;
    return order;
  }
}

/** Client keys whose search begins in one of a thousandth of all buckets, and which have one of a few tags. */
function crowdedKeys(count: number): [low: number, high: number][] {
  const keys: [number, number][] = [];
  for (let low = 1; keys.length < count; low++) {
    const hash = mix(OWNER_SLOT, low, 7);
    if ((hash & 1023) === 0 && hash >>> 25 < 8) keys.push([low, 7]);
  }
  return keys;
}

/** How many records passed each bucket of a table, which a search looks at. */
function buckets({ memory: { i } }: Core, table: number): number[] {
  const [base, last] = [i[table * 16 + TABLE_BASE] >>> 0, i[table * 16 + TABLE_MASK] >>> 0];
  return Array.from({ length: last / 64 + 1 }, (_, n) => i[base / 4 + n * 16 + 3]);
}

describe("tables", () => {
  it("find what was added and not removed, whatever happened between", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const next = random(seed);
      const orders = new Orders();
      const { core } = orders;
      const known = new Map<number, number>();
      let lastId = 0;
      for (let step = 0; step < 3_000; step++) {
        if (next(5) < 3) {
          lastId += 1 + (next(10) === 0 ? next(2 ** 33) : 0);
          const added = orders.order(lastId, 0, 0);
          core.index.add(added);
          known.set(lastId, added);
        } else if (known.size > 0) {
          const [id, gone] = [...known][next(known.size)];
          core.index.remove(gone);
          known.delete(id);
        }
        const id = next(2) === 0 ? lastId : next(lastId + 2);
        strictEqual(core.index.find(id), known.get(id) ?? 0, `seed ${seed}, order ${id}`);
      }
      strictEqual(core.index.size, known.size);
      for (const [id, there] of known) strictEqual(core.index.find(id), there, `seed ${seed}, order ${id}`);
    }
  });

  it("find records of which more have the same place than fit there, also where those before them are gone", () => {
    const known = new Orders();
    const { core } = known;
    const keys = crowdedKeys(100);
    const orders = keys.map(([low, high], n) => known.order(n + 1, low, high));
    const found = () => keys.map(([low, high]) => core.clientKeys.find(OWNER_SLOT, low, high));
    for (const [n, added] of orders.entries()) {
      core.clientKeys.add(added);
      deepStrictEqual(found(), [...orders.slice(0, n + 1), ...orders.slice(n + 1).map(() => 0)]);
    }
    const next = random(3);
    const there = new Set(orders);
    while (there.size > 0) {
      const gone = [...there][next(there.size)];
      core.clientKeys.remove(gone);
      there.delete(gone);
      deepStrictEqual(
        found(),
        orders.map((order) => (there.has(order) ? order : 0)),
      );
    }
    strictEqual(core.clientKeys.size, 0);
    ok(buckets(core, KEY_TABLE).every((passed) => passed === 0));
  });

  it("tell the same client key of two owners apart, also where both have the same place and tag", () => {
    const orders = new Orders();
    const { core } = orders;
    const place = (owner: number, low: number) => mix(owner, low, 7) & ~(0x1ffffff - 1023);
    let low = 1;
    while (place(OWNER_SLOT, low) !== place(OWNER_SLOT + 1, low)) low += 1;
    const added = orders.order(1, low, 7);
    core.clientKeys.add(added);
    strictEqual(core.clientKeys.find(OWNER_SLOT, low, 7), added);
    strictEqual(core.clientKeys.find(OWNER_SLOT + 1, low, 7), 0);
  });

  it("are doubled before they are full, and keep less than 20 bytes for a record", () => {
    const orders = new Orders();
    const { core } = orders;
    for (let id = 1; id <= 100_000; id++) {
      core.index.add(orders.order(id, 0, 0));
      ok(id < 1_000 || core.index.bytes < 20 * id, `${core.index.bytes} bytes for ${id} orders`);
    }
    for (let id = 1; id <= 100_000; id++) ok(core.index.find(id) !== 0, `order ${id}`);
    strictEqual(core.index.find(100_001), 0);
  });
});
