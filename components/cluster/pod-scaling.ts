/** What pods need to follow more than processor time: external metrics, out of the figures that services send to CloudWatch. */

import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type ClusterRef,
  type CommonArgs,
  childNameFaults,
  type Fault,
  type Protection,
  type Transform,
  transformed,
} from "../foundation";
import * as keda from "./keda";
import { kedaDefinitions } from "./keda-definitions";
import { podIdentityTrust } from "./roles";

/** Arguments of {@link PodScaling}. */
export interface PodScalingArgs extends CommonArgs {
  /** A cluster with cert-manager, a name server and pod identity. Another one **replaces** every object. */
  cluster: ClusterRef;
  /** Ranges of the network, in which the control plane is. */
  networkCidrs: readonly string[];
  /** `"off"` also forgets objects of a cluster that is gone. @default "on" */
  protection?: Protection;
  transform?: {
    provider?: Transform<kubernetes.ProviderArgs>;
    namespace?: Transform<kubernetes.core.v1.NamespaceArgs>;
    networkPolicy?: Transform<kubernetes.networking.v1.NetworkPolicyArgs>;
    definition?: Transform<kubernetes.apiextensions.v1.CustomResourceDefinitionArgs>;
    certificate?: Transform<kubernetes.apiextensions.CustomResourceArgs>;
    role?: Transform<aws.iam.RoleArgs>;
    rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
    podIdentity?: Transform<aws.eks.PodIdentityAssociationArgs>;
    serviceAccount?: Transform<kubernetes.core.v1.ServiceAccountArgs>;
    clusterRole?: Transform<kubernetes.rbac.v1.ClusterRoleArgs>;
    clusterRoleBinding?: Transform<kubernetes.rbac.v1.ClusterRoleBindingArgs>;
    namespaceRole?: Transform<kubernetes.rbac.v1.RoleArgs>;
    namespaceRoleBinding?: Transform<kubernetes.rbac.v1.RoleBindingArgs>;
    service?: Transform<kubernetes.core.v1.ServiceArgs>;
    deployment?: Transform<kubernetes.apps.v1.DeploymentArgs>;
    disruptionBudget?: Transform<kubernetes.policy.v1.PodDisruptionBudgetArgs>;
    apiService?: Transform<kubernetes.apiregistration.v1.APIServiceArgs>;
  };
}

export function podScalingFaults({ networkCidrs }: PodScalingArgs): Fault[] {
  if (networkCidrs.length > 0) return [];
  return [
    { path: "networkCidrs", given: [], allowed: "one range or more", fix: "name the network's ranges, or nobody reaches the metrics" },
  ];
}

const programs = Object.keys(keda.kedaPrograms) as keda.KedaProgram[];

/** The cluster's external metrics, from CloudWatch: KEDA in a closed namespace of its own, with the right to read figures and no other in AWS (docs/decisions/0025). */
export class PodScaling extends BourseComponent {
  private readonly provider: kubernetes.Provider;

  constructor(
    name: string,
    private readonly args: PodScalingArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const role = ["-operator-role"];
    super("bourse:cluster:PodScaling", name, args, [...podScalingFaults(args), ...childNameFaults(name, { role })], opts);
    const { transform } = args;
    this.provider = new kubernetes.Provider(
      ...transformed<kubernetes.ProviderArgs>(
        transform?.provider,
        `${name}-kubernetes`,
        {
          kubeconfig: args.cluster.kubeconfigJson,
          clusterIdentifier: args.cluster.clusterName,
          enableServerSideApply: true,
          deleteUnreachable: args.protection === "off",
        },
        this.childOptions(),
      ),
    );
    const namespace = this.createNamespace();
    const needed: pulumi.Resource[] = [
      ...this.createNetworkPolicies(namespace),
      ...this.createDefinitions(),
      ...this.createCertificates(namespace),
      ...this.createRole(),
      ...programs.flatMap((program) => this.createAccount(program, namespace)),
    ];
    const running = programs.flatMap((program) => this.createProgram(program, needed));
    // Asked for when it answers: an API server without its backend would make discovery fail for the whole cluster.
    new kubernetes.apiregistration.v1.APIService(
      ...transformed(transform?.apiService, `${name}-external-metrics`, keda.kedaApiService, this.objectOptions(running)),
    );
    this.registerOutputs({ namespace: keda.kedaNamespace });
  }

