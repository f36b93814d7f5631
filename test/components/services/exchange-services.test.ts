import assert from "node:assert/strict";
import {
  catalog,
  ExchangeServices,
  type ExchangeServicesArgs,
  type ServiceName,
  type StoreRefs,
  serviceNames,
  tradingClients,
} from "bourse";
import {
  assertFaults,
  assertInputs,
  describeComponent,
  differenceOf,
  probeTransforms,
  type ResourceGraph,
  recordProgram,
  untransformed,
} from "bourse/testing";
import { accountId, cluster, image, keyRef, placement, zoneIds } from "../references";

const deployment = "kubernetes:apps/v1:Deployment";
const statefulSet = "kubernetes:apps/v1:StatefulSet";
const role = "aws:iam/role:Role";
const rolePolicy = "aws:iam/rolePolicy:RolePolicy";
const podIdentity = "aws:eks/podIdentityAssociation:PodIdentityAssociation";
const provider = "pulumi:providers:kubernetes";
const scaledObject = "kubernetes:keda.sh/v1alpha1:ScaledObject";

const stores: StoreRefs = {
  sql: {
    arns: [`arn:aws:rds-db:us-east-1:${accountId}:dbuser:cluster-A`],
    environment: { BOURSE_SQL_URL: "postgresql://{user}@sql.internal:5432/{database}" },
  },
  secrets: {
    arns: [`arn:aws:secretsmanager:us-east-1:${accountId}:secret:bourse`],
    environment: { BOURSE_SECRETS: "secrets-manager:bourse" },
  },
  events: { arns: [`arn:aws:kinesis:us-east-1:${accountId}:stream/orders`], environment: { BOURSE_BUS: "kinesis:orders" } },
  noticeTopic: { arns: [`arn:aws:sns:us-east-1:${accountId}:events`], environment: { BOURSE_NOTICE_TOPIC: "sns:events" } },
  noticeQueue: { arns: [`arn:aws:sqs:us-east-1:${accountId}:notices`], environment: { BOURSE_NOTICE_QUEUE: "sqs:notices" } },
  mail: { arns: [`arn:aws:ses:us-east-1:${accountId}:identity/exchange.example`], environment: { BOURSE_MAIL: "ses:bourse" } },
};
const keepers = ["analytics", "notification", "publisher", "users"] as const;

const minimal: ExchangeServicesArgs = {
  region: "us-east-1",
  cluster,
  zoneIds,
  placement,
  networkCidrs: ["10.16.0.0/16"],
  image,
  volumeKey: keyRef("cluster"),
  stores,
  targetGroups: {
    gateway: {
      sockets: { arn: "arn:aws:elasticloadbalancing:gateway", sourceSecurityGroupId: "sg-balancer" },
      binary: { arn: "arn:aws:elasticloadbalancing:binary", sourceSecurityGroupId: "sg-balancer" },
    },
  },
};

function servicesWith(over: Partial<ExchangeServicesArgs> = {}): () => ExchangeServices {
  return () => new ExchangeServices("run", { ...minimal, ...over });
}

