/** Saved queries of CloudWatch Logs Insights: the questions that an on-call engineer asks first. Services log one JSON object a line. */

import type { LogPlace } from "./log-places";

/** Query text by name, over the log group of the services. Fields are those of the log line (`workloads/process/run.ts`): `level`, `service`, `message`. */
export function logQueries({ field, sender }: LogPlace): Record<string, string> {
  const [level, service, message] = ["level", "service", "message"].map(field);
  return {
    "errors-by-service": `fields @timestamp, ${service}, ${message}
| filter ${level} = "error"
| stats count(*) as errors by ${service}, ${message}
| sort errors desc
| limit 50`,
    "warnings-by-pod": `fields @timestamp, ${sender}, ${message}
| filter ${level} = "warning"
| stats count(*) as warnings, latest(${message}) as last by ${sender}
| sort warnings desc
| limit 50`,
    "one-pod": `fields @timestamp, ${level}, ${message}
| filter ${sender} like "put the name of the pod or task here"
| sort @timestamp asc
| limit 500`,
    "shard-not-reached": `fields @timestamp, ${sender}, ${message}
| filter ${message} like /the shard cannot be reached/
| sort @timestamp desc
| limit 200`,
    restarts: `fields @timestamp, ${sender}, ${message}
| filter ${message} like /is running|is stopping|has stopped|has to stop|did not stop within/
| sort @timestamp desc
| limit 200`,
  };
}