  private createNamespace(): kubernetes.core.v1.Namespace {
    const restricted = Object.fromEntries(["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]));
    return new kubernetes.core.v1.Namespace(
      ...transformed<kubernetes.core.v1.NamespaceArgs>(
        this.args.transform?.namespace,
        `${this.name}-namespace`,
        { metadata: { name: keda.kedaNamespace, labels: restricted } },
        this.objectOptions(),
      ),
    );
  }

  private createNetworkPolicies(namespace: pulumi.Resource): pulumi.Resource[] {
    return Object.entries(keda.kedaNetworkPolicies(this.args.networkCidrs)).map(
      ([key, spec]) =>
        new kubernetes.networking.v1.NetworkPolicy(
          ...transformed<kubernetes.networking.v1.NetworkPolicyArgs>(
            this.args.transform?.networkPolicy,
            `${this.name}-${key}-network`,
            { metadata: { name: key, namespace: keda.kedaNamespace }, spec },
            this.objectOptions([namespace]),
          ),
        ),
    );
  }

  private createDefinitions(): pulumi.Resource[] {
    return Object.entries(kedaDefinitions).map(
      ([key, definition]) =>
        new kubernetes.apiextensions.v1.CustomResourceDefinition(
          ...transformed(this.args.transform?.definition, `${this.name}-${key}`, definition, this.objectOptions()),
        ),
    );
  }

  private createCertificates(namespace: pulumi.Resource): pulumi.Resource[] {
    let previous = namespace;
    for (const [key, manifest] of Object.entries(keda.kedaCertificates)) {
      previous = new kubernetes.apiextensions.CustomResource(
        ...transformed<kubernetes.apiextensions.CustomResourceArgs>(
          this.args.transform?.certificate,
          `${this.name}-certificate-${key}`,
          manifest,
          this.objectOptions([previous]),
        ),
      );
    }
    return [previous];
  }

  /** The operator's role in AWS. The API server of metrics calls nothing there and has none. */
  private createRole(): pulumi.Resource[] {
    const { transform, cluster } = this.args;
    const account = keda.kedaPrograms.operator.name;
    const name = `${this.name}-operator`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        transform?.role,
        `${name}-role`,
        { assumeRolePolicy: podIdentityTrust(keda.kedaNamespace, account), tags: this.tagsFor(`${name}-role`) },
        this.childOptions(),
      ),
    );
    return [
      new aws.iam.RolePolicy(
        ...transformed<aws.iam.RolePolicyArgs>(
          transform?.rolePolicy,
          `${name}-policy`,
          { role: role.name, policy: keda.kedaPolicy() },
          this.childOptions(),
        ),
      ),
      new aws.eks.PodIdentityAssociation(
        ...transformed<aws.eks.PodIdentityAssociationArgs>(
          transform?.podIdentity,
          `${name}-identity`,
          {
            clusterName: cluster.clusterName,
            namespace: keda.kedaNamespace,
            serviceAccount: account,
            roleArn: role.arn,
            tags: this.tagsFor(`${name}-identity`),
          },
          this.childOptions(),
        ),
      ),
    ];
  }

