import { ok, rejects, strictEqual } from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { openPostgres } from "../../../../workloads/stores/sql";
import { WriterOrReader } from "../../../../workloads/stores/sql/writer-or-reader";
import { until } from "../../services/until";

const [reader, writer] = ["127.0.0.1", "127.0.0.2"];

describe("the server of a cluster that connections go to", () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.close();
      await once(server, "close");
    }
  });

  /** Takes connections, counts them and ends them. */
  async function listen(host: string, port = 0): Promise<{ port: number; came: () => number }> {
    let count = 0;
    const server = createServer((socket) => {
      count++;
      socket.on("error", () => {}).destroy();
    });
    servers.push(server);
    server.listen(port, host);
    await once(server, "listening");
    return { port: (server.address() as AddressInfo).port, came: () => count };
  }

  it("is one that reads until one that writes answers, and again when that one is gone", async () => {
    const { port } = await listen(reader);
    const choice = new WriterOrReader({ writer, reader, port, everyMs: 20 });
    strictEqual(choice.host, reader);
    const promoted = await listen(writer, port);
    await until(() => choice.host === writer);
    ok(promoted.came() > 0);
    const [server] = servers.splice(1, 1);
    server.close();
    await once(server, "close");
    await until(() => choice.host === reader);
    choice.close();
  });

  it("is what a pool of connections goes to", async () => {
    const at = await listen(reader);
    const open = (more: { writer?: string }) =>
      openPostgres({ host: reader, port: at.port, database: "users", user: "users", password: "p", tls: "off", ...more });
    const alone = open({});
    await rejects(alone.migrate("first", {}));
    await alone.close();
    ok(at.came() > 0);
    await listen(writer, at.port);
    const copy = open({ writer });
    await until(async () => {
      const known = at.came();
      await copy.migrate("first", {}).catch(() => {});
      return at.came() === known;
    });
    await copy.close();
  });
});
