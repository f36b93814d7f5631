import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { regionLayers } from "bourse";
import { type RecordedResource, recordProgram } from "bourse/testing";
import { parse } from "yaml";
import { program } from "../../stacks";

import runStack = require("../../stacks/main");

import { type Engine, withEngine } from "../servers/pulumi/engine";
import { scratchFolder } from "../servers/server";

type Config = Record<string, unknown>;

const root = join(__dirname, "../..");
const scratch = scratchFolder("bourse-stacks");
writeFileSync(join(scratch.folder, "any.jar"), "any");

/** The regions in one stack each. */
function configOf(stack: string): Config {
  const { "bourse:layers": _layers, ...config } = parse(readFileSync(join(root, "stacks", `Pulumi.${stack}.yaml`), "utf8"))
    .config as Config;
  if ("bourse:homeStack" in config) config["bourse:homeStack"] = "organization/bourse/us-east-1";
  // Any file stands for the archive that `npm run build:windows` makes; the engine only reads it.
  const archive = "bourse:analyticsArchive" in config ? { "bourse:analyticsArchive": join(scratch.folder, "any.jar") } : {};
  return { "bourse:preset": "production", ...config, ...archive };
}

/** What the offline planner records of the same configuration: all that the engine would manage. */
async function recorded(stack: string, config: Config): Promise<RecordedResource[]> {
  const values = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(/^bourse:/, ""), value]));
  const graph = await recordProgram({ stack, accountId: "111122223333" }, () => program(values, stack));
  return graph.resources.filter(({ type }) => type !== "pulumi:pulumi:StackReference");
}

/** What an operation does, as `<operation> <type> <name>`; resources that stay as they are left out. */
async function previewed(stack: Stack): Promise<string[]> {
  const steps: string[] = [];
  await stack.preview({
    onEvent: ({ resourcePreEvent }) => {
      if (resourcePreEvent === undefined) return;
      const { op, urn } = resourcePreEvent.metadata;
      const [, , types, name] = urn.split("::");
      // Providers that the engine adds by itself are no part of the program.
      if (op !== "same" && op !== "read" && !/^default(_|$)/.test(name)) steps.push(`${op} ${types.split("$").at(-1)} ${name}`);
    },
  });
  return steps.sort();
}

/** The password that the simulated AWS makes. */
const password = "0123456789abcdefghijklmnopqrstuvwxyzABCD";

withEngine("The Pulumi engine", (start) => {
  let engine: Engine;
  const stacks: Stack[] = [];
  before(async () => {
    engine = await start();
  });
  after(() => {
    engine?.remove();
    scratch.remove();
  });

  const configure = (name: string, config: Config) => engine.stack(name, config, async () => runStack());

  for (const name of ["global", "records", "us-east-1", "us-west-2"]) {
    describe(`with the stack ${name}`, () => {
      const config = configOf(name);
      let stack: Stack;
      before(async () => {
        stack = await configure(name, config);
        stacks.unshift(stack);
      });

      it("previews what the offline plan shows, with all that AWS computes unknown", async () => {
        const planned = await recorded(name, config);
        const steps = await previewed(stack);
        assert.deepEqual(
          steps.filter((step) => !step.startsWith("create ")),
          [],
        );
        // The stack is a resource too, and each remote component has one inside.
        assert.equal(steps.length, planned.length + 1 + planned.filter(({ remote }) => remote).length);
      });

      it("creates all of it, and then finds nothing to change", async () => {
        assert.equal((await stack.up()).summary.result, "succeeded");
        assert.deepEqual(await previewed(stack), []);
      });

      it("keeps no secret in the state in clear", async () => {
        const text = engine.stateText(stack);
        assert.ok(text.includes(`urn:pulumi:${name}::bourse::`));
        assert.ok(!text.includes(password));
      });
    });
  }

  describe("with us-east-1 in three stacks that read each other", () => {
    const image = (digit: string) => `111122223333.dkr.ecr.us-east-1.amazonaws.com/bourse@sha256:${digit.repeat(64)}`;
    const config = { ...configOf("us-east-1"), "bourse:layers": [...regionLayers], "bourse:image": image("a") };
    const inLayers = new Map<string, Stack>();

    it("creates each above those below, and then finds nothing to change in any", async () => {
      for (const layer of regionLayers) {
        const stack = await configure(`us-east-1-${layer}`, config);
        stacks.unshift(stack);
        assert.equal((await stack.up()).summary.result, "succeeded", layer);
        inLayers.set(layer, stack);
      }
      for (const [layer, stack] of inLayers) assert.deepEqual(await previewed(stack), [], layer);
    });

    it("has what the one stack has, each once", async () => {
      const held = async (stack: Stack) => {
        const { resources } = (await stack.exportStack()).deployment as { resources: { type: string; urn: string }[] };
        return (
          resources
            .map(({ type, urn }) => `${type} ${urn.split("::").at(-1)}`)
            // The region's own component is in each layer; the one stack builds the image that is given here.
            .filter((each) => !/^(pulumi:(pulumi|providers)|bourse:region):/.test(each) && !/ bourse-image(-|$)/.test(each))
            .sort()
        );
      };
      const apart = (await Promise.all([...inLayers.values()].map(held))).flat().sort();
      assert.ok(apart.length > 500, String(apart.length));
      assert.deepEqual(apart, await held(stacks.find(({ name }) => name === "us-east-1")!));
    });

    it("changes nothing but the services by another image, and gives away no password", async () => {
      for (const [layer, stack] of inLayers) {
        await stack.setConfig("bourse:image", { value: image("b") });
        const steps = await previewed(stack);
        const updates = steps.filter((step) => step.startsWith("update "));
        assert.deepEqual(steps, updates, layer);
        assert.equal(updates.includes("update kubernetes:apps/v1:Deployment bourse-services-gateway-deployment"), layer === "services");
        if (layer !== "services") assert.deepEqual(updates, [], layer);
        assert.ok(!JSON.stringify(await stack.outputs()).includes(password), layer);
      }
    });
  });

  describe("afterwards", () => {
    it("adds a zone to the home region and replaces nothing", async () => {
      const config = configOf("us-east-1");
      const stack = await configure("us-east-1", { ...config, "bourse:zones": [...(config["bourse:zones"] as string[]), "use1-az2"] });
      const steps = await previewed(stack);
      assert.ok(steps.some((step) => step.includes("create aws:ec2/subnet:Subnet bourse-network-private-use1-az2")));
      assert.deepEqual(
        steps.filter((step) => !/^(create|update) /.test(step)),
        [],
      );
    });

    it("refuses to destroy what is protected, and destroys everything once that is lifted, the joining region first", async () => {
      assert.equal(stacks.length, 7);
      for (const stack of stacks) {
        await assert.rejects(stack.destroy(), /protected/);
        await engine.unprotect(stack);
        assert.equal((await stack.destroy()).summary.result, "succeeded");
        const { deployment } = await stack.exportStack();
        assert.deepEqual(deployment.resources ?? [], []);
      }
    });
  });
});