describeComponent("ExchangeServices", servicesWith(), (subject) => {
  it("runs every service of the catalog as its own workload, with budget, service, account, certificate, policy, role and identity", () => {
    const { graph } = subject;
    const stateful = serviceNames.filter((service) => catalog[service].kind === "StatefulSet");
    const stateless = serviceNames.filter((service) => catalog[service].kind === "Deployment");
    assert.deepEqual(namesOf(graph, statefulSet), stateful.map((service) => `run-${service}-set`).sort());
    assert.deepEqual(namesOf(graph, deployment), stateless.map((service) => `run-${service}-deployment`).sort());
    const each: Record<string, string> = {
      "kubernetes:policy/v1:PodDisruptionBudget": "budget",
      "kubernetes:core/v1:Service": "service",
      "kubernetes:core/v1:ServiceAccount": "account",
      "kubernetes:cert-manager.io/v1:Certificate": "certificate",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy": "network",
      [role]: "role",
      [podIdentity]: "identity",
    };
    for (const [type, suffix] of Object.entries(each)) {
      const present = namesOf(graph, type);
      for (const service of serviceNames) assert.ok(present.includes(`run-${service}-${suffix}`), `${type} run-${service}-${suffix}`);
    }
  });

  it("puts every object into the given cluster, by a provider that only another cluster replaces", () => {
    assertInputs(subject.graph, provider, "run-kubernetes", { clusterIdentifier: "trading", kubeconfig: cluster.kubeconfigJson });
    const objects = subject.graph.resources.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.ok(objects.length > 60);
    for (const object of objects) assert.match(object.provider ?? "", /run-kubernetes/, object.name);
  });

  it("makes no load balancer and no ingress object: pods join target groups", () => {
    const services = subject.graph.ofType("kubernetes:core/v1:Service");
    assert.deepEqual([...new Set(services.map(({ inputs }) => specOf(inputs).type))], ["ClusterIP"]);
    assert.deepEqual(
      subject.graph.resources.filter(({ type }) => type.endsWith(":Ingress")),
      [],
    );
    assertInputs(subject.graph, "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", "run-gateway-sockets-binding", {
      spec: {
        targetGroupARN: "arn:aws:elasticloadbalancing:gateway",
        targetType: "ip",
        serviceRef: { name: "gateway", port: 8443 },
      },
    });
  });

  it("admits restricted pods alone, and every pod is one", () => {
    const { inputs } = subject.graph.get("kubernetes:core/v1:Namespace", "run-namespace");
    const labels = (inputs.metadata as { labels: Record<string, string> }).labels;
    for (const mode of ["enforce", "audit", "warn"]) assert.equal(labels[`pod-security.kubernetes.io/${mode}`], "restricted");
    for (const service of serviceNames) {
      const pod = podOf(subject.graph, service);
      assert.deepEqual(pod.securityContext.seccompProfile, { type: "RuntimeDefault" }, service);
      assert.equal(pod.securityContext.runAsNonRoot, true, service);
      assert.ok(pod.securityContext.runAsUser > 0, service);
      assert.equal(pod.automountServiceAccountToken, false, service);
      assert.equal(pod.hostNetwork ?? false, false, service);
      for (const container of pod.containers) {
        const { securityContext } = container;
        assert.deepEqual(securityContext.capabilities, { drop: ["ALL"] }, service);
        assert.equal(securityContext.allowPrivilegeEscalation, false, service);
        assert.equal(securityContext.readOnlyRootFilesystem, true, service);
        assert.equal(container.image, image, service);
      }
      assert.deepEqual(
        pod.volumes.filter((volume) => "hostPath" in volume),
        [],
        service,
      );
    }
  });

  it("starts, keeps and drains every pod by probes over TLS and a grace period longer than the drain", () => {
    for (const service of serviceNames) {
      const pod = podOf(subject.graph, service);
      const [container] = pod.containers;
      for (const [probe, path] of [
        ["startupProbe", "/live"],
        ["livenessProbe", "/live"],
        ["readinessProbe", "/ready"],
      ] as const) {
        assert.equal(container[probe].httpGet.path, path, service);
        assert.equal(container[probe].httpGet.scheme, "HTTPS", service);
      }
      assert.ok(pod.terminationGracePeriodSeconds > catalog[service].drainSeconds, service);
    }
  });

  it("gives hot pods whole cores on hot nodes in the two zones of the placement, the leader's preferred", () => {
    for (const service of serviceNames.filter((name) => catalog[name].tier === "hot")) {
      const pod = podOf(subject.graph, service);
      const { requests, limits } = pod.containers[0].resources;
      assert.deepEqual(requests, limits, service);
      assert.equal(Number.parseInt(requests.cpu, 10) % 1000, 0, service);
      assert.deepEqual(pod.nodeSelector, { "bourse/tier": "hot" });
      assert.deepEqual(pod.tolerations, [{ key: "bourse/tier", operator: "Equal", value: "hot", effect: "NoSchedule" }]);
      const { requiredDuringSchedulingIgnoredDuringExecution: required } = pod.affinity.nodeAffinity;
      assert.deepEqual(required.nodeSelectorTerms[0].matchExpressions[0].values, ["use1-az4", "use1-az6"], service);
    }
  });

  it("spreads the pods of every service over zones", () => {
    for (const service of serviceNames) {
      const [zones] = podOf(subject.graph, service).topologySpreadConstraints;
      assert.deepEqual(
        [zones.topologyKey, zones.maxSkew, zones.whenUnsatisfiable],
        ["topology.k8s.aws/zone-id", 1, "DoNotSchedule"],
        service,
      );
    }
  });

  it("binds each service account to a role that only it, in its namespace, can assume", () => {
    for (const service of serviceNames) {
      const association = assertInputs(subject.graph, podIdentity, `run-${service}-identity`, {
        clusterName: "trading",
        namespace: "bourse",
        serviceAccount: service,
      });
      const [own] = subject.graph.referencesOf(association, "roleArn");
      assert.equal(own.name, `run-${service}-role`);
      const { Statement } = JSON.parse(String(own.inputs.assumeRolePolicy));
      assert.deepEqual(Statement[0].Condition.StringEquals, {
        "aws:RequestTag/kubernetes-namespace": "bourse",
        "aws:RequestTag/kubernetes-service-account": service,
      });
    }
  });

  it("hands no pod a token of the cluster's API", () => {
    for (const service of serviceNames) {
      assertInputs(subject.graph, "kubernetes:core/v1:ServiceAccount", `run-${service}-account`, { automountServiceAccountToken: false });
    }
  });

  it("grants a service its own calls on stores that are there, on no resource by wildcard, and nothing to those that use none", () => {
    assert.deepEqual(namesOf(subject.graph, rolePolicy), [...keepers, "gateway"].map((service) => `run-${service}-role-policy`).sort());
    if (!subject.known) return;
    const statements = JSON.parse(String(subject.graph.get(rolePolicy, "run-users-role-policy").inputs.policy)).Statement;
    assert.deepEqual(statements, [
      { Effect: "Allow", Action: ["rds-db:connect"], Resource: [`arn:aws:rds-db:us-east-1:${accountId}:dbuser:cluster-A/users`] },
      {
        Effect: "Allow",
        Action: ["secretsmanager:GetSecretValue", "secretsmanager:CreateSecret"],
        Resource: [`arn:aws:secretsmanager:us-east-1:${accountId}:secret:bourse/*`],
      },
      { Effect: "Allow", Action: ["sns:Publish"], Resource: [`arn:aws:sns:us-east-1:${accountId}:events`] },
    ]);
  });

  it("leads binary orders to a port of the gateway's own, and lets it relay them to the shard under members' sessions, which nobody else may", () => {
    const binding = subject.graph.get("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", "run-gateway-binary-binding");
    assert.deepEqual(specOf(binding.inputs).serviceRef, { name: "gateway", port: 9443 });
    const { ports } = specOf(subject.graph.get("kubernetes:core/v1:Service", "run-gateway-service").inputs) as { ports: object[] };
    assert.deepEqual(ports.at(-1), { name: "binary", port: 9443, targetPort: "binary", protocol: "TCP" });
    assert.equal(environmentOf(subject.graph, "gateway").BOURSE_BINARY_PORT, "9443");
    const { clients } = JSON.parse(tradingClients(serviceNames)) as { clients: { certificate: string; relaysMembers?: boolean }[] };
    assert.deepEqual(
      clients.filter(({ relaysMembers }) => relaysMembers).map(({ certificate }) => certificate),
      ["gateway"],
    );
  });

  it("tells each service where its own stores are, and no other", () => {
    assert.equal(environmentOf(subject.graph, "users").BOURSE_SQL_URL, "postgresql://users@sql.internal:5432/users");
    assert.equal(environmentOf(subject.graph, "users").BOURSE_NOTICE_TOPIC, "sns:events");
    assert.equal(environmentOf(subject.graph, "wallet").BOURSE_NOTICE_TOPIC, undefined);
    assert.equal(environmentOf(subject.graph, "gateway").BOURSE_SQL_URL, "postgresql://gateway@sql.internal:5432/users");
    assert.equal(environmentOf(subject.graph, "history").BOURSE_SQL_URL, "sqlite:/var/lib/bourse/rows.sqlite");
    for (const name of serviceNames) {
      const told = environmentOf(subject.graph, name);
      assert.equal(told.OTEL_EXPORTER_OTLP_ENDPOINT, "http://cloudwatch-agent.amazon-cloudwatch:4318", name);
      assert.equal(told.OTEL_SERVICE_NAME, name);
      assert.equal(Number(told.OTEL_TRACES_SAMPLER_ARG), { gateway: 0.0001, users: 0.01 }[name as string] ?? 0.001, name);
      assert.match(
        String(told.OTEL_RESOURCE_ATTRIBUTES),
        /^cloud\.provider=aws,cloud\.region=us-east-1,k8s\.node\.name=\$\(BOURSE_NODE\),service\.version=[0-9a-f]{12}$/,
        name,
      );
    }
  });

  it("certifies each service by name from an authority of the cluster, for both ends of a connection, and renews in time", () => {
    for (const service of serviceNames) {
      const { inputs } = subject.graph.get("kubernetes:cert-manager.io/v1:Certificate", `run-${service}-certificate`);
      const spec = specOf(inputs) as unknown as { usages: string[]; issuerRef: object; dnsNames: string[]; isCA?: boolean };
      assert.deepEqual(spec.usages, ["digital signature", "server auth", "client auth"]);
      assert.deepEqual(spec.issuerRef, { name: "internal", kind: "Issuer" });
      assert.ok(spec.dnsNames.includes(`${service}.bourse.svc.cluster.local`));
      assert.equal(spec.isCA, undefined);
    }
  });

  it("takes certificates from the region's private authority where there is one, for a week, by the template for servers and clients", async () => {
    const authority = { arn: `arn:aws:acm-pca:us-east-1:${accountId}:certificate-authority/1`, region: "us-east-1" };
    const graph = await subject.record(servicesWith({ authority }));
    const issuer = graph.get("kubernetes:awspca.cert-manager.io/v1beta1:AWSPCAIssuer", "run-authority-private");
    assert.deepEqual(issuer.inputs.spec, authority);
    const spec = (name: string) =>
      specOf(graph.get("kubernetes:cert-manager.io/v1:Certificate", name).inputs) as unknown as Record<string, unknown>;
    for (const service of serviceNames) {
      const { usages, duration, renewBefore, issuerRef } = spec(`run-${service}-certificate`);
      assert.deepEqual([usages, duration, renewBefore], [["server auth", "client auth"], "168h", "96h"]);
      assert.deepEqual(issuerRef, { name: "private", kind: "AWSPCAIssuer", group: "awspca.cert-manager.io" });
    }
  });

  const authority = { arn: `arn:aws:acm-pca:us-east-1:${accountId}:certificate-authority/1`, region: "us-east-1" };
  const host = "trading.internal.exchange.example";

  it("makes a shard that leads out to the regions' name too, and lets services of all regions log on by their certificates, with keys that nobody else has", async () => {
    const targetGroups = { trading: { shard: { arn: "arn:aws:elasticloadbalancing:shard", sourceSecurityGroupId: "sg-entrance" } } };
    const graph = await subject.record(servicesWith({ authority, shard: { host }, targetGroups }));
    const names = (service: string) =>
      (specOf(graph.get("kubernetes:cert-manager.io/v1:Certificate", `run-${service}-certificate`).inputs) as { dnsNames?: string[] })
        .dnsNames;
    assert.deepEqual([names("trading")?.includes(host), names("gateway")?.includes(host)], [true, false]);
    const binding = graph.get("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", "run-trading-shard-binding");
    assert.deepEqual(specOf(binding.inputs).serviceRef, { name: "trading", port: 7400 });
    const template = (specOf(graph.get(statefulSet, "run-trading-set").inputs) as { template?: { metadata: { annotations: object } } })
      .template!;
    const [list] = Object.values(template.metadata.annotations).map((text) => JSON.parse(text).clients);
    assert.ok(list.length > 4);
    for (const entry of list) assert.deepEqual(Object.keys(entry).slice(0, 4), ["certificate", "sessions", "accounts", "readsEvents"]);
    assert.deepEqual(
      graph.ofType("kubernetes:cert-manager.io/v1:Certificate").filter(({ inputs }) => JSON.stringify(inputs).includes("Ed25519")),
      [],
      "no key for the shard is kept",
    );
    assert.equal(environmentOf(graph, "gateway").BOURSE_TRADING_KEY, undefined);
    assert.equal(environmentOf(graph, "gateway").BOURSE_TRADING, "trading:7400", "beside the shard there is no load balancer on the way");
  });

  it("runs no shard and nothing that writes to the database where another region leads: services log on to its shard by name", async () => {
    const joined = servicesWith({ authority, shard: { host, ledFrom: ["10.17.0.0/16"] }, targetGroups: {} });
    const graph = await subject.record(joined);
    assert.deepEqual(namesOf(graph, statefulSet), []);
    const running = ["gateway", "history", "market-data", "order-book", "users", "wallet"];
    assert.deepEqual(
      namesOf(graph, deployment),
      running.map((service) => `run-${service}-deployment`),
    );
    assert.deepEqual(namesOf(graph, "kubernetes:batch/v1:Job"), [], "tables are brought up to date in the region that leads");
    for (const service of running) {
      assert.equal(environmentOf(graph, service as ServiceName).BOURSE_TRADING, `${host}:7400`, service);
      const policy = specOf(graph.get("kubernetes:networking.k8s.io/v1:NetworkPolicy", `run-${service}-network`).inputs) as {
        egress?: object[];
      };
      const ways = [{ ipBlock: { cidr: "10.16.0.0/16" } }, { ipBlock: { cidr: "10.17.0.0/16" } }];
      const toShard = policy.egress?.filter((rule) => JSON.stringify(rule).includes('"port":7400'));
      assert.deepEqual(toShard, [{ to: ways, ports: [{ protocol: "TCP", port: 7400 }] }], service);
    }
  });

  it("keeps the journal's disk encrypted and beyond the life of pod, set and claim", () => {
    assertInputs(subject.graph, "kubernetes:storage.k8s.io/v1:StorageClass", "run-journal-storage", {
      provisioner: "ebs.csi.aws.com",
      parameters: { type: "io2", iops: "16000", encrypted: "true", kmsKeyId: keyRef("cluster").arn },
      reclaimPolicy: "Retain",
    });
    const { inputs } = subject.graph.get(statefulSet, "run-trading-set");
    const spec = specOf(inputs) as unknown as { persistentVolumeClaimRetentionPolicy: object };
    assert.deepEqual(spec.persistentVolumeClaimRetentionPolicy, { whenDeleted: "Retain", whenScaled: "Retain" });
  });
});

