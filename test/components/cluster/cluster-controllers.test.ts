import assert from "node:assert/strict";
import { ClusterControllers, type ClusterControllersArgs } from "bourse";
import { assertFaults, assertInputs, describeComponent, probeTransforms, recordProgram, untransformed } from "bourse/testing";
import { allows, roleNamed } from "../iam-simulator";
import { accountId, cluster } from "../references";

const deployment = "kubernetes:apps/v1:Deployment";
const clusterRole = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole";
const rolePolicy = "aws:iam/rolePolicy:RolePolicy";
const mutations = "kubernetes:admissionregistration.k8s.io/v1:MutatingWebhookConfiguration";

const minimal: ClusterControllersArgs = { cluster, region: "us-east-1", accountId, vpcId: "vpc-1" };

function controllersWith(over: Partial<ClusterControllersArgs> = {}): () => ClusterControllers {
  return () => new ClusterControllers("steer", { ...minimal, ...over });
}

describeComponent("ClusterControllers", controllersWith(), (subject) => {
  it("runs the load balancer controller and the autoscaler, each with its own account, rights and role", () => {
    for (const [type, suffix] of [
      [deployment, ""],
      ["kubernetes:core/v1:ServiceAccount", "-account"],
      [clusterRole, "-cluster-role"],
      ["aws:iam/role:Role", "-role"],
      ["aws:eks/podIdentityAssociation:PodIdentityAssociation", "-identity"],
    ]) {
      assert.deepEqual(
        subject.graph
          .ofType(type)
          .map(({ name }) => name)
          .sort(),
        [`steer-aws-load-balancer-controller${suffix}`, `steer-cluster-autoscaler${suffix}`],
      );
    }
  });

  it("lets the load balancer controller register targets of our ingress, and neither make nor change a load balancer", () => {
    const { Statement } = policyOf(subject.graph.get(rolePolicy, "steer-aws-load-balancer-controller-policy").inputs.policy);
    const actions = Statement.flatMap(({ Action }) => Action);
    const changes = actions.filter((action) => !/:(Describe|Get|List)/.test(action));
    assert.deepEqual(changes, ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"]);
    const change = Statement.find(({ Action }) => Action.includes(changes[0]))!;
    const ours = ["RegionIngress/*", "RestBalancer/*", "ServiceBalancer/*", "ShardEntrance/*"];
    assert.deepEqual(change.Condition, { StringLike: { "aws:ResourceTag/bourse:component": ours } });
  });

  it("holds pods unready until their target is healthy, but for those that stand by behind one that leads", () => {
    const { webhooks } = subject.graph.get(mutations, "steer-mutations").inputs as unknown as { webhooks: Record<string, unknown>[] };
    const gate = webhooks.find(({ name }) => name === "readiness.elbv2.k8s.aws")!;
    assert.deepEqual(gate.namespaceSelector, { matchLabels: { "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled" } });
    assert.deepEqual(gate.objectSelector, { matchExpressions: [{ key: "bourse/stands-by", operator: "NotIn", values: ["true"] }] });
  });

  it("lets it see ingress objects and services and change none", () => {
    const { rules } = subject.graph.get(clusterRole, "steer-aws-load-balancer-controller-cluster-role").inputs as { rules: Rule[] };
    for (const { resources, verbs } of rules) {
      if (resources.includes("ingresses") || resources.includes("services")) assert.deepEqual(verbs, ["get", "list", "watch"]);
      assert.ok(!resources.includes("secrets") && !verbs.includes("*") && !resources.includes("*"));
    }
    const args = argumentsOf(subject.graph.get(deployment, "steer-aws-load-balancer-controller").inputs);
    assert.ok(args.includes("--feature-gates=EnableServiceController=false"));
  });

  it("lets the autoscaler change the size of this cluster's groups alone", () => {
    const { Statement } = policyOf(subject.graph.get(rolePolicy, "steer-cluster-autoscaler-policy").inputs.policy);
    const change = Statement.find(({ Action }) => Action.includes("autoscaling:SetDesiredCapacity"))!;
    assert.deepEqual(change.Condition, { StringEquals: { "aws:ResourceTag/k8s.io/cluster-autoscaler/trading": "owned" } });
    assert.deepEqual(change.Action, ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]);
    const look = Statement.find(({ Action }) => Action.includes("eks:DescribeNodegroup"))!;
    assert.equal(look.Resource, "arn:aws:eks:*:*:nodegroup/trading/*/*");
  });

  it("lets the account of each controller take its role, and no other account", () => {
    for (const controller of ["aws-load-balancer-controller", "cluster-autoscaler"]) {
      assertInputs(subject.graph, "aws:iam/role:Role", `steer-${controller}-role`, {
        assumeRolePolicy: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "pods.eks.amazonaws.com" },
              Action: ["sts:AssumeRole", "sts:TagSession"],
              Condition: {
                StringEquals: {
                  "aws:RequestTag/kubernetes-namespace": "kube-system",
                  "aws:RequestTag/kubernetes-service-account": controller,
                },
              },
            },
          ],
        },
      });
    }
  });

  it("runs both without privileges, on system nodes, without the node's metadata", () => {
    for (const { name, inputs } of subject.graph.ofType(deployment)) {
      const { spec } = (inputs.spec as { template: { spec: Pod } }).template;
      assert.equal(spec.securityContext.runAsNonRoot, true, name);
      assert.deepEqual(spec.nodeSelector, { "bourse/tier": "system" }, name);
      for (const { securityContext } of spec.containers) {
        assert.deepEqual(
          [securityContext.allowPrivilegeEscalation, securityContext.readOnlyRootFilesystem, securityContext.capabilities],
          [false, true, { drop: ["ALL"] }],
        );
      }
    }
    assert.ok(argumentsOf(subject.graph.get(deployment, "steer-aws-load-balancer-controller").inputs).includes("--aws-region=us-east-1"));
  });

  it("registers its webhooks after the controller answers, and lets pods start while it is away", () => {
    const webhooks = subject.graph.get(mutations, "steer-mutations");
    const controller = subject.graph.get(deployment, "steer-aws-load-balancer-controller");
    assert.ok(webhooks.dependencies.includes(controller.urn));
    const policies = (webhooks.inputs.webhooks as { name: string; failurePolicy: string }[]).map(({ name, failurePolicy }) => [
      name,
      failurePolicy,
    ]);
    assert.deepEqual(policies, [
      ["binding.elbv2.k8s.aws", "Fail"],
      ["readiness.elbv2.k8s.aws", "Ignore"],
    ]);
  });

  it("connects cert-manager to a private authority where there is one, with the right to ask that one alone, and for no authority", async () => {
    const authorityArn = `arn:aws:acm-pca:us-east-1:${accountId}:certificate-authority/1`;
    const graph = await subject.record(controllersWith({ authorityArn }));
    const addon = graph.get("aws:eks/addon:Addon", "steer-private-authority");
    assert.equal(addon.inputs.addonName, "aws-privateca-connector-for-kubernetes");
    assert.equal(subject.graph.ofType("aws:eks/addon:Addon").length, 0);
    const { policies } = roleNamed(graph, "steer-private-authority-role");
    const template = (name: string) => ({ "acm-pca:TemplateArn": `arn:aws:acm-pca:::template/${name}` });
    const other = authorityArn.replace(/1$/, "2");
    const cases: [resource: string, template: string, allowed: boolean][] = [
      [authorityArn, "EndEntityCertificate/V1", true],
      [authorityArn, "SubordinateCACertificate_PathLen0/V1", false],
      [authorityArn, "BlankEndEntityCertificate_APICSRPassthrough/V1", false],
      [other, "EndEntityCertificate/V1", false],
    ];
    for (const [resource, name, allowed] of cases) {
      const question = { action: "acm-pca:IssueCertificate", resource, context: template(name) };
      assert.equal(await allows(policies, question), allowed, `${name} of ${resource}`);
    }
  });

  it("pins both images to a version", () => {
    for (const { inputs, name } of subject.graph.ofType(deployment)) {
      const [{ image }] = (inputs.spec as { template: { spec: Pod } }).template.spec.containers;
      assert.match(image, /:v\d+\.\d+\.\d+$/, name);
    }
  });
});

