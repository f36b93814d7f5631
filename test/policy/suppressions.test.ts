/** Suppressions: well formed, narrow, and gone when they expire. */

import assert from "node:assert/strict";
import { type Suppression, suppressionFaults, suppressionOf } from "../../policy/suppressions";

const good: Suppression = {
  rule: "log-retention",
  resource: "audit-log",
  reason: "Kept for ever by order of the auditors.",
  expires: "2026-12-31",
};

describe("suppressions", () => {
  it("are accepted with rule, resource, reason and day", () => {
    assert.deepEqual(suppressionFaults([good], ["log-retention"]), []);
    assert.deepEqual(suppressionFaults([], []), []);
  });

  const bad: [what: string, given: unknown, says: RegExp[]][] = [
    ["no list", { rule: "log-retention" }, [/must be a list/]],
    ["a text in the list", ["log-retention"], [/suppressions\[0\] must be an object/]],
    ["no reason", [{ ...good, reason: undefined }], [/reason is missing/]],
    ["an empty reason", [{ ...good, reason: "" }], [/reason is missing/]],
    ["blanks for a reason", [{ ...good, reason: " ".repeat(40) }], [/is too short/]],
    ["no expiry", [{ ...good, expires: undefined }], [/expires is missing/]],
    ["an expiry that is no day", [{ ...good, expires: "2026-02-30" }], [/is no day/]],
    ["an expiry with a time", [{ ...good, expires: "2026-02-03T00:00:00Z" }], [/is no day/]],
    ["an unknown rule", [{ ...good, rule: "log-retentoin" }], [/"log-retentoin" is no rule/]],
    ["a misspelt field", [{ ...good, expiry: "2026-01-01" }], [/expiry is unknown/]],
    [
      "two faults at once",
      [{ rule: "x", resource: "", reason: good.reason, expires: good.expires }],
      [/is no rule/, /resource is missing/],
    ],
  ];
  for (const [what, given, says] of bad) {
    it(`are refused with ${what}`, () => {
      const faults = suppressionFaults(given, ["log-retention"]).join("\n");
      for (const pattern of says) assert.match(faults, pattern);
    });
  }

  it("cover the named rule on the named resource only", () => {
    assert.equal(suppressionOf([good], "log-retention", "audit-log", "2026-01-01"), good);
    assert.equal(suppressionOf([good], "log-encryption", "audit-log", "2026-01-01"), undefined);
    assert.equal(suppressionOf([good], "log-retention", "audit-log-2", "2026-01-01"), undefined);
  });

  it("take * for any text and everything else literally", () => {
    const pattern = { ...good, resource: "audit.*-log" };
    assert.equal(suppressionOf([pattern], "log-retention", "audit.eu-log", "2026-01-01"), pattern);
    assert.equal(suppressionOf([pattern], "log-retention", "auditXeu-log", "2026-01-01"), undefined);
  });

  it("hold to the end of the last day", () => {
    assert.equal(suppressionOf([good], "log-retention", "audit-log", "2026-12-31"), good);
    assert.equal(suppressionOf([good], "log-retention", "audit-log", "2027-01-01"), undefined);
  });
});
