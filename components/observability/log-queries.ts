/** Saved queries of CloudWatch Logs Insights: the questions that an on-call engineer asks first. Services log one JSON object a line. */

/** Query text by name, over the log group of pods. Fields are those of the log line (`workloads/process/run.ts`): `level`, `service`, `pod`, `message`, `port`. */
export const logQueries: Readonly<Record<string, string>> = {
  "errors-by-service": `fields @timestamp, log_processed.service as service, log_processed.message as message
| filter log_processed.level = "error"
| stats count(*) as errors by service, message
| sort errors desc
| limit 50`,
  "warnings-by-pod": `fields @timestamp, log_processed.pod as pod, log_processed.message as message
| filter log_processed.level = "warning"
| stats count(*) as warnings, latest(message) as last by pod
| sort warnings desc
| limit 50`,
  "one-pod": `fields @timestamp, log_processed.level as level, log_processed.message as message
| filter log_processed.pod = "put the pod's name here"
| sort @timestamp asc
| limit 500`,
  "shard-not-reached": `fields @timestamp, log_processed.pod as pod, log_processed.message as message
| filter log_processed.message like /the shard cannot be reached/
| sort @timestamp desc
| limit 200`,
  restarts: `fields @timestamp, kubernetes.pod_name as pod, log_processed.message as message
| filter log_processed.message like /is running|is stopping|has stopped|has to stop|did not stop within/
| sort @timestamp desc
| limit 200`,
};
