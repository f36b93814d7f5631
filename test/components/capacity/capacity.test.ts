/** Capacity: every hop carries the load it was derived from, with the reason in figures. */

import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type CapacityTarget, capacityFaults, capacityFor, hops, loadOf, referenceLoad, type SizeName } from "../../../components/capacity";

/** What each hop must carry at the reference load, worked out by hand from its table, and what one unit carries. */
const reference: Record<SizeName, { need: number; each: number; spread: "zones" | "pair" | "single" | "counted" }[]> = {
  restLoadBalancers: [{ need: 140 + 200 + 267, each: 1_000, spread: "single" }],
  restLoadBalancerUnits: [{ need: 500_000, each: 270, spread: "single" }],
  orderGateways: [{ need: 1_400_000, each: 20_000, spread: "pair" }],
  readGateways: [
    { need: 500_000, each: 5_000, spread: "pair" },
    { need: 400_000, each: 5_000, spread: "pair" },
  ],
  streamGateways: [
    { need: 2_000_000, each: 15_000, spread: "pair" },
    { need: 20_000_000, each: 150_000, spread: "pair" },
  ],
  gateways: [{ need: 140 + 200 + 267, each: 1, spread: "counted" }],
  socketLoadBalancers: [{ need: (140 + 200 + 267) / 2, each: 500, spread: "single" }],
  socketLoadBalancerUnits: [{ need: 2_000_000, each: 3_000, spread: "single" }],
  shards: [{ need: 1_400_000, each: 350_000, spread: "single" }],
  hotNodes: [{ need: 140 + 200 + 267 + 5 * 4, each: 22, spread: "single" }],
  warmNodes: [{ need: 300 * 6, each: 24, spread: "zones" }],
  logBrokers: [
    { need: 3 * 1_400_000, each: 900_000, spread: "zones" },
    { need: 3 * 1.4 * 64, each: 125, spread: "zones" },
  ],
  logStorageGib: [{ need: (300_000 * 64 * 3 * 86_400) / 9, each: 2 ** 30, spread: "single" }],
  tradeStreamShards: [{ need: 1_400_000 * 0.15 * 100, each: 1_000_000, spread: "single" }],
  orderStreamShards: [{ need: 1_400_000 * 100, each: 1_000_000, spread: "single" }],
  priceStreamShards: [{ need: 2_000 * 10 * 120, each: 1_000_000, spread: "single" }],
  historyWriteUnits: [{ need: 1_400_000 * (100 + 0.3 * 100), each: 1_024, spread: "single" }],
  historyReadUnits: [{ need: 100_000, each: 2, spread: "single" }],
  sessionWriteUnits: [{ need: (50_000_000 / 86_400) * 5, each: 1, spread: "single" }],
  sessionReadUnits: [{ need: ((50_000_000 * 3 * 0.1) / 86_400) * 5, each: 1, spread: "single" }],
  auroraAcu: [{ need: (200_000 * 2) / 60, each: 100, spread: "single" }],
  redisShards: [
    { need: 500_000, each: 100_000, spread: "single" },
    { need: 22_000_000 * 1_024, each: 20e9, spread: "single" },
  ],
  objectCacheNodes: [{ need: 20_000_000 * 2_048, each: 10e9, spread: "zones" }],
  searchDataNodes: [{ need: 345_000, each: 25_000, spread: "zones" }],
  searchStorageGib: [{ need: (345_000 * 300 * 2 * 86_400 * 2 * 1.45) / 21, each: 2 ** 30, spread: "single" }],
  brokerVcpu: [{ need: 116, each: 1_000, spread: "single" }],
  warehouseNodes: [{ need: 300_000 * 130, each: 20e6, spread: "single" }],
  analyticsUnits: [{ need: 210_000, each: 10_000, spread: "single" }],
};

