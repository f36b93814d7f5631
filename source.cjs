// Runs the TypeScript sources of a checkout directly: `node -r ./source.cjs file.ts`.
// The published packages hold compiled JavaScript and never load this file.
//
// Each file is transpiled once for its contents: the result is kept in node_modules/.cache, so that a later start loads neither the compiler
// nor transpiles anything. Removing that folder is always safe.
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const nodeModule = require("node:module");
const { dirname, join, relative } = require("node:path");
const { pathToFileURL } = require("node:url");

process.env.TS_NODE_PROJECT ??= join(__dirname, "tsconfig.json");
process.setSourceMapsEnabled(true);

const cache = join(__dirname, "node_modules", ".cache", "bourse");
nodeModule.enableCompileCache(join(cache, "compiled"));

/** Everything but the file itself that decides what it becomes. */
const recipe = createHash("sha256");
for (const file of [
  process.env.TS_NODE_PROJECT,
  require.resolve("typescript/package.json"),
  require.resolve("ts-node/package.json"),
  __filename,
]) {
  recipe.update(readFileSync(file));
}
const recipeHash = recipe.digest("hex");

let compiler;
function transpile(source, file) {
  compiler ??= require("ts-node").create({ transpileOnly: true });
  return compiler.compile(source, file);
}

/** The JavaScript of a file: its hash in the first line, the code after it. Written beside and renamed, so no reader meets half of it. */
function javaScriptOf(file) {
  const source = readFileSync(file, "utf8");
  const hash = createHash("sha256").update(recipeHash).update(file).update(source).digest("hex");
  const kept = join(cache, "sources", `${relative(__dirname, file).replaceAll("..", "_")}.js`);
  try {
    const text = readFileSync(kept, "utf8");
    if (text.startsWith(hash)) return text.slice(hash.length + 1);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  const code = transpile(source, file);
  try {
    mkdirSync(dirname(kept), { recursive: true });
    writeFileSync(`${kept}.${process.pid}`, `${hash}\n${code}`);
    renameSync(`${kept}.${process.pid}`, kept);
  } catch {
    // A checkout that cannot be written works without the cache.
  }
  return code;
}

nodeModule._extensions[".ts"] = (loaded, file) => loaded._compile(javaScriptOf(file), file);

/** Package names of this repository, each with its source entry; the same table as `paths` in tsconfig.json. */
const sources = {
  bourse: "components/index.ts",
  "bourse/testing": "testing/index.ts",
  "bourse/plan": "plan/index.ts",
  "@bourse/engine": "workloads/engine/index.ts",
};

nodeModule.registerHooks({
  resolve(specifier, context, next) {
    const source = Object.hasOwn(sources, specifier) ? sources[specifier] : undefined;
    if (source === undefined) return next(specifier, context);
    return { url: pathToFileURL(join(__dirname, source)).href, shortCircuit: true };
  },
});
