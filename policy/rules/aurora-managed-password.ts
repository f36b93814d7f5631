/** Aurora clusters let Secrets Manager make and rotate the master password. */

import type { Rule } from "../rule";

export const auroraManagedPassword: Rule = {
  id: "aurora-managed-password",
  title: "Master passwords are managed",
  checks: "Aurora clusters let Secrets Manager make and rotate the master password.",
  why: "A password in the program ends in the state and in logs, and nobody rotates it.",
  fix: "Set manageMasterUserPassword: true and leave masterPassword out.",
  severity: "mandatory",
  types: ["aws:rds/cluster:Cluster"],
  check: ({ inputs }) => {
    if (inputs.masterPassword !== undefined) return ["the master password is an input of the program"];
    const secondary =
      inputs.replicationSourceIdentifier !== undefined ||
      (inputs.globalClusterIdentifier !== undefined && inputs.masterUsername === undefined);
    return inputs.manageMasterUserPassword === true || secondary ? [] : ["the master password is not managed"];
  },
  passing: { type: "aws:rds/cluster:Cluster", inputs: { masterUsername: "bourse", manageMasterUserPassword: true } },
  failing: { type: "aws:rds/cluster:Cluster", inputs: { masterUsername: "bourse", masterPassword: "[secret]" } },
};
