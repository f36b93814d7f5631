import assert from "node:assert/strict";
import { help, OptionError, readOptions } from "../../../workloads/local/options";

const read = (args: string[], env: NodeJS.ProcessEnv = {}) => readOptions(args, env, "/somewhere");

describe("Options of the embedded exchange", () => {
  it("default to port 8080, a home below the current folder, demo traders and a plan", () => {
    assert.deepEqual(read([]), { port: 8080, binaryPort: 0, home: "/somewhere/.bourse/home", demo: true, plan: true });
  });

  it("take the port from the command line before the environment, and the home from the environment", () => {
    assert.deepEqual(read(["--port", "0", "--no-demo", "--no-plan"], { PORT: "9000", BOURSE_HOME: "data" }), {
      port: 0,
      binaryPort: 0,
      home: "/somewhere/data",
      demo: false,
      plan: false,
    });
    assert.deepEqual(read([], { PORT: "9000", BOURSE_HOME: "/srv/bourse" }), {
      port: 9000,
      binaryPort: 0,
      home: "/srv/bourse",
      demo: true,
      plan: true,
    });
  });

  for (const port of ["65536", "-1", "80x", "8080.5", "0x50", " 80"]) {
    it(`refuse the port "${port}", saying what is allowed`, () => {
      assert.throws(
        () => read([], { PORT: port }),
        new OptionError(`PORT is "${port}"; it must be a whole number from 0 to 65535 (0 takes a free port).`),
      );
      assert.throws(() => read([`--port=${port}`]), /^OptionError: --port is ".*"; it must be a whole number/);
    });
  }

  it("refuse what they do not know, naming what they do", () => {
    assert.throws(() => read(["--fast"]), /Unknown option '--fast'\. Allowed are --port N, --no-demo, --no-plan, --help\./);
    assert.throws(() => read(["8080"]), OptionError);
  });

  it("have a help text that names each of them", () => {
    assert.equal(read(["--help"]), "help");
    for (const name of ["--port", "--no-demo", "--no-plan", "--help", "PORT", "BOURSE_HOME"]) assert.ok(help.includes(name), name);
  });
});
