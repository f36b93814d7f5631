/** Saved queries of CloudWatch Logs Insights: the questions that an on-call engineer asks first. Services log one JSON object a line. */

/** Query text by name, over the log group of pods. Fields are those of the log line: `service`, `level`, `message`, `requestId`, `durationMs`, `status`, `code`. */
export const logQueries: Readonly<Record<string, string>> = {
  "errors-by-service": `fields @timestamp, log_processed.service as service, log_processed.message as message
| filter log_processed.level = "error"
| stats count(*) as errors by service, message
| sort errors desc
| limit 50`,
  "slowest-requests": `fields @timestamp, log_processed.service as service, log_processed.requestId as requestId, log_processed.durationMs as durationMs
| filter ispresent(log_processed.durationMs)
| sort durationMs desc
| limit 100`,
  "one-request": `fields @timestamp, log_processed.service as service, log_processed.level as level, log_processed.message as message
| filter log_processed.requestId = "put the id here"
| sort @timestamp asc
| limit 500`,
  "refusals-by-code": `filter log_processed.service = "gateway" and log_processed.status >= 400
| stats count(*) as refusals by log_processed.code as code, bin(5m)
| sort refusals desc`,
  restarts: `fields @timestamp, kubernetes.pod_name as pod, log_processed.message as message
| filter log_processed.message in ["started", "draining", "stopped"]
| sort @timestamp desc
| limit 200`,
};