describe("ClusterControllers arguments", () => {
  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<ClusterControllersArgs["transform"]>();
    const graph = await recordProgram({}, controllersWith({ transform: probe.transform, authorityArn: "arn:authority" }));
    assert.deepEqual(untransformed(graph, probe), []);
  });

  it("identify the cluster to the provider by name", async () => {
    assertInputs(await recordProgram({}, controllersWith()), "pulumi:providers:kubernetes", "steer-kubernetes", {
      clusterIdentifier: "trading",
    });
  });

  it("are refused with a region that is none", () => {
    assertFaults(controllersWith({ region: "virginia" }), ["region"]);
  });
});

interface Rule {
  resources: string[];
  verbs: string[];
}

interface Pod {
  securityContext: { runAsNonRoot: boolean };
  nodeSelector: object;
  containers: {
    image: string;
    args: string[];
    securityContext: { allowPrivilegeEscalation: boolean; readOnlyRootFilesystem: boolean; capabilities: object };
  }[];
}

function policyOf(policy: unknown): { Statement: { Action: string[]; Resource?: string | string[]; Condition?: object }[] } {
  return JSON.parse(String(policy));
}

function argumentsOf(inputs: Record<string, unknown>): string[] {
  return (inputs.spec as { template: { spec: Pod } }).template.spec.containers[0].args;
}
