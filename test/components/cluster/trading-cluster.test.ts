import assert from "node:assert/strict";
import { addonDefinitions, TradingCluster, type TradingClusterArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  differenceOf,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";
import { accountId, keyRef, network, placement, zoneIds } from "../references";

const controlPlane = "eks:index:Cluster";
const nodeGroup = "aws:eks/nodeGroup:NodeGroup";
const template = "aws:ec2/launchTemplate:LaunchTemplate";
const addon = "aws:eks/addon:Addon";
const role = "aws:iam/role:Role";

const minimal: TradingClusterArgs = { network, placement, key: keyRef("cluster"), logKey: keyRef("log") };

function clusterWith(over: Partial<TradingClusterArgs> = {}): () => TradingCluster {
  return () => new TradingCluster("trading", { ...minimal, ...over });
}

describeComponent("TradingCluster", clusterWith({ administrators: { platform: `arn:aws:iam::${accountId}:role/platform` } }), (subject) => {
  const shared = zoneIds.flatMap((zoneId) => [`trading-system-${zoneId}`, `trading-warm-${zoneId}`]);
  const groups = ["trading-hot-use1-az4", "trading-hot-use1-az6", ...shared];

  it("makes a control plane, hot node groups in the zones of the placement, warm and system groups in all, and nothing else", () => {
    const identified = ["amazon-cloudwatch-observability", "aws-ebs-csi-driver", "vpc-cni"].map((name) => `trading-${name}-role`);
    assertResources(subject.graph, {
      [controlPlane]: ["trading-control-plane"],
      "aws:cloudwatch/logGroup:LogGroup": ["trading-control-plane-logs"],
      [nodeGroup]: groups,
      [template]: groups.map((name) => `${name}-template`),
      "aws:ec2/placementGroup:PlacementGroup": ["trading-hot-use1-az4-placement", "trading-hot-use1-az6-placement"],
      [addon]: addonDefinitions.map(({ name }) => `trading-addon-${name}`),
      [role]: [...identified, "trading-node-role"],
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment": [
        ...identified.map((name) => `${name}-policy`),
        ...["images", "sessions", "worker"].map((name) => `trading-node-role-${name}`),
      ],
      "aws:iam/rolePolicy:RolePolicy": ["trading-aws-ebs-csi-driver-role-key"],
      "aws:eks/accessEntry:AccessEntry": ["trading-administrator-platform"],
      "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": ["trading-administrator-platform-policy"],
    });
  });

  it("keeps the control plane private, logged, encrypted, protected, and open to access entries alone", () => {
    const resource = assertInputs(subject.graph, controlPlane, "trading-control-plane", {
      name: "trading",
      version: "1.34",
      authenticationMode: "API",
      endpointPrivateAccess: true,
      endpointPublicAccess: false,
      publicAccessCidrs: undefined,
      enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
      encryptionConfigKeyArn: keyRef("cluster").arn,
      deletionProtection: true,
      subnetIds: ["subnet-private-use1-az4", "subnet-private-use1-az6"],
    });
    assert.equal(resource.protect, true);
  });

  it("leaves node groups, security groups and add-ons of the control plane's package out", () => {
    assertInputs(subject.graph, controlPlane, "trading-control-plane", {
      skipDefaultNodeGroup: true,
      skipDefaultSecurityGroups: true,
      bootstrapSelfManagedAddons: false,
      useDefaultVpcCni: true,
      createOidcProvider: false,
    });
    const { corednsAddonOptions, kubeProxyAddonOptions } = subject.graph.get(controlPlane, "trading-control-plane").inputs;
    assert.deepEqual(
      [corednsAddonOptions, kubeProxyAddonOptions].map((options) => (options as { enabled: boolean }).enabled),
      [false, false],
    );
  });

  it("makes the encrypted log group before the control plane, which would else make one that is neither encrypted nor ends", () => {
    const logGroup = assertInputs(subject.graph, "aws:cloudwatch/logGroup:LogGroup", "trading-control-plane-logs", {
      name: "/aws/eks/trading/cluster",
      kmsKeyId: keyRef("log").arn,
      retentionInDays: 365,
    });
    assert.ok(subject.graph.get(controlPlane, "trading-control-plane").dependencies.includes(logGroup.urn));
  });

  it("asks every node for the second metadata service within one hop, and for an encrypted disk", () => {
    for (const { name } of subject.graph.ofType(template)) {
      assertInputs(subject.graph, template, name, {
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
        blockDeviceMappings: [
          {
            deviceName: "/dev/xvda",
            ebs: {
              volumeType: "gp3",
              volumeSize: 100,
              encrypted: "true",
              kmsKeyId: keyRef("cluster").arn,
              deleteOnTermination: "true",
            },
          },
        ],
      });
    }
  });

  it("keeps the hot tier of a zone in that zone's placement group, with whole cores and no other pods", () => {
    for (const zoneId of ["use1-az4", "use1-az6"]) {
      const { inputs } = assertInputs(subject.graph, template, `trading-hot-${zoneId}-template`, {
        instanceType: "c7i.12xlarge",
        cpuOptions: { coreCount: 24, threadsPerCore: 1 },
      });
      const [group] = subject.graph.referencesOf(subject.graph.get(template, `trading-hot-${zoneId}-template`), "placement");
      assert.equal(group.name, `trading-hot-${zoneId}-placement`);
      assert.equal(group.inputs.strategy, "cluster");
      const kubelet = kubeletOf(inputs.userData);
      assert.equal(kubelet.cpuManagerPolicy, "static");
      assert.deepEqual(kubelet.cpuManagerPolicyOptions, { "full-pcpus-only": "true" });
      assert.equal(kubelet.topologyManagerPolicy, "single-numa-node");
      assert.equal(kubelet.reservedSystemCPUs, "0");
      assertInputs(subject.graph, nodeGroup, `trading-hot-${zoneId}`, {
        subnetIds: [`subnet-private-${zoneId}`],
        taints: [{ key: "bourse/tier", value: "hot", effect: "NO_SCHEDULE" }],
        labels: { "bourse/tier": "hot" },
        scalingConfig: { minSize: 2, maxSize: 2, desiredSize: 2 },
        instanceTypes: undefined,
      });
    }
  });

  it("has warm and system nodes in each zone and leaves their number to the autoscaler", () => {
    for (const zoneId of zoneIds) {
      for (const tier of ["warm", "system"]) {
        const group = assertInputs(subject.graph, nodeGroup, `trading-${tier}-${zoneId}`, {
          subnetIds: [`subnet-private-${zoneId}`],
          labels: { "bourse/tier": tier },
          taints: tier === "system" ? [{ key: "CriticalAddonsOnly", value: "true", effect: "NO_SCHEDULE" }] : undefined,
        });
        assert.deepEqual(group.ignoreChanges, ["scalingConfig.desiredSize"]);
      }
    }
  });

  it("has an add-on for addresses, names, identity, disks, secrets, figures and certificates", () => {
    assert.deepEqual(
      addonDefinitions.map(({ name }) => name),
      [
        "vpc-cni",
        "kube-proxy",
        "eks-pod-identity-agent",
        "coredns",
        "aws-ebs-csi-driver",
        "aws-secrets-store-csi-driver-provider",
        "metrics-server",
        "cert-manager",
        "amazon-cloudwatch-observability",
      ],
    );
  });

  it("pins every add-on to a version, and has those that nodes need before the nodes", () => {
    for (const { name, version, beforeNodes } of addonDefinitions) {
      const resource = assertInputs(subject.graph, addon, `trading-addon-${name}`, { addonVersion: version });
      const before = subject.graph.get(nodeGroup, "trading-warm-use1-az1").dependencies.includes(resource.urn);
      assert.equal(before, beforeNodes, name);
    }
    assertInputs(subject.graph, addon, "trading-addon-vpc-cni", {
      configurationValues: { enableNetworkPolicy: "true", env: { ENABLE_PREFIX_DELEGATION: "true", WARM_PREFIX_TARGET: "1" } },
    });
  });

  it("gives nodes no more than joining, pulling images and sessions; pods' addresses and disks are roles of their add-ons", () => {
    const attached = subject.graph.ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment");
    const policies = Object.fromEntries(attached.map(({ name, inputs }) => [name, String(inputs.policyArn).split("/").at(-1)]));
    assert.deepEqual(policies, {
      "trading-amazon-cloudwatch-observability-role-policy": "CloudWatchAgentServerPolicy",
      "trading-aws-ebs-csi-driver-role-policy": "AmazonEBSCSIDriverPolicy",
      "trading-vpc-cni-role-policy": "AmazonEKS_CNI_Policy",
      "trading-node-role-images": "AmazonEC2ContainerRegistryPullOnly",
      "trading-node-role-sessions": "AmazonSSMManagedInstanceCore",
      "trading-node-role-worker": "AmazonEKSWorkerNodePolicy",
    });
  });

  it("lets the volume driver use the cluster's key alone, and grants only for AWS's own use", () => {
    const { inputs } = subject.graph.get("aws:iam/rolePolicy:RolePolicy", "trading-aws-ebs-csi-driver-role-key");
    const { Statement } = JSON.parse(String(inputs.policy));
    assert.deepEqual(
      Statement.map((statement: { Resource: string }) => statement.Resource),
      [keyRef("cluster").arn, keyRef("cluster").arn],
    );
    assert.deepEqual(Statement[0].Condition, { Bool: { "kms:GrantIsForAWSResource": "true" } });
  });
});

