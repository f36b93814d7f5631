/**
 * Source of the Lambda function that runs a task of ECS to its end: a job of a release, which what depends on it waits for. It is text, not a module of this library, since it runs
 * elsewhere and the runtime brings its only dependency.
 */
export const taskRunSource = `
import { DescribeTasksCommand, ECSClient, RunTaskCommand } from "@aws-sdk/client-ecs";

const client = new ECSClient({});
const pollMs = Number(process.env.POLL_MS ?? 3000);

/** Throws, and so fails the release, when the task does not start or does not end with status 0. */
export async function handler({ cluster, taskDefinition, subnets, securityGroups }) {
  const { tasks = [], failures = [] } = await client.send(
    new RunTaskCommand({
      cluster,
      taskDefinition,
      launchType: "FARGATE",
      platformVersion: "1.4.0",
      propagateTags: "TASK_DEFINITION",
      networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups, assignPublicIp: "DISABLED" } },
    }),
  );
  if (tasks.length === 0) throw new Error(taskDefinition + " did not start: " + failures.map(({ reason }) => reason).join(", "));
  const { taskArn } = tasks[0];
  for (;;) {
    const [task] = (await client.send(new DescribeTasksCommand({ cluster, tasks: [taskArn] }))).tasks ?? [];
    if (task?.lastStatus === "STOPPED") {
      const { exitCode, reason } = task.containers?.[0] ?? {};
      if (exitCode === 0) return { taskArn };
      throw new Error(taskArn + " ended with status " + exitCode + ": " + (reason ?? task.stoppedReason) + "; read the cluster's log");
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
`;
