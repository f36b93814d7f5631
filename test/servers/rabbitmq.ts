/** A real RabbitMQ of one node, with an Erlang name server of its own. */

import { join } from "node:path";
import { connect } from "amqplib";
import { findProgram, freePort, requireServer, run, scratchFolder, untilReady } from "./server";

export interface RabbitServer {
  url: string;
  stop(): Promise<void>;
}

export function withRabbit(title: string, body: (start: () => Promise<RabbitServer>) => void): void {
  // The script in the PATH of Debian changes the user; the one behind it starts the broker as whoever calls it.
  const server = findProgram("rabbitmq-server", "/usr/lib/rabbitmq/bin", "/opt/homebrew/sbin");
  const direct = server?.startsWith("/usr/sbin/") ? "/usr/lib/rabbitmq/bin/rabbitmq-server" : server;
  requireServer(title, direct, "apt-get install rabbitmq-server", (program) => body(() => start(program)));
}

async function start(program: string): Promise<RabbitServer> {
  const { folder, remove } = scratchFolder("rabbitmq");
  const [port, distribution, names] = [await freePort(), await freePort(), await freePort()];
  const epmd = findProgram("epmd", "/usr/lib/erlang/erts-*/bin");
  if (epmd === undefined) throw new Error("RabbitMQ is installed, but Erlang's epmd is not");
  const nameServer = run(epmd, ["-port", String(names), "-address", "127.0.0.1"]);
  const server = run(program, [], {
    env: {
      HOME: folder,
      ERL_EPMD_PORT: String(names),
      RABBITMQ_NODENAME: `test-${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_MNESIA_BASE: join(folder, "data"),
      RABBITMQ_LOG_BASE: join(folder, "log"),
      RABBITMQ_PID_FILE: join(folder, "pid"),
      RABBITMQ_CONFIG_FILE: join(folder, "none"),
      RABBITMQ_CONF_ENV_FILE: join(folder, "none"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "plugins"),
    },
  });
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  await untilReady(server, async () => (await connect(url)).close(), 60);
  return {
    url,
    async stop() {
      await server.stop();
      await nameServer.stop();
      remove();
    },
  };
}
