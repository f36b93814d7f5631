/** Resources of a program, created on an API server through the AWS SDK from what was recorded, and read back: what was asked for is what is there. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { recordProgram } from "bourse/testing";
import { type MotoServer, withMoto } from "../servers/moto";
import { askModels, modelled } from "./aws-models";

interface Report {
  created: Record<string, number>;
  compared: Record<string, number>;
  refused: Record<string, string>;
  different: string[];
}

export interface Expectations {
  /** Operations at least that create something. */
  operations: number;
  /** Operations that the server does not know, or not as AWS does. */
  beyondTheServer: readonly string[];
  /** Parts of the differences that are the server's own. */
  serverQuirks: readonly string[];
  /** Values at least that each reading operation gives back. */
  values: Readonly<Record<string, number>>;
}

const python = join(__dirname, "../../.bourse/venv/bin/python");

export function createdAndRead(title: string, program: () => unknown, expected: Expectations): void {
  withMoto(title, (start) => {
    let server: MotoServer;
    let report: Report;
    before(async function () {
      this.timeout(180_000);
      server = await start();
      report = await askModels(python, ["create", server.client.endpoint], modelled(await recordProgram({}, program)));
    });
    after(() => server.stop());

    it(`are created by more than ${expected.operations} operations of AWS, but for exactly those that the server does not know`, () => {
      assert.deepEqual(
        Object.entries(report.refused).filter(([operation]) => !expected.beyondTheServer.includes(operation)),
        [],
      );
      assert.deepEqual(
        expected.beyondTheServer.filter((operation) => !(operation in report.refused)),
        [],
      );
      const created = Object.keys(report.created).length;
      assert.ok(created >= expected.operations, `only ${created} operations`);
    });

    it("come back as they were asked for, value by value, but where the server answers for itself", () => {
      const unexpected = report.different.filter((each) => !expected.serverQuirks.some((quirk) => each.includes(quirk)));
      assert.deepEqual(unexpected, []);
      // Each quirk shows that a difference is seen.
      for (const quirk of expected.serverQuirks)
        assert.ok(
          report.different.some((each) => each.includes(quirk)),
          quirk,
        );
    });

    for (const [operation, least] of Object.entries(expected.values)) {
      it(`${operation} gives back ${least} values or more`, () => {
        assert.ok((report.compared[operation] ?? 0) >= least, `${report.compared[operation] ?? 0} values`);
      });
    }
  });
}
