/** A function's loop over the Lambda runtime API (Lambda guide, "Using the Lambda runtime API for custom runtimes"). */

const version = "2018-06-01";

/**
 * Takes events one after the other and answers each, for as long as the environment gives some. What a handler throws is the answer to that
 * event alone.
 *
 * @param api host:port of the runtime API, which Lambda gives as AWS_LAMBDA_RUNTIME_API
 * @throws when the runtime API cannot be reached or refuses: the process should end, and Lambda starts another.
 */
async function serveEvents<Event, Answer>(api: string, handler: (event: Event) => Promise<Answer>): Promise<never> {
  const base = `http://${api}/${version}/runtime`;
  for (;;) {
    const next = await fetch(`${base}/invocation/next`);
    const id = next.headers.get("lambda-runtime-aws-request-id");
    if (!next.ok || id === null) throw new Error(`runtime API: ${next.status} instead of an event`);
    const event = (await next.json()) as Event;
    followTrace(next.headers.get("lambda-runtime-trace-id"));
    const [path, body] = await handler(event).then(
      (answer) => ["response", answer] as const,
      (error: unknown) => ["error", errorDocument(error)] as const,
    );
    await post(`${base}/invocation/${id}/${path}`, body);
  }
}

/**
 * Runs a function for as long as Lambda keeps it: what `start` resolves to answers the events. When it rejects, Lambda is told why; the process
 * then ends with status 1 and an error line of JSON, as it does when the runtime API fails.
 */
export function runFunction<Event, Answer>(start: () => Promise<(event: Event) => Promise<Answer>>): void {
  const run = async () => {
    const api = process.env["AWS_LAMBDA_RUNTIME_API"];
    if (!api) throw new Error("AWS_LAMBDA_RUNTIME_API is not set; Lambda sets it to host:port of its runtime API");
    const handler = await start().catch(async (error: unknown) => {
      await post(`http://${api}/${version}/runtime/init/error`, errorDocument(error));
      throw error;
    });
    return serveEvents(api, handler);
  };
  run().catch((error: Error) => {
    reportError(error);
    process.exit(1);
  });
}

const traceVariable = "_X_AMZN_TRACE_ID";

/** The AWS SDK sends on what is in this variable, as runtimes have to set it ("Propagate the tracing header"). */
function followTrace(header: string | null): void {
  if (header === null) delete process.env[traceVariable];
  else process.env[traceVariable] = header;
}

/** One line of JSON for the log, with the trace of the event in hand. */
export function reportError({ message }: Error): void {
  const xrayTraceId = /Root=(1-[0-9a-f]{8}-[0-9a-f]{24})/.exec(process.env[traceVariable] ?? "")?.[1];
  console.error(JSON.stringify({ level: "error", message, xrayTraceId }));
}

async function post(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(body) });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`runtime API: ${answer.status} to ${new URL(url).pathname}`);
}

function errorDocument(error: unknown): { errorType: string; errorMessage: string } {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { errorType: name, errorMessage: message };
}
