/** The services of the exchange on Kubernetes. */

import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { BourseComponent, childNameFaults, type Transform, transformed } from "../foundation";
import {
  catalog,
  hasMembers,
  keepsTables,
  metricsAgent,
  runnableServices,
  type ServiceName,
  type ServiceSize,
  type ServiceStore,
  shardMembers,
} from "./catalog";
import { authorityManifests, privateIssuer, serviceCertificate } from "./certificates";
import type { ExchangeServicesArgs } from "./exchange-services-args";
import { exchangeServicesFaults } from "./exchange-services-faults";
import { denyAll, type NetworkPolicyFacts, servicePolicySpec } from "./network-policies";
import { figureReader, scaledObject } from "./pod-autoscaler";
import type { PodFacts } from "./pod-template";
import { administratorPolicy, canaryDeployment, databasesJob, databasesJobName, jobPolicy, migrationJob } from "./rollouts";
import { grantedPermissions, podIdentityTrust, servicePolicy } from "./service-role";
import { memberHosts, memberVariables, migrationVariables, regionOf, serviceVariables, traceVariables } from "./variables";
import * as manifests from "./workload-manifests";

/**
 * Every service of the catalog as its own workload: restricted pods, a role for exactly its calls, closed network, certificates, probes,
 * drain, spread over zones. Pods join the load balancers' target groups; nothing here makes a load balancer.
 */
export class ExchangeServices extends BourseComponent {
  readonly namespace: string;
  /** Roles by service. */
  readonly roleArns: Readonly<Partial<Record<ServiceName, pulumi.Output<string>>>>;
  private readonly provider: kubernetes.Provider;

  constructor(name: string, args: ExchangeServicesArgs, opts?: pulumi.ComponentResourceOptions) {
    const role = servicesOf(args).map((service) => `-${service}-role`);
    super("bourse:services:ExchangeServices", name, args, [...exchangeServicesFaults(args), ...childNameFaults(name, { role })], opts);
    this.namespace = args.namespace ?? "bourse";
    const services = servicesOf(args);

    this.provider = this.createProvider(args);
    const namespace = this.createNamespace(args);
    const denied = this.createNetworkPolicy("deny-all", denyAll, args, namespace);
    const storageClass = this.createStorageClass(args);
    const issuer = this.createAuthority(args, namespace);
    const facts: NetworkPolicyFacts = {
      services,
      stores: storesOf(args),
      networkCidrs: args.networkCidrs,
      exposed: Object.keys(args.targetGroups ?? {}) as ServiceName[],
      shard: args.shard,
    };
    const databases = this.createDatabases(facts, args, namespace);
    const reader = this.createCustom(`${name}-figures`, figureReader(this.namespace), args.transform?.figureReader, [namespace]);
    const roleArns: Partial<Record<ServiceName, pulumi.Output<string>>> = {};
    for (const service of services) {
      const policy = grantedPermissions(service, args.stores ?? {}).length > 0 ? servicePolicy(service, args.stores ?? {}) : undefined;
      const role = this.createRole(service, policy, args);
      const first = [
        denied,
        this.createNetworkPolicy(service, servicePolicySpec(service, facts), args, namespace),
        this.createIdentity(service, role, args),
        this.createServiceAccount(service, args, namespace),
        this.createCertificate(service, args, issuer),
        ...this.createService(service, args, namespace),
      ];
      // Where the database is a copy, the release of the region that leads has brought its tables up to date.
      if (keepsTables(service) && args.shard?.ledFrom === undefined)
        first.push(...this.createMigrations(service, facts, args, [...first, ...databases]));
      this.createWorkload(service, args, storageClass, first);
      this.createAutoscaler(service, args, [...first, reader]);
      this.createCanary(service, args, first);
      roleArns[service] = role.arn;
    }

    this.roleArns = roleArns;
    this.registerOutputs({ namespace: this.namespace, roleArns });
  }

  private createProvider(args: ExchangeServicesArgs): kubernetes.Provider {
    return new kubernetes.Provider(
      ...transformed<kubernetes.ProviderArgs>(
        args.transform?.provider,
        `${this.name}-kubernetes`,
        {
          kubeconfig: args.cluster.kubeconfigJson,
          // The provider, and with it every object, is replaced only when this changes; without it, when the kubeconfig does.
          clusterIdentifier: args.cluster.clusterName,
          enableServerSideApply: true,
          deleteUnreachable: args.protection === "off",
        },
        this.childOptions(),
      ),
    );
  }

