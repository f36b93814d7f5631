/**
 * The image of the services, without a container engine: its Dockerfile says what the catalog and the pods expect, and what its steps make
 * runs: the same compiler calls into a temporary folder, beside it nothing but the production packages of the lock file.
 */

import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, matchesGlob } from "node:path";
import { catalog, healthPort } from "../../components/services/catalog";
import { podTemplate } from "../../components/services/pod-template";
import { ExchangeProcesses, type Program } from "./services/exchange-processes";

const root = join(__dirname, "..", "..");
const read = (name: string) => readFileSync(join(root, name), "utf8");
const json = (name: string) => JSON.parse(read(name));

/** Services that are processes of their own; the others' work is done by the projections of each gateway. */
const served = ["gateway", "trading"] as const;

interface Instruction {
  name: string;
  text: string;
}

/** Instructions by stage, the last stage last. */
function stages(dockerfile: string): Instruction[][] {
  const result: Instruction[][] = [[]];
  for (const line of dockerfile
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll("\\\n", " ")
    .split("\n")) {
    const [, name, text] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    if (name === "FROM") result.push([]);
    if (name !== undefined) result.at(-1)!.push({ name, text: text.replaceAll(/ +/g, " ").trim() });
  }
  return result;
}

describe("workloads/Dockerfile", () => {
  const [globals, build, packages, image] = stages(read("workloads/Dockerfile"));
  const all = (stage: Instruction[], name: string) => stage.filter((each) => each.name === name).map(({ text }) => text);

  it("pins Node.js to the version that the tests run on, and takes the smallest base with glibc", () => {
    deepStrictEqual(all(globals, "ARG"), [`NODE=${json("package.json").devDependencies.node}`]);
    for (const stage of [build, packages]) match(all(stage, "FROM")[0], /^node:\$\{NODE\}-bookworm-slim AS \w+$/);
    // Of the same Debian as the stage whose Node.js is copied.
    deepStrictEqual(all(image, "FROM"), ["gcr.io/distroless/cc-debian12:nonroot"]);
  });

  it("runs nothing in the last stage, which has no shell, and starts Node.js with the catalog's argument from where entries are", () => {
    deepStrictEqual(all(image, "RUN"), []);
    deepStrictEqual(all(image, "ENTRYPOINT"), ['["/usr/local/bin/node"]']);
    deepStrictEqual(all(image, "CMD"), []);
    deepStrictEqual(all(image, "WORKDIR"), ["/exchange/workloads/dist"]);
  });

  it("has the user of the pods and their ports", () => {
    const placement = { zoneId: "use1-az1", standbyZoneId: "use1-az2" } as Parameters<typeof podTemplate>[1]["placement"];
    const ports = new Set<number>();
    for (const service of served) {
      const size = catalog[service].size.development;
      const pod = podTemplate(service, { image: "image", size, environment: {}, services: served, placement });
      const { spec } = pod as { spec: { securityContext: { runAsUser: number; runAsGroup: number }; containers: { args: string[] }[] } };
      const { runAsUser, runAsGroup } = spec.securityContext;
      deepStrictEqual(all(image, "USER"), [`${runAsUser}:${runAsGroup}`]);
      deepStrictEqual(spec.containers[0].args, [catalog[service].entry]);
      ports.add(catalog[service].port).add(healthPort);
    }
    deepStrictEqual(new Set(all(image, "EXPOSE")[0].split(" ").map(Number)), ports);
  });

  it("installs by the lock file without scripts of packages; what is installed for the image is for production", () => {
    for (const stage of [build, packages]) {
      const [install] = all(stage, "RUN");
      match(install, /^npm ci .*--ignore-scripts/);
    }
    match(all(packages, "RUN")[0], /--omit=dev --omit=peer --workspace workloads --workspace workloads\/engine/);
    deepStrictEqual(
      all(image, "COPY").filter((copy) => copy.includes("node_modules")),
      [
        "--from=packages /src/node_modules /exchange/node_modules",
        "--from=packages /src/workloads/node_modules /exchange/workloads/node_modules",
      ],
    );
  });

  it("copies from the repository only what is there and what .dockerignore lets through", () => {
    const lines = read(".dockerignore").split("\n");
    const rules = lines.filter((line) => line !== "" && !line.startsWith("#"));
    // The last rule that matches a path or a folder above it decides, as in Docker.
    // Unlike Node's, its patterns have no special case for names that begin with a dot.
    const plain = (text: string) => text.replaceAll(/(^|\/)\./g, "$1_");
    const sent = (path: string) => {
      const parts = path.split("/");
      const above = parts.map((_, end) => parts.slice(0, end + 1).join("/"));
      return rules.reduce((allowed, rule) => {
        const pattern = rule.replace(/^!/, "");
        return above.some((each) => matchesGlob(plain(each), plain(pattern))) ? rule.startsWith("!") : allowed;
      }, true);
    };
    const sources = [build, packages].flatMap((stage) => all(stage, "COPY").flatMap((copy) => copy.split(" ").slice(0, -1)));
    ok(sources.includes("workloads"));
    for (const source of sources) ok(existsSync(join(root, source)) && sent(source), `${source} is not sent`);
    for (const kept of ["workloads/gateway/main.ts", "workloads/engine/book.ts", "workloads/engine/tsconfig.build.json"])
      ok(sent(kept), kept);
    for (const secret of [
      "node_modules/pg",
      "workloads/node_modules/ws",
      "workloads/dist/gateway",
      ".bourse/home",
      ".git/config",
      "test/a.ts",
    ]) {
      equal(sent(secret), false, secret);
    }
  });
});

