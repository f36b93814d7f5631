/** A server of the gateway benchmark in a process of its own: started, asked what it uses, ended. */

import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { ServerReady } from "./gateway-home";
import type { ServerKind, ServerUse } from "./gateway-server";

export class BenchServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly ready: ServerReady,
  ) {}

  /**
   * @param argument what the kind needs to know
   * @param environment more variables than this process has
   */
  static async start(kind: ServerKind, argument: object = {}, environment: Record<string, string> = {}): Promise<BenchServer> {
    const file = join(__dirname, "gateway-server.ts");
    const execArgv = ["--expose-gc", "-r", join(__dirname, "../source.cjs")];
    const child = fork(file, [kind, JSON.stringify(argument)], { execArgv, env: { ...process.env, ...environment } });
    const ready = await new Promise<ServerReady>((resolve, reject) => {
      child.once("message", (message) => resolve(message as ServerReady));
      child.once("exit", (status) => reject(new Error(`the ${kind} server ended with status ${status}`)));
    });
    return new BenchServer(child, ready);
  }

  /** Memory is told after a collection. */
  async use(of: "processor" | "memory" = "processor"): Promise<ServerUse> {
    this.child.send(of);
    return new Promise((resolve) => this.child.once("message", (message) => resolve(message as ServerUse)));
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.removeAllListeners("message");
    this.child.disconnect();
    await ended;
  }
}
