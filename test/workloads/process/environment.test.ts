import { deepStrictEqual, equal, match, throws } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigurationError, Environment } from "../../../workloads/process/environment";
import { readDatabase } from "../../../workloads/process/sql";

/** Every fault of what `read` asks of the variables, a line each. */
function faults(variables: Record<string, string>, read: (environment: Environment) => void): string[] {
  const environment = new Environment(variables);
  read(environment);
  try {
    environment.check();
    return [];
  } catch (error) {
    equal(error instanceof ConfigurationError, true);
    return (error as Error).message.split("\n").slice(1);
  }
}

describe("The environment of a process", () => {
  const folder = mkdtempSync(join(tmpdir(), "bourse-environment-"));
  const password = join(folder, "password");
  before(() => writeFileSync(password, "secret\n"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("listens on the loopback without certificates, on every address with them", () => {
    for (const file of ["tls.crt", "tls.key", "ca.crt"]) writeFileSync(join(folder, file), file);
    const standard = { port: 7400, drainSeconds: 60 };
    const plain = new Environment({}).listen(standard);
    deepStrictEqual(plain, {
      host: "127.0.0.1",
      port: 7400,
      healthPort: 9000,
      certificates: undefined,
      drainMs: 60_000,
      metrics: undefined,
    });
    const secure = new Environment({ BOURSE_TLS: folder }).listen(standard);
    equal(secure.host, "0.0.0.0");
    deepStrictEqual(String(secure.certificates?.ca), "ca.crt");
  });

  it("tells each file of the certificates that is missing", () => {
    const found = faults({ BOURSE_TLS: join(folder, "none") }, (environment) => environment.listen({ port: 1, drainSeconds: 1 }));
    equal(found.length, 3);
    for (const [place, file] of ["tls.crt", "tls.key", "ca.crt"].entries()) match(found[place], new RegExp(`folder with ${file} .*ENOENT`));
  });

  it("takes whole numbers of the range alone", () => {
    const read = (text: string) => faults({ BOURSE_PORT: text }, (environment) => environment.integer("BOURSE_PORT", 0, 65_535));
    for (const text of ["0", "65535"]) deepStrictEqual(read(text), []);
    for (const text of ["-1", "65536", "1e3", "0x10", " 1", "1.5", ""]) equal(read(text).length, 1, text);
  });

  it("names a database by URL: an SQLite file, or PostgreSQL with its password in a file and a known authority off the loopback", () => {
    const read = (variables: Record<string, string>) => faults(variables, (environment) => void readDatabase(environment));
    const remote = { BOURSE_SQL_URL: "postgresql://bourse@db.internal:5432/bourse", BOURSE_SQL_PASSWORD_FILE: password };
    deepStrictEqual(read({ BOURSE_SQL_URL: "sqlite:/data/users.sqlite" }), []);
    deepStrictEqual(read({ ...remote, BOURSE_SQL_URL: "postgresql://bourse@localhost/bourse" }), []);
    deepStrictEqual(read({ ...remote, BOURSE_SQL_CA_FILE: password }), []);
    match(read(remote).join(), /BOURSE_SQL_CA_FILE is not set; set it to the path of the certificate/);
    match(read({ BOURSE_SQL_URL: "postgresql://bourse@localhost/bourse" }).join(), /BOURSE_SQL_PASSWORD_FILE is not set/);
    for (const url of ["sqlite:users.sqlite", "mysql://a@b/c", "postgresql://localhost/bourse", "postgresql://a@b", "nonsense"]) {
      match(read({ ...remote, BOURSE_SQL_URL: url }).join(), /BOURSE_SQL_URL cannot be used; it must be sqlite:/, url);
    }
    throws(() => readDatabase(new Environment({}))(() => {}), ConfigurationError);
  });
});
