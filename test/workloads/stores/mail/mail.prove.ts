import { rejects, strictEqual } from "node:assert";
import { openSmtp } from "../../../../workloads/stores/mail";
import { smtpServer } from "../../../servers/smtp";
import { from, mail, mailContract } from "./mail-contract";

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
