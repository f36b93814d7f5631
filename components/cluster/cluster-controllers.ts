/** Controllers that no EKS add-on brings: they run in the cluster and call AWS for it. */

import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type ClusterRef,
  type CommonArgs,
  childNameFaults,
  type Fault,
  type PolicyStatement,
  type Protection,
  policyDocument,
  regionFaults,
  type Transform,
  transformed,
} from "../foundation";
import * as autoscaler from "./cluster-autoscaler";
import * as balancer from "./load-balancer-controller";
import { podIdentityTrust } from "./roles";

/** Arguments of {@link ClusterControllers}. */
export interface ClusterControllersArgs extends CommonArgs {
  cluster: ClusterRef;
  region: string;
  accountId: pulumi.Input<string>;
  vpcId: pulumi.Input<string>;
  /**
   * Private authority from which cert-manager may ask for certificates of servers and clients, through AWS's connector. Plain whether there is one, since it decides how many children exist.
   * @default none
   */
  authorityArn?: pulumi.Input<string>;
  /** `"off"` also forgets objects of a cluster that is gone. @default "on" */
  protection?: Protection;
  transform?: {
    provider?: Transform<kubernetes.ProviderArgs>;
    role?: Transform<aws.iam.RoleArgs>;
    rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
    podIdentity?: Transform<aws.eks.PodIdentityAssociationArgs>;
    addon?: Transform<aws.eks.AddonArgs>;
    serviceAccount?: Transform<kubernetes.core.v1.ServiceAccountArgs>;
    clusterRole?: Transform<kubernetes.rbac.v1.ClusterRoleArgs>;
    clusterRoleBinding?: Transform<kubernetes.rbac.v1.ClusterRoleBindingArgs>;
    namespaceRole?: Transform<kubernetes.rbac.v1.RoleArgs>;
    namespaceRoleBinding?: Transform<kubernetes.rbac.v1.RoleBindingArgs>;
    deployment?: Transform<kubernetes.apps.v1.DeploymentArgs>;
    definition?: Transform<kubernetes.apiextensions.v1.CustomResourceDefinitionArgs>;
    certificate?: Transform<kubernetes.apiextensions.CustomResourceArgs>;
    service?: Transform<kubernetes.core.v1.ServiceArgs>;
    mutations?: Transform<kubernetes.admissionregistration.v1.MutatingWebhookConfigurationArgs>;
    validations?: Transform<kubernetes.admissionregistration.v1.ValidatingWebhookConfigurationArgs>;
  };
}

export function clusterControllersFaults(args: ClusterControllersArgs): Fault[] {
  return regionFaults("region", args.region);
}

/** Where the connector runs, and as whom (EKS guide, "AWS add-ons": the namespace; cert-manager/aws-privateca-issuer, end-to-end test of the add-on: the account). */
const connector = { namespace: "aws-privateca-issuer", serviceAccount: "aws-privateca-issuer" };

/** Certificates of servers and clients by the one template that gives no more (Private CA guide, "EndEntityCertificate/V1"), and what the authority is. */
function connectorStatements(authorityArn: pulumi.Input<string>): PolicyStatement[] {
  return [
    {
      Effect: "Allow",
      Action: "acm-pca:IssueCertificate",
      Resource: authorityArn,
      Condition: { StringEquals: { "acm-pca:TemplateArn": "arn:aws:acm-pca:::template/EndEntityCertificate/V1" } },
    },
    { Effect: "Allow", Action: ["acm-pca:DescribeCertificateAuthority", "acm-pca:GetCertificate"], Resource: authorityArn },
  ];
}

/** Who a controller is: its account in Kubernetes with its rules, and its role in AWS. */
interface ControllerIdentity {
  name: string;
  namespace: string;
  policy: pulumi.Input<string>;
  rules: kubernetes.types.input.rbac.v1.PolicyRule[];
  namespaceRules: kubernetes.types.input.rbac.v1.PolicyRule[];
}

/** The load balancer controller, which only binds pods to target groups, and the Cluster Autoscaler; each with exactly its rights. */
export class ClusterControllers extends BourseComponent {
  private readonly provider: kubernetes.Provider;

