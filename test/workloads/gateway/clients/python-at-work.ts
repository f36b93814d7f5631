/** python-binance in the shared run, on ETHUSDT. */

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { python } from "./python";
import type { StartedExchange } from "./started-exchange";

/** python-binance in a process of its own; it compares its book itself. */
export class PythonAtWork {
  private output = "";
  private readonly child: ChildProcess;

  constructor({ home }: StartedExchange) {
    this.child = spawn(python()!, [join(__dirname, "python_binance_shared.py"), join(home, "demo.json")]);
    const collect = (chunk: Buffer) => {
      this.output += chunk;
    };
    this.child.stdout!.on("data", collect);
    this.child.stderr!.on("data", collect);
    this.child.stdin!.on("error", () => {});
  }

  /** Resolves once it has printed a line; rejects with all that it printed when it ends before, or after two minutes. */
  async printed(line: string): Promise<void> {
    for (const deadline = Date.now() + 120_000; !this.output.split("\n").includes(line); await wait(50)) {
      const ended = this.child.exitCode !== null || this.child.signalCode !== null;
      if (ended || Date.now() > deadline) throw new Error(`python-binance did not print ${line}:\n${this.output.slice(-5_000)}`);
    }
  }

  marketStands(): void {
    this.child.stdin!.write("\n");
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }
}
