/** A process that does one thing and ends: status 0 when it is done, 1 when it could not be, 2 for a configuration that cannot be used. */

import { ConfigurationError } from "../../process/environment";

export type Tell = (level: "info" | "error", message: string) => void;

export function runJob(job: (tell: Tell) => Promise<void>): void {
  const tell: Tell = (level, message) => {
    const { BOURSE_SERVICE: service, BOURSE_POD: pod } = process.env;
    const line = `${JSON.stringify({ time: new Date().toISOString(), level, service, pod, message })}\n`;
    (level === "info" ? process.stdout : process.stderr).write(line);
  };
  job(tell).catch((error: unknown) => {
    const known = error instanceof ConfigurationError;
    tell("error", known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = known ? 2 : 1;
  });
}