  constructor(
    name: string,
    private readonly args: ClusterControllersArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const role = ["-aws-load-balancer-controller-role"];
    super("bourse:cluster:ClusterControllers", name, args, [...clusterControllersFaults(args), ...childNameFaults(name, { role })], opts);
    const { clusterName } = args.cluster;
    this.provider = this.createProvider();

    this.createLoadBalancerController();
    const rights = this.createIdentity({
      ...autoscaler.clusterAutoscaler,
      policy: autoscaler.autoscalerPolicy(clusterName),
      rules: autoscaler.autoscalerRules,
      namespaceRules: autoscaler.autoscalerNamespaceRules,
    });
    this.createDeployment(autoscaler.clusterAutoscaler.name, autoscaler.autoscalerDeployment(clusterName, args.region), rights);
    if (args.authorityArn !== undefined) this.createConnector(args.authorityArn);
    this.registerOutputs({ clusterName });
  }

  /** AWS's connector between cert-manager and a private authority (EKS guide, "AWS Private CA Connector for Kubernetes"), with the right to ask this one alone, for no authority. */
  private createConnector(authorityArn: pulumi.Input<string>): void {
    const { args } = this;
    const name = `${this.name}-private-authority`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.role,
        `${name}-role`,
        { assumeRolePolicy: podIdentityTrust(connector.namespace, connector.serviceAccount), tags: this.tagsFor(`${name}-role`) },
        this.childOptions(),
      ),
    );
    const rights = new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        args.transform?.rolePolicy,
        `${name}-policy`,
        { role: role.name, policy: policyDocument(...connectorStatements(authorityArn)) },
        this.childOptions(),
      ),
    );
    new aws.eks.Addon(
      ...transformed<aws.eks.AddonArgs>(
        args.transform?.addon,
        name,
        {
          clusterName: args.cluster.clusterName,
          addonName: "aws-privateca-connector-for-kubernetes",
          // The version that EKS has for the cluster when it is made, which then stays.
          resolveConflictsOnCreate: "OVERWRITE",
          resolveConflictsOnUpdate: "OVERWRITE",
          podIdentityAssociations: [{ roleArn: role.arn, serviceAccount: connector.serviceAccount }],
          tags: this.tagsFor(name),
        },
        this.childOptions({ dependsOn: [rights] }),
      ),
    );
  }

  private createLoadBalancerController(): void {
    const { args, name } = this;
    const needed = this.createIdentity({
      ...balancer.loadBalancerController,
      policy: balancer.controllerPolicy(args.region, args.accountId),
      rules: balancer.controllerRules,
      namespaceRules: balancer.controllerNamespaceRules,
    });
    for (const [key, definition] of Object.entries(balancer.controllerDefinitions)) {
      needed.push(
        new kubernetes.apiextensions.v1.CustomResourceDefinition(
          ...transformed(args.transform?.definition, `${name}-${key}`, definition, this.objectOptions()),
        ),
      );
    }
    const { issuer, certificate } = balancer.controllerCertificate;
    const issuing = this.createCustom(`${name}-webhook-issuer`, issuer);
    needed.push(this.createCustom(`${name}-webhook-certificate`, certificate, [issuing]));
    const service = new kubernetes.core.v1.Service(
      ...transformed(args.transform?.service, `${name}-webhook`, balancer.controllerService, this.objectOptions()),
    );
    const deployment = this.createDeployment(
      balancer.loadBalancerController.name,
      balancer.controllerDeployment({ clusterName: args.cluster.clusterName, region: args.region, vpcId: args.vpcId }),
      needed,
    );
    // Registered when the controller answers, or bindings would be refused meanwhile.
    const answering = this.objectOptions([deployment, service]);
    new kubernetes.admissionregistration.v1.MutatingWebhookConfiguration(
      ...transformed(args.transform?.mutations, `${name}-mutations`, balancer.controllerMutations, answering),
    );
    new kubernetes.admissionregistration.v1.ValidatingWebhookConfiguration(
      ...transformed(args.transform?.validations, `${name}-validations`, balancer.controllerValidations, answering),
    );
  }

  private createProvider(): kubernetes.Provider {
    return new kubernetes.Provider(
      ...transformed<kubernetes.ProviderArgs>(
        this.args.transform?.provider,
        `${this.name}-kubernetes`,
        {
          kubeconfig: this.args.cluster.kubeconfigJson,
          clusterIdentifier: this.args.cluster.clusterName,
          enableServerSideApply: true,
          deleteUnreachable: this.args.protection === "off",
        },
        this.childOptions(),
      ),
    );
  }

  private createDeployment(
    controller: string,
    deployment: kubernetes.apps.v1.DeploymentArgs,
    dependsOn: pulumi.Resource[],
  ): kubernetes.apps.v1.Deployment {
    return new kubernetes.apps.v1.Deployment(
      ...transformed(this.args.transform?.deployment, `${this.name}-${controller}`, deployment, this.objectOptions(dependsOn)),
    );
  }

  private createCustom(name: string, manifest: kubernetes.apiextensions.CustomResourceArgs, dependsOn: pulumi.Resource[] = []) {
    return new kubernetes.apiextensions.CustomResource(
      ...transformed(this.args.transform?.certificate, name, manifest, this.objectOptions(dependsOn)),
    );
  }

  /** The account of a controller with its rights in Kubernetes and AWS. Returns what its pods depend on. */
  private createIdentity(identity: ControllerIdentity): pulumi.Resource[] {
    const { transform } = this.args;
    const { namespace } = identity;
    const name = `${this.name}-${identity.name}`;
    const metadata = { name: identity.name, namespace };
    const subjects = [{ kind: "ServiceAccount", ...metadata }];
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        transform?.role,
        `${name}-role`,
        { assumeRolePolicy: podIdentityTrust(namespace, identity.name), tags: this.tagsFor(`${name}-role`) },
        this.childOptions(),
      ),
    );
    return [
      new aws.iam.RolePolicy(
        ...transformed<aws.iam.RolePolicyArgs>(
          transform?.rolePolicy,
          `${name}-policy`,
          { role: role.name, policy: identity.policy },
          this.childOptions(),
        ),
      ),
      new aws.eks.PodIdentityAssociation(
        ...transformed<aws.eks.PodIdentityAssociationArgs>(
          transform?.podIdentity,
          `${name}-identity`,
          {
            clusterName: this.args.cluster.clusterName,
            namespace,
            serviceAccount: identity.name,
            roleArn: role.arn,
            tags: this.tagsFor(`${name}-identity`),
          },
          this.childOptions(),
        ),
      ),
      new kubernetes.core.v1.ServiceAccount(
        ...transformed<kubernetes.core.v1.ServiceAccountArgs>(
          transform?.serviceAccount,
          `${name}-account`,
          { metadata },
          this.objectOptions(),
        ),
      ),
      new kubernetes.rbac.v1.ClusterRole(
        ...transformed<kubernetes.rbac.v1.ClusterRoleArgs>(
          transform?.clusterRole,
          `${name}-cluster-role`,
          { metadata: { name: identity.name }, rules: identity.rules },
          this.objectOptions(),
        ),
      ),
      new kubernetes.rbac.v1.ClusterRoleBinding(
        ...transformed<kubernetes.rbac.v1.ClusterRoleBindingArgs>(
          transform?.clusterRoleBinding,
          `${name}-cluster-binding`,
          {
            metadata: { name: identity.name },
            subjects,
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: identity.name },
          },
          this.objectOptions(),
        ),
      ),
      new kubernetes.rbac.v1.Role(
        ...transformed<kubernetes.rbac.v1.RoleArgs>(
          transform?.namespaceRole,
          `${name}-namespace-role`,
          { metadata, rules: identity.namespaceRules },
          this.objectOptions(),
        ),
      ),
      new kubernetes.rbac.v1.RoleBinding(
        ...transformed<kubernetes.rbac.v1.RoleBindingArgs>(
          transform?.namespaceRoleBinding,
          `${name}-namespace-binding`,
          { metadata, subjects, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: identity.name } },
          this.objectOptions(),
        ),
      ),
    ];
  }

  private objectOptions(dependsOn: pulumi.Resource[] = []): pulumi.CustomResourceOptions {
    return this.childOptions({ provider: this.provider, dependsOn });
  }
}
