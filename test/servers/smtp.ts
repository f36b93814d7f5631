/** A real SMTP server that takes mails from one user, over TLS. */

import { ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";

/** A self-signed certificate for "localhost" that ends tomorrow. */
function certificate(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), "smtp-"));
  try {
    const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", ...files, ...subject],
      { stdio: "pipe" },
    );
    return { key: readFileSync(join(folder, "key.pem")), cert: readFileSync(join(folder, "cert.pem")) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** User `user` with password `correct`; without TLS, a password in the clear is taken. */
export async function smtpServer(options: { tls: boolean }) {
  const { key, cert } = certificate();
  const arrived: string[] = [];
  let refusing = false;
  const server = new SMTPServer({
    key,
    cert,
    disabledCommands: options.tls ? [] : ["STARTTLS"],
    authOptional: false,
    allowInsecureAuth: !options.tls,
    onAuth: ({ username, password }, _session, done) => {
      if (username === "user" && password === "correct") done(null, { user: "user" });
      else done(new Error("wrong password"));
    },
    onMailFrom: (_address, _session, done) => done(refusing ? new Error("come back later") : null),
    onData: (stream, session, done) => {
      ok(session.secure, "the mail came over TLS");
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        arrived.push(Buffer.concat(chunks).toString());
        done();
      });
    },
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  const refuse = (refuses: boolean) => {
    refusing = refuses;
  };
  return { port, cert: cert.toString(), arrived, refuse, close: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}
