/** Where CloudWatch Logs keeps what services say, and how a line of a service looks there: one JSON object (`workloads/process/run.ts`), as it is or inside another. */

export type Compute = "eks" | "fargate";

export interface LogPlace {
  /** The field of the log event that holds a field of the line. */
  field(name: string): string;
  /** The field that tells which pod or task has said it. */
  sender: string;
}

export const logPlaces: Readonly<Record<Compute, LogPlace>> = {
  // Fluent Bit puts the line beside what it knows of the pod (CloudWatch guide, "Set up Fluent Bit to send logs from containers to CloudWatch Logs").
  eks: { field: (name) => `log_processed.${name}`, sender: "kubernetes.pod_name" },
  // The driver sends the line itself; the stream is named after the service, the container and the task (ECS guide, "awslogs-stream-prefix").
  fargate: { field: (name) => name, sender: "@logStream" },
};
