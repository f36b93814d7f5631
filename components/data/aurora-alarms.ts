/** Recommended alarms of an Aurora cluster. */

import type * as pulumi from "@pulumi/pulumi";
import type { AlarmSpec } from "../foundation";
import type { AuroraStoreArgs } from "./aurora-store";

/** Alarms on the figures that the Aurora user guide, "Amazon CloudWatch metrics for Amazon Aurora", explains. */
export function auroraAlarms(clusterIdentifier: pulumi.Output<string>, args: AuroraStoreArgs): Record<string, AlarmSpec> {
  const cluster = (metric: string, statistic: string, threshold: number, description: string): AlarmSpec => ({
    namespace: "AWS/RDS",
    metric,
    statistic,
    threshold,
    description,
    dimensions: { DBClusterIdentifier: clusterIdentifier },
  });
  const serverless = args.compute === undefined || "minAcu" in args.compute;
  return {
    cpu: {
      ...cluster(
        "CPUUtilization",
        "Maximum",
        80,
        "An instance is above 80 % CPU: look for slow statements in Database Insights, then raise the compute range.",
      ),
      periods: 5,
    },
    "replica-lag": cluster(
      "AuroraReplicaLagMaximum",
      "Maximum",
      1000,
      "A reader is more than a second behind: reads may be stale; look for long transactions on the writer.",
    ),
    deadlocks: {
      ...cluster("Deadlocks", "Sum", 0, "Transactions killed one another: look at log_lock_waits in the PostgreSQL log."),
      periods: 1,
    },
    "commit-latency": cluster(
      "CommitLatency",
      "Average",
      50,
      "Commits take more than 50 ms: the ledger slows down; look at storage and lock waits.",
    ),
    ...(serverless
      ? {
          capacity: {
            ...cluster(
              "ACUUtilization",
              "Maximum",
              90,
              "Serverless capacity is above 90 % of its maximum: raise maxAcu before it is exhausted.",
            ),
            periods: 5,
          },
        }
      : {}),
    ...(args.global?.role === "secondary"
      ? {
          "recovery-point": cluster(
            "AuroraGlobalDBRPOLag",
            "Maximum",
            5000,
            "The other region is more than 5 s ahead: a failover now would lose that much; look at the network between the regions.",
          ),
        }
      : {}),
  };
}
