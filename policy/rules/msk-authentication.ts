/** MSK clusters authenticate every client, and are not on the internet. */

import { recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const mskAuthentication: Rule = {
  id: "msk-authentication",
  title: "The command log knows its writers",
  checks: "MSK clusters authenticate every client, and are not on the internet.",
  why: "Whoever may append a command may trade for anybody.",
  fix: "Set clientAuthentication.sasl.iam and leave unauthenticated off.",
  severity: "mandatory",
  types: ["aws:msk/cluster:Cluster"],
  check: ({ inputs }) => {
    const clients = recordOf(inputs.clientAuthentication);
    const named = recordOf(clients.sasl).iam === true || recordOf(clients.sasl).scram === true || clients.tls !== undefined;
    const connectivity = recordOf(recordOf(inputs.brokerNodeGroupInfo).connectivityInfo);
    const faults: string[] = [];
    if (!named) faults.push("clients are not authenticated");
    if (clients.unauthenticated === true) faults.push("clients may connect without a name");
    if (textOf(recordOf(connectivity.publicAccess).type, "DISABLED") !== "DISABLED") faults.push("brokers have public addresses");
    return faults;
  },
  passing: { type: "aws:msk/cluster:Cluster", inputs: { clientAuthentication: { sasl: { iam: true } } } },
  failing: { type: "aws:msk/cluster:Cluster", inputs: { clientAuthentication: { unauthenticated: true } } },
};
