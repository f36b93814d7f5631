import { deepStrictEqual, equal, match, rejects, throws } from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigurationError, Environment } from "../../../workloads/process/environment";
import { elastiCacheToken, readLeases } from "../../../workloads/process/leases";
import { readSecrets } from "../../../workloads/process/secrets";
import { readDatabase } from "../../../workloads/process/sql";
import { readSession } from "../../../workloads/services/trading/session";

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

  it("names secrets of another region only by a region, and beside those of Secrets Manager", () => {
    const read = (variables: Record<string, string>) => faults(variables, readSecrets);
    const manager = { BOURSE_SECRETS: "secrets-manager:bourse/exchange" };
    for (const region of [undefined, "us-east-1", "ap-northeast-2", "us-gov-west-1"])
      deepStrictEqual(read(region === undefined ? manager : { ...manager, BOURSE_SECRETS_HOME: region }), []);
    for (const home of ["virginia", "us-east", "us-east-1a", "https://us-east-1"]) {
      const [fault, ...more] = read({ ...manager, BOURSE_SECRETS_HOME: home });
      match(fault, /BOURSE_SECRETS_HOME.*a region such as us-east-1, beside secrets-manager:<prefix>/);
      deepStrictEqual(more, []);
    }
    match(read({ BOURSE_SECRETS: "/var/secrets", BOURSE_SECRETS_HOME: "us-east-1" })[0], /BOURSE_SECRETS_HOME/);
  });

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
      tracing: undefined,
    });
    const secure = new Environment({ BOURSE_TLS: folder }).listen(standard);
    equal(secure.host, "0.0.0.0");
    deepStrictEqual(String(secure.certificates?.server("every caller").ca), "ca.crt");
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

  it("takes address ranges of both families, and no address without one", () => {
    const environment = new Environment({ BOURSE_TRUSTED_PROXIES: "10.16.0.0/16, 2001:db8::/32" });
    const list = environment.ranges("BOURSE_TRUSTED_PROXIES");
    environment.check();
    const inside = ["10.16.200.1", "10.17.0.1", "2001:db8::7"].map((address) =>
      list.check(address, address.includes(":") ? "ipv6" : "ipv4"),
    );
    deepStrictEqual(inside, [true, false, true]);
    equal(new Environment({}).ranges("BOURSE_TRUSTED_PROXIES").check("127.0.0.1"), false);
    for (const text of ["10.16.0.1", "10.16.0.0/33", "2001:db8::/129", "1", "all/8"]) {
      equal(faults({ BOURSE_TRUSTED_PROXIES: text }, (each) => void each.ranges("BOURSE_TRUSTED_PROXIES")).length, 1, text);
    }
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

  it("names the store of shared limits by URL: Redis over TLS, or on the loopback, with a token of the process's role where it is told so", async () => {
    const read = (variables: Record<string, string>) => faults(variables, (environment) => void readLeases(environment));
    const remote = {
      BOURSE_REDIS_URL: "rediss://bourse-services@cache.internal:6379",
      BOURSE_REDIS_SIGN_IN: "iam:bourse",
      AWS_REGION: "eu-west-1",
    };
    deepStrictEqual(read({}), []);
    equal(readLeases(new Environment({})), undefined);
    deepStrictEqual(read(remote), []);
    deepStrictEqual(read({ BOURSE_REDIS_URL: "redis://127.0.0.1:7000" }), []);
    for (const url of [
      "redis://cache.internal:6379",
      "rediss://u:secret@cache.internal",
      "rediss://cache.internal",
      "http://a",
      "nonsense",
    ]) {
      const told = read({ ...remote, BOURSE_REDIS_URL: url }).join();
      match(told, /BOURSE_REDIS_URL cannot be used; it must be redis:/, url);
      equal(told.includes("secret"), false);
    }
    match(read({ ...remote, BOURSE_REDIS_SIGN_IN: "password" }).join(), /BOURSE_REDIS_SIGN_IN is "password"; it must be none, or "iam:"/);
    await rejects(elastiCacheToken(undefined, "bourse", "bourse-services"), /AWS_REGION is not set/);
    const credentials = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "example" };
    const before = { ...process.env };
    Object.assign(process.env, credentials);
    try {
      const token = await elastiCacheToken("eu-west-1", "bourse", "bourse-services");
      const url = new URL(`http://${token}`);
      equal(url.hostname, "bourse");
      equal(url.searchParams.get("Action"), "connect");
      equal(url.searchParams.get("User"), "bourse-services");
      equal(url.searchParams.get("X-Amz-Expires"), "900");
      match(url.searchParams.get("X-Amz-Credential") ?? "", /^AKIDEXAMPLE\/\d{8}\/eu-west-1\/elasticache\/aws4_request$/);
      match(url.searchParams.get("X-Amz-Signature") ?? "", /^[0-9a-f]{64}$/);
    } finally {
      for (const name of Object.keys(credentials)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });

  it("names variables of the exchange that are set and were not asked for", () => {
    const environment = new Environment({ BOURSE_SERVICE: "history", BOURSE_SHARD: "0", BOURSE_SHRAD: "1", PATH: "/bin" });
    environment.integer("BOURSE_SHARD", 0, 1, 0);
    deepStrictEqual(environment.unread(), ["BOURSE_SHRAD"]);
  });

  it("takes the session of the pod's address from a range", () => {
    const session = (BOURSE_TRADING_SESSION: string, BOURSE_POD_ADDRESS?: string) => {
      const environment = new Environment({ BOURSE_TRADING_SESSION, ...(BOURSE_POD_ADDRESS && { BOURSE_POD_ADDRESS }) });
      return [readSession(environment), environment.unread()] as const;
    };
    deepStrictEqual(session("7"), [7, []]);
    deepStrictEqual(session("1-33554432", "10.0.0.0"), [1, []]);
    deepStrictEqual(session("1-33554432", "10.255.255.255"), [33_554_431, []]);
    deepStrictEqual(session("33554433-67108864", "10.16.1.7"), [33_554_433 + 2 * ((16 << 16) + (1 << 8) + 7), []]);
    const own = (interfaces: object) => {
      const environment = new Environment({ BOURSE_TRADING_SESSION: "1-33554432", BOURSE_POD_ADDRESS: "own" });
      return readSession(environment, interfaces as Parameters<typeof readSession>[1]);
    };
    const at = (address: string, internal = false) => ({ family: "IPv4", address, internal });
    // As a task has them: itself, ECS's own link, and its place in the network.
    const task = { lo: [at("127.0.0.1", true)], eth0: [at("169.254.172.2")], eth1: [at("10.0.0.5")] };
    equal(own(task), 11);
    equal(own({ ...task, eth2: [at("10.0.0.6")] }), 0, "which of two addresses is its own cannot be known");
    const wrong = (variables: Record<string, string>) => faults(variables, (environment) => readSession(environment)).join();
    match(wrong({ BOURSE_TRADING_SESSION: "1-10", BOURSE_POD_ADDRESS: "10.0.0.1" }), /a range first-last of 33554432 sessions/);
    match(wrong({ BOURSE_TRADING_SESSION: "1-33554432" }), /BOURSE_POD_ADDRESS is not set/);
    match(wrong({ BOURSE_TRADING_SESSION: "1-33554432", BOURSE_POD_ADDRESS: "fd00::1" }), /BOURSE_POD_ADDRESS is "fd00::1"/);
  });

  it("signs in to PostgreSQL with a token for each connection, where it is told so", async () => {
    const passwords: string[] = [];
    // A server that asks for the password in clear text and then refuses it (PostgreSQL manual, "Message Formats").
    const server = createServer((socket) => {
      socket.once("data", () => {
        socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
        socket.once("data", (answer) => {
          passwords.push(answer.subarray(5, -1).toString());
          socket.end(Buffer.from("E\0\0\0\x12SFATAL\0Mno\0\0", "latin1"));
        });
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const given = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" };
    const before = Object.fromEntries(Object.keys(given).map((name) => [name, process.env[name]]));
    Object.assign(process.env, given);
    const { port } = server.address() as AddressInfo;
    const environment = new Environment({ BOURSE_SQL_URL: `postgresql://users@127.0.0.1:${port}/bourse`, BOURSE_SQL_SIGN_IN: "iam" });
    const sql = readDatabase(environment)(() => {});
    try {
      environment.check();
      for (let time = 0; time < 2; time += 1) await rejects(sql.database().introspection.getSchemas());
    } finally {
      await sql.close();
      server.close();
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
    equal(passwords.length, 2);
    for (const password of passwords) {
      const token = new URL(`https://${password}`);
      equal(token.host, `127.0.0.1:${port}`);
      deepStrictEqual([token.searchParams.get("Action"), token.searchParams.get("DBUser")], ["connect", "users"]);
      match(token.searchParams.get("X-Amz-Credential")!, /eu-west-1\/rds-db\/aws4_request$/);
    }
  });
});
