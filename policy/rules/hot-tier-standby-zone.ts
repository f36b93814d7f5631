/** Hot node groups are in two zones: the one that trades and one that takes over. */

import type { Rule } from "../rule";

export const hotTierStandbyZone: Rule = {
  id: "hot-tier-standby-zone",
  title: "The hot tier has a standby zone",
  checks: "Hot node groups are in two zones: the one that trades and one that takes over.",
  why: "The matching path lives in one zone for latency; without a standby, the loss of that zone stops trading.",
  fix: "Give the placement a standbyZoneId.",
  severity: "mandatory",
  needsGraph: true,
  types: ["aws:ec2/placementGroup:PlacementGroup"],
  check: (group, graph) => {
    if (group.inputs.strategy !== "cluster") return [];
    const others = graph
      .ofType("aws:ec2/placementGroup:PlacementGroup")
      .filter((other) => other.inputs.strategy === "cluster" && other.urn !== group.urn);
    return others.length > 0 ? [] : ["is the only cluster placement group: there is no standby zone"];
  },
  passing: {
    type: "aws:ec2/placementGroup:PlacementGroup",
    inputs: { strategy: "cluster" },
    others: [{ type: "aws:ec2/placementGroup:PlacementGroup", name: "standby", inputs: { strategy: "cluster" } }],
  },
  failing: { type: "aws:ec2/placementGroup:PlacementGroup", inputs: { strategy: "cluster" } },
};
