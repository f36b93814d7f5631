/** The whole embedded exchange as one thing that starts and stops: home, exchange, demo accounts and traders, gateway. */

import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createGateway, type LimitSettings, loopbackHosts } from "../gateway";
import { OpenParts } from "../process/open-parts";
import { type DemoAccount, demoAccountsFile, openDemoAccounts } from "./demo-accounts";
import { type DemoTraders, startDemoTraders } from "./demo-traders";
import { type EmbeddedExchange, openExchange } from "./exchange";
import { Home } from "./home";
import { listInstruments } from "./listing";
import type { LocalOptions } from "./options";

/** The only address that the embedded exchange listens on: its demo keys are for this machine alone. */
const address = "127.0.0.1";

/**
 * Limits of the embedded exchange. Every client on a laptop has the same address, and load is what one tries there, so they are far above
 * Binance's; exchangeInfo publishes them.
 */
const limits: Partial<LimitSettings> = {
  requestWeight: 600_000,
  rawRequests: 6_000_000,
  connectionsPerFiveMinutes: 30_000,
};

/** Where scripts find the running exchange and its keys. */
export const connectionFile = "demo.json";

/** Seed of the demo traders: each start of each exchange makes the same choices from its first price on. */
const demoSeed = 20_240;

/** The port cannot be listened on; the message says why and what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

export interface RunningServer {
  baseUrl: string;
  /** Address of binary order entry, host:port. */
  binary: string;
  accounts: DemoAccount[];
  openOrders: number;
  /** Why the exchange has stopped by itself, undefined while it runs. */
  stopped: EmbeddedExchange["stopped"];
  /** Answers what was asked, closes every connection, writes everything, gives the home back. */
  close(): Promise<void>;
}

/**
 * Starts everything, in an order in which a failure leaves nothing behind: what was opened is closed again before the error is thrown.
 *
 * @throws HomeError, ListenError, or the error of the part that could not start.
 */
export function startServer(options: LocalOptions, report: (message: string) => void): Promise<RunningServer> {
  return OpenParts.opened(async (parts) => {
    const home = parts.keep(Home.open(options.home));
    home.remove(connectionFile);
    await requireFreePort(options.port, "PORT");
    await requireFreePort(options.binaryPort, "BINARY_PORT");
    const exchange = parts.keep(await openExchange(home, report));

    const clock = () => Date.now() * 1_000;
    const deps = { ...exchange, entry: exchange.orderEntry, home, clock };
    await listInstruments(exchange.orderEntry, exchange.instruments, clock);
    const accounts = await openDemoAccounts(deps);
    const openOrders = accounts.reduce((sum, { account }) => sum + exchange.history.openOrders(account).length, 0);

    const gateway = parts.keep(
      createGateway({
        ...exchange,
        limits,
        allowedHosts: loopbackHosts,
        staticFiles: terminal(home),
        from: exchange.position(),
        binary: { shard: exchange.shard, port: options.binaryPort },
      }),
    );
    const listening = gateway.listen(options.port, address);
    const { port, binaryPort } = await listening.catch((error: NodeJS.ErrnoException & { port?: number }) => {
      const ofBinary = error.port === options.binaryPort && error.port !== options.port;
      throw ofBinary ? listenError(options.binaryPort, "BINARY_PORT", error) : listenError(options.port, "PORT", error);
    });

    if (options.demo) {
      const onError = (error: Error) => report(`A demo trader has stopped: ${error.message}`);
      const traders: DemoTraders = await startDemoTraders({ ...deps, seed: demoSeed, onError });
      parts.keep({ close: () => traders.stop() });
    }

    const baseUrl = `http://${address}:${port}`;
    const binary = `${address}:${binaryPort}`;
    home.write(connectionFile, `${JSON.stringify(connectionOf(baseUrl, binary, accounts), undefined, 2)}\n`);
    parts.keep({ close: () => home.remove(connectionFile) });
    return { baseUrl, binary, accounts, openOrders, stopped: exchange.stopped, close: parts.close };
  });
}

/** What scripts read to connect. */
function connectionOf(baseUrl: string, binary: string, accounts: readonly DemoAccount[]) {
  const sockets = baseUrl.replace(/^http/, "ws");
  return {
    pid: process.pid,
    baseUrl,
    streamUrl: `${sockets}/stream/ws`,
    wsApiUrl: `${sockets}/ws-api/v3`,
    binary,
    accounts: accounts.map(({ name, apiKey, secretKey }) => ({ name, apiKey, secretKey })),
  };
}

/** The trading terminal's files by their path, and the demo accounts that it offers. */
function terminal(home: Home): Record<string, string> {
  // Beside this folder in a checkout, beside dist/ in the published package.
  const web = [join(__dirname, "..", "web"), join(__dirname, "..", "..", "web")].find((folder) => existsSync(folder));
  if (web === undefined) throw new Error(`the trading terminal's files are missing: reinstall the package (looked in ${__dirname}/../web)`);
  return {
    "/": join(web, "index.html"),
    "/icon.svg": join(web, "icon.svg"),
    "/app": join(web, "app"),
    "/styles": join(web, "styles"),
    // The browser build, which has no imports of its own.
    "/vendor/lightweight-charts.js": join(
      require.resolve("lightweight-charts/package.json"),
      "..",
      "dist",
      "lightweight-charts.standalone.production.mjs",
    ),
    "/local/demo": home.path(demoAccountsFile),
  };
}

/** Finds out before anything is opened or made whether the port can be had. */
function requireFreePort(port: number, variable: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error) => reject(listenError(port, variable, error)));
    probe.listen(port, address, () => probe.close(() => resolve()));
  });
}

function listenError(port: number, variable: string, error: NodeJS.ErrnoException): ListenError {
  if (error.code === "EADDRINUSE") {
    return new ListenError(`Port ${port} is in use. Stop what listens there, or choose another port: ${variable}=${port + 1} npm start.`);
  }
  if (error.code === "EACCES")
    return new ListenError(`Port ${port} may not be used by this user. Choose one above 1023, as in ${variable}=8080 npm start.`);
  return new ListenError(`Cannot listen on ${address}:${port}: ${error.message}.`);
}
