/** A certificate that is renewed while the exchange runs: over the real processes, on every kind of socket that shows one. */

import { deepStrictEqual, equal, notEqual, ok } from "node:assert/strict";
import { once } from "node:events";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import { connect } from "node:tls";
import { WebSocket } from "ws";
import { certificate, ExchangeProcesses } from "../services/exchange-processes";
import { until } from "../services/until";

describe("A renewed certificate", function () {
  this.timeout(120_000);
  const exchange = new ExchangeProcesses();
  after(() => exchange.remove());

  it("is shown on every socket without a restart, once its files belong together; connections that are open stay", async () => {
    const folder = exchange.certificate();
    exchange.write("password", "none");
    const tls = { BOURSE_TLS: folder, BOURSE_HOST: "127.0.0.1" };
    const shard = await exchange.startShard(0, tls);
    const gateway = await exchange.startGateway("gateway", shard.port, 11, { ...tls, BOURSE_BINARY_PORT: "0" });
    const history = await exchange.startFollower("history", shard.port, 31, tls);
    const users = await exchange.startUsers({ ...tls, BOURSE_BROKER_PASSWORD_FILE: exchange.path("password") });
    const ports = [shard, gateway, history, users].flatMap(({ port, healthPort, binaryPort }) => [port, healthPort, binaryPort ?? port]);

    const old = pair(folder);
    const stream = new WebSocket(`wss://localhost:${gateway.port}/ws`, { ca: old.ca });
    await once(stream, "open");
    const first = await Promise.all(ports.map((port) => shown(port, old)));
    equal(new Set(first).size, 1);

    // Another key first, as a reader may find it that comes while files are being written.
    const next = certificate(exchange.path("next"));
    copyFileSync(join(next, "tls.key"), join(folder, "tls.key"));
    for (const { process } of [shard, gateway, history, users])
      await until(() => process.text.includes("renewed certificate") && process.text.includes("cannot be used"), 40);
    deepStrictEqual(await Promise.all(ports.map((port) => shown(port, old))), first);

    // Those who come with the old certificate are served until everybody has the new one.
    writeFileSync(join(folder, "ca.crt"), Buffer.concat([readFileSync(join(next, "ca.crt")), readFileSync(join(folder, "ca.crt"))]));
    copyFileSync(join(next, "tls.crt"), join(folder, "tls.crt"));
    const both = { ...pair(next), ca: readFileSync(join(folder, "ca.crt")) };
    for (const port of ports) await until(async () => (await shown(port, both)) !== first[0], 40);
    const second = await Promise.all(ports.map((port) => shown(port, both)));
    equal(new Set(second).size, 1);
    notEqual(second[0], first[0]);
    equal(stream.readyState, WebSocket.OPEN);
    stream.terminate();

    // A caller that comes back shows its new one, too.
    equal(await shard.process.end("SIGTERM"), 0, shard.process.text);
    writeFileSync(join(folder, "ca.crt"), readFileSync(join(next, "ca.crt")));
    const again = await exchange.startShard(shard.port, tls);
    await until(async () => (await ready(history.healthPort)) === 200, 40);
    ok(again.port === shard.port);
  });
});

interface Shown {
  cert: Buffer;
  key: Buffer;
  ca: Buffer;
}

function pair(folder: string): Shown {
  const read = (file: string) => readFileSync(join(folder, file));
  return { cert: read("tls.crt"), key: read("tls.key"), ca: read("ca.crt") };
}

/** Fingerprint of the certificate that a port shows. */
async function shown(port: number, as: Shown): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ...as });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

/** Status of `/ready`. */
function ready(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path: "/ready", rejectUnauthorized: false, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    }).on("error", reject);
  });
}
