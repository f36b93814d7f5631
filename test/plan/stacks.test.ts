/** The stacks of this repository, planned as a newcomer would: whole, priced, without a mandatory finding and without an unwanted path. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { findProject, type Plan, planStack } from "../../plan";

const project = findProject(join(__dirname, "../.."));

describe("the stacks of this repository", function () {
  this.timeout(60_000);

  it("are a region and the global one", () => {
    assert.deepEqual(
      project.stacks.filter((stack) => ["global", "us-east-1"].includes(stack)),
      ["global", "us-east-1"],
    );
  });

  for (const stack of project.stacks) {
    describe(stack, () => {
      let plan: Plan;
      before(async () => {
        plan = await planStack(project, stack, { day: "2026-01-01" });
      });

      it("breaks no mandatory rule", () => {
        const broken = plan.findings.filter((finding) => finding.severity === "mandatory" && finding.suppressed === undefined);
        assert.deepEqual(
          broken.map((finding) => `${finding.rule}: ${finding.name} ${finding.message}`),
          [],
        );
      });

      it("has a price, a place among the free or a reason for every resource", () => {
        const unknown = plan.cost.unpriced.filter(
          (line) => line.reason === "no estimator for this type" || line.reason.startsWith("no price"),
        );
        assert.deepEqual(unknown, []);
      });

      it("lets the internet reach load balancers only, and nobody but its clients reach a store", () => {
        const typeOf = new Map(plan.paths.endpoints.map((endpoint) => [endpoint.name, endpoint]));
        for (const path of plan.paths.paths.filter((each) => each.from === "internet")) {
          assert.equal(typeOf.get(path.to)?.type, "aws:lb/loadBalancer:LoadBalancer", `the internet reaches ${path.to} (${path.via})`);
          const ports = typeOf.get(path.to)?.name === "bourse-ingress-sockets" ? ["443", "9443"] : ["443"];
          assert.ok(ports.includes(path.ports), `the internet reaches ${path.to} on ${path.ports}`);
        }
        const stores = plan.paths.endpoints.filter((endpoint) => endpoint.layer === "data");
        for (const store of stores) {
          // The warehouse and the stream application read streams and the lake through the private tier's endpoints; everything else is in the database tier.
          const tier = /^aws:(redshift|kinesisanalyticsv2)\//.test(store.type) ? "private" : "isolated";
          assert.equal(store.tier, tier, `${store.name} is in a ${store.tier} subnet`);
          const callers = plan.paths.paths.filter((path) => path.to === store.name).map((path) => typeOf.get(path.from));
          for (const caller of callers) assert.notEqual(caller?.tier, "public", `${caller?.name} reaches ${store.name}`);
        }
      });

      if (stack !== "global" && stack !== "records") {
        it("leads binary orders from the internet through the sockets' load balancer to the gateways, and nowhere else", () => {
          const led = plan.paths.paths.filter(({ ports }) => ports === "9443");
          const targets = (from: string) => led.filter((path) => path.from === from).map(({ to }) => to);
          assert.deepEqual(targets("internet"), ["bourse-ingress-sockets"]);
          // Pods are on the hot nodes; tasks are by themselves.
          const gateways = stack === "fargate" ? "bourse-services-gateway" : "bourse-cluster-hot-";
          assert.ok(targets("bourse-ingress-sockets").some((to) => to.startsWith(gateways)));
          assert.ok(led.every(({ from, to }) => to === "bourse-ingress-sockets" || from === "bourse-ingress-sockets"));
        });
      }

      it("gives no role every action, and no policy of an administrator", () => {
        for (const wildcard of plan.iam.wildcards) assert.ok(!wildcard.actions.includes("*"), `${wildcard.name} may do everything`);
        for (const { managedPolicies, name } of plan.iam.principals)
          assert.ok(!managedPolicies.some((arn) => arn.endsWith("AdministratorAccess")), name);
      });
    });
  }
});
