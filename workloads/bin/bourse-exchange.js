#!/usr/bin/env node
// The command `bourse-exchange`. In a checkout it runs the TypeScript sources, in the published package the compiled ones.

const { existsSync } = require("node:fs");
const { join } = require("node:path");

const root = join(__dirname, "..", "..");
const isCheckout = existsSync(join(root, "source.cjs")) && existsSync(join(__dirname, "..", "local", "cli.ts"));
const [major] = process.versions.node.split(".");

if (isCheckout && Number(major) < 24) {
  // The sources need Node 24, which the development dependency `node` brings. Signals reach the child through the terminal's process group.
  const { spawn } = require("node:child_process");
  const node = join(root, "node_modules", "node", "bin", "node");
  if (!existsSync(node)) {
    console.error(`bourse-exchange runs its sources on Node 24, this is Node ${process.versions.node}; run "npm install" first`);
    process.exit(1);
  }
  const child = spawn(node, [__filename, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (status) => {
    process.exitCode = status ?? 1;
  });
} else {
  require("node:module").enableCompileCache?.();
  if (isCheckout) require(join(root, "source.cjs"));
  const { main } = require(join(__dirname, "..", isCheckout ? "local/cli.ts" : "dist/local/cli.js"));
  main(process.argv.slice(2)).then((status) => {
    if (status !== undefined) process.exitCode = status;
  });
}
