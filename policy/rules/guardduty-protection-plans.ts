/** GuardDuty detectors are on, with every protection plan. */

import { textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

/** Plans that look at more than the logs of network and API (GuardDuty API, `DetectorFeatureConfiguration`). */
const plans = [
  "S3_DATA_EVENTS",
  "EKS_AUDIT_LOGS",
  "EBS_MALWARE_PROTECTION",
  "RDS_LOGIN_EVENTS",
  "LAMBDA_NETWORK_LOGS",
  "RUNTIME_MONITORING",
];

const detectorType = "aws:guardduty/detector:Detector";
const featureType = "aws:guardduty/detectorFeature:DetectorFeature";

const feature = (name: string) => ({
  type: featureType,
  name,
  inputs: { name, status: "ENABLED" },
  references: { detectorId: ["example"] },
});

export const guarddutyProtectionPlans: Rule = {
  id: "guardduty-protection-plans",
  title: "GuardDuty looks everywhere",
  checks:
    "Detectors of GuardDuty are enabled, with the protection plans for buckets, clusters, volumes, databases, functions and run time.",
  why: "Without its plan, GuardDuty does not see a stolen database password or a miner in a pod.",
  fix: `Set enable, and add an aws.guardduty.DetectorFeature with status ENABLED for each of ${plans.join(", ")}.`,
  severity: "mandatory",
  needsGraph: true,
  types: [detectorType],
  check: (detector, graph) => {
    if (detector.inputs.enable === false) return ["is switched off"];
    const on = graph
      .referrersOf(detector, featureType, "detectorId")
      .filter(({ inputs }) => textOf(inputs.status) === "ENABLED")
      .map(({ inputs }) => textOf(inputs.name));
    const missing = plans.filter((plan) => !on.includes(plan));
    return missing.length === 0 ? [] : [`lacks ${missing.join(", ")}`];
  },
  passing: { type: detectorType, inputs: { enable: true }, others: plans.map(feature) },
  failing: { type: detectorType, inputs: { enable: true }, others: plans.slice(1).map(feature) },
};
