import assert from "node:assert/strict";
import { PodScaling, type PodScalingArgs } from "bourse";
import { assertFaults, describeComponent, probeTransforms, recordProgram, untransformed } from "bourse/testing";
import { allows, roleNamed } from "../iam-simulator";
import { cluster } from "../references";

const deployment = "kubernetes:apps/v1:Deployment";
const networkPolicy = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const clusterRole = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole";

function scalingWith(over: Partial<PodScalingArgs> = {}): () => PodScaling {
  return () => new PodScaling("follow", { cluster, networkCidrs: ["10.16.0.0/16"], ...over });
}

describeComponent("PodScaling", scalingWith(), (subject) => {
  it("runs the operator and the API server of metrics, two pods each, pinned, without privileges, on system nodes", () => {
    const names = subject.graph.ofType(deployment).map(({ name }) => name);
    assert.deepEqual(names.sort(), ["follow-metrics-deployment", "follow-operator-deployment"]);
    for (const { name, inputs } of subject.graph.ofType(deployment)) {
      const { replicas, template } = inputs.spec as { replicas: number; template: { spec: Pod } };
      assert.equal(replicas, 2, name);
      assert.equal(template.spec.securityContext.runAsNonRoot, true, name);
      assert.deepEqual(template.spec.nodeSelector, { "bourse/tier": "system" }, name);
      const [{ image, securityContext }] = template.spec.containers;
      assert.match(image, /^ghcr\.io\/kedacore\/keda(-metrics-apiserver)?:2\.20\.2$/);
      assert.deepEqual(
        [securityContext.allowPrivilegeEscalation, securityContext.readOnlyRootFilesystem, securityContext.capabilities],
        [false, true, { drop: ["ALL"] }],
      );
    }
  });

  it("may read figures in AWS and nothing else, as the operator alone", async () => {
    const { role, policies } = roleNamed(subject.graph, "follow-operator-role");
    assert.equal(subject.graph.ofType("aws:iam/role:Role").length, 1);
    const cases: [action: string, resource: string, allowed: boolean][] = [
      ["cloudwatch:GetMetricData", "*", true],
      ["cloudwatch:PutMetricData", "*", false],
      ["cloudwatch:ListMetrics", "*", false],
      ["sqs:GetQueueAttributes", "arn:aws:sqs:us-east-1:123456789012:notices", false],
      ["sts:AssumeRole", "arn:aws:iam::123456789012:role/other", false],
    ];
    for (const [action, resource, allowed] of cases) assert.equal(await allows(policies, { action, resource }), allowed, action);
    const trust = JSON.parse(role.inputs.assumeRolePolicy as string) as { Statement: { Condition: { StringEquals: object } }[] };
    assert.deepEqual(trust.Statement[0].Condition.StringEquals, {
      "aws:RequestTag/kubernetes-namespace": "keda",
      "aws:RequestTag/kubernetes-service-account": "keda-operator",
    });
  });

  it("may keep autoscalers of deployments, and neither read secrets nor start jobs outside its namespace", () => {
    const { rules } = subject.graph.get(clusterRole, "follow-operator-cluster-role").inputs as { rules: Rule[] };
    for (const { apiGroups, resources, verbs } of rules) {
      assert.ok(![...apiGroups, ...resources, ...verbs].includes("*"), JSON.stringify(resources));
      assert.ok(!resources.includes("secrets") && !apiGroups.includes("batch") && !resources.includes("serviceaccounts/token"));
    }
    const changed = rules.filter(({ verbs }) => verbs.includes("delete")).flatMap(({ resources }) => resources);
    assert.deepEqual(changed, ["horizontalpodautoscalers"]);
    const scaled = rules.filter(({ apiGroups, verbs }) => apiGroups.includes("apps") && verbs.includes("update"));
    assert.deepEqual(
      scaled.map(({ resources }) => resources),
      [["deployments/scale"]],
    );
    const { rules: inside } = subject.graph.get("kubernetes:rbac.authorization.k8s.io/v1:Role", "follow-operator-namespace-role")
      .inputs as {
      rules: Rule[];
    };
    assert.deepEqual(inside.find(({ resources }) => resources.includes("secrets"))?.verbs, ["get", "list", "watch"]);
  });

  it("opens three paths in its namespace: control plane to metrics, metrics to operator, operator to AWS", () => {
    const { graph } = subject;
    assert.deepEqual(
      graph.ofType(networkPolicy).map(({ name }) => name),
      ["follow-deny-all-network", "follow-operator-network", "follow-metrics-network"],
    );
    const specOf = (key: string) => graph.get(networkPolicy, `follow-${key}-network`).inputs.spec as Policy;
    assert.deepEqual(specOf("deny-all"), { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    const podsOf = (name: string) => ({ podSelector: { matchLabels: { "app.kubernetes.io/name": name } } });
    assert.deepEqual(specOf("operator").ingress, [
      { from: [podsOf("keda-operator-metrics-apiserver")], ports: [{ protocol: "TCP", port: 9666 }] },
    ]);
    assert.deepEqual(specOf("metrics").ingress, [
      { from: [{ ipBlock: { cidr: "10.16.0.0/16" } }], ports: [{ protocol: "TCP", port: 6443 }] },
    ]);
    assert.ok(specOf("metrics").egress.some(({ to }) => JSON.stringify(to) === JSON.stringify([podsOf("keda-operator")])));
    // The labels that the policies select are those of the pods.
    for (const [key, program] of [
      ["operator", "keda-operator"],
      ["metrics", "keda-operator-metrics-apiserver"],
    ]) {
      assert.deepEqual({ podSelector: specOf(key).podSelector }, podsOf(program));
      const { template } = graph.get(deployment, `follow-${key}-deployment`).inputs.spec as { template: { metadata: { labels: object } } };
      assert.deepEqual(template.metadata.labels, { "app.kubernetes.io/name": program });
      for (const { to, ports } of specOf(key).egress) {
        const metadata = to.some(({ ipBlock }) => ipBlock?.cidr === "0.0.0.0/0" && !ipBlock.except?.includes("169.254.0.0/16"));
        assert.ok(!metadata, `${key} reaches the node's metadata`);
        if (to.some(({ ipBlock }) => ipBlock?.cidr === "0.0.0.0/0")) assert.deepEqual(ports, [{ protocol: "TCP", port: 443 }]);
      }
    }
  });

  it("serves metrics by a certificate of an authority that the API server is told of, after both programs run", () => {
    const service = subject.graph.get("kubernetes:apiregistration.k8s.io/v1:APIService", "follow-external-metrics");
    const { metadata, spec } = service.inputs as {
      metadata: { annotations: Record<string, string> };
      spec: { insecureSkipTLSVerify?: boolean; service: { name: string; namespace: string } };
    };
    const certificate = subject.graph.get("kubernetes:cert-manager.io/v1:Certificate", "follow-certificate-certificate");
    const { name } = certificate.inputs.metadata as { name: string };
    const { dnsNames } = certificate.inputs.spec as { dnsNames: string[] };
    assert.equal(metadata.annotations["cert-manager.io/inject-ca-from"], `keda/${name}`);
    assert.equal(spec.insecureSkipTLSVerify, undefined);
    assert.ok(dnsNames.includes(`${spec.service.name}.${spec.service.namespace}.svc`));
    const metrics = subject.graph.get(deployment, "follow-metrics-deployment");
    const { containers, volumes } = (metrics.inputs.spec as { template: { spec: Pod } }).template.spec;
    const address = containers[0].args.find((each) => each.startsWith("--metrics-service-address="))!;
    assert.ok(dnsNames.includes(address.split(/[=:]/)[1]), address);
    assert.equal(volumes[0].secret.secretName, name);
    for (const program of ["operator", "metrics"]) {
      assert.ok(service.dependencies.includes(subject.graph.get(deployment, `follow-${program}-deployment`).urn), program);
    }
  });

  it("defines every kind that the operator has a controller for", () => {
    const kinds = subject.graph
      .ofType("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition")
      .map(({ inputs }) => (inputs.spec as { names: { kind: string } }).names.kind);
    assert.deepEqual(kinds.sort(), [
      "CloudEventSource",
      "ClusterCloudEventSource",
      "ClusterTriggerAuthentication",
      "ScaledJob",
      "ScaledObject",
      "TriggerAuthentication",
    ]);
  });
});

describe("PodScaling arguments", () => {
  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<PodScalingArgs["transform"]>();
    const graph = await recordProgram({}, scalingWith({ transform: probe.transform }));
    assert.deepEqual(untransformed(graph, probe), []);
  });

  it("are refused without a range from which the control plane reaches the metrics", () => {
    assertFaults(scalingWith({ networkCidrs: [] }), ["networkCidrs"]);
  });
});

interface Pod {
  securityContext: { runAsNonRoot: boolean };
  nodeSelector: object;
  volumes: { secret: { secretName: string } }[];
  containers: {
    image: string;
    args: string[];
    securityContext: { allowPrivilegeEscalation: boolean; readOnlyRootFilesystem: boolean; capabilities: object };
  }[];
}

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

interface Peer {
  podSelector?: object;
  ipBlock?: { cidr: string; except?: string[] };
}

interface Policy {
  podSelector: object;
  ingress: { from: Peer[]; ports: object[] }[];
  egress: { to: Peer[]; ports: object[] }[];
}
