import { equal } from "node:assert/strict";
import fc from "fast-check";
import { formatDecimal, formatRatio, parseAmount, parseDecimal } from "../../../workloads/gateway/decimal";

const decimals = fc.integer({ min: 0, max: 8 });

describe("Decimal text", () => {
  it("shows units with exactly eight fraction digits", () => {
    const cases: [number | bigint, number, string][] = [
      [0, 0, "0.00000000"],
      [0, 8, "0.00000000"],
      [1, 8, "0.00000001"],
      [1, 0, "1.00000000"],
      [5_000_001, 2, "50000.01000000"],
      [12_345, 5, "0.12345000"],
      [100_000_000n, 8, "1.00000000"],
      [Number.MAX_SAFE_INTEGER, 8, "90071992.54740991"],
      [2n ** 63n - 1n, 8, "92233720368.54775807"],
      [-1, 8, "-0.00000001"],
      [-250n, 2, "-2.50000000"],
    ];
    for (const [units, scale, text] of cases) equal(formatDecimal(units, scale), text);
  });

  it("shows every digit of an asset that has more than eight", () => {
    equal(formatDecimal(1n, 18), "0.000000000000000001");
    equal(formatDecimal(10n ** 18n, 18), "1.000000000000000000");
  });

  it("reads texts with and without a fraction, with leading and trailing zeros", () => {
    const cases: [string, number, number][] = [
      ["0", 8, 0],
      ["1", 2, 100],
      ["1.", 2, 100],
      ["00001.50", 2, 150],
      ["1.5", 2, 150],
      ["0.00000001", 8, 1],
      ["0.10000000000000000000", 1, 1],
      ["1.00000000", 0, 1],
      ["90071992.54740991", 8, Number.MAX_SAFE_INTEGER],
    ];
    for (const [text, scale, units] of cases) equal(parseDecimal(text, scale), units, text);
  });

  it("refuses a digit finer than one unit, and 2^53 units and more", () => {
    equal(parseDecimal("0.001", 2), "too precise");
    equal(parseDecimal("0.000000009", 8), "too precise");
    equal(parseDecimal("90071992.54740992", 8), "too large");
    equal(parseDecimal("99999999999999999999", 0), "too large");
    equal(parseAmount("0.000000001", 8), "too precise");
    equal(parseAmount("99999999999999999999.99999999", 8), 9_999_999_999_999_999_999_999_999_999n);
  });

  it("reads back what it shows, at every scale", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), decimals, (units, scale) => {
        equal(parseDecimal(formatDecimal(units, scale), scale), units);
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 100n }), decimals, (units, scale) => {
        equal(parseAmount(formatDecimal(units, scale), scale), units);
      }),
    );
  });

  it("agrees with exact arithmetic on texts that people write", () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.stringMatching(/^[0-9]{0,8}$/), decimals, (whole, fraction, scale) => {
        const exact = BigInt(whole) * 10n ** 8n + BigInt(fraction.padEnd(8, "0"));
        const unit = 10n ** BigInt(8 - scale);
        const read = parseAmount(fraction === "" ? `${whole}` : `${whole}.${fraction}`, scale);
        equal(read, exact % unit === 0n ? exact / unit : "too precise");
      }),
      { numRuns: 2_000 },
    );
  });

  it("divides for averages, towards zero", () => {
    equal(formatRatio(1n, 3n, 8), "0.33333333");
    equal(formatRatio(-1n, 3n, 3), "-0.333");
    equal(formatRatio(200n, 3n, 3), "66.666");
    equal(formatRatio(0n, 7n, 3), "0.000");
  });
});
