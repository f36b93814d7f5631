/** Every VPC has a flow log of all traffic. */

import { textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const vpcFlowLogs: Rule = {
  id: "vpc-flow-logs",
  title: "VPCs log their flows",
  checks: "Every VPC has a flow log of all traffic.",
  why: "After an incident, flow logs are the only record of who talked to whom.",
  fix: "Add an aws.ec2.FlowLog with trafficType ALL.",
  severity: "mandatory",
  needsGraph: true,
  types: ["aws:ec2/vpc:Vpc"],
  check: (vpc, graph) => {
    const logs = graph
      .referrersOf(vpc, "aws:ec2/flowLog:FlowLog", "vpcId")
      .filter((log) => textOf(log.inputs.trafficType, "ALL") === "ALL");
    return logs.length > 0 ? [] : ["no flow log of all traffic"];
  },
  passing: {
    type: "aws:ec2/vpc:Vpc",
    inputs: {},
    others: [{ type: "aws:ec2/flowLog:FlowLog", name: "flow", inputs: { trafficType: "ALL" }, references: { vpcId: ["example"] } }],
  },
  failing: {
    type: "aws:ec2/vpc:Vpc",
    inputs: {},
    others: [{ type: "aws:ec2/flowLog:FlowLog", name: "flow", inputs: { trafficType: "ACCEPT" }, references: { vpcId: ["example"] } }],
  },
};
