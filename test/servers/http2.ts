/** A front that takes HTTP/2 without TLS, as clients of Kinesis speak it to an endpoint of their own, and passes requests on in HTTP/1.1, which is all that moto speaks. */

import { request } from "node:http";
import { createServer, type IncomingHttpHeaders, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";

export async function http2Front(target: string): Promise<{ url: string; close(): Promise<void> }> {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  server.on("stream", (stream, headers) => {
    const { ":method": method, ":path": path } = headers;
    const fields = Object.fromEntries(Object.entries(headers as IncomingHttpHeaders).filter(([name]) => !name.startsWith(":")));
    stream.on("error", () => {});
    const onward = request(`${target}${path}`, { method, headers: { ...fields, host: new URL(target).host }, agent: false }, (answer) => {
      const { connection: _1, "transfer-encoding": _2, "keep-alive": _3, ...rest } = answer.headers;
      if (stream.destroyed) return void answer.resume();
      stream.respond({ ...rest, ":status": answer.statusCode });
      answer.pipe(stream);
    });
    onward.on("error", (error) => stream.destroy(error));
    stream.pipe(onward);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
      }),
  };
}
