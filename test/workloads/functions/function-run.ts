/** A function as Lambda runs it: its own process, with a runtime API that gives events and takes answers. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..");

/** Of every event. */
export const traceHeader = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

export interface FunctionRun {
  /** Path below the runtime API's version, and body. */
  answers: [path: string, body: unknown][];
  /** Status with which the process ended by itself; undefined while it waits for further events, and it is then killed. */
  exitCode: number | undefined;
}

/** Runs the entry of `workloads/functions/<name>` until every event is answered; without events, until it has told Lambda that it cannot start and has ended. */
export async function runFunctionProcess(
  name: string,
  events: readonly unknown[],
  variables: Record<string, string>,
): Promise<FunctionRun> {
  const answers: FunctionRun["answers"] = [];
  let given = 0;
  const finished = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const path = request.url!.replace("/2018-06-01/runtime", "");
    if (path === "/invocation/next") {
      // Lambda, too, keeps the request open until there is an event.
      if (given < events.length) {
        response.setHeader("Lambda-Runtime-Aws-Request-Id", `request-${given}`);
        response.setHeader("Lambda-Runtime-Trace-Id", traceHeader);
        response.end(JSON.stringify(events[given++]));
      }
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    answers.push([path, JSON.parse(Buffer.concat(chunks).toString())]);
    response.writeHead(202).end('{"status":"OK"}');
    if (events.length > 0 && answers.length === events.length) finished.resolve();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const env = { PATH: process.env.PATH, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`, ...variables };
  const child = spawn(process.execPath, ["-r", "./source.cjs", `workloads/functions/${name}/main.ts`], { cwd: root, env });
  const exited = once(child, "exit").then(([code]) => code as number);
  const exitCode = await Promise.race([finished.promise, exited]);
  child.kill("SIGKILL");
  await exited;
  server.closeAllConnections();
  server.close();
  return { answers, exitCode: exitCode ?? undefined };
}
