/** Every Kubernetes object that a program registers, judged by a real API server: strictly validated, admitted under Pod Security `restricted`. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  ClusterControllers,
  ExchangeServices,
  type ExchangeServicesArgs,
  PodScaling,
  type ServiceStore,
  type StoreRefs,
  stores,
} from "bourse";
import { type ResourceGraph, recordProgram } from "bourse/testing";
import { parse } from "yaml";
import { kedaDefinitions } from "../../../components/cluster/keda-definitions";
import { controllerDefinitions } from "../../../components/cluster/load-balancer-controller";
import { program } from "../../../stacks";
import { addonDefinitions } from "../../servers/custom-resource-definitions";
import { type KubernetesObject, type KubernetesServer, type Verdict, withKubernetes } from "../../servers/kubernetes";
import { accountId, cluster, image, keyRef, placement, zoneIds } from "../references";

/** Every store there is, so that every environment and path of the catalog is written. */
const everyStore: StoreRefs = Object.fromEntries(
  (Object.keys(stores) as ServiceStore[]).map((store) => [
    store,
    {
      arns: [`arn:aws:example:us-east-1:${accountId}:${store}`],
      environment: { [`BOURSE_${store.toUpperCase()}`]: `${store}.internal:1` },
    },
  ]),
);

const minimal: ExchangeServicesArgs = {
  region: "us-east-1",
  cluster,
  zoneIds,
  placement,
  networkCidrs: ["10.16.0.0/16"],
  image,
  volumeKey: keyRef("cluster"),
  stores: everyStore,
  targetGroups: { gateway: { sockets: { arn: "arn:aws:elasticloadbalancing:gateway", sourceSecurityGroupId: "sg-balancer" } } },
};

const regionConfig = readFileSync(join(__dirname, "../../../stacks/Pulumi.us-east-1.yaml"), "utf8");
const region = Object.fromEntries(
  Object.entries(parse(regionConfig).config as Record<string, unknown>)
    .filter(([key]) => key.startsWith("bourse:"))
    .map(([key, value]) => [key.slice("bourse:".length), value]),
);

const programs: Record<string, () => unknown> = {
  // In one stack: layers would read each other.
  "the region of the repository": () => program({ ...region, layers: [] }, "us-east-1"),
  "services with every store, and a canary": () =>
    new ExchangeServices("run", { ...minimal, canaries: { gateway: { image }, "market-data": { image, replicas: 2 } } }),
  "services with certificates of a private authority": () =>
    new ExchangeServices("run", {
      ...minimal,
      authority: { arn: `arn:aws:acm-pca:us-east-1:${accountId}:certificate-authority/1`, region: "us-east-1" },
    }),
  "services in development, on a journal of their own": () =>
    new ExchangeServices("run", { ...minimal, stores: {}, targetGroups: {}, preset: "development" }),
  "controllers of a cluster": () => new ClusterControllers("own", { cluster, region: "us-east-1", accountId, vpcId: "vpc-1" }),
  "the scaling of pods by figures": () => new PodScaling("follow", { cluster, networkCidrs: ["10.16.0.0/16"] }),
};

/** The first things that others need, in this order; they are kept, the rest is judged and forgotten. */
const kept = ["Namespace", "CustomResourceDefinition", "ServiceAccount"];