describe("Releases of ExchangeServices", () => {
  const next = `${image.split("@")[0]}@sha256:${"1".repeat(64)}`;
  const job = "kubernetes:batch/v1:Job";
  const jobName = (graph: ResourceGraph, name: string) => (graph.get(job, name).inputs.metadata as { name: string }).name;

  it("bring tables up to date by a job of each service that keeps some, as the service, before its pods start", async () => {
    const graph = await recordProgram({}, servicesWith());
    assert.deepEqual(
      namesOf(graph, job),
      keepers.map((service) => `run-${service}-migrations`),
    );
    for (const service of keepers) {
      const spec = specOf(graph.get(job, `run-${service}-migrations`).inputs) as unknown as {
        backoffLimit: number;
        activeDeadlineSeconds: number;
        template: { metadata: { labels: Record<string, string> }; spec: Pod & { serviceAccountName: string; restartPolicy: string } };
      };
      assert.deepEqual([spec.backoffLimit, spec.activeDeadlineSeconds, spec.template.spec.restartPolicy], [3, 600, "Never"]);
      assert.equal(spec.template.spec.serviceAccountName, service);
      const [container] = spec.template.spec.containers as (Container & { args: string[] })[];
      assert.deepEqual(container.args, ["services/migrate/main.js"]);
      const environment = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
      assert.deepEqual(
        [environment.BOURSE_SERVICE, environment.BOURSE_SQL_URL],
        [service, `postgresql://${service}@sql.internal:5432/${service}`],
      );
      assert.ok(!("livenessProbe" in container) && !("ports" in container));
      assert.notEqual(spec.template.metadata.labels["app.kubernetes.io/name"], service, "no traffic of the service reaches the job");
      const { dependencies } = graph.get(deployment, `run-${service}-deployment`);
      assert.ok(
        dependencies.some((urn) => urn.endsWith(`::run-${service}-migrations`)),
        service,
      );
    }
  });

  it("let the job out to the database, and nobody in", async () => {
    const graph = await recordProgram({}, servicesWith());
    const spec = specOf(graph.get("kubernetes:networking.k8s.io/v1:NetworkPolicy", "run-users-migrations-network").inputs) as unknown as {
      ingress: object[];
      egress: { ports: { port: number }[] }[];
      podSelector: object;
    };
    assert.deepEqual(spec.ingress, []);
    assert.deepEqual([...new Set(spec.egress.flatMap(({ ports }) => ports.map(({ port }) => port)))].sort(ascending), [53, 80, 5432]);
    assert.deepEqual(spec.podSelector, { matchLabels: { "app.kubernetes.io/name": "users-migrations" } });
  });

  it("make databases and users first where there is an administrator, by a job whose role alone reads the password", async () => {
    const administrator = {
      url: "postgresql://administrator@sql.internal:5432/bourse",
      secretArn: `arn:aws:secretsmanager:us-east-1:${accountId}:secret:rds`,
      keyArn: `arn:aws:kms:us-east-1:${accountId}:key/data`,
      through: "secretsmanager.us-east-1.amazonaws.com",
    };
    const graph = await recordProgram({}, servicesWith({ administrator }));
    const { template } = specOf(graph.get(job, "run-databases").inputs) as unknown as {
      template: { spec: Pod & { serviceAccountName: string } };
    };
    assert.equal(template.spec.serviceAccountName, "databases");
    const [container] = template.spec.containers as (Container & { args: string[] })[];
    assert.deepEqual(container.args, ["services/migrate/provision.js"]);
    assert.deepEqual(Object.fromEntries(container.env.filter(({ value }) => value !== undefined).map(({ name, value }) => [name, value])), {
      BOURSE_SQL_SECRET: administrator.secretArn,
      BOURSE_SQL_SIGN_IN: "secret",
      BOURSE_SQL_URL: administrator.url,
      NODE_ENV: "production",
    });
    for (const service of keepers) {
      const { dependencies } = graph.get(job, `run-${service}-migrations`);
      assert.ok(
        dependencies.some((urn) => urn.endsWith("::run-databases")),
        service,
      );
    }
    const readers = graph.ofType(rolePolicy).filter(({ inputs }) => String(inputs.policy).includes(administrator.secretArn));
    assert.deepEqual(
      readers.map(({ name }) => name),
      ["run-databases-role-policy"],
    );
  });

  it("make another job for another image, and none where there is no database", async () => {
    const [one, other] = [await recordProgram({}, servicesWith()), await recordProgram({}, servicesWith({ image: next }))];
    assert.notEqual(jobName(one, "run-users-migrations"), jobName(other, "run-users-migrations"));
    assert.deepEqual((await recordProgram({}, servicesWith({ stores: {}, targetGroups: {} }))).ofType(job), []);
  });

  it("run a canary beside the release, behind the same service, without touching the release", async () => {
    const before = await recordProgram({}, servicesWith());
    const graph = await recordProgram({}, servicesWith({ canaries: { gateway: { image: next, replicas: 2 } } }));
    const difference = differenceOf(before, graph);
    assert.deepEqual([difference.removed, difference.replaced, difference.updated].flat(), []);
    assert.deepEqual(
      difference.added.map(({ name }) => name),
      ["run-gateway-canary"],
    );
    const spec = specOf(graph.get(deployment, "run-gateway-canary").inputs) as unknown as {
      replicas: number;
      selector: { matchLabels: Record<string, string> };
      template: { metadata: { labels: Record<string, string> }; spec: Pod };
    };
    assert.equal(spec.replicas, 2);
    assert.equal(spec.template.spec.containers[0].image, next);
    assert.deepEqual(spec.selector.matchLabels, { "app.kubernetes.io/name": "gateway", "bourse/track": "canary" });
    const { selector } = specOf(graph.get("kubernetes:core/v1:Service", "run-gateway-service").inputs) as {
      selector: Record<string, string>;
    };
    for (const [label, value] of Object.entries(selector)) assert.equal(spec.template.metadata.labels[label], value);
  });
});

