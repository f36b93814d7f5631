/** Names in the stacks that the repository has. */

import assert from "node:assert/strict";
import { recordProgram } from "bourse/testing";
import { program } from "../../stacks";
import { longestMadeName } from "../components/made-names";
import { valuesOf } from "./stack-files";

describe("The names that Pulumi makes in the stacks", function () {
  this.timeout(120_000);

  for (const stack of ["global", "us-east-1", "us-west-2", "fargate", "records"]) {
    it(`of ${stack} are not too long for AWS`, async () => {
      // A region in layers has the names of the one stack, which is recorded in one go.
      const { layers: _layers, ...values } = valuesOf(stack);
      const graph = await recordProgram({ stack, accountId: "111122223333" }, () => program(values, stack));
      const made = graph.resources.filter((resource) => Number.isFinite(longestMadeName(resource)));
      assert.ok(made.length > 0);
      assert.deepEqual(
        made.filter((resource) => resource.name.length > longestMadeName(resource)).map(({ name }) => name),
        [],
      );
    });
  }
});