withKubernetes("A real API server", (start) => {
  for (const [title, source] of Object.entries(programs)) {
    describe(`given ${title}`, function () {
      this.timeout(300_000);
      let server: KubernetesServer;
      let objects: KubernetesObject[];

      before(async () => {
        [server, objects] = [await start(), objectsOf(await recordProgram({ timeoutMs: 240_000 }, source))];
        await define(server, objects);
        // The controllers' namespace exists; here it is as closed as ours, which their pods bear.
        const closed = { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system", labels: restricted } };
        admitted(closed, await server.applyDry(closed));
        for (const kind of kept) {
          for (const object of objects.filter((each) => each.kind === kind)) admitted(object, await server.create(object, "keep"));
        }
      });
      after(() => server?.stop());

      it("admits every object, strictly validated, without a warning", async () => {
        assert.ok(objects.length >= 15, `${objects.length} objects`);
        for (const object of objects.filter(({ kind }) => !kept.includes(kind))) {
          admitted(object, await server.create(object, "dry-run"));
          admitted(object, await server.applyDry(object));
        }
      });

      it("admits the pods of every workload where only restricted pods are admitted", async () => {
        const pods = objects.flatMap(podsOf);
        assert.ok(pods.length > 0);
        for (const pod of pods) admitted(pod, await server.create(pod, "dry-run"));
      });
    });
  }

  describe("is a judge that refuses", function () {
    this.timeout(120_000);
    let server: KubernetesServer;
    let objects: KubernetesObject[];

    before(async () => {
      [server, objects] = [await start(), objectsOf(await recordProgram({}, programs["services with every store, and a canary"]))];
      await define(server, objects);
      for (const object of objects.filter(({ kind }) => kind === "Namespace" || kind === "ServiceAccount")) {
        admitted(object, await server.create(object, "keep"));
      }
    });
    after(() => server?.stop());

    const gateway = () => objects.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === "gateway")!;

    it("a field that the kind does not have", async () => {
      const changed = structuredClone(gateway()) as KubernetesObject & { spec: Record<string, unknown> };
      changed.spec.replica = 3;
      const { status, body } = await server.create(changed, "dry-run");
      assert.equal(status, 400);
      assert.match(body, /unknown field \\"spec.replica\\"/);
      assert.equal((await server.applyDry(changed)).status, 500);
    });

    it("a field of a certificate that its definition does not have", async () => {
      const changed = structuredClone(objects.find(({ kind }) => kind === "Certificate")!) as KubernetesObject & {
        spec: Record<string, unknown>;
      };
      changed.spec.dnsName = "gateway";
      const { status, body } = await server.create(changed, "dry-run");
      assert.equal(status, 400);
      assert.match(body, /unknown field \\"spec.dnsName\\"/);
    });

    it("a figure to reach that is no text, and fewer pods than none", async () => {
      const changed = structuredClone(objects.find(({ kind }) => kind === "ScaledObject")!) as KubernetesObject & {
        spec: { minReplicaCount: unknown; triggers: { metadata: Record<string, unknown> }[] };
      };
      changed.spec.triggers[0].metadata.targetMetricValue = 10_000;
      changed.spec.minReplicaCount = -1;
      const { status, body } = await server.create(changed, "dry-run");
      assert.equal(status, 422);
      assert.match(body, /targetMetricValue in body must be of type string/);
      assert.match(body, /minReplicaCount in body should be greater than or equal to 0/);
    });

    for (const [what, loosen] of Object.entries({
      "may gain privileges": (pod: Pod) => {
        pod.containers[0].securityContext.allowPrivilegeEscalation = true;
      },
      "may run as root": (pod: Pod) => {
        pod.securityContext.runAsNonRoot = false;
      },
      "has a folder of the node": (pod: Pod) => {
        pod.volumes.push({ name: "node", hostPath: { path: "/" } });
      },
    })) {
      it(`a pod that ${what}`, async () => {
        const [pod] = podsOf(gateway());
        loosen(pod.spec as unknown as Pod);
        const { status, body } = await server.create(pod, "dry-run");
        assert.equal(status, 403);
        assert.match(body, /violates PodSecurity \\"restricted:latest\\"/);
      });
    }

    it("a pod that uses more memory than it is given, or a probe that never comes", async () => {
      const [pod] = podsOf(gateway());
      const [container] = (pod.spec as unknown as Pod).containers;
      container.resources.requests.memory = "1Ti";
      container.livenessProbe.periodSeconds = -1;
      const { status, body } = await server.create(pod, "dry-run");
      assert.equal(status, 422);
      assert.match(body, /must be less than or equal to memory limit/);
      assert.match(body, /livenessProbe.periodSeconds/);
    });
  });
});

const restricted = { "pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted" };

interface Pod {
  securityContext: { runAsNonRoot: boolean };
  volumes: Record<string, unknown>[];
  containers: {
    securityContext: { allowPrivilegeEscalation: boolean };
    resources: { requests: Record<string, string> };
    livenessProbe: { periodSeconds: number };
  }[];
}

/** Definitions that the cluster has before the program runs: those of add-ons, and of the controllers where the program has not its own. */
async function define(server: KubernetesServer, objects: readonly KubernetesObject[]): Promise<void> {
  const own = Object.values({ ...controllerDefinitions, ...kedaDefinitions }).map(
    (definition) =>
      ({ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", ...definition }) as unknown as KubernetesObject,
  );
  const later = objects.filter(({ kind }) => kind === "CustomResourceDefinition").map(({ metadata: { name } }) => name);
  for (const definition of [...addonDefinitions, ...own.filter(({ metadata: { name } }) => !later.includes(name))]) {
    admitted(definition, await server.create(definition, "keep"));
  }
}

function admitted(object: KubernetesObject, { status, warnings, body }: Verdict): void {
  const name = `${object.kind} ${object.metadata.name}`;
  assert.ok(status === 200 || status === 201, `${name}: ${status} ${body}`);
  assert.deepEqual(warnings, [], name);
}

/** Objects of the Kubernetes API as a program registered them: the provider sends its inputs as they are. */
function objectsOf(graph: ResourceGraph): KubernetesObject[] {
  const registered = graph.resources.filter(({ type, custom }) => custom && type.startsWith("kubernetes:"));
  const objects = registered.map(({ inputs }) => inputs as unknown as KubernetesObject);
  assert.ok(objects.every(({ apiVersion, kind }) => apiVersion !== undefined && kind !== undefined));
  return objects;
}

/** The pod that a controller would make of an object's template, with the claims that a StatefulSet adds. */
function podsOf(object: KubernetesObject): KubernetesObject[] {
  const spec = (object.spec ?? {}) as {
    template?: { metadata: object; spec: { volumes?: object[] } };
    jobTemplate?: { spec: { template: { metadata: object; spec: { volumes?: object[] } } } };
    volumeClaimTemplates?: { metadata: { name: string } }[];
  };
  const template = spec.template ?? spec.jobTemplate?.spec.template;
  if (template === undefined || !("containers" in template.spec)) return [];
  const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: `${name}-${object.metadata.name}-0` },
  }));
  return [
    structuredClone({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...template.metadata, name: `${object.metadata.name}-0`, namespace: object.metadata.namespace },
      spec: { ...template.spec, volumes: [...(template.spec.volumes ?? []), ...claims] },
    }),
  ];
}
