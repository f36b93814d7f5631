/**
 * Compiles what is written in AssemblyScript to WebAssembly, and keeps the result beside it in the repository, in base64, so that whoever installs a package
 * needs no compiler.
 *
 *   npm run compile [-- --check] [folder]
 *
 * `--check` changes nothing and fails where a result is not what its source gives; `npm test` does the same. `folder` is another root, as of a copy of the sources.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FIRST_PAGES, MOST_PAGES } from "../workloads/engine/memory";

export interface CompiledModule {
  /** Folder of the sources, whose `main.ts` exports what the module does. */
  sources: string;
  /** Files outside that folder which they import. */
  reads: string[];
  /** The generated file. */
  result: string;
}

/** Paths are relative to the root. */
export const compiledModules: CompiledModule[] = [
  {
    sources: "workloads/engine/compiled",
    reads: ["areas", "codes", "records"].map((name) => `workloads/engine/${name}.ts`),
    result: "workloads/engine/compiled-code.ts",
  },
];

/** The engine's memory is imported, and as large as it says. There are no objects and so no collector (`stub`). */
const options = ["-O3", "--noAssert", "--converge", "--runtime", "stub"];
const memory = ["--importMemory", "--noExportMemory", "--initialMemory", `${FIRST_PAGES}`, "--maximumMemory", `${MOST_PAGES}`];
const features = ["simd", "bulk-memory", "nontrapping-f2i"].flatMap((feature) => ["--enable", feature]);

/** What is used of the compiler. Its own types would bring those of its language into all of the project. */
interface Compiler {
  main(
    options: string[],
    io: { writeFile(name: string, contents: Uint8Array | string): void },
  ): Promise<{ error: Error | null; stderr: { toString(): string } }>;
}
const COMPILER: string = "assemblyscript/asc";

/** What the generated file of a module must hold. Throws what the compiler says about a source that it refuses. */
export async function compiled(root: string, { sources }: CompiledModule): Promise<string> {
  const { default: asc }: { default: Compiler } = await import(COMPILER);
  let binary = new Uint8Array();
  const { error, stderr } = await asc.main(
    [`${sources}/main.ts`, "--baseDir", root, "--outFile", "module.wasm", ...options, ...memory, ...features],
    {
      writeFile: (_name, contents) => {
        if (typeof contents !== "string") binary = Uint8Array.from(contents);
      },
    },
  );
  if (error) throw new Error(`${sources} does not compile:\n${stderr.toString()}`);
  const code = Buffer.from(binary).toString("base64");
  return `/** Made from \`${sources}\` by \`npm run compile\`: a WebAssembly module in base64. */\nexport const code: string =\n  "${code}";\n`;
}

async function main(): Promise<number> {
  const given = process.argv.slice(2);
  const check = given.includes("--check");
  const root = given.find((argument) => argument !== "--check") ?? join(__dirname, "..");
  let stale = 0;
  for (const module of compiledModules) {
    const path = join(root, module.result);
    const wanted = await compiled(root, module);
    if (readFileSync(path, "utf8") === wanted) continue;
    if (check) {
      console.log(`${module.result} is not what ${module.sources} gives: npm run compile, and commit both`);
      stale += 1;
    } else {
      writeFileSync(path, wanted);
      console.log(`${module.result} is new`);
    }
  }
  return stale === 0 ? 0 : 1;
}

if (require.main === module) {
  main().then(
    (status) => process.exit(status),
    (error: Error) => {
      console.error(error.message);
      process.exit(1);
    },
  );
}