describe("A shard of ExchangeServices whose leadership is written down", () => {
  const table = `arn:aws:dynamodb:us-east-1:${accountId}:table/run-leadership`;
  const leadership = { arns: [table], environment: { BOURSE_LEADERSHIP: "dynamodb:us-east-1/run-leadership" } };
  const withMembers = (over: Partial<ExchangeServicesArgs> = {}) => servicesWith({ stores: { ...stores, leadership }, ...over });
  const names = ["trading-0", "trading-1"].map((pod) => `${pod}.trading.bourse.svc.cluster.local:7400`);
  let graph: ResourceGraph;
  before(async () => {
    graph = await recordProgram({}, withMembers());
  });
  const setOf = (of: ResourceGraph) =>
    specOf(of.get(statefulSet, "run-trading-set").inputs) as unknown as {
      replicas: number;
      podManagementPolicy: string;
      updateStrategy: object;
      volumeClaimTemplates: { spec: { storageClassName: string; accessModes: string[] } }[];
      template: { metadata: { annotations: Record<string, string>; labels: Record<string, string> } };
    };

  it("has a leader and a standby, one in each zone of the placement, each with an encrypted disk of its own", () => {
    const { replicas, volumeClaimTemplates } = setOf(graph);
    assert.equal(replicas, 2);
    assert.deepEqual(
      volumeClaimTemplates.map(({ spec: { storageClassName, accessModes } }) => [storageClassName, accessModes]),
      [["bourse-journal", ["ReadWriteOncePod"]]],
    );
    const { affinity, topologySpreadConstraints } = podOf(graph, "trading");
    const [{ matchExpressions }] = affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms;
    assert.deepEqual(matchExpressions[0].values, ["use1-az4", "use1-az6"]);
    assert.deepEqual([topologySpreadConstraints[0].maxSkew, topologySpreadConstraints[0].whenUnsatisfiable], [1, "DoNotSchedule"]);
    const budget = graph.get("kubernetes:policy/v1:PodDisruptionBudget", "run-trading-budget");
    assert.equal(specOf(budget.inputs).maxUnavailable, 1);
  });

  it("starts its members together, since only one may have what leading needs, and replaces one when the other is ready", () => {
    const { podManagementPolicy, updateStrategy } = setOf(graph);
    assert.deepEqual([podManagementPolicy, updateStrategy], ["Parallel", { type: "RollingUpdate" }]);
    const { containers } = podOf(graph, "trading");
    assert.equal(containers[0].readinessProbe.httpGet.path, "/ready", "where a shadow says that it has not agreed");
  });

  it("stands behind the load balancer of other regions, which asks on the health port who leads, while a standby is ready without being a healthy target", async () => {
    const shard = { arn: "arn:aws:elasticloadbalancing:shard", sourceSecurityGroupId: "sg" };
    const behind = await recordProgram({}, withMembers({ targetGroups: { trading: { shard } } }));
    const { template } = setOf(behind);
    assert.deepEqual(template.metadata.labels, { "app.kubernetes.io/name": "trading", "bourse/stands-by": "true" });
    const policy = specOf(behind.get("kubernetes:networking.k8s.io/v1:NetworkPolicy", "run-trading-network").inputs);
    const { ingress } = policy as unknown as { ingress: object[] };
    const ports = [7400, 9000].map((port) => ({ protocol: "TCP", port }));
    assert.deepEqual(ingress.at(-1), { from: [{ ipBlock: { cidr: "10.16.0.0/16" } }], ports });
    for (const service of ["gateway", "users"]) {
      const { metadata } = specOf(behind.get(deployment, `run-${service}-deployment`).inputs).template as { metadata: { labels: object } };
      assert.deepEqual(metadata.labels, { "app.kubernetes.io/name": service }, "others wait for the load balancer");
    }
  });

  it("tells each member its own name and session, and all clients the names of both, of which certificates hold", () => {
    const environment = environmentOf(graph, "trading");
    assert.equal(environment.BOURSE_LEADERSHIP, "dynamodb:us-east-1/run-leadership");
    assert.equal(environment.BOURSE_MEMBER_ADDRESS, "$(BOURSE_POD).trading.bourse.svc.cluster.local:7400");
    assert.equal(environment.BOURSE_TRADING_KEY, undefined, "its certificate says who it is");
    const { env } = podOf(graph, "trading").containers[0] as unknown as { env: { name: string; valueFrom?: { fieldRef: object } }[] };
    assert.deepEqual(
      env.filter(({ valueFrom }) => valueFrom).map(({ name, valueFrom }) => [name, valueFrom!.fieldRef]),
      [
        ["BOURSE_POD", { fieldPath: "metadata.name" }],
        ["BOURSE_NODE", { fieldPath: "spec.nodeName" }],
        ["BOURSE_POD_ADDRESS", { fieldPath: "status.podIP" }],
      ],
    );
    assert.equal(env[0].name, "BOURSE_POD", "the kubelet expands variables that come before");
    for (const service of ["gateway", "users", "wallet"] as const) {
      assert.equal(environmentOf(graph, service).BOURSE_TRADING, names.join(","), service);
    }
    const { dnsNames } = specOf(graph.get("kubernetes:cert-manager.io/v1:Certificate", "run-trading-certificate").inputs) as unknown as {
      dnsNames: string[];
    };
    assert.ok(dnsNames.includes("*.trading.bourse.svc.cluster.local"));
  });

  it("lets members copy the log by their certificate, in a range of sessions that nobody else has, and reach each other alone", () => {
    const { clients } = JSON.parse(setOf(graph).template.metadata.annotations["bourse/clients"]);
    const copying = clients.filter(({ copiesLog }: { copiesLog?: boolean }) => copiesLog);
    const sessions = { first: 2 ** 25 + 1, last: 2 ** 26 };
    assert.deepEqual(copying, [{ certificate: "trading", sessions, accounts: "all", readsEvents: true, copiesLog: true }]);
    assert.equal(environmentOf(graph, "trading").BOURSE_TRADING_SESSION, `${sessions.first}-${sessions.last}`);
    const { volumes } = podOf(graph, "trading");
    const items = [{ path: "clients.json", fieldRef: { fieldPath: "metadata.annotations['bourse/clients']" } }];
    assert.deepEqual(
      volumes.find(({ name }) => name === "clients"),
      { name: "clients", downwardAPI: { defaultMode: 0o440, items } },
    );
    const { ingress, egress } = specOf(
      graph.get("kubernetes:networking.k8s.io/v1:NetworkPolicy", "run-trading-network").inputs,
    ) as unknown as { ingress: object[]; egress: object[] };
    const peers = [{ podSelector: { matchLabels: { "app.kubernetes.io/name": "trading" } } }];
    const ports = [{ protocol: "TCP", port: 7400 }];
    assert.deepEqual(
      [ingress.at(-1), egress.at(-1)],
      [
        { from: peers, ports },
        { to: peers, ports },
      ],
    );
  });

  it("reads and writes the record in that table, and has no other right", () => {
    const { Statement } = JSON.parse(String(graph.get(rolePolicy, "run-trading-role-policy").inputs.policy));
    assert.deepEqual(Statement, [{ Effect: "Allow", Action: ["dynamodb:GetItem", "dynamodb:PutItem"], Resource: [table] }]);
  });

  it("adds a role's policy to a lone shard, and begins with the member that has the log", async () => {
    const difference = differenceOf(await recordProgram({}, servicesWith()), await recordProgram({}, withMembers()));
    assert.deepEqual(difference.added.map(({ name }) => name).sort(), ["run-trading-role-policy"]);
    assert.deepEqual(difference.removed, []);
    const first = await recordProgram({}, withMembers({ sizes: { trading: { replicas: 1 } } }));
    assert.deepEqual([setOf(first).replicas, environmentOf(first, "gateway").BOURSE_TRADING], [1, names[0]]);
  });
});

