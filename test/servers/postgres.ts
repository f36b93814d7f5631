/** A real PostgreSQL with an empty cluster in a scratch folder. */

import { execFileSync } from "node:child_process";
import { chownSync } from "node:fs";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { findProgram, freePort, requireServer, run, scratchFolder, untilReady } from "./server";

export interface PostgresServer {
  port: number;
  user: string;
  password: string;
  /** A new, empty database. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

const user = "bourse";
/** The loopback of this machine is trusted; the password is only passed on. */
const password = "not-checked";

export function withPostgres(title: string, body: (start: () => Promise<PostgresServer>) => void): void {
  const initdb = findProgram("initdb", "/usr/lib/postgresql/*/bin");
  requireServer(title, initdb, "apt-get install postgresql", (program) => body(() => start(dirname(program))));
}

async function start(programs: string): Promise<PostgresServer> {
  const { folder, remove } = scratchFolder("postgres");
  // PostgreSQL refuses to run as root.
  const owner: { uid?: number; gid?: number } = process.getuid?.() === 0 ? systemUser("postgres") : {};
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid ?? owner.uid);
  const data = join(folder, "data");
  execFileSync(join(programs, "initdb"), ["-D", data, "-U", user, "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"], {
    ...owner,
    stdio: "pipe",
  });
  const port = await freePort();
  const settings = ["-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=${folder}`, "-c", "fsync=off"];
  const server = run(join(programs, "postgres"), ["-D", data, "-p", String(port), ...settings], owner);
  const connect = async (database: string) => {
    const client = new Client({ host: "127.0.0.1", port, user, password, database });
    await client.connect();
    return client;
  };
  await untilReady(server, async () => (await connect("postgres")).end());
  let databases = 0;
  return {
    port,
    user,
    password,
    async createDatabase() {
      const name = `test_${++databases}`;
      const client = await connect("postgres");
      await client.query(`create database ${name}`);
      await client.end();
      return name;
    },
    async stop() {
      await server.stop();
      remove();
    },
  };
}

function systemUser(name: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync("id", [flag, name], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}