  /** The account of a program, with its rights in Kubernetes. */
  private createAccount(program: keda.KedaProgram, inNamespace: pulumi.Resource): pulumi.Resource[] {
    const { transform } = this.args;
    const { name: account } = keda.kedaPrograms[program];
    const namespace = keda.kedaNamespace;
    const name = `${this.name}-${program}`;
    const metadata = { name: account, namespace };
    const made = new kubernetes.core.v1.ServiceAccount(
      ...transformed<kubernetes.core.v1.ServiceAccountArgs>(
        transform?.serviceAccount,
        `${name}-account`,
        { metadata },
        this.objectOptions([inNamespace]),
      ),
    );
    if (program === "metrics") {
      // It asks the cluster's API server who calls it, and whether he may (Kubernetes, "Set up an extension API server").
      return [
        made,
        this.bindClusterRole(`${name}-delegator-binding`, account, "system:auth-delegator", account),
        this.bindRole(
          `${name}-reader-binding`,
          { name: account, namespace: "kube-system" },
          "extension-apiserver-authentication-reader",
          account,
        ),
      ];
    }
    const clusterRole = new kubernetes.rbac.v1.ClusterRole(
      ...transformed<kubernetes.rbac.v1.ClusterRoleArgs>(
        transform?.clusterRole,
        `${name}-cluster-role`,
        { metadata: { name: account }, rules: keda.kedaRules },
        this.objectOptions(),
      ),
    );
    const role = new kubernetes.rbac.v1.Role(
      ...transformed<kubernetes.rbac.v1.RoleArgs>(
        transform?.namespaceRole,
        `${name}-namespace-role`,
        { metadata, rules: keda.kedaNamespaceRules },
        this.objectOptions([inNamespace]),
      ),
    );
    return [
      made,
      clusterRole,
      role,
      this.bindClusterRole(`${name}-cluster-binding`, account, account, account),
      this.bindRole(`${name}-namespace-binding`, metadata, account, account, [inNamespace]),
    ];
  }

  private bindClusterRole(name: string, binding: string, role: string, account: string): pulumi.Resource {
    return new kubernetes.rbac.v1.ClusterRoleBinding(
      ...transformed<kubernetes.rbac.v1.ClusterRoleBindingArgs>(
        this.args.transform?.clusterRoleBinding,
        name,
        {
          metadata: { name: binding },
          subjects: [{ kind: "ServiceAccount", name: account, namespace: keda.kedaNamespace }],
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
        },
        this.objectOptions(),
      ),
    );
  }

  private bindRole(
    name: string,
    metadata: { name: string; namespace: string },
    role: string,
    account: string,
    dependsOn: pulumi.Resource[] = [],
  ): pulumi.Resource {
    return new kubernetes.rbac.v1.RoleBinding(
      ...transformed<kubernetes.rbac.v1.RoleBindingArgs>(
        this.args.transform?.namespaceRoleBinding,
        name,
        {
          metadata,
          subjects: [{ kind: "ServiceAccount", name: account, namespace: keda.kedaNamespace }],
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role },
        },
        this.objectOptions(dependsOn),
      ),
    );
  }

  private createProgram(program: keda.KedaProgram, needed: pulumi.Resource[]): pulumi.Resource[] {
    const { transform } = this.args;
    const name = `${this.name}-${program}`;
    return [
      new kubernetes.core.v1.Service(
        ...transformed<kubernetes.core.v1.ServiceArgs>(
          transform?.service,
          `${name}-service`,
          keda.kedaService(program),
          this.objectOptions(needed),
        ),
      ),
      new kubernetes.apps.v1.Deployment(
        ...transformed<kubernetes.apps.v1.DeploymentArgs>(
          transform?.deployment,
          `${name}-deployment`,
          keda.kedaDeployment(program),
          this.objectOptions(needed),
        ),
      ),
      new kubernetes.policy.v1.PodDisruptionBudget(
        ...transformed<kubernetes.policy.v1.PodDisruptionBudgetArgs>(
          transform?.disruptionBudget,
          `${name}-budget`,
          keda.kedaDisruptionBudget(program),
          this.objectOptions(needed),
        ),
      ),
    ];
  }

  private objectOptions(dependsOn: pulumi.Resource[] = []): pulumi.CustomResourceOptions {
    return this.childOptions({ provider: this.provider, dependsOn });
  }
}
