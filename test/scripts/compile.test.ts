import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compiled, compiledModules } from "../../scripts/compile";

const root = join(__dirname, "../..");

describe("what is compiled to WebAssembly", () => {
  for (const module of compiledModules) {
    it(`is what its source gives: ${module.result}`, async function () {
      this.timeout(60_000);
      assert.equal(readFileSync(join(root, module.result), "utf8"), await compiled(root, module), "npm run compile, and commit both");
    });
  }

  it("is refused with what the compiler says where a source is wrong", async () => {
    const wrong = { sources: "test/scripts/nothing-is-here", reads: [], result: "" };
    await assert.rejects(compiled(root, wrong), /test\/scripts\/nothing-is-here does not compile:\n[\s\S]*not found/);
  });
});