describe("capacity", () => {
  it("names the reference load with the figures of the mission", () => {
    assert.deepEqual(loadOf("binance"), {
      edgeRequests: 5_000_000,
      cacheableShare: 0.9,
      orders: 300_000,
      peakOrders: 1_400_000,
      sockets: 2_000_000,
      streamMessages: 20_000_000,
      signedReads: 400_000,
      users: 200_000_000,
      symbols: 2_000,
      busiestSymbolShare: 0.15,
      fillsPerOrder: 0.15,
    });
  });

  const { sizes } = capacityFor("binance");

  it("sizes the log's volumes for a day of commands in three copies, where the brokers are so few that this is more than the least", () => {
    const { logStorageGib } = capacityFor("binance", { overrides: { logBrokers: 3 } }).sizes;
    // With a quarter of headroom.
    assert.equal(logStorageGib.value, Math.ceil((300_000 * 64 * 3 * 86_400) / 3 / 2 ** 30 / 0.8));
  });

  it("derives a size for every hop of the reference table and for no other", () => {
    assert.deepEqual(Object.keys(sizes).sort(), Object.keys(reference).sort());
  });

  for (const [name, demands] of Object.entries(reference)) {
    it(`carries the reference load at ${name}`, () => {
      for (const { need, each, spread } of demands) {
        const left = sizes[name as SizeName].value * { zones: 2 / 3, pair: 1 / 2, single: 1 / 1.25, counted: 1 }[spread];
        assert.ok(left * each >= need * 0.999999, `${left} of ${each} carry less than ${need}`);
      }
    });
  }

  it("keeps every hop at or above its demand for loads from a hundred to a million orders a second, over two to six zones", () => {
    for (const orders of [100, 3_700, 50_000, 420_000]) {
      for (const zones of [2, 3, 4, 6]) {
        const capacity = capacityFor({ orders }, { zones });
        for (const hop of hops) {
          const spread = "mostZones" in hop ? Math.min(zones, hop.mostZones) : zones;
          const value = capacity.sizes[hop.name].value;
          for (const demand of hop.demands(capacity.load, (name) => capacity.sizes[name as SizeName].value)) {
            const usable = hop.spread === "zones" ? (value * (spread - 1)) / spread : hop.spread === "pair" ? value / 2 : value;
            assert.ok(usable * demand.each.value >= demand.value * 0.999999, `${hop.name} at ${orders} orders/s in ${zones} zones`);
          }
          if ("perZone" in hop) assert.equal(value % spread, 0, `${hop.name} is not equal in ${spread} zones`);
        }
      }
    }
  });

  it("says in the reason what was needed, what a unit carries and why it was rounded", () => {
    assert.equal(
      sizes.logBrokers.reason,
      "4,200,000 commands/s (peak orders, in three copies) x 1.5 to survive the loss of one of 3 zones / 900,000 commands/s a broker = 7; " +
        "9 for equal numbers in 3 zones",
    );
    assert.equal(sizes.logBrokers.basis, "measured");
    for (const size of Object.values(sizes)) assert.ok(size.source.length > 20, `${size.name} names no source`);
  });

  it("scales what is not given with the orders, and takes what is given", () => {
    const load = loadOf({ orders: 3_000, users: 10 });
    assert.equal(load.peakOrders, 14_000);
    assert.equal(load.sockets, 20_000);
    assert.equal(load.users, 10);
    assert.equal(load.busiestSymbolShare, referenceLoad.busiestSymbolShare);
  });

  it("uses an override, keeps the derived size beside it, and sizes later hops from the override", () => {
    const overridden = capacityFor("binance", { overrides: { shards: 20 } }).sizes;
    assert.deepEqual([overridden.shards.value, overridden.shards.derived, overridden.shards.overridden], [20, 5, true]);
    // (607 gateways + 20 shards of 4 cores) x 1.25 / 22.
    assert.equal(overridden.hotNodes.value, 40);
  });

  it("asks AWS for the request rates that the load needs", () => {
    const rates = Object.fromEntries(capacityFor("binance").rates.map((rate) => [rate.name, rate.value]));
    assert.equal(rates.cloudFrontRequests, 4_500_000);
    assert.equal(rates.webAclRequests, 500_000);
  });

  const bad: [what: string, target: unknown, options: Record<string, unknown>, paths: string[]][] = [
    ["an unknown name", "nasdaq", {}, ["capacity"]],
    ["nothing", undefined, {}, ["capacity"]],
    ["null", null, {}, ["capacity"]],
    ["a list", [5], {}, ["capacity"]],
    ["no orders", { users: 5 }, {}, ["capacity.orders"]],
    ["zero orders", { orders: 0 }, {}, ["capacity.orders"]],
    ["text for orders", { orders: "5000" }, {}, ["capacity.orders"]],
    ["not a number", { orders: Number.NaN }, {}, ["capacity.orders"]],
    ["an endless load", { orders: Number.POSITIVE_INFINITY }, {}, ["capacity.orders"]],
    ["an unknown figure", { orders: 5, gateways: 3 }, {}, ["capacity.gateways"]],
    ["a share above one", { orders: 5, cacheableShare: 90 }, {}, ["capacity.cacheableShare"]],
    ["negative fills", { orders: 5, fillsPerOrder: -1 }, {}, ["capacity.fillsPerOrder"]],
    ["a peak below the sustained rate", { orders: 500, peakOrders: 100 }, {}, ["capacity.peakOrders"]],
    ["two faults at once", { orders: -1, users: 0 }, {}, ["capacity.orders", "capacity.users"]],
    ["a symbol that no shard can carry", { orders: 300_000, busiestSymbolShare: 0.9 }, {}, ["capacity.busiestSymbolShare"]],
    ["one zone", "binance", { zones: 1 }, ["zones"]],
    ["half a zone", "binance", { zones: 2.5 }, ["zones"]],
    ["an unknown size", "binance", { overrides: { balancers: 3 } }, ["overrides.balancers"]],
    ["no brokers", "binance", { overrides: { logBrokers: 0 } }, ["overrides.logBrokers"]],
    ["half a shard", "binance", { overrides: { shards: 1.5 } }, ["overrides.shards"]],
  ];
  for (const [what, target, options, paths] of bad) {
    it(`refuses ${what}, naming ${paths.join(" and ")}`, () => {
      assert.deepEqual(
        capacityFaults(target, options).map((fault) => fault.path),
        paths,
      );
      assert.throws(
        () => capacityFor(target as CapacityTarget, options),
        (error) =>
          error instanceof pulumi.InputPropertiesError && paths.every((path) => error.errors?.some((one) => one.propertyPath === path)),
      );
    });
  }
});
