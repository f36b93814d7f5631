/**
 * Asks the process beside it whether it is healthy, as a container's health check: status 0 when it is. It is once it has been ready, and from then on while it lives, so that
 * the loss of a shard does not end all that follow it.
 *
 *   BOURSE_HEALTH_PORT   port of /live and /ready (default: 9000)
 */

import { existsSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Written when the process was ready for the first time; it ends with the container. */
const wasReady = join(tmpdir(), "bourse-was-ready");

const path = existsSync(wasReady) ? "/live" : "/ready";
const port = Number(process.env["BOURSE_HEALTH_PORT"] || 9000);
// On the loopback: the certificate is of the service's name, and nobody else could listen there.
request({ host: "127.0.0.1", port, path, rejectUnauthorized: false, timeout: 4_000 }, ({ statusCode }) => {
  if (statusCode === 200 && path === "/ready") writeFileSync(wasReady, "");
  process.exit(statusCode === 200 ? 0 : 1);
})
  .on("timeout", () => process.exit(1))
  .on("error", () => process.exit(1))
  .end();
