/** Reads a process's configuration from environment variables and tells every fault of it in one error. */

import { readFileSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { Certificates, certificateFiles } from "./certificates";
import type { MetricsSettings } from "./metrics";
import { taskFileVariables } from "./task-files";
import { readTracing, type TracingSettings } from "./tracing";

/** The configuration cannot be used; the message has a line for each fault. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

/** Where a process listens, and with what. */
export interface ListenSettings {
  host: string;
  /** 0 takes a free one. */
  port: number;
  healthPort: number;
  /** Undefined: without TLS, which is allowed on the loopback alone. */
  certificates: Certificates | undefined;
  /** A clean stop that takes longer is cut off. */
  drainMs: number;
  /** Undefined: figures are not sent. */
  metrics: MetricsSettings | undefined;
  /** Undefined: spans are not sent. */
  tracing: TracingSettings | undefined;
}

/** Hosts of which TLS is not asked. */
export const loopback: readonly string[] = ["127.0.0.1", "::1", "localhost"];

/** Port of the health endpoints, as the pod template has it. */
const usualHealthPort = 9000;

/** What a process says of itself in its log and figures, read there. */
const identity = ["BOURSE_SERVICE", "BOURSE_POD", "BOURSE_NODE", ...taskFileVariables];

export class Environment {
  private readonly faults: string[] = [];
  private readonly read = new Set<string>(identity);
  private readonly variables: NodeJS.ProcessEnv;

  constructor(variables: NodeJS.ProcessEnv) {
    this.variables = new Proxy(variables, {
      get: (all, name: string) => {
        this.read.add(name);
        return all[name];
      },
    });
  }

  /** A fault of `name`: what is allowed and how to fix it. What was given is told, unless it is too long to be a setting. */
  fault(name: string, allowed: string): void {
    const given = this.variables[name];
    this.faults.push(
      given ? `${name} is ${JSON.stringify(given.slice(0, 200))}; it must be ${allowed}` : `${name} is not set; set it to ${allowed}`,
    );
  }

  /** A fault of a variable in which somebody may have put a secret: what was given is not told. */
  secretFault(name: string, allowed: string): void {
    this.faults.push(`${name} cannot be used; it must be ${allowed}`);
  }

  /** Text that is there and not empty. */
  text(name: string, allowed: string, standard?: string): string {
    const value = this.variables[name] || standard;
    if (value === undefined) this.fault(name, allowed);
    return value ?? "";
  }

  optional(name: string): string | undefined {
    return this.variables[name] || undefined;
  }

  /** A whole number in a range. */
  integer(name: string, least: number, most: number, standard?: number): number {
    const text = this.variables[name];
    if (!text && standard !== undefined) return standard;
    const value = text && /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    this.fault(name, `a whole number from ${least} to ${most}`);
    return least;
  }

  /** Address ranges with commas between; none where the variable is not set. */
  ranges(name: string): BlockList {
    const list = new BlockList();
    for (const text of (this.variables[name] || "").split(",").filter(Boolean)) {
      const [, address = "", bits = ""] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text.trim()) ?? [];
      const family = isIP(address);
      if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) {
        this.fault(name, "address ranges such as 10.16.0.0/16, with commas between");
        break;
      }
      list.addSubnet(address, Number(bits), family === 4 ? "ipv4" : "ipv6");
    }
    return list;
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[], standard?: Choice): Choice {
    const value = (this.variables[name] || standard) as Choice;
    if (!choices.includes(value)) this.fault(name, `one of ${choices.join(", ")}`);
    return value;
  }

  /** The contents of the file whose path the variable has. */
  file(name: string, allowed: string): Buffer {
    const path = this.variables[name];
    if (!path) this.fault(name, `the path of ${allowed}`);
    else {
      try {
        return readFileSync(path);
      } catch (error) {
        this.fault(name, `the path of ${allowed} that this user may read (${(error as NodeJS.ErrnoException).code})`);
      }
    }
    return Buffer.alloc(0);
  }

  /** BOURSE_HOST, BOURSE_PORT, BOURSE_HEALTH_PORT, BOURSE_TLS, BOURSE_DRAIN_SECONDS, BOURSE_METRICS and BOURSE_METRICS_SECONDS; and what `tracing.ts` reads. */
  listen(standard: { port: number; drainSeconds: number }): ListenSettings {
    const certificates = this.certificates();
    const host = this.text("BOURSE_HOST", "an address", this.optional("BOURSE_TLS") === undefined ? "127.0.0.1" : "0.0.0.0");
    if (this.optional("BOURSE_TLS") === undefined && !loopback.includes(host)) {
      this.fault(
        "BOURSE_TLS",
        `a folder with ${Object.values(certificateFiles).join(", ")}, since BOURSE_HOST ${host} is not the loopback`,
      );
    }
    return {
      host,
      port: this.integer("BOURSE_PORT", 0, 65_535, standard.port),
      healthPort: this.integer("BOURSE_HEALTH_PORT", 0, 65_535, usualHealthPort),
      certificates,
      drainMs: this.integer("BOURSE_DRAIN_SECONDS", 1, 3_600, standard.drainSeconds) * 1_000,
      metrics: this.metrics(),
      tracing: readTracing(this),
    };
  }

  /** BOURSE_METRICS: host:port of the CloudWatch agent, or log. */
  private metrics(): MetricsSettings | undefined {
    const intervalMs = this.integer("BOURSE_METRICS_SECONDS", 1, 300, 60) * 1_000;
    const text = this.optional("BOURSE_METRICS");
    if (text === undefined) return undefined;
    if (text === "log") return { place: "log", intervalMs };
    const [, host = "", port = ""] = /^([A-Za-z0-9.-]+):(\d{1,5})$/.exec(text) ?? [];
    if (Number(port) < 1 || Number(port) > 65_535) this.fault("BOURSE_METRICS", "host:port of the agent that figures are sent to, or log");
    return { place: { host, port: Number(port) }, intervalMs };
  }

  private certificates(): Certificates | undefined {
    const folder = this.optional("BOURSE_TLS");
    if (folder === undefined) return undefined;
    return Certificates.read(folder, (file, reason) => {
      this.fault("BOURSE_TLS", `a folder with ${file} that this user may read (${reason})`);
    });
  }

  /** Variables of the exchange that are set and were not asked for: a misspelt name, or a setting of another process. */
  unread(): string[] {
    return Object.keys(this.variables).filter((name) => name.startsWith("BOURSE_") && !this.read.has(name));
  }

  /** @throws ConfigurationError with all faults that were found. */
  check(): void {
    if (this.faults.length > 0) throw new ConfigurationError(`the configuration cannot be used:\n  ${this.faults.join("\n  ")}`);
  }
}