describe("What the image holds", function () {
  this.timeout(120_000);
  let folder: string;
  after(() => rmSync(folder, { recursive: true, force: true }));

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "bourse-image-"));
    // The Dockerfile's compiler calls; types are checked elsewhere.
    const compile = (config: string, out: string) => {
      const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
      execFileSync(process.execPath, [tsc, "-p", config, "--outDir", out, "--noCheck", "--declaration", "false"], { cwd: root });
    };
    const workloads = join(folder, "workloads");
    compile("workloads/engine/tsconfig.build.json", join(workloads, "engine", "dist"));
    compile("workloads/tsconfig.build.json", join(workloads, "dist"));
    for (const name of ["workloads/package.json", "workloads/engine/package.json"]) cpSync(join(root, name), join(folder, name));
    for (const path of productionPackages()) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      symlinkSync(join(root, path), join(folder, path));
    }
    mkdirSync(join(folder, "node_modules", "@bourse"), { recursive: true });
    symlinkSync("../../workloads/engine", join(folder, "node_modules", "@bourse", "engine"));
  });

  it("has no tests, no sources and no package that only developers need", () => {
    const packages = readdirSync(join(folder, "node_modules"));
    for (const needed of ["fastify", "kysely", "pg"]) ok(packages.includes(needed), needed);
    for (const unneeded of ["typescript", "mocha", "ccxt", "@pulumi"]) equal(packages.includes(unneeded), false, unneeded);
    const files = readdirSync(join(folder, "workloads", "dist"), { recursive: true }) as string[];
    deepStrictEqual(
      files.filter((file) => file.endsWith(".ts")),
      [],
    );
  });

  it("starts a shard and a gateway that write nowhere but to their own folders, and stops them cleanly", async () => {
    // Links are not followed, so that a package finds only what lies beside it here. Node's permissions stand for the read-only root.
    const program = (writable: () => string): Program => ({
      folder: join(folder, "workloads", "dist"),
      argumentsOf: (entry) => {
        const name = served.find((service) => catalog[service].entry === `${entry}.js`);
        ok(name, `${entry} is an entry of the catalog`);
        const permissions = ["--permission", "--allow-fs-read=*", `--allow-fs-write=${writable()}`, "--allow-worker"];
        return ["--preserve-symlinks", "--preserve-symlinks-main", ...permissions, catalog[name].entry];
      },
    });
    const exchange: ExchangeProcesses = new ExchangeProcesses(program(() => exchange.folder));
    try {
      const shard = await exchange.startShard();
      const gateway = await exchange.startGateway("gateway", shard.port, 11);
      equal((await fetch(`http://127.0.0.1:${gateway.port}/api/v3/ping`)).status, 200);
      equal((await fetch(`http://127.0.0.1:${gateway.healthPort}/ready`)).status, 200);
      equal(await gateway.process.end("SIGTERM"), 0, gateway.process.text);
      equal(await shard.process.end("SIGTERM"), 0, shard.process.text);
    } finally {
      await exchange.remove();
    }
  });
});

/** Folders of the packages that @bourse/exchange needs in production, as the lock file places them. */
function productionPackages(): string[] {
  type Package = { dependencies?: Record<string, string>; optionalDependencies?: Record<string, string>; link?: boolean };
  const locked: Record<string, Package> = json("package-lock.json").packages;
  const found = new Set<string>();
  const visit = (path: string) => {
    const { dependencies, optionalDependencies } = locked[path];
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const place = placeOf(name, path);
      // An optional package may be missing; a linked one is of this repository.
      if (place === undefined || found.has(place) || locked[place].link || !existsSync(join(root, place))) continue;
      found.add(place);
      visit(place);
    }
  };
  /** Where Node.js finds a package: the nearest folder of packages, from the inside out. */
  const placeOf = (name: string, from: string) => {
    for (let folder = from; ; folder = folder.includes("/") ? dirname(folder) : "") {
      const place = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
      if (locked[place] !== undefined) return place;
      if (folder === "") return undefined;
    }
  };
  visit("workloads");
  // What lies within another package comes with it.
  return [...found].filter((place) => ![...found].some((other) => place.startsWith(`${other}/`)));
}
