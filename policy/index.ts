/**
 * The policy pack: `pulumi up --policy-pack policy`. Only the Pulumi CLI loads this file, since making a pack opens a server; everything
 * else imports `rules`. Settings come from the checked stack: `<project>:preset` and `policy:suppressions`, the same that the planner reads.
 */

import { PolicyPack } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import { policiesOf } from "./pack";
import { rules } from "./rules";
import { type Suppression, suppressionFaults } from "./suppressions";

const suppressions = new pulumi.Config("policy").getObject<Suppression[]>("suppressions") ?? [];
const faults = suppressionFaults(
  suppressions,
  rules.map((rule) => rule.id),
);
if (faults.length > 0) throw new Error(["policy:suppressions has faults:", ...faults.map((fault) => `- ${fault}`)].join("\n"));

new PolicyPack("bourse", {
  policies: policiesOf(rules, {
    production: new pulumi.Config().get("preset") !== "development",
    suppressions,
    day: new Date().toISOString().slice(0, 10),
  }),
});
