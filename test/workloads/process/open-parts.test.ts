import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { OpenParts } from "../../../workloads/process/open-parts";

describe("parts that are opened one after the other", () => {
  const closed: string[] = [];
  const part = (name: string, failure?: Error) => ({
    name,
    async close() {
      closed.push(name);
      if (failure) throw failure;
    },
  });
  beforeEach(() => closed.splice(0));

  it("are closed in the reverse order, once", async () => {
    const parts = new OpenParts();
    strictEqual(parts.keep(part("database")).name, "database");
    parts.keep(part("server"));
    await parts.close();
    await parts.close();
    deepStrictEqual(closed, ["server", "database"]);
  });

  it("are all closed when one of them cannot be, which is told", async () => {
    const parts = new OpenParts();
    for (const each of [part("first"), part("second", new Error("stuck")), part("third")]) parts.keep(each);
    await rejects(parts.close(), /stuck/);
    deepStrictEqual(closed, ["third", "second", "first"]);
  });

  it("are closed when a later one cannot be opened", async () => {
    const opened = OpenParts.opened(async (parts) => {
      parts.keep(part("database"));
      throw new Error("the port is in use");
    });
    await rejects(opened, /the port is in use/);
    deepStrictEqual(closed, ["database"]);
  });

  it("stay open when all of them could be", async () => {
    const { close } = await OpenParts.opened(async (parts) => {
      parts.keep(part("database"));
      return { close: parts.close };
    });
    deepStrictEqual(closed, []);
    await close();
    deepStrictEqual(closed, ["database"]);
  });
});