describe("TradingCluster arguments", () => {
  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<TradingClusterArgs["transform"]>();
    const administrators = { one: `arn:aws:iam::${accountId}:role/one` };
    const graph = await recordProgram({}, clusterWith({ transform: probe.transform, administrators }));
    assert.deepEqual(untransformed(graph, probe), []);
  });

  it("open the public endpoint to the listed ranges alone", async () => {
    const graph = await recordProgram({}, clusterWith({ endpoint: { publicCidrs: ["198.51.100.0/24"] } }));
    assertInputs(graph, controlPlane, "trading-control-plane", {
      endpointPrivateAccess: true,
      endpointPublicAccess: true,
      publicAccessCidrs: ["198.51.100.0/24"],
    });
  });

  it("place hot nodes in a capacity reservation of their zone", async () => {
    const graph = await recordProgram({}, clusterWith({ capacityReservationIds: { "use1-az4": "cr-0a" } }));
    assertInputs(graph, template, "trading-hot-use1-az4-template", {
      capacityReservationSpecification: { capacityReservationTarget: { capacityReservationId: "cr-0a" } },
    });
    assertInputs(graph, template, "trading-hot-use1-az6-template", { capacityReservationSpecification: undefined });
  });

  it("add security groups to the cluster's own on the nodes of a tier", async () => {
    const graph = await recordProgram({}, clusterWith({ nodeSecurityGroupIds: { hot: ["sg-engine"] } }));
    const groups = graph.get(template, "trading-hot-use1-az4-template").inputs.vpcSecurityGroupIds as string[];
    assert.equal(groups.length, 2);
    assert.equal(groups[0], graph.get(controlPlane, "trading-control-plane").outputs.clusterSecurityGroupId);
    assert.equal(groups[1], "sg-engine");
    assertInputs(graph, template, "trading-warm-use1-az1-template", { vpcSecurityGroupIds: undefined });
  });

  it("let a development stack be destroyed", async () => {
    const graph = await recordProgram({}, clusterWith({ protection: "off", preset: "development" }));
    const { protect } = assertInputs(graph, controlPlane, "trading-control-plane", { deletionProtection: false });
    assert.equal(protect, false);
  });

  it("replace nothing when a zone is added to the network", async () => {
    const fourth = "use1-az2";
    const wider = {
      ...network,
      zoneIds: [...zoneIds, fourth],
      privateSubnetIds: { ...network.privateSubnetIds, [fourth]: "subnet-private-use1-az2" },
    };
    const difference = differenceOf(await recordProgram({}, clusterWith()), await recordProgram({}, clusterWith({ network: wider })));
    assert.deepEqual(
      [difference.removed, difference.replaced].map((resources) => resources.length),
      [0, 0],
    );
    assert.deepEqual(
      difference.added.map(({ name }) => name).sort(),
      ["system", "warm"].flatMap((tier) => [`trading-${tier}-${fourth}`, `trading-${tier}-${fourth}-template`]),
    );
    assert.deepEqual(difference.updated, []);
  });

  const faulty: [what: string, over: Partial<TradingClusterArgs>, path: string][] = [
    ["a name that EKS refuses", { clusterName: "trading cluster" }, "clusterName"],
    ["a name that is too long", { clusterName: "t".repeat(101) }, "clusterName"],
    ["a patch version", { version: "1.34.1" }, "version"],
    ["a hot zone outside the network", { placement: { ...placement, zoneId: "use1-az9" } }, "placement.zoneId"],
    ["a standby outside the network", { placement: { ...placement, standbyZoneId: "use1-az9" } }, "placement.standbyZoneId"],
    ["a standby in the leader's zone", { placement: { ...placement, standbyZoneId: placement.zoneId } }, "placement.standbyZoneId"],
    ["a public endpoint for nobody", { endpoint: { publicCidrs: [] } }, "endpoint.publicCidrs"],
    ["a public endpoint for everybody", { endpoint: { publicCidrs: ["0.0.0.0/0"] } }, "endpoint.publicCidrs[0]"],
    ["a range that is none", { endpoint: { publicCidrs: ["198.51.100.300/24"] } }, "endpoint.publicCidrs[0]"],
    ["an administrator who is a user", { administrators: { one: `arn:aws:iam::${accountId}:user/one` } }, 'administrators["one"]'],
    ["an unknown add-on", { addonVersions: { "core-dns": "v1.1.1-eksbuild.1" } as never }, 'addonVersions["core-dns"]'],
    ["a floating add-on version", { addonVersions: { coredns: "latest" } }, 'addonVersions["coredns"]'],
    ["a reservation outside the hot zones", { capacityReservationIds: { "use1-az1": "cr-1" } }, 'capacityReservationIds["use1-az1"]'],
    ["a retention that CloudWatch does not have", { logRetentionDays: 100 }, "logRetentionDays"],
    ["an instance type that is none", { nodes: { hot: { instanceType: "large", count: 1 } } }, "nodes.hot.instanceType"],
    ["half a hot node", { nodes: { hot: { instanceType: "c7i.large", count: 0.5 } } }, "nodes.hot.count"],
    ["no cores", { nodes: { hot: { instanceType: "c7i.large", count: 1, cores: 0 } } }, "nodes.hot.cores"],
    ["a disk below the image", { nodes: { hot: { instanceType: "c7i.large", count: 1, volumeGib: 8 } } }, "nodes.hot.volumeGib"],
    ["one control-plane zone", { controlPlaneZoneIds: ["use1-az1"] }, "controlPlaneZoneIds"],
    ["a control-plane zone outside the network", { controlPlaneZoneIds: ["use1-az1", "use1-az9"] }, "controlPlaneZoneIds"],
    ["no instance types", { nodes: { warm: { instanceTypes: [], min: 1, max: 1 } } }, "nodes.warm.instanceTypes"],
    ["fewer nodes at most than at least", { nodes: { warm: { instanceTypes: ["m7i.large"], min: 3, max: 2 } } }, "nodes.warm.max"],
    ["more nodes than a group has", { nodes: { system: { instanceTypes: ["m7i.large"], min: 1, max: 451 } } }, "nodes.system.max"],
    ["a zone without a subnet", { network: { ...network, privateSubnetIds: {} } }, 'network.privateSubnetIds["use1-az1"]'],
  ];
  for (const [what, over, path] of faulty) {
    it(`are refused with ${what}`, () => {
      const others = path.startsWith("network.") ? zoneIds.slice(1).map((zoneId) => `network.privateSubnetIds["${zoneId}"]`) : [];
      assertFaults(clusterWith(over), [path, ...others]);
    });
  }

  it("are refused all at once, before anything is registered", async () => {
    const graph = await recordProgram({}, () => {
      assertFaults(clusterWith({ version: "2", logRetentionDays: 2, clusterName: "" }), ["version", "logRetentionDays", "clusterName"]);
    });
    assert.deepEqual(graph.resources, []);
  });
});

/** The kubelet's settings in the user data of a launch template. */
function kubeletOf(userData: unknown): Record<string, unknown> {
  const document = Buffer.from(String(userData), "base64").toString("utf8");
  const [, body] = /\r\n\r\n(\{[\s\S]*\})\r\n--\/\/--/.exec(document) ?? assert.fail(`no node configuration in ${document}`);
  return JSON.parse(body).spec.kubelet.config;
}
