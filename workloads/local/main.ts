/**
 * `npm start`: runs the exchange until it is told to stop, and plans a region meanwhile. One signal stops it cleanly; a second one, later,
 * at once. Exit status 0 after a clean stop, 1 when it could not start or had to stop by itself.
 */

import { join } from "node:path";
import { ConfigurationError, Environment } from "../process/environment";
import { Counter } from "../process/metrics";
import { readTracing, startTracing } from "../process/tracing";
import { HomeError } from "./home";
import { help, OptionError, readOptions } from "./options";
import { startRegionPlan } from "./region-plan";
import { ListenError, type RunningServer, startServer } from "./server";

/** The region that a newcomer gets a plan of. */
const plannedStack = "us-east-1";

/**
 * Milliseconds after the first signal in which further ones are the same request: a Ctrl-C in a terminal reaches the process twice, from the
 * terminal and from npm.
 */
const sameRequestMs = 500;

/** Milliseconds between two looks whether the exchange still runs. */
const watchMs = 500;

const root = join(__dirname, "..", "..");

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env, process.cwd());
  if (options === "help") {
    process.stdout.write(help);
    return;
  }
  const environment = new Environment(process.env);
  const tracing = readTracing(environment);
  environment.check();
  const sendLastSpans = tracing && startTracing(tracing, "bourse", new Counter(), (message) => console.error(`bourse: ${message}`));
  const stop = stopRequest();
  const server = await startServer(options, (message) => console.error(`bourse: ${message}`));
  console.log(greeting(server, options.home, options.demo));

  const plan = options.plan ? startRegionPlan({ root, stack: plannedStack, print: console.log }) : undefined;
  if (plan !== undefined) console.log(`Planning region ${plannedStack} meanwhile; its summary follows.\n`);

  const failure = await Promise.race([stop, ownStop(server)]);
  if (failure === undefined) console.log("Stopping: finishing what was acknowledged, closing connections.");
  await Promise.all([plan?.stop(), server.close()]);
  await sendLastSpans?.();
  if (failure !== undefined) throw failure;
  console.log("Stopped. The next start resumes every order and balance.");
}

/** Resolves on the first SIGINT or SIGTERM; a later one ends the process at once. */
function stopRequest(): Promise<undefined> {
  return new Promise((resolve) => {
    let requestedAt = 0;
    const onSignal = (signal: NodeJS.Signals) => {
      const now = Date.now();
      if (requestedAt === 0) {
        requestedAt = now;
        resolve(undefined);
      } else if (now - requestedAt > sameRequestMs) {
        console.error("Stopped at once. Whatever was acknowledged is in the log.");
        process.exit(signal === "SIGINT" ? 130 : 143);
      }
    };
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  });
}

/** Resolves with the reason when the exchange stops by itself, for example because its disk is full. */
function ownStop(server: RunningServer): Promise<Error> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const reason = server.stopped();
      if (reason === undefined) return;
      clearInterval(timer);
      resolve(reason);
    }, watchMs);
    timer.unref();
  });
}

function greeting({ baseUrl, binary, accounts, openOrders }: RunningServer, home: string, demo: boolean): string {
  const sockets = baseUrl.replace(/^http/, "ws");
  const keys = accounts.map(
    ({ name, apiKey, secretKey }) => `  ${name.padEnd(14)}key     ${apiKey}\n${" ".repeat(16)}secret  ${secretKey}`,
  );
  return `
Bourse is running.

  Terminal      ${baseUrl}
  REST API      ${baseUrl}/api/v3
  Streams       ${sockets}/stream/ws
  WebSocket API ${sockets}/ws-api/v3
  Binary        ${binary}
  Data          ${home}

Demo accounts (their keys work on this machine alone):

${keys.join("\n")}

${openOrders > 0 ? `${openOrders} open orders of theirs were resumed. ` : ""}${demo ? "Demo traders keep the market moving; --no-demo turns them off." : "No demo traders."} Ctrl-C stops.
`;
}

main().catch((error: unknown) => {
  const expected =
    error instanceof OptionError || error instanceof HomeError || error instanceof ListenError || error instanceof ConfigurationError;
  console.error(`bourse: ${expected || !(error instanceof Error) ? (error as Error).message : (error.stack ?? error.message)}`);
  process.exitCode = 1;
});
