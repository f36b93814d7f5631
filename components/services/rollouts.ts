/** How a release reaches pods: databases and tables first, by jobs, and where asked a few pods of the next release beside those of this one. */

import { createHash } from "node:crypto";
import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type PolicyStatement, policyDocument } from "../foundation";
import type { ServiceName, ServiceStore } from "./catalog";
import { egressTo, type NetworkPolicyFacts } from "./network-policies";
import { jobPod, type PodFacts, podTemplate } from "./pod-template";
import { objectMetadata } from "./workload-manifests";

type Spec = kubernetes.types.input.networking.v1.NetworkPolicySpec;

/** A few pods of the next release, which clients reach like the others: the share of traffic is that of the pods. */
export interface Canary {
  /** The next release, by digest. */
  image: pulumi.Input<string>;
  /** @default 1 */
  replicas?: number;
}

/** Makes databases and their users before tables are brought up to date. */
export interface DatabaseAdministrator {
  /** `postgresql://administrator@host:port/database` */
  url: pulumi.Input<string>;
  /** Secret with the administrator's password, as RDS keeps it. */
  secretArn: pulumi.Input<string>;
  /** The key that encrypts the secret. */
  keyArn: pulumi.Input<string>;
  /** Host of Secrets Manager, through which alone the key is used, such as `secretsmanager.us-east-1.amazonaws.com`. */
  through: string;
}

/** Name of the job that makes databases, of its account and of its pods. */
export const databasesJobName = "databases";

/** Pods of a job, which no service and no policy of a service selects. */
function jobLabels(name: string): Record<string, string> {
  return { "app.kubernetes.io/name": name };
}

/**
 * A job of one release, named by its image: another image is another job, which must have ended before the release's pods start. It is not tried again for ever.
 *
 * @param account service account, and so the role
 */
function releaseJob(
  name: string,
  account: string,
  entry: string,
  namespace: string,
  image: pulumi.Input<string>,
  environment: Record<string, pulumi.Input<string>>,
): kubernetes.batch.v1.JobArgs {
  const release = pulumi.output(image).apply((text) => createHash("sha256").update(text).digest("hex").slice(0, 10));
  const labels = jobLabels(name);
  return {
    metadata: { name: pulumi.interpolate`${name}-${release}`, namespace, labels: { ...labels, "app.kubernetes.io/part-of": "bourse" } },
    spec: {
      backoffLimit: 3,
      activeDeadlineSeconds: 600,
      template: { metadata: { labels }, spec: jobPod(account, entry, image, environment) },
    },
  };
}

/** Brings the tables of a service up to date, as the service, whose tables they are. */
export function migrationJob(
  service: ServiceName,
  namespace: string,
  image: pulumi.Input<string>,
  environment: Record<string, pulumi.Input<string>>,
): kubernetes.batch.v1.JobArgs {
  return releaseJob(`${service}-migrations`, service, "services/migrate/main.js", namespace, image, environment);
}

/** Makes the databases of all services. */
export function databasesJob(
  namespace: string,
  image: pulumi.Input<string>,
  { url, secretArn }: DatabaseAdministrator,
): kubernetes.batch.v1.JobArgs {
  const environment = { BOURSE_SQL_URL: url, BOURSE_SQL_SIGN_IN: "secret", BOURSE_SQL_SECRET: secretArn };
  return releaseJob(databasesJobName, databasesJobName, "services/migrate/provision.js", namespace, image, environment);
}

/** What the role of {@link databasesJob} may do: read the administrator's password. */
export function administratorPolicy(administrator: DatabaseAdministrator): pulumi.Output<string> {
  return policyDocument(...administratorStatements(administrator));
}

export function administratorStatements({ secretArn, keyArn, through }: DatabaseAdministrator): PolicyStatement[] {
  return [
    { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: secretArn },
    { Effect: "Allow", Action: "kms:Decrypt", Resource: keyArn, Condition: { StringEquals: { "kms:ViaService": through } } },
  ];
}

/** Out to the database and to AWS as far as the job needs, and nowhere else; nobody calls the job. */
export function jobPolicy(name: string, stores: ServiceStore[], facts: NetworkPolicyFacts): Spec {
  return {
    podSelector: { matchLabels: jobLabels(name) },
    policyTypes: ["Ingress", "Egress"],
    ingress: [],
    egress: egressTo(stores, facts.networkCidrs),
  };
}

/** The next release's pods, beside the service's own: they share its name, account, policy and budget, and are told apart by their track. */
export function canaryDeployment(
  service: ServiceName,
  namespace: string,
  facts: PodFacts,
  canary: Canary,
): kubernetes.apps.v1.DeploymentArgs {
  const template = podTemplate(service, { ...facts, image: canary.image }) as {
    metadata: { labels: Record<string, string> };
    spec: kubernetes.types.input.core.v1.PodSpec;
  };
  const labels = { ...template.metadata.labels, "bourse/track": "canary" };
  const metadata = objectMetadata(service, namespace);
  return {
    metadata: { ...metadata, name: `${service}-canary` },
    spec: {
      replicas: canary.replicas ?? 1,
      revisionHistoryLimit: 2,
      minReadySeconds: 5,
      progressDeadlineSeconds: 600,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: template.spec },
    },
  };
}
