/** The variables that the platform gives to pods, and the processes that read them: each process is started with those of its pod. */

import { deepStrictEqual, doesNotMatch, equal } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catalog, ExchangeRegion, logsOn, type ServiceName, serviceNames } from "bourse";
import { type ResourceGraph, recordProgram } from "bourse/testing";
import { accountId, image, placement, zoneIds } from "../../components/references";
import { ServiceProcess } from "../services/exchange-processes";
import { freePort } from "../services/trading/replication/members";

interface Pod {
  metadata: { annotations?: Record<string, string> };
  spec: { containers: { args: string[]; env: { name: string; value?: string; valueFrom?: { fieldRef: { fieldPath: string } } }[] }[] };
}

const entryOf = (service: ServiceName) => catalog[service].entry.replace(/\.js$/, "");
const root = join(__dirname, "..", "..", "..");
/** Services of the catalog that have a process. */
const served = serviceNames.filter((service) => existsSync(join(root, "workloads", `${entryOf(service)}.ts`)));

function podOf(graph: ResourceGraph, service: ServiceName): Pod {
  const [kind, suffix] = catalog[service].kind === "StatefulSet" ? ["StatefulSet", "set"] : ["Deployment", "deployment"];
  const { inputs } = graph.get(`kubernetes:apps/v1:${kind}`, `bourse-services-${service}-${suffix}`);
  return (inputs.spec as { template: Pod }).template;
}

/** Variables as the kubelet sets them. */
function variablesOf({ spec }: Pod): Record<string, string> {
  const ofPod: Record<string, string> = { "metadata.name": "pod-0", "spec.nodeName": "node-3", "status.podIP": "10.16.1.7" };
  const [{ env }] = spec.containers;
  const told = (value: string) => value.replace("$(BOURSE_POD)", ofPod["metadata.name"]).replace("$(BOURSE_NODE)", ofPod["spec.nodeName"]);
  return Object.fromEntries(
    env.map(({ name, value, valueFrom }) => [name, value === undefined ? ofPod[valueFrom!.fieldRef.fieldPath] : told(value)]),
  );
}

function openssl(name: string, ...request: string[]): void {
  execFileSync("openssl", ["req", "-x509", "-nodes", "-days", "1", "-subj", `/CN=${name}`, ...request], { stdio: "ignore" });
}

/** Status of `/ready`, asked as the kubelet does. */
function readiness(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ port, path: "/ready", rejectUnauthorized: false, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
}

describe("Variables of a pod", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "bourse-pods-"));
  const processes: ServiceProcess[] = [];
  let graph: ResourceGraph;

  /** Variables of the service's pod, with what is mounted in it in a folder and with free ports. */
  function variables(service: ServiceName, more: Record<string, string> = {}): Record<string, string> {
    const moved = Object.entries(variablesOf(podOf(graph, service))).map(([name, value]) => [
      name,
      value.replace(/\/(etc|var\/lib)\/bourse/, join(folder, service)),
    ]);
    const binary = service === "gateway" ? { BOURSE_BINARY_PORT: "0" } : {};
    return { ...Object.fromEntries(moved), BOURSE_PORT: "0", BOURSE_HEALTH_PORT: "0", ...binary, ...more };
  }

  function start(service: ServiceName, more?: Record<string, string>): ServiceProcess {
    const started = ServiceProcess.spawn(entryOf(service), variables(service, more));
    processes.push(started);
    return started;
  }

  before(async () => {
    const zone = { zoneId: "Z1", domain: "exchange.example" };
    const region = { accountId, region: "us-east-1", cidr: "10.16.0.0/16", zoneIds, placement, zone, image };
    // Everything that a service needs: without it the service would not be there.
    const stores = ["sql", "cache", "tables", "events"] as const;
    const parts = ["messaging", "mail", "authority", "regions", "standby"] as const;
    graph = await recordProgram({}, () => new ExchangeRegion("bourse", { ...region, stores, parts }));
    const clients = join(folder, "trading", "clients");
    mkdirSync(clients, { recursive: true });
    writeFileSync(join(clients, "clients.json"), podOf(graph, "trading").metadata.annotations!["bourse/clients"]);
    // Each has a certificate for its name, by which it logs on to the shard, and trusts those of the others.
    const certificates = served.map((service) => {
      const tls = join(folder, service, "tls");
      mkdirSync(tls, { recursive: true });
      const names = `subjectAltName=DNS:localhost,DNS:${service}`;
      const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
      openssl(service, ...curve, "-addext", names, "-keyout", join(tls, "tls.key"), "-out", join(tls, "tls.crt"));
      return readFileSync(join(tls, "tls.crt"), "utf8");
    });
    for (const service of served) writeFileSync(join(folder, service, "tls", "ca.crt"), certificates.join(""));
  });
  afterEach(async () => {
    for (const each of processes) each.destroy();
    await Promise.all(processes.splice(0).map((each) => each.ended()));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const service of served) {
    it(`are those that the process of ${service} needs, and no others`, async () => {
      const started = start(service);
      await started.line(/is starting/);
      await started.end("SIGTERM");
      doesNotMatch(started.text, /does not read|configuration cannot be used/);
    });
  }

  it("let the shard and all that follow it start and be ready, each by its certificate, with a session of its own", async () => {
    const port = await freePort();
    const member = {
      BOURSE_PORT: String(port),
      BOURSE_MEMBER_ADDRESS: `localhost:${port}`,
      BOURSE_LEADERSHIP: `sqlite:${join(folder, "leadership.sqlite")}`,
    };
    const shard = await start("trading", member).line(/is running/);
    const more = { BOURSE_TRADING: `localhost:${port}` };
    // Two processes of one service are two pods, which have their addresses.
    const others = served.filter(logsOn);
    // What is in Aurora is in files here, and the key of secrets in a folder.
    const local = (service: string) => ({ BOURSE_SQL_URL: `sqlite:${join(folder, `${service}.sqlite`)}` });
    const secrets = (service: string): Record<string, string> =>
      ["gateway", "users"].includes(service) ? { BOURSE_SECRETS: join(folder, `${service}-secrets`) } : {};
    const started = others.map((service) => start(service, { ...more, ...local(service), ...secrets(service) }));
    const second = { BOURSE_POD_ADDRESS: "10.16.1.8", BOURSE_SQL_URL: `sqlite:${join(folder, "second.sqlite")}` };
    started.push(start("history", { ...more, ...second }));
    const running = await Promise.all(started.map((each) => each.line(/is running/)));
    for (const { healthPort } of [shard, ...running]) equal(await readiness(healthPort), 200);
  });

  it("are those of the database alone for the jobs that bring tables up to date", () => {
    for (const service of ["users", "notification", "analytics", "publisher"]) {
      const { inputs } = graph.get("kubernetes:batch/v1:Job", `bourse-services-${service}-migrations`);
      const given = variablesOf((inputs.spec as { template: Pod }).template);
      deepStrictEqual(Object.keys(given).sort(), ["BOURSE_POD", "BOURSE_SERVICE", "BOURSE_SQL_SIGN_IN", "BOURSE_SQL_URL", "NODE_ENV"]);
      equal(given.BOURSE_SQL_URL.startsWith(`postgresql://${service}@`), true, given.BOURSE_SQL_URL);
    }
  });
});
