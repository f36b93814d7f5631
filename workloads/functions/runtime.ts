/** A function's loop over the Lambda runtime API (Lambda guide, "Using the Lambda runtime API for custom runtimes"). */

const version = "2018-06-01";

/**
 * Takes events one after the other and answers each, for as long as the environment gives some. What a handler throws is the answer to that
 * event alone.
 *
 * @param api host:port of the runtime API, which Lambda gives as AWS_LAMBDA_RUNTIME_API
 * @throws when the runtime API cannot be reached or refuses: the process should end, and Lambda starts another.
 */
export async function serveEvents<Event, Answer>(api: string, handler: (event: Event) => Promise<Answer>): Promise<never> {
  const base = `http://${api}/${version}/runtime`;
  for (;;) {
    const next = await fetch(`${base}/invocation/next`);
    const id = next.headers.get("lambda-runtime-aws-request-id");
    if (!next.ok || id === null) throw new Error(`runtime API: ${next.status} instead of an event`);
    const event = (await next.json()) as Event;
    const [path, body] = await handler(event).then(
      (answer) => ["response", answer] as const,
      (error: unknown) => ["error", errorDocument(error)] as const,
    );
    await post(`${base}/invocation/${id}/${path}`, body);
  }
}

/** Tells Lambda that the function cannot start. */
export async function failStart(api: string, error: unknown): Promise<void> {
  await post(`http://${api}/${version}/runtime/init/error`, errorDocument(error));
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