const ascending = (one: number, other: number) => one - other;

describe("ExchangeServices arguments", () => {
  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<ExchangeServicesArgs["transform"]>();
    const graph = await recordProgram({}, servicesWith({ transform: probe.transform }));
    assert.deepEqual(untransformed(graph, probe), []);
  });

  it("give the shard one replica, whose journal is a file on its disk", async () => {
    const graph = await recordProgram({}, servicesWith());
    const spec = specOf(graph.get(statefulSet, "run-trading-set").inputs) as unknown as { replicas: number };
    assert.deepEqual([spec.replicas, environmentOf(graph, "trading").BOURSE_JOURNAL], [1, "file"]);
  });

  it("run, where no services are named, those whose stores are there", async () => {
    const { secrets, sql } = stores;
    const graph = await recordProgram({}, servicesWith({ stores: { secrets, sql } }));
    const running = namesOf(graph, deployment).map((name) => name.replace(/^run-|-deployment$/g, ""));
    assert.deepEqual(running, ["gateway", "history", "market-data", "order-book", "wallet"]);
  });

  it("tell gateways to believe the load balancers of the network alone about a client's address", async () => {
    const graph = await recordProgram({}, servicesWith({ networkCidrs: ["10.16.0.0/16", "10.17.0.0/16"] }));
    assert.equal(environmentOf(graph, "gateway").BOURSE_TRUSTED_PROXIES, "10.16.0.0/16,10.17.0.0/16");
    assert.equal(environmentOf(graph, "users").BOURSE_TRUSTED_PROXIES, undefined);
  });

  it("leave the number of pods to the autoscaler where there is one", async () => {
    const graph = await recordProgram({}, servicesWith());
    for (const service of serviceNames.filter((name) => catalog[name].kind === "Deployment")) {
      const { production } = catalog[service].size;
      const scaled = (production.maxReplicas ?? production.replicas) > production.replicas;
      const spec = specOf(graph.get(deployment, `run-${service}-deployment`).inputs) as unknown as { replicas?: number };
      assert.equal(spec.replicas, scaled ? undefined : production.replicas, service);
      assert.equal(namesOf(graph, scaledObject).includes(`run-${service}-autoscaler`), scaled);
    }
  });

  it("add a service without touching the others but for the paths to it", async () => {
    const all = serviceNames.filter((service) => service !== "analytics");
    const before = await recordProgram({}, servicesWith({ services: all }));
    const difference = differenceOf(before, await recordProgram({}, servicesWith({ services: [...all, "analytics"] })));
    assert.deepEqual([difference.removed, difference.replaced, difference.updated].flat(), []);
    assert.ok(difference.added.every(({ name }) => name.startsWith("run-analytics-")));
  });

  it("forget a cluster that is gone only where nothing is protected", async () => {
    assertInputs(await recordProgram({}, servicesWith()), provider, "run-kubernetes", { deleteUnreachable: "false" });
    assertInputs(await recordProgram({}, servicesWith({ protection: "off" })), provider, "run-kubernetes", { deleteUnreachable: "true" });
  });

  const leads = { arn: "arn:authority", region: "us-west-2" };
  const led = { host: "trading.internal.exchange.example", ledFrom: ["10.17.0.0/16"] };
  const faulty: [what: string, over: Partial<ExchangeServicesArgs>, paths: string[]][] = [
    ["a region that is none", { region: "virginia" }, ["region"]],
    ["a second shard beside the one that leads", { authority: leads, shard: led, services: ["gateway", "trading"] }, ["services[1]"]],
    [
      "what only the region that leads runs",
      { authority: leads, shard: led, services: ["gateway", "publisher", "users", "analytics"] },
      ["services[1]", "services[3]"],
    ],
    ["a name between regions without a root that they share", { shard: { host: led.host } }, ["authority"]],
    ["a name between regions that is none", { authority: leads, shard: { host: "trading" } }, ["shard.host"]],
    ["another region that leads from nowhere", { authority: leads, shard: { ...led, ledFrom: [] } }, ["shard.ledFrom"]],
    [
      "another region that leads from no range",
      { authority: leads, shard: { ...led, ledFrom: ["10.17.0.0/16", "west"] } },
      ["shard.ledFrom[1]"],
    ],
    ["an image by tag", { image: "bourse:latest" }, ["image"]],
    ["a digest that is short", { image: "bourse@sha256:00" }, ["image"]],
    ["a namespace in capitals", { namespace: "Bourse" }, ["namespace"]],
    ["no service", { services: [], targetGroups: {} }, ["services"]],
    ["a service twice", { services: ["gateway", "gateway"] }, ["services[1]"]],
    ["a service that is not in the catalog", { services: ["gateway", "casino" as ServiceName] }, ["services[1]"]],
    ["a placement outside the zones", { placement: { ...placement, zoneId: "use1-az9" } }, ["placement.zoneId"]],
    ["an unknown store", { stores: { ...stores, ledger: { arns: [], environment: {} } } as never }, ['stores["ledger"]']],
    ["a store without ARN", { stores: { ...stores, sql: { arns: [], environment: {} } } }, ['stores["sql"].arns']],
    [
      "a secret in the environment",
      { stores: { ...stores, sql: { arns: ["a"], environment: { BOURSE_SQL_PASSWORD: "x" } } } },
      ['stores["sql"].environment["BOURSE_SQL_PASSWORD"]'],
    ],
    [
      "a variable of another program",
      { stores: { ...stores, sql: { arns: ["a"], environment: { PGHOST: "x" } } } },
      ['stores["sql"].environment["PGHOST"]'],
    ],
    ["half a core for a hot pod", { sizes: { trading: { milliCpu: 1500 } } }, ['sizes["trading"].milliCpu']],
    [
      "a member without a zone of its own",
      { stores: { ...stores, leadership: { arns: ["a"], environment: {} } }, sizes: { trading: { replicas: 3 } } },
      ['sizes["trading"].replicas'],
    ],
    ["no replica", { sizes: { users: { replicas: 0 } } }, ['sizes["users"].replicas']],
    ["scaling of a service with disks", { sizes: { trading: { maxReplicas: 3 } } }, ['sizes["trading"].maxReplicas']],
    ["a second shard beside the first", { sizes: { trading: { replicas: 2 } } }, ['sizes["trading"].replicas']],
    ["a second process that counts", { sizes: { analytics: { replicas: 2 } } }, ['sizes["analytics"].replicas']],
    [
      "a service without its store",
      { services: ["gateway", "analytics"], stores: { sql: stores.sql, secrets: stores.secrets } },
      ["services[1]"],
    ],
    ["fewer replicas at most than at least", { sizes: { users: { replicas: 4, maxReplicas: 2 } } }, ['sizes["users"].maxReplicas']],
    ["memory that no pod starts with", { sizes: { users: { memoryMib: 1 } } }, ['sizes["users"].memoryMib']],
    ["sizes of an unknown service", { sizes: { casino: { replicas: 1 } } as never }, ['sizes["casino"]']],
    ["a canary by tag", { canaries: { gateway: { image: "bourse:next" } } }, ['canaries["gateway"].image']],
    ["a canary of the shard, whose log has one writer", { canaries: { trading: { image } } }, ['canaries["trading"]']],
    ["a canary of a service that does not run", { services: ["gateway"], canaries: { users: { image } } }, ['canaries["users"]']],
    ["a canary of no pod", { canaries: { gateway: { image, replicas: 0 } } }, ['canaries["gateway"].replicas']],
    ["a target group for a service that does not run", { services: ["users"] }, ['targetGroups["gateway"]']],
  ];
  for (const [what, over, paths] of faulty) {
    it(`are refused with ${what}`, () => {
      assertFaults(servicesWith(over), paths);
    });
  }

  it("show no secret in the refusal of one", () => {
    const given = { ...stores, sql: { arns: ["a"], environment: { BOURSE_SQL_PASSWORD: "hunter2" } } };
    const reasons = assertFaults(servicesWith({ stores: given }), ['stores["sql"].environment["BOURSE_SQL_PASSWORD"]']);
    assert.ok(!JSON.stringify(reasons).includes("hunter2"));
  });
});

