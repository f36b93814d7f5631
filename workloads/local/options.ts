/** Options of the embedded exchange: command line and environment, checked before anything is opened. */

import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

export interface LocalOptions {
  /** TCP port on the loopback; 0 takes a free one. */
  port: number;
  /** TCP port of binary order entry on the loopback; 0 takes a free one. */
  binaryPort: number;
  /** Folder of everything that the exchange keeps. */
  home: string;
  /** Whether demo traders keep the market moving. */
  demo: boolean;
  /** Whether a region is planned meanwhile. */
  plan: boolean;
}

/** An option that cannot be used; the message says what was given, what is allowed and where. */
export class OptionError extends Error {
  override readonly name = "OptionError";
}

export const defaultPort = 8080;

export const help = `Usage: npm start -- [options]            in a checkout
       bourse-exchange start [options]   from the package

Runs the whole exchange in one process on the loopback: REST API, streams, WebSocket API and the trading terminal.

  --port N     port to listen on, 0 for a free one (default: PORT, else ${defaultPort})
  --no-demo    no demo traders: the books change by your orders alone
  --no-plan    do not plan region us-east-1 into .bourse/plan meanwhile
  --help       this text

  PORT         as --port
  BINARY_PORT  port of binary order entry, 0 for a free one (default: 0); the port that was taken is printed
  BOURSE_HOME  folder of the exchange's data (default: .bourse/home in the current folder)
  OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG
               http://host:port that traces are sent to, of that part of requests (default: none are sent; of one in a thousand)
`;

/**
 * Reads the options; "help" when only the help text is wanted.
 *
 * @throws OptionError on an unknown option or a port outside 0 to 65535.
 */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv, folder: string): LocalOptions | "help" {
  const given = parse(args);
  if (given.help === true) return "help";
  return {
    port: given.port === undefined ? readPort(env.PORT || String(defaultPort), "PORT") : readPort(given.port, "--port"),
    binaryPort: readPort(env.BINARY_PORT || "0", "BINARY_PORT"),
    home: resolve(folder, env.BOURSE_HOME || join(".bourse", "home")),
    demo: given["no-demo"] !== true,
    plan: given["no-plan"] !== true,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string" },
        "no-demo": { type: "boolean" },
        "no-plan": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new OptionError(`${(error as Error).message.split(". ")[0]}. Allowed are --port N, --no-demo, --no-plan, --help.`);
  }
}

function readPort(text: string, name: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new OptionError(`${name} is "${text}"; it must be a whole number from 0 to 65535 (0 takes a free port).`);
}
