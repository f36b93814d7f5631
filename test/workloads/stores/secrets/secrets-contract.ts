/** What every secrets adapter does. */

import { deepStrictEqual, rejects, strictEqual } from "node:assert";
import { randomBytes } from "node:crypto";
import type { Secrets } from "../../../../workloads/stores/secrets";

/** @param open an empty store */
export function secretsContract(name: string, open: () => Promise<{ secrets: Secrets; close(): Promise<void> }>): void {
  describe(`the secrets port: ${name}`, () => {
    let secrets: Secrets;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ secrets, close } = await open());
    });
    afterEach(() => close());

    it("reads back exactly the bytes that were created, and nothing under other names", async () => {
      const value = randomBytes(32);
      strictEqual(await secrets.create("users/master-key", value), true);
      deepStrictEqual(await secrets.read("users/master-key"), value);
      strictEqual(await secrets.read("users/master-key-2"), undefined);
    });

    it("keeps the first value when two create the same name at once", async () => {
      const values = Array.from({ length: 5 }, () => randomBytes(32));
      const created = await Promise.all(values.map((value) => secrets.create("users/master-key", value)));
      strictEqual(created.filter(Boolean).length, 1);
      deepStrictEqual(await secrets.read("users/master-key"), values[created.indexOf(true)]);
      strictEqual(await secrets.create("users/master-key", randomBytes(32)), false);
    });

    it("refuses names that lead elsewhere", async () => {
      for (const wrong of ["../x", "/etc/passwd", "Users", "a//b", "", "a/../b"]) {
        await rejects(secrets.read(wrong), /secret name: got ".*", expected lower-case letters/);
        await rejects(secrets.create(wrong, Buffer.from("x")), /secret name/);
      }
    });
  });
}
