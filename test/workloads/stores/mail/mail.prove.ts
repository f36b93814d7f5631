import { ok, rejects, strictEqual } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { openSmtp } from "../../../../workloads/stores/mail";
import { from, mail, mailContract } from "./mail-contract";

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

async function smtpServer(options: { tls: boolean }) {
  const { key, cert } = certificate();
  const arrived: string[] = [];
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
  return { port, cert: cert.toString(), arrived, close: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

mailContract("SMTP", async () => {
  const server = await smtpServer({ tls: true });
  const mailer = openSmtp({ host: "localhost", port: server.port, user: "user", password: "correct", from, ca: server.cert });
  return {
    mailer,
    arrived: () => server.arrived,
    close: async () => {
      await mailer.close();
      await server.close();
    },
  };
});

describe("SMTP", () => {
  it("sends neither mail nor password to a server without TLS, with a wrong certificate, or after a refused login", async () => {
    const plain = await smtpServer({ tls: false });
    const secure = await smtpServer({ tls: true });
    const attempts = [
      { mailer: openSmtp({ host: "localhost", port: plain.port, user: "user", password: "correct", from }), error: /STARTTLS|TLS/ },
      {
        mailer: openSmtp({ host: "localhost", port: secure.port, user: "user", password: "correct", from }),
        error: /certificate|self.signed/i,
      },
      {
        mailer: openSmtp({ host: "localhost", port: secure.port, user: "user", password: "wrong", from, ca: secure.cert }),
        error: /Invalid login|wrong password/,
      },
    ];
    for (const { mailer, error } of attempts) {
      await rejects(mailer.send(mail), error);
      await mailer.close();
    }
    strictEqual(plain.arrived.length + secure.arrived.length, 0);
    await plain.close();
    await secure.close();
  });
});
