// Runs the TypeScript sources of a checkout directly: `node -r ./source.cjs file.ts`.
// The published packages hold compiled JavaScript and never load this file.
const { registerHooks } = require("node:module");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");

process.env.TS_NODE_PROJECT ??= join(__dirname, "tsconfig.json");
require("ts-node/register/transpile-only");

/** Package names of this repository, each with its source entry; the same table as `paths` in tsconfig.json. */
const sources = {
  bourse: "components/index.ts",
  "bourse/testing": "testing/index.ts",
  "bourse/plan": "plan/index.ts",
  "@bourse/engine": "workloads/engine/index.ts",
};

registerHooks({
  resolve(specifier, context, next) {
    const source = Object.hasOwn(sources, specifier) ? sources[specifier] : undefined;
    if (source === undefined) return next(specifier, context);
    return { url: pathToFileURL(join(__dirname, source)).href, format: "commonjs", shortCircuit: true };
  },
});