interface Container {
  image: string;
  securityContext: { capabilities: object; allowPrivilegeEscalation: boolean; readOnlyRootFilesystem: boolean };
  resources: { requests: Record<string, string>; limits: Record<string, string> };
  env: { name: string; value?: string }[];
  startupProbe: Probe;
  livenessProbe: Probe;
  readinessProbe: Probe;
}

interface Probe {
  httpGet: { path: string; scheme: string };
}

interface Pod {
  securityContext: { runAsNonRoot: boolean; runAsUser: number; seccompProfile: object };
  automountServiceAccountToken: boolean;
  hostNetwork?: boolean;
  terminationGracePeriodSeconds: number;
  nodeSelector: object;
  tolerations: object[];
  affinity: {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: { matchExpressions: { values: string[] }[] }[] } };
  };
  topologySpreadConstraints: { topologyKey: string; maxSkew: number; whenUnsatisfiable: string }[];
  containers: Container[];
  volumes: { name: string }[];
}

function namesOf(graph: ResourceGraph, type: string): string[] {
  return graph
    .ofType(type)
    .map(({ name }) => name)
    .sort();
}

function specOf(inputs: Record<string, unknown>): Record<string, unknown> {
  return inputs.spec as Record<string, unknown>;
}

function podOf(graph: ResourceGraph, service: ServiceName): Pod {
  const stateful = catalog[service].kind === "StatefulSet";
  const { inputs } = stateful ? graph.get(statefulSet, `run-${service}-set`) : graph.get(deployment, `run-${service}-deployment`);
  return (specOf(inputs).template as { spec: Pod }).spec;
}

function environmentOf(graph: ResourceGraph, service: ServiceName): Record<string, string | undefined> {
  return Object.fromEntries(podOf(graph, service).containers[0].env.map(({ name, value }) => [name, value]));
}
