/** The services beside the trading path, as processes over real servers: PostgreSQL, RabbitMQ, SMTP, and the AWS APIs as moto serves them. */

import { deepStrictEqual, equal, match, ok, rejects } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { CreateEmailIdentityCommand, SESv2Client } from "@aws-sdk/client-sesv2";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { Client } from "pg";
import { metricsOf } from "../../../components/observability/metrics";
import { openRabbitQueue } from "../../../workloads/stores/queue";
import { http2Front } from "../../servers/http2";
import { type MotoServer, withMoto } from "../../servers/moto";
import { type PostgresServer, withPostgres } from "../../servers/postgres";
import { type RabbitServer, withRabbit } from "../../servers/rabbitmq";
import { smtpServer } from "../../servers/smtp";
import { ExchangeProcesses, ServiceProcess } from "./exchange-processes";
import { until } from "./until";

const password = "correct horse battery";

withPostgres("Services over a real PostgreSQL", (startPostgres) => {
  let postgres: PostgresServer;
  const folder = mkdtempSync(join(tmpdir(), "bourse-cold-"));
  const secret = join(folder, "password");
  const processes: ServiceProcess[] = [];

  const query = async (user: string, database: string, text: string): Promise<Record<string, unknown>[]> => {
    const client = new Client({ host: "127.0.0.1", port: postgres.port, user, password: "not-checked", database });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };
  const sqlOf = (user: string, database: string) => ({
    BOURSE_SQL_URL: `postgresql://${user}@127.0.0.1:${postgres.port}/${database}`,
    BOURSE_SQL_PASSWORD_FILE: secret,
  });
  /** Names of the figures that arrived, by service. */
  const figures = new Map<string, Set<string>>();
  const agent = createServer((socket) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("error", () => {});
    socket.once("end", () => {
      for (const line of text.split("\n").filter(Boolean)) {
        const { Service: service, _aws } = JSON.parse(line);
        const names = figures.get(service) ?? new Set();
        for (const { Name } of _aws.CloudWatchMetrics[0].Metrics) names.add(Name);
        figures.set(service, names);
      }
    });
  });
  const measured = (service: string) => ({
    BOURSE_SERVICE: service,
    BOURSE_METRICS: `127.0.0.1:${(agent.address() as AddressInfo).port}`,
    BOURSE_METRICS_SECONDS: "1",
  });
  const spawn = (entry: string, variables: Record<string, string>): ServiceProcess => {
    const more = entry.startsWith("migrate/") ? {} : { BOURSE_PORT: "0", BOURSE_HEALTH_PORT: "0", ...measured(entry.split("/")[0]) };
    const service = ServiceProcess.spawn(`services/${entry}`, { ...more, ...variables });
    processes.push(service);
    return service;
  };
  const provision = () => spawn("migrate/provision", sqlOf("administrator", "bourse"));
  const migrate = (service: string) => spawn("migrate/main", { BOURSE_SERVICE: service, ...sqlOf(service, service) });
  // biome-ignore lint/suspicious/noExplicitAny: each answer has a shape of its own
  const ask = async (port: number, method: string, path: string, body?: object): Promise<{ status: number; body: any }> => {
    const headers = body && { "content-type": "application/json" };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  };

  before(async function () {
    this.timeout(60_000);
    postgres = await startPostgres();
    await new Promise<void>((resolve) => void agent.listen(0, "127.0.0.1", resolve));
    writeFileSync(secret, "guest\n");
    // As Aurora has it: an administrator that is no superuser, and the role that stands for signing in by IAM.
    await query(postgres.user, "postgres", "create role rds_iam");
    await query(postgres.user, "postgres", "create role administrator login createdb createrole");
    await query(postgres.user, "postgres", "create database bourse owner administrator");
  });
  after(async () => {
    for (const each of processes) each.destroy();
    await Promise.all(processes.map((each) => each.ended()));
    agent.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  describe("the jobs before a rollout", function () {
    this.timeout(60_000);
    const state = async () =>
      JSON.stringify([
        await query(postgres.user, "postgres", "select rolname, rolsuper, rolcreatedb, rolcreaterole from pg_roles order by rolname"),
        await query(
          postgres.user,
          "postgres",
          "select datname, datacl::text, pg_get_userbyid(datdba) as owner from pg_database order by datname",
        ),
      ]);

    it("make databases and users as an administrator that is no superuser, once, also when two releases come at the same time", async () => {
      const jobs = [provision(), provision()];
      for (const job of jobs) equal(await job.ended(), 0, job.text);
      const made = await state();
      const again = provision();
      equal(await again.ended(), 0, again.text);
      equal(await state(), made);
      const members = await query(
        postgres.user,
        "postgres",
        "select m.rolname from pg_auth_members a join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member where r.rolname = 'rds_iam' order by 1",
      );
      deepStrictEqual(
        members.map(({ rolname }) => rolname),
        ["analytics", "gateway", "notification", "publisher", "users"],
      );
    });

    it("bring the tables of each service up to date as its own user, again without a change", async () => {
      for (const service of ["users", "notification", "analytics", "publisher", "users"]) {
        const job = migrate(service);
        equal(await job.ended(), 0, job.text);
      }
    });

    it("leave a service no way into the database of another, nor to more rights", async () => {
      for (const [user, database] of [
        ["users", "notification"],
        ["notification", "users"],
        ["analytics", "users"],
        ["users", "bourse"],
        ["gateway", "analytics"],
      ]) {
        await rejects(query(user, database, "select 1"), /permission denied for database/, `${user} into ${database}`);
      }
      await rejects(query("users", "users", "create role intruder"), /permission denied/);
      await rejects(query("users", "users", "create database intruder"), /permission denied/);
    });

    it("let gateways read accounts and keys of users, and neither write nor see passwords and sessions", async () => {
      deepStrictEqual(await query("gateway", "users", "select * from api_key"), []);
      for (const text of ["select * from user_password", "select * from user_session", "delete from api_key", "create table t (a int)"]) {
        await rejects(query("gateway", "users", text), /permission denied/, text);
      }
    });
  });

  withRabbit("and RabbitMQ", (startRabbit) => {
    let rabbit: RabbitServer;
    let smtp: Awaited<ReturnType<typeof smtpServer>>;
    let users: { port: number; healthPort: number };
    let place: string;

    before(async function () {
      this.timeout(120_000);
      rabbit = await startRabbit();
      smtp = await smtpServer({ tls: true });
      writeFileSync(join(folder, "mail-password"), "correct\n");
      writeFileSync(join(folder, "mail-ca.pem"), smtp.cert);
      place = `amqp://guest@127.0.0.1:${new URL(rabbit.url).port}/notices`;
      users = await spawn("users/main", {
        ...sqlOf("users", "users"),
        BOURSE_SECRETS: join(folder, "secrets"),
        BOURSE_NOTICE_TOPIC: place,
        BOURSE_BROKER_PASSWORD_FILE: secret,
      }).line(/is running/);
    });
    after(async () => {
      await smtp.close();
      await rabbit.stop();
    });
    const notification = () =>
      spawn("notification/main", {
        ...sqlOf("notification", "notification"),
        BOURSE_NOTICE_QUEUE: place,
        BOURSE_BROKER_PASSWORD_FILE: secret,
        BOURSE_MAIL: `smtp://user@localhost:${smtp.port}`,
        BOURSE_MAIL_FROM: "Bourse <no-reply@exchange.example>",
        BOURSE_MAIL_PASSWORD_FILE: join(folder, "mail-password"),
        BOURSE_MAIL_CA_FILE: join(folder, "mail-ca.pem"),
        BOURSE_DRAIN_SECONDS: "10",
      });
    const subjects = () => smtp.arrived.map((mail) => /^Subject: (.*?)\r?$/m.exec(mail)?.[1]);

    it("open an account, sign in and make a key, of each of which its owner gets a mail, once, whichever process sends it", async function () {
      this.timeout(60_000);
      const account = await ask(users.port, "POST", "/accounts", { name: "alice", password, address: "alice@example.com" });
      equal(account.status, 201, JSON.stringify(account.body));
      const number = account.body.account;
      const [first, second] = [notification(), notification()];
      for (const each of [first, second]) await each.line(/is running/);
      const done = async () =>
        (await query("notification", "notification", "select kind from notice_done order by kind")).map(({ kind }) => kind);
      // The first address has none before it to tell.
      await until(async () => (await done()).length === 1);

      const caller = { remoteAddress: "192.0.2.7", userAgent: "terminal" };
      const session = await ask(users.port, "POST", "/sessions", { name: "alice", password, ...caller });
      equal(session.status, 201, JSON.stringify(session.body));
      const key = await ask(users.port, "POST", `/accounts/${number}/keys`, { label: "bot", permissions: ["read", "trade"] });
      deepStrictEqual([key.status, typeof key.body.secretKey], [201, "string"]);
      await until(async () => (await done()).length === 3);
      deepStrictEqual(subjects().sort(), ["API key created", "New login"]);
      match(smtp.arrived.join(), /from 192\.0\.2\.7/);

      // The same notice again, as a queue may deliver it.
      const queue = openRabbitQueue({ url: rabbit.url, name: "notices" });
      const repeat = (id: string) => queue.send(JSON.stringify({ id, kind: "login", account: number, time: 1, ...caller }));
      await repeat("login/0");
      await until(async () => (await done()).length === 4);
      await repeat("login/0");
      await repeat("login/1");
      await until(async () => (await done()).length === 5);
      equal(smtp.arrived.length, 4);
      for (const each of [first, second]) equal(await each.end("SIGTERM"), 0, each.text);
    });

    it("keep a notice while no process works, and while the mail server is away", async function () {
      this.timeout(60_000);
      const before = smtp.arrived.length;
      const { body } = await ask(users.port, "GET", "/accounts?name=alice");
      await ask(users.port, "POST", `/accounts/${body.account}/keys`, { label: "second", permissions: ["read"] });
      smtp.refuse(true);
      const worker = notification();
      await worker.line(/could not be mailed/);
      smtp.refuse(false);
      await until(() => smtp.arrived.length === before + 1, 40);
      equal(await worker.end("SIGTERM"), 0, worker.text);
    });

    it("register a user whose account is opened, and trades, once the code of a mail has come back", async function () {
      this.timeout(120_000);
      const exchange = new ExchangeProcesses();
      try {
        const shard = await exchange.startShard();
        await exchange.openAccounts(shard.port);
        const register = await spawn("users/main", {
          ...sqlOf("users", "users"),
          BOURSE_SECRETS: join(folder, "secrets"),
          BOURSE_NOTICE_TOPIC: place,
          BOURSE_BROKER_PASSWORD_FILE: secret,
          BOURSE_TRADING: `localhost:${shard.port}`,
          BOURSE_TRADING_KEY: exchange.path("gateway.pem"),
          BOURSE_TRADING_SESSION: "61",
        }).line(/is running/);
        const worker = notification();
        await worker.line(/is running/);
        // The shard has two accounts already, whose numbers are theirs in another database.
        for (const name of ["first", "second"]) {
          await ask(register.port, "POST", "/accounts", { name, password, address: `${name}@example.com` });
        }
        const dave = { name: "dave", password, address: "dave@example.com" };
        const { status, body } = await ask(register.port, "POST", "/account/v1/users", dave);
        equal(status, 201, JSON.stringify(body));
        const { apiKey, secretKey } = (
          await ask(register.port, "POST", `/accounts/${body.account}/keys`, { label: "bot", permissions: ["read", "trade"] })
        ).body;
        const gateway = await exchange.startGateway("gateway", shard.port, 11, {
          ...sqlOf("gateway", "users"),
          BOURSE_SECRETS: join(folder, "secrets"),
        });
        const bot = exchange.client(gateway.port, { name: "dave", account: body.account, apiKey, secretKey });
        await rejects(bot.fetchBalance(), /Invalid API-key/);

        const mailTo = () => smtp.arrived.find((mail) => /^To: dave@example\.com\r?$/m.test(mail) && /^Subject: Confirm/m.test(mail));
        await until(() => mailTo() !== undefined, 40);
        const code = /^ {2}([A-Za-z0-9_-]{43})\r?$/m.exec(mailTo()!)?.[1];
        const confirm = () => ask(register.port, "POST", "/account/v1/confirmations", { code });
        deepStrictEqual(await confirm(), { status: 200, body: { account: body.account } });
        equal((await confirm()).status, 403);
        const mailed = `select address from mail_address where account = ${body.account}`;
        await until(async () => (await query("notification", "notification", mailed)).length === 1, 40);
        // The account is open, and there is nothing in it yet.
        await until(async () => (await bot.fetchBalance().catch(() => undefined)) !== undefined, 40);
        await rejects(bot.createOrder("BTC/USDT", "limit", "buy", 0.01, 50_000), /insufficient balance/);
        equal(await worker.end("SIGTERM"), 0, worker.text);
      } finally {
        await exchange.remove();
      }
    });

    it("number accounts apart when they are opened at the same time in two processes", async function () {
      this.timeout(60_000);
      const other = await spawn("users/main", {
        ...sqlOf("users", "users"),
        BOURSE_SECRETS: join(folder, "secrets"),
        BOURSE_NOTICE_TOPIC: place,
        BOURSE_BROKER_PASSWORD_FILE: secret,
      }).line(/is running/);
      const opened = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          ask([users.port, other.port][index % 2], "POST", "/accounts", {
            name: `user-${index}`,
            password,
            address: `u${index}@example.com`,
          }),
        ),
      );
      for (const { status, body } of opened) equal(status, 201, JSON.stringify(body));
      equal(new Set(opened.map(({ body }) => body.account)).size, 12);
    });
  });

  withMoto("and the AWS APIs", (startMoto) => {
    const exchange = new ExchangeProcesses();
    let moto: MotoServer;
    let front: Awaited<ReturnType<typeof http2Front>>;
    let aws: Record<string, string>;
    const bus = { BOURSE_BUS: "kinesis:orders" };
    let shard: Awaited<ReturnType<ExchangeProcesses["startShard"]>>;

    before(async function () {
      this.timeout(120_000);
      moto = await startMoto();
      front = await http2Front(moto.client.endpoint);
      aws = {
        AWS_ENDPOINT_URL: moto.client.endpoint,
        AWS_ENDPOINT_URL_KINESIS: front.url,
        AWS_REGION: moto.client.region,
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      };
      const kinesis = new KinesisClient({ ...moto.client, requestHandler: new NodeHttpHandler() });
      await kinesis.send(new CreateStreamCommand({ StreamName: "orders", ShardCount: 2 }));
      const status = async () =>
        (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: "orders" }))).StreamDescriptionSummary?.StreamStatus;
      await until(async () => (await status()) === "ACTIVE");
      shard = await exchange.startShard();
    });
    after(async () => {
      await exchange.remove();
      await front.close();
      await moto.stop();
    });

    const analytics = () => spawn("analytics/main", { ...sqlOf("analytics", "analytics"), ...bus, ...aws });

    it("count what the shard settled, by way of publisher and stream; a second process takes over and the first one ends", async function () {
      this.timeout(120_000);
      const accounts = await exchange.openAccounts(shard.port);
      const gateway = await exchange.startGateway("gateway", shard.port, 11);
      const [maker, taker] = accounts.map((each) => exchange.client(gateway.port, each));
      await exchange.startFollower("publisher", shard.port, 31, {
        ...measured("publisher"),
        ...sqlOf("publisher", "publisher"),
        ...bus,
        ...aws,
      });
      const first = analytics();
      const { port } = await first.line(/is running/);
      await maker.createOrder("BTC/USDT", "limit", "sell", 0.02, 50_000);
      await taker.createOrder("BTC/USDT", "limit", "buy", 0.01, 50_000);
      const counted = async (of: number) => {
        const { status, body } = await ask(of, "GET", "/hours?symbol=1");
        equal(status, 200, JSON.stringify(body));
        return (body as { orders: number; trades: number }[]).reduce((sum, hour) => [sum[0] + hour.orders, sum[1] + hour.trades], [0, 0]);
      };
      await until(async () => (await counted(port)).join() === "2,1", 60);

      const second = analytics();
      const taken = await second.line(/is running/);
      await taker.createOrder("BTC/USDT", "limit", "buy", 0.01, 50_000);
      await until(async () => (await counted(taken.port)).join() === "3,2", 60);
      equal(await first.ended(), 1, first.text);
      match(first.text, /another process has taken over the counting/);
      equal(await second.end("SIGTERM"), 0, second.text);
    });

    for (const service of ["notification", "analytics", "publisher"]) {
      it(`send, as ${service}, the figures of the platform's table and no others`, async function () {
        this.timeout(30_000);
        const wanted = [...metricsOf(service)].sort().join();
        await until(() => [...(figures.get(service) ?? [])].sort().join() === wanted);
      });
    }

    it("mail through SES what SQS and SNS bring, with the role's credentials alone", async function () {
      this.timeout(120_000);
      const [sqs, sns, ses] = [new SQSClient(moto.client), new SNSClient(moto.client), new SESv2Client(moto.client)];
      const queueOf = async (name: string, attributes?: Record<string, string>) => {
        const { QueueUrl: url = "" } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
        const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] }));
        return { url, arn: Attributes?.QueueArn ?? "" };
      };
      const dead = await queueOf("dead");
      const queue = await queueOf("notices", { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 }) });
      const { TopicArn: topic = "" } = await sns.send(new CreateTopicCommand({ Name: "account-events" }));
      await sns.send(
        new SubscribeCommand({ TopicArn: topic, Protocol: "sqs", Endpoint: queue.arn, Attributes: { RawMessageDelivery: "true" } }),
      );
      await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: "exchange.example" }));
      const users = await spawn("users/main", {
        ...sqlOf("users", "users"),
        ...aws,
        BOURSE_SECRETS: join(folder, "secrets"),
        BOURSE_NOTICE_TOPIC: `sns:${topic}`,
      }).line(/is running/);
      const worker = spawn("notification/main", {
        ...sqlOf("notification", "notification"),
        ...aws,
        BOURSE_NOTICE_QUEUE: `sqs:${queue.url}`,
        BOURSE_NOTICE_DEAD_LETTERS: dead.url,
        BOURSE_MAIL: "ses:bourse",
        BOURSE_MAIL_FROM: "Bourse <no-reply@exchange.example>",
      });
      const { port } = await worker.line(/is running/);
      const account = await ask(users.port, "POST", "/accounts", { name: "carol", password, address: "carol@example.com" });
      equal(account.status, 201, JSON.stringify(account.body));
      const addressed = async () =>
        (await query("notification", "notification", `select address from mail_address where account = ${account.body.account}`)).length ===
        1;
      await until(addressed, 40);
      await ask(users.port, "POST", `/accounts/${account.body.account}/keys`, { label: "bot", permissions: ["read"] });
      const mails = async () => {
        const answer = await fetch(`${moto.client.endpoint}/moto-api/data.json`);
        return JSON.stringify(((await answer.json()) as Record<string, unknown>).ses ?? {});
      };
      await until(
        async () => (await query("notification", "notification", "select id from notice_done where kind = 'apiKeyCreated'")).length >= 2,
        40,
      );
      ok((await mails()).length > 2, "SES has the mail");
      deepStrictEqual(await ask(port, "GET", "/dead-letters?limit=5"), { status: 200, body: [] });
    });
  });
});
