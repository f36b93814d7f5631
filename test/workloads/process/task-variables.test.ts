/** The variables that the platform gives to tasks of ECS, and the processes that read them: each process is started with exactly those of its task definition. */

import { deepStrictEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catalog, ExchangeRegion, logsOn, type ServiceName, serviceNames } from "bourse";
import { type ResourceGraph, recordProgram } from "bourse/testing";
import { accountId, image, placement, zoneIds } from "../../components/references";
import { serveTaskSecrets, type TaskSecrets } from "../../servers/task-secrets";
import { ServiceProcess } from "../services/exchange-processes";
import { until } from "../services/until";

interface Container {
  command: string[];
  environment: { name: string; value: string }[];
  healthCheck?: { command: string[] };
}

describe("Variables of a task", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "bourse-tasks-"));
  const processes: ServiceProcess[] = [];
  let graph: ResourceGraph;
  let aws: TaskSecrets;

  function containerOf(key: string): Container {
    const { inputs } = graph.get("aws:ecs/taskDefinition:TaskDefinition", `bourse-services-${key}-task`);
    return JSON.parse(String(inputs.containerDefinitions))[0];
  }

  /** As ECS sets them, with the task's volumes in a folder and with free ports; where `AWS` is, only a task of ECS knows. */
  function variablesOf(key: string, more: Record<string, string> = {}): Record<string, string> {
    const given = containerOf(key).environment.map(({ name, value }) => [
      name,
      value.replaceAll("/tmp/", `${join(folder, key)}/`).replace("/var/lib/bourse", join(folder, key)),
    ]);
    return { ...Object.fromEntries(given), ...aws.environment, ...more };
  }

  function start(service: ServiceName, more: Record<string, string> = {}): ServiceProcess {
    // Of this machine's addresses which one is its own cannot be known, and another process has the next.
    const binary: Record<string, string> = service === "gateway" ? { BOURSE_BINARY_PORT: "0" } : {};
    const local = { BOURSE_PORT: "0", BOURSE_HEALTH_PORT: "0", ...binary, ...(logsOn(service) ? { BOURSE_POD_ADDRESS: "10.16.1.7" } : {}) };
    const started = ServiceProcess.spawn(catalog[service].entry.replace(/\.js$/, ""), variablesOf(service, { ...local, ...more }));
    processes.push(started);
    return started;
  }

  async function runJob(key: string): Promise<ServiceProcess> {
    const job = ServiceProcess.spawn(containerOf(key).command[0].replace(/\.js$/, ""), variablesOf(key));
    processes.push(job);
    equal(await job.ended(), 0, job.text);
    return job;
  }

  before(async () => {
    const zone = { zoneId: "Z1", domain: "exchange.example" };
    const region = { accountId, region: "us-east-1", cidr: "10.16.0.0/16", zoneIds, placement, zone, image };
    const stores = ["sql", "events"] as const;
    const parts = ["messaging", "mail", "authority"] as const;
    graph = await recordProgram({}, () => new ExchangeRegion("bourse", { ...region, compute: "fargate", stores, parts }));
    const certificates = serviceNames.map((service) => {
      const { inputs, outputs } = graph.get("aws:acm/certificate:Certificate", `bourse-services-${service}-certificate`);
      // Beside its own name that of this machine, on which all are started.
      return [String(outputs.arn), [String(inputs.domainName), "localhost"]];
    });
    aws = await serveTaskSecrets(join(folder, "authority"), Object.fromEntries(certificates));
  });
  afterEach(async () => {
    for (const each of processes) each.destroy();
    await Promise.all(processes.splice(0).map((each) => each.ended()));
  });
  after(() => {
    aws.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("let the job make a key for each service that logs on, once, and a list without private keys", async () => {
    await runJob("logon");
    const list = aws.secrets.get(containerOf("trading").environment.find(({ name }) => name === "BOURSE_TASK_CLIENTS")!.value)!;
    doesNotMatch(list, /PRIVATE/);
    equal(JSON.parse(list).clients.length, serviceNames.filter(logsOn).length);
    const made = new Map(aws.secrets);
    await runJob("logon");
    deepStrictEqual(aws.secrets, made);
  });

  it("let the job renew the key that is old, once, and list the one before beside it until the next is made", async () => {
    const variable = (service: string, wanted: string) => containerOf(service).environment.find(({ name }) => name === wanted)!.value;
    const [list, old, young] = [
      variable("trading", "BOURSE_TASK_CLIENTS"),
      variable("history", "BOURSE_TASK_LOGON"),
      variable("wallet", "BOURSE_TASK_LOGON"),
    ];
    const before = new Map(aws.secrets);
    aws.age(old, 91);
    match((await runJob("logon")).text, /was renewed/);
    equal(aws.secrets.get(young), before.get(young));
    const publicOf = (pem: string) => createPublicKey(createPrivateKey(pem)).export({ type: "spki", format: "pem" });
    const [now, then] = [aws.secrets.get(old)!, before.get(old)!].map(publicOf);
    ok(now !== then);
    const listed = JSON.parse(aws.secrets.get(list)!).clients as { publicKey: string; previousKey?: string }[];
    deepStrictEqual(
      listed.flatMap(({ publicKey, previousKey }) => (previousKey === undefined ? [] : [[publicKey, previousKey]])),
      [[now, then]],
    );
    const renewed = new Map(aws.secrets);
    await runJob("logon");
    deepStrictEqual(aws.secrets, renewed);
  });

  for (const service of serviceNames) {
    it(`are those that the process of ${service} needs, and no others`, async () => {
      const started = start(service);
      await started.line(/is starting/);
      await started.end("SIGTERM");
      doesNotMatch(started.text, /does not read|configuration cannot be used/);
    });
  }

  it("let the shard and all that follow it start, be healthy and drain, each with a certificate and a key that it fetched", async () => {
    const shard = start("trading");
    const { port, healthPort } = await shard.line(/is running/);
    const local = (service: string) => ({ BOURSE_SQL_URL: `sqlite:${join(folder, `${service}.sqlite`)}` });
    const secrets = (service: string): Record<string, string> =>
      ["gateway", "users"].includes(service) ? { BOURSE_SECRETS: join(folder, `${service}-secrets`) } : {};
    const more = { BOURSE_TRADING: `localhost:${port}` };
    const others = serviceNames.filter((service) => logsOn(service) && service !== "publisher");
    const started = others.map((service) => start(service, { ...more, ...local(service), ...secrets(service) }));
    const running = await Promise.all(started.map((each) => each.line(/is running/)));
    for (const [index, each] of [healthPort, ...running.map((line) => line.healthPort)].entries()) {
      await until(async () => (await healthy(each, `task-${index}`)) === 0, 40);
    }
    equal(await healthy(1, "task-of-nobody"), 1);
    const files = ["tls/tls.key", "logon.key"].map((name) => statSync(join(folder, "gateway", name)).mode & 0o777);
    deepStrictEqual(files, [0o600, 0o600]);
    ok(aws.calls.some((call) => call.startsWith("ExportCertificate")));
    for (const each of [...started.reverse(), shard]) equal(await each.end("SIGTERM"), 0, each.text);
  });

  it("let figures go to the log, in the format of which CloudWatch makes metrics", async () => {
    const { BOURSE_METRICS } = variablesOf("trading");
    equal(BOURSE_METRICS, "log");
    const shard = start("trading", { BOURSE_METRICS_SECONDS: "1" });
    const line = await shard.line(/CloudWatchMetrics/);
    deepStrictEqual([line.Service, line._aws.CloudWatchMetrics[0].Namespace], ["trading", "Bourse"]);
    ok(typeof line.Alive === "number");
  });

  it("end a task that may not read what is its own, with what it was", async () => {
    const stranger = start("history", { BOURSE_TASK_LOGON: "arn:aws:secretsmanager:us-east-1:123456789012:secret:other" });
    equal(await stranger.ended(), 1);
    match(stranger.text, /ResourceNotFoundException|there is none/);
  });

  it("are those of the database alone for the jobs that bring tables up to date", () => {
    for (const service of ["users", "notification", "analytics", "publisher"]) {
      const given = variablesOf(`${service}-migrations`);
      const own = Object.keys(given).filter((name) => name.startsWith("BOURSE_"));
      deepStrictEqual(own.sort(), ["BOURSE_SERVICE", "BOURSE_SQL_SIGN_IN", "BOURSE_SQL_URL"]);
      equal(given.BOURSE_SQL_URL.startsWith(`postgresql://${service}@`), true, given.BOURSE_SQL_URL);
    }
  });

  /** Status of the container's health check, in a task of its own. */
  async function healthy(port: number, task: string): Promise<unknown> {
    const [, program, entry] = containerOf("gateway").healthCheck!.command;
    equal(program, "/usr/local/bin/node");
    const check = ServiceProcess.spawn(entry.replace(/\.js$/, ""), { BOURSE_HEALTH_PORT: String(port), TMPDIR: makeFolder(task) });
    processes.push(check);
    return check.ended();
  }

  function makeFolder(task: string): string {
    return mkdtempSync(join(folder, `${task}-`));
  }
});
