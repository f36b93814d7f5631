/**
 * The life of a service's process: it starts, says where it listens, runs until it is told to stop or cannot go on, and stops cleanly.
 * Exit status 0 after a clean stop; 1 when it could not start, had to stop by itself or did not stop in time; 2 for a configuration that
 * cannot be used. Standard output and error have one JSON document a line.
 */

import { ConfigurationError, type ListenSettings } from "./environment";
import { serveHealth } from "./health";
import { addProcessMetrics, Metrics, sendMetrics } from "./metrics";
import { logFields } from "./spans";
import { fetchTaskFiles } from "./task-files";
import { startTracing } from "./tracing";

/** What a process that has started can be asked. */
export interface RunningService {
  /** Port that was taken. */
  port: number;
  /** Further ports, by the name that the log has for each. @default none */
  morePorts?: Record<string, number>;
  /** Why it cannot go on, undefined while it can. */
  failed: () => string | undefined;
  /** Why it should be given no work now, undefined while it should. */
  unready: () => string | undefined;
  /** Whom it follows, where one of several is given all the work; undefined while that is this one. @default it is alone */
  follows?: () => string | undefined;
  /** Answers what was asked, writes what is to be written, gives everything back. */
  close(): Promise<void>;
}

/** A configuration that has been checked, and how to start with it. */
export interface ServiceProgram {
  name: string;
  listen: ListenSettings;
  /** Variables that are set and that it does not know; told once at the start. */
  unread: readonly string[];
  /** Milliseconds for which it goes on after the signal, so that those who give it work learn that it leaves. */
  leaveMs: number;
  /** @param metrics takes the service's figures */
  start(report: Report, metrics: Metrics): Promise<RunningService>;
}

/** Tells an operator something in a sentence. */
export type Report = (message: string) => void;

/** Milliseconds between two looks whether the service can go on. */
const watchMs = 250;

/** Runs a program until its end and ends the process. */
export async function runService(program: () => ServiceProgram): Promise<void> {
  process.exitCode = await statusOf(program).catch((error: unknown) => {
    write("error", error instanceof ConfigurationError ? error.message : textOf(error));
    return error instanceof ConfigurationError ? 2 : 1;
  });
  // Nothing that was left open, such as a connection that is being tried again, may keep the process.
  process.exit();
}

async function statusOf(program: () => ServiceProgram): Promise<number> {
  const told = (message: string) => write("info", message);
  const stopFetching = await fetchTaskFiles(process.env, told);
  const { name, listen, leaveMs, unread, start } = program();
  listen.certificates?.follow(told);
  const stop = stopRequest();
  let running: RunningService | undefined;
  let stopping = false;
  const health = await serveHealth({
    ...listen,
    port: listen.healthPort,
    dead: () => running?.failed(),
    unready: () => (running === undefined ? "it is starting" : stopping ? "it is stopping" : running.unready()),
    follows: () => running?.follows?.(),
  });
  write("info", `${name} is starting`, { healthPort: health.port });
  const warn: Report = (message) => write("warning", message);
  if (unread.length > 0) warn(`${name} does not read ${unread.join(", ")}: correct the names, or leave them out`);
  const metrics = new Metrics();
  addProcessMetrics(metrics, () => running !== undefined && running.failed() === undefined);
  const service = process.env.BOURSE_SERVICE ?? name;
  const dropped = metrics.counter("SpansDropped");
  const sendLastSpans = listen.tracing && startTracing(listen.tracing, service, dropped, warn);
  const sendLast = listen.metrics && sendMetrics(metrics, service, listen.metrics, warn);
  const started = start(warn, metrics);
  const first = await Promise.race([started, stop]);
  // Told to stop while it starts: nothing was acknowledged, and every store bears a kill.
  if (first === "stop") return 0;
  running = first;
  write("info", `${name} is running`, { port: running.port, healthPort: health.port, ...running.morePorts });

  const failure = await Promise.race([stop, ownStop(running)]);
  stopping = true;
  write("info", failure === "stop" ? `${name} is stopping` : `${name} has to stop: ${failure}`);
  const cut = setTimeout(() => {
    write("error", `${name} did not stop within ${listen.drainMs} ms and is cut off; whatever was acknowledged is in the log`);
    process.exit(1);
  }, listen.drainMs);
  if (failure === "stop" && leaveMs > 0) await new Promise((resolve) => setTimeout(resolve, leaveMs));
  await running.close();
  stopFetching();
  await sendLastSpans?.();
  await sendLast?.();
  await health.close();
  clearTimeout(cut);
  write("info", `${name} has stopped`);
  return failure === "stop" ? 0 : 1;
}

function stopRequest(): Promise<"stop"> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve("stop")).once("SIGINT", () => resolve("stop"));
  });
}

function ownStop(running: RunningService): Promise<string> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const reason = running.failed();
      if (reason === undefined) return;
      clearInterval(timer);
      resolve(reason);
    }, watchMs);
  });
}

function write(level: "info" | "warning" | "error", message: string, fields: Record<string, number> = {}): void {
  const line = `${JSON.stringify({ time: new Date().toISOString(), level, service: process.env.BOURSE_SERVICE, pod: process.env.BOURSE_POD, message, ...fields, ...logFields() })}\n`;
  (level === "info" ? process.stdout : process.stderr).write(line);
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
