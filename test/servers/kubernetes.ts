/** A real kube-apiserver over a real etcd: no nodes and no controllers, so it judges objects and runs nothing. */

import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { findProgram, freePort, requireServer, run, scratchFolder, untilReady } from "./server";

/** An object as the API takes it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  [field: string]: unknown;
}

/** What the server said to one request. */
export interface Verdict {
  /** Status of HTTP; 200 or 201 when the object was admitted. */
  status: number;
  /** Warnings of admission plugins, such as Pod Security's on templates of pods, and of deprecated versions. */
  warnings: string[];
  /** The refusal's text, or that of the object. */
  body: string;
}

export interface KubernetesServer {
  /** Posts an object as a client of `kubectl create --validate=strict` does. @param how `"dry-run"` goes through admission and is not kept */
  create(object: KubernetesObject, how: "keep" | "dry-run"): Promise<Verdict>;
  /** Applies an object on the server's side, which checks it against the typed schema, as Pulumi's provider does; nothing is kept. */
  applyDry(object: KubernetesObject): Promise<Verdict>;
  stop(): Promise<void>;
}

const installed = join(__dirname, "..", "..", ".bourse", "kubernetes");
const administrator = "administrator-of-the-test";

export function withKubernetes(title: string, body: (start: () => Promise<KubernetesServer>) => void): void {
  const store = findProgram("etcd", installed);
  const server = store === undefined ? undefined : findProgram("kube-apiserver", installed);
  requireServer(title, server, "sudo scripts/install-servers.sh", (program) => body(() => start(program, store!)));
}

async function start(program: string, etcd: string): Promise<KubernetesServer> {
  const { folder, remove } = scratchFolder("kubernetes");
  const [clients, peers, port] = [await freePort(), await freePort(), await freePort()];
  const storeUrl = `http://127.0.0.1:${clients}`;
  const peerUrl = `http://127.0.0.1:${peers}`;
  const store = run(etcd, [
    `--data-dir=${join(folder, "etcd")}`,
    `--listen-client-urls=${storeUrl}`,
    `--advertise-client-urls=${storeUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    "--unsafe-no-fsync",
  ]);
  await untilReady(store, async () => {
    const { ok, status } = await fetch(`${storeUrl}/health`);
    if (!ok) throw new Error(`status ${status}`);
  });

  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const accountKey = join(folder, "accounts.pem");
  writeFileSync(accountKey, privateKey.export({ type: "pkcs8", format: "pem" }));
  const tokens = join(folder, "tokens.csv");
  writeFileSync(tokens, `${administrator},administrator,administrator,"system:masters"\n`);
  const server = run(program, [
    `--etcd-servers=${storeUrl}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${folder}`,
    `--token-auth-file=${tokens}`,
    "--authorization-mode=RBAC",
    "--service-cluster-ip-range=10.100.0.0/16",
    `--service-account-key-file=${accountKey}`,
    `--service-account-signing-key-file=${accountKey}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    // Without the server on a node's address nothing would reach the endpoints that it announces.
    "--endpoint-reconciler-type=none",
  ]);
  const api = new Api(port, join(folder, "apiserver.crt"));
  await untilReady(
    server,
    async () => {
      const { status, body } = await api.send("GET", "/readyz");
      if (status !== 200) throw new Error(body);
    },
    90,
  );
  return {
    create: (object, how) => api.create(object, how === "dry-run" ? "&dryRun=All" : ""),
    applyDry: (object) => api.apply(object),
    async stop() {
      api.close();
      await server.stop();
      await store.stop();
      remove();
    },
  };
}

/** One client of the server, which learns from it where objects of a kind are. */
class Api {
  private readonly paths = new Map<string, { path: string; namespaced: boolean }>();
  private agent: Agent | undefined;

  constructor(
    private readonly port: number,
    private readonly certificateFile: string,
  ) {}

  async create(object: KubernetesObject, query: string): Promise<Verdict> {
    const verdict = await this.send("POST", `${await this.pathOf(object)}?fieldManager=test&fieldValidation=Strict${query}`, object);
    if (object.kind === "CustomResourceDefinition" && verdict.status === 201 && query === "") await this.untilServed(object);
    return verdict;
  }

  async apply(object: KubernetesObject): Promise<Verdict> {
    const path = `${await this.pathOf(object)}/${object.metadata.name}?fieldManager=test&fieldValidation=Strict&dryRun=All`;
    return this.send("PATCH", path, object, "application/apply-patch+yaml");
  }

  send(method: string, path: string, object?: KubernetesObject, contentType = "application/json"): Promise<Verdict> {
    // The server makes its certificate when it starts.
    this.agent ??= new Agent({ keepAlive: true, ca: readFileSync(this.certificateFile) });
    const body = object === undefined ? undefined : JSON.stringify(object);
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: "127.0.0.1",
          port: this.port,
          method,
          path,
          agent: this.agent,
          headers: { authorization: `Bearer ${administrator}`, ...(body === undefined ? {} : { "content-type": contentType }) },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk)).once("error", reject);
          response.once("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              // A repeated header is one list; each warning is code, agent and a quoted text (RFC 7234, section 5.5).
              warnings: [...String(response.headers.warning ?? "").matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text),
              body: Buffer.concat(chunks).toString("utf8"),
            }),
          );
        },
      );
      sent.once("error", reject).end(body);
    });
  }

  close(): void {
    this.agent?.destroy();
  }

  /** Where objects of the kind are, as the server's own discovery tells. */
  private async pathOf({ apiVersion, kind, metadata }: KubernetesObject): Promise<string> {
    const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const key = `${apiVersion} ${kind}`;
    if (!this.paths.has(key)) {
      const found = (await this.served(group)).find((resource) => resource.kind === kind && !resource.name.includes("/"));
      if (found === undefined) throw new Error(`the server serves no ${kind} of ${apiVersion}`);
      this.paths.set(key, { path: found.name, namespaced: found.namespaced });
    }
    const { path, namespaced } = this.paths.get(key)!;
    return namespaced ? `${group}/namespaces/${metadata.namespace ?? "default"}/${path}` : `${group}/${path}`;
  }

  /** Resources of a group, none when there is no such group. */
  private async served(group: string): Promise<{ name: string; kind: string; namespaced: boolean }[]> {
    const { status, body } = await this.send("GET", group);
    return status === 200 ? JSON.parse(body).resources : [];
  }

  /** A definition is served a moment after it was made. */
  private async untilServed(definition: KubernetesObject): Promise<void> {
    const { group, versions, names } = definition.spec as { group: string; versions: { name: string }[]; names: { plural: string } };
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const served = await this.served(`/apis/${group}/${versions[0].name}`);
      if (served.some((resource) => resource.name === names.plural)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${definition.metadata.name} is not served`);
  }
}
