#!/usr/bin/env node
// The command `bourse`. In a checkout it runs the TypeScript sources, in the published package the compiled ones.

const { existsSync } = require("node:fs");
const { join } = require("node:path");

const root = join(__dirname, "..");
const isCheckout = existsSync(join(root, "source.cjs"));
const [major] = process.versions.node.split(".");

if (isCheckout && Number(major) < 24) {
  // The sources need Node 24, which the development dependency `node` brings.
  const { spawnSync } = require("node:child_process");
  const node = join(root, "node_modules", "node", "bin", "node");
  if (!existsSync(node)) {
    console.error(`bourse runs its sources on Node 24, this is Node ${process.versions.node}; run "npm install" first`);
    process.exit(1);
  }
  process.exit(spawnSync(node, [__filename, ...process.argv.slice(2)], { stdio: "inherit" }).status ?? 1);
}

require("node:module").enableCompileCache?.();
if (isCheckout) require(join(root, "source.cjs"));
const { main } = require(join(root, isCheckout ? "plan/cli.ts" : "dist/plan/cli.js"));
main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
