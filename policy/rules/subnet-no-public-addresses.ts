/** Subnets do not assign public addresses on launch. */

import type { Rule } from "../rule";

export const subnetNoPublicAddresses: Rule = {
  id: "subnet-no-public-addresses",
  title: "Subnets give no public address by themselves",
  checks: "Subnets do not assign public addresses on launch.",
  why: "A machine started in the wrong subnet would be on the internet at once.",
  fix: "Leave mapPublicIpOnLaunch off; load balancers get their addresses by themselves.",
  severity: "mandatory",
  types: ["aws:ec2/subnet:Subnet"],
  check: ({ inputs }) => (inputs.mapPublicIpOnLaunch === true ? ["assigns public addresses on launch"] : []),
  passing: { type: "aws:ec2/subnet:Subnet", inputs: { mapPublicIpOnLaunch: false } },
  failing: { type: "aws:ec2/subnet:Subnet", inputs: { mapPublicIpOnLaunch: true } },
};
