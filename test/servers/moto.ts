/** moto: a server that speaks the AWS APIs and keeps everything in memory. */

import { join } from "node:path";
import { findProgram, freePort, requireServer, run, untilReady } from "./server";

export interface MotoServer {
  /** What the clients of the AWS SDK are made with. */
  client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  stop(): Promise<void>;
}

const virtualEnvironment = join(__dirname, "..", "..", ".bourse", "venv", "bin");

export function withMoto(title: string, body: (start: () => Promise<MotoServer>) => void): void {
  const program = findProgram("moto_server", virtualEnvironment);
  requireServer(title, program, "pip install 'moto[server]'", (moto) => body(() => start(moto)));
}

async function start(moto: string): Promise<MotoServer> {
  const port = await freePort();
  // With the policies that AWS manages, which roles attach; they are read when IAM is first asked.
  const env = { MOTO_IAM_LOAD_MANAGED_POLICIES: "true" };
  const server = run(moto, ["-H", "127.0.0.1", "-p", String(port)], { env });
  const endpoint = `http://127.0.0.1:${port}`;
  await untilReady(server, async () => {
    const { ok, status } = await fetch(`${endpoint}/moto-api/data.json`);
    if (!ok) throw new Error(`status ${status}`);
  });
  // moto takes any credentials.
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return { client: { endpoint, region: "us-east-1", credentials }, stop: () => server.stop() };
}
