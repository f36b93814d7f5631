/** The real Pulumi engine over simulated providers: stacks in a scratch folder, states in files. */

import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type ConfigMap, LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation";
import { findProgram, requireServer, scratchFolder } from "../server";

const root = join(__dirname, "..", "..", "..");

/** Packages whose resources the stacks have, and `simulated`, whose resources stand for the insides of remote components. */
const packages = ["aws", "awsx", "eks", "kubernetes", "simulated"];

export interface Engine {
  /** A stack that runs `program` with this configuration: full keys; lists and tables as JSON. */
  stack(name: string, config: Record<string, unknown>, program: () => Promise<Record<string, unknown>>): Promise<Stack>;
  /** The state as it lies in the backend. */
  stateText(stack: Stack): string;
  /** Lifts the protection of all resources, as `pulumi state unprotect --all` does. */
  unprotect(stack: Stack): Promise<void>;
  remove(): void;
}

/** Declares tests that need the Pulumi CLI; each may take twenty minutes. */
export function withEngine(title: string, body: (start: () => Promise<Engine>) => void): void {
  const program = findProgram("pulumi", join(root, ".bourse", "pulumi"));
  const install = "see pulumi.com/docs/install, or run: bash scripts/install-pulumi.sh";
  requireServer(title, program, install, (pulumi) => {
    describe("over simulated providers", function () {
      this.timeout(20 * 60_000);
      body(() => start(pulumi));
    });
  });
}

async function start(pulumi: string): Promise<Engine> {
  const { folder, remove } = scratchFolder("bourse-engine");
  const inside = (...parts: string[]) => {
    const path = join(folder, ...parts);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const plugins = inside("plugins");
  for (const name of packages) {
    const file = join(plugins, `pulumi-resource-${name}`);
    const { version } = name === "simulated" ? { version: "1.0.0" } : (require(`@pulumi/${name}/package.json`) as { version: string });
    writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" -r "${root}/source.cjs" "${__dirname}/provider.ts" ${version}\n`);
    chmodSync(file, 0o755);
  }
  const command = inside("command", "bin");
  copyFileSync(pulumi, join(command, "pulumi"));
  chmodSync(join(command, "pulumi"), 0o755);
  const pulumiCommand = await PulumiCommand.get({ root: join(folder, "command"), skipVersionCheck: true });
  const project = "bourse";
  const envVars = {
    PATH: [plugins, command, process.env.PATH].join(delimiter),
    PULUMI_CONFIG_PASSPHRASE: "a passphrase of this test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The state, megabytes of it, is written at the end instead of after each of a thousand resources.
    PULUMI_EXPERIMENTAL: "true",
    PULUMI_SKIP_CHECKPOINTS: "true",
    PULUMI_BACKEND_URL: `file://${inside("states")}`,
  };
  return {
    remove,
    stateText: ({ name }) => readFileSync(join(folder, "states", ".pulumi", "stacks", project, `${name}.json`), "utf8"),
    async unprotect(stack) {
      const state = await stack.exportStack();
      for (const resource of state.deployment.resources) resource.protect = false;
      await stack.importStack(state);
    },
    async stack(stackName, config, program) {
      const stack = await LocalWorkspace.createOrSelectStack(
        { stackName, projectName: project, program },
        {
          pulumiCommand,
          workDir: inside("work", stackName),
          pulumiHome: inside("home"),
          envVars,
          projectSettings: { name: project, runtime: "nodejs", main: root },
        },
      );
      const map: ConfigMap = {};
      for (const [key, value] of Object.entries(config)) map[key] = { value: typeof value === "string" ? value : JSON.stringify(value) };
      await stack.setAllConfig(map);
      return stack;
    },
  };
}