  private createNamespace(args: ExchangeServicesArgs): kubernetes.core.v1.Namespace {
    const restricted = Object.fromEntries(["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]));
    return new kubernetes.core.v1.Namespace(
      ...transformed<kubernetes.core.v1.NamespaceArgs>(
        args.transform?.namespace,
        `${this.name}-namespace`,
        {
          metadata: {
            name: this.namespace,
            // The load balancer controller holds a pod unready until its target is healthy, so that a rollout never outruns the load balancer.
            labels: { ...restricted, "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled", "app.kubernetes.io/part-of": "bourse" },
          },
        },
        this.objectOptions(),
      ),
    );
  }

  private createNetworkPolicy(
    key: Account | `${ServiceName}-migrations` | "deny-all",
    spec: kubernetes.types.input.networking.v1.NetworkPolicySpec,
    args: ExchangeServicesArgs,
    namespace: pulumi.Resource,
  ): kubernetes.networking.v1.NetworkPolicy {
    return new kubernetes.networking.v1.NetworkPolicy(
      ...transformed<kubernetes.networking.v1.NetworkPolicyArgs>(
        args.transform?.networkPolicy,
        `${this.name}-${key}-network`,
        { metadata: { name: key, namespace: this.namespace }, spec },
        this.objectOptions([namespace]),
      ),
    );
  }

  /**
   * Disks for journals: io2 Block Express, which answers 16 KiB writes in under 500 microseconds on average (EBS guide, "Provisioned IOPS
   * SSD volumes"). Disks outlive the claims on them.
   */
  private createStorageClass(args: ExchangeServicesArgs): kubernetes.storage.v1.StorageClass {
    const name = `${this.namespace}-journal`;
    return new kubernetes.storage.v1.StorageClass(
      ...transformed<kubernetes.storage.v1.StorageClassArgs>(
        args.transform?.storageClass,
        `${this.name}-journal-storage`,
        {
          metadata: { name },
          provisioner: "ebs.csi.aws.com",
          parameters: { type: "io2", iops: "16000", encrypted: "true", kmsKeyId: args.volumeKey.arn },
          reclaimPolicy: "Retain",
          volumeBindingMode: "WaitForFirstConsumer",
          allowVolumeExpansion: true,
        },
        this.objectOptions(),
      ),
    );
  }

  /** The cluster's own authority, and the issuer of the private one; returns what certificates depend on. */
  private createAuthority(args: ExchangeServicesArgs, namespace: pulumi.Resource): pulumi.Resource {
    let previous = namespace;
    for (const [key, manifest] of Object.entries(authorityManifests(this.namespace))) {
      previous = this.createCustom(`${this.name}-authority-${key}`, manifest, args.transform?.certificate, [previous]);
    }
    if (args.authority === undefined) return previous;
    const issuer = privateIssuer(this.namespace, args.authority);
    return this.createCustom(`${this.name}-authority-private`, issuer, args.transform?.certificate, [previous]);
  }

  private createCertificate(service: ServiceName, args: ExchangeServicesArgs, issuer: pulumi.Resource): pulumi.Resource {
    const elsewhere = service === "trading" && args.shard !== undefined ? [args.shard.host] : [];
    const by = args.authority === undefined ? "own" : "private";
    const certificate = serviceCertificate(service, this.namespace, by, elsewhere);
    return this.createCustom(`${this.name}-${service}-certificate`, certificate, args.transform?.certificate, [issuer]);
  }

  private createCustom(
    name: string,
    manifest: kubernetes.apiextensions.CustomResourceArgs,
    transform: Transform<kubernetes.apiextensions.CustomResourceArgs> | undefined,
    dependsOn: pulumi.Resource[],
  ): kubernetes.apiextensions.CustomResource {
    return new kubernetes.apiextensions.CustomResource(
      ...transformed<kubernetes.apiextensions.CustomResourceArgs>(transform, name, manifest, this.objectOptions(dependsOn)),
    );
  }

  private createRole(account: Account, policy: pulumi.Output<string> | undefined, args: ExchangeServicesArgs): aws.iam.Role {
    const name = `${this.name}-${account}-role`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.role,
        name,
        { assumeRolePolicy: podIdentityTrust(this.namespace, account), tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
    if (policy !== undefined) {
      new aws.iam.RolePolicy(
        ...transformed<aws.iam.RolePolicyArgs>(
          args.transform?.rolePolicy,
          `${name}-policy`,
          { role: role.name, policy },
          this.childOptions(),
        ),
      );
    }
    return role;
  }

  private createIdentity(service: Account, role: aws.iam.Role, args: ExchangeServicesArgs): aws.eks.PodIdentityAssociation {
    const name = `${this.name}-${service}-identity`;
    return new aws.eks.PodIdentityAssociation(
      ...transformed<aws.eks.PodIdentityAssociationArgs>(
        args.transform?.podIdentity,
        name,
        {
          clusterName: args.cluster.clusterName,
          namespace: this.namespace,
          serviceAccount: service,
          roleArn: role.arn,
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createServiceAccount(service: Account, args: ExchangeServicesArgs, namespace: pulumi.Resource): pulumi.Resource {
    return new kubernetes.core.v1.ServiceAccount(
      ...transformed<kubernetes.core.v1.ServiceAccountArgs>(
        args.transform?.serviceAccount,
        `${this.name}-${service}-account`,
        { metadata: manifests.objectMetadata(service, this.namespace), automountServiceAccountToken: false },
        this.objectOptions([namespace]),
      ),
    );
  }

  private createService(service: ServiceName, args: ExchangeServicesArgs, namespace: pulumi.Resource): pulumi.Resource[] {
    const object = new kubernetes.core.v1.Service(
      ...transformed<kubernetes.core.v1.ServiceArgs>(
        args.transform?.service,
        `${this.name}-${service}-service`,
        manifests.clusterService(service, this.namespace),
        this.objectOptions([namespace]),
      ),
    );
    const bindings = Object.entries(args.targetGroups?.[service] ?? {}).map(([listener, { arn }]) => {
      const binding = manifests.targetGroupBinding(service, listener, this.namespace, arn);
      return this.createCustom(`${this.name}-${service}-${listener}-binding`, binding, args.transform?.targetGroupBinding, [object]);
    });
    return [object, ...bindings];
  }

  /** The job that makes databases and users, with a role that alone reads the administrator's password. */
  private createDatabases(facts: NetworkPolicyFacts, args: ExchangeServicesArgs, namespace: pulumi.Resource): pulumi.Resource[] {
    const { administrator } = args;
    if (administrator === undefined) return [];
    const role = this.createRole(databasesJobName, administratorPolicy(administrator), args);
    const first = [
      this.createIdentity(databasesJobName, role, args),
      this.createServiceAccount(databasesJobName, args, namespace),
      this.createNetworkPolicy(databasesJobName, jobPolicy(databasesJobName, ["sql", "secrets"], facts), args, namespace),
    ];
    return [this.createJob(databasesJobName, databasesJob(this.namespace, args.image, administrator), args, first)];
  }

  private createMigrations(
    service: ServiceName,
    facts: NetworkPolicyFacts,
    args: ExchangeServicesArgs,
    dependsOn: pulumi.Resource[],
  ): pulumi.Resource[] {
    const key = `${service}-migrations` as const;
    const open = this.createNetworkPolicy(key, jobPolicy(key, ["sql"], facts), args, dependsOn[0]);
    const job = migrationJob(service, this.namespace, args.image, migrationVariables(service, args.stores ?? {}));
    return [this.createJob(key, job, args, [...dependsOn, open])];
  }

  /** A job of the release, which what depends on it waits for: Pulumi waits until a job has ended well. */
  private createJob(
    key: typeof databasesJobName | `${ServiceName}-migrations`,
    job: kubernetes.batch.v1.JobArgs,
    args: ExchangeServicesArgs,
    dependsOn: pulumi.Resource[],
  ): kubernetes.batch.v1.Job {
    return new kubernetes.batch.v1.Job(
      ...transformed<kubernetes.batch.v1.JobArgs>(args.transform?.migrations, `${this.name}-${key}`, job, this.objectOptions(dependsOn)),
    );
  }

  private createCanary(service: ServiceName, args: ExchangeServicesArgs, dependsOn: pulumi.Resource[]): void {
    const canary = args.canaries?.[service];
    if (canary === undefined) return;
    new kubernetes.apps.v1.Deployment(
      ...transformed<kubernetes.apps.v1.DeploymentArgs>(
        args.transform?.deployment,
        `${this.name}-${service}-canary`,
        canaryDeployment(service, this.namespace, podFacts(service, args), canary),
        this.objectOptions(dependsOn),
      ),
    );
  }

  private createWorkload(
    service: ServiceName,
    args: ExchangeServicesArgs,
    storageClass: kubernetes.storage.v1.StorageClass,
    dependsOn: pulumi.Resource[],
  ): void {
    const facts = podFacts(service, args);
    const members = hasMembers(service, storesOf(args));
    if (catalog[service].kind === "StatefulSet") {
      new kubernetes.apps.v1.StatefulSet(
        ...transformed<kubernetes.apps.v1.StatefulSetArgs>(
          args.transform?.statefulSet,
          `${this.name}-${service}-set`,
          manifests.statefulSet(service, this.namespace, facts, storageClass.metadata.name, members),
          // A shadow is ready when enough commands have come, which takes as long as they do.
          { ...this.objectOptions(dependsOn), ...(members ? { customTimeouts: { update: "1h" } } : {}) },
        ),
      );
    } else {
      new kubernetes.apps.v1.Deployment(
        ...transformed<kubernetes.apps.v1.DeploymentArgs>(
          args.transform?.deployment,
          `${this.name}-${service}-deployment`,
          manifests.deployment(service, this.namespace, facts),
          this.objectOptions(dependsOn),
        ),
      );
    }
    new kubernetes.policy.v1.PodDisruptionBudget(
      ...transformed<kubernetes.policy.v1.PodDisruptionBudgetArgs>(
        args.transform?.disruptionBudget,
        `${this.name}-${service}-budget`,
        manifests.disruptionBudget(service, this.namespace),
        this.objectOptions(dependsOn),
      ),
    );
  }

  private createAutoscaler(service: ServiceName, args: ExchangeServicesArgs, dependsOn: pulumi.Resource[]): void {
    const { size } = podFacts(service, args);
    if (!manifests.isScaled(size)) return;
    const manifest = scaledObject(service, this.namespace, size, { region: args.region, stores: args.stores ?? {} });
    this.createCustom(`${this.name}-${service}-autoscaler`, manifest, args.transform?.autoscaler, dependsOn);
  }

  /** Options of a Kubernetes object: the cluster's provider. */
  private objectOptions(dependsOn: pulumi.Resource[] = []): pulumi.CustomResourceOptions {
    return this.childOptions({ provider: this.provider, dependsOn });
  }
}

/** Whose pods sign in to AWS: a service, or the job that makes databases. */
type Account = ServiceName | typeof databasesJobName;

function servicesOf(args: ExchangeServicesArgs): ServiceName[] {
  return args.services ?? runnableServices(storesOf(args), regionOf(args.shard));
}

function storesOf(args: ExchangeServicesArgs): ServiceStore[] {
  return Object.keys(args.stores ?? {}) as ServiceStore[];
}

function sizeOf(service: ServiceName, args: ExchangeServicesArgs): ServiceSize {
  const members = hasMembers(service, storesOf(args)) ? { replicas: shardMembers } : {};
  return { ...catalog[service].size[args.preset ?? "production"], ...members, ...args.sizes?.[service] };
}

/** Size and environment of a service: those of its stores that are there, and which journal the shard writes. */
function podFacts(service: ServiceName, args: ExchangeServicesArgs): PodFacts {
  const stores = storesOf(args);
  const namespace = args.namespace ?? "bourse";
  const members = hasMembers("trading", stores) ? memberHosts(namespace, sizeOf("trading", args).replicas) : undefined;
  return {
    image: args.image,
    size: sizeOf(service, args),
    environment: {
      ...serviceVariables(service, args.stores ?? {}, args.networkCidrs, args.shard, members),
      ...(hasMembers(service, stores) ? memberVariables(namespace, args.region, args.shard) : {}),
      ...traceVariables(service, `http://${metricsAgent.service}.${metricsAgent.namespace}:${metricsAgent.tracesPort}`, {
        region: args.region,
        image: args.image,
        // A pod is not told its zone; the node's name stands for it.
        place: { "k8s.node.name": "$(BOURSE_NODE)" },
      }),
    },
    services: servicesOf(args),
    members: members !== undefined,
    placement: args.placement,
  };
}
