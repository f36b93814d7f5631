/** What a service may call in AWS: its permissions of the catalog, on the stores that are there. */

import * as pulumi from "@pulumi/pulumi";
import { type PolicyStatement, policyDocument } from "../foundation";
import { catalog, type Permission, type ServiceName, type ServiceStore } from "./catalog";

/** A store that services use. */
export interface StoreRef {
  /** What permissions are granted on: ARNs of tables, streams, queues; for `sql` the `dbuser:` prefix of the cluster. */
  arns: pulumi.Input<string>[];
  /** The key that encrypts it, and the host of the AWS service that uses it with the caller's rights, such as `kinesis.us-east-1.amazonaws.com`. @default none needed */
  key?: { arn: pulumi.Input<string>; through: string };
  /** Tells the services how to reach it: environment variables, none of them secret. In BOURSE_SQL_URL `{user}` stands for the database user of each service, `{database}` for its database. */
  environment: Record<string, pulumi.Input<string>>;
}

export type StoreRefs = Partial<Record<ServiceStore, StoreRef>>;

/** Permissions of `service` on stores that are given; none for a service that calls nothing. */
export function grantedPermissions(service: ServiceName, given: StoreRefs): Permission[] {
  return catalog[service].permissions.filter((permission) => given[permission.store] !== undefined);
}

/** The policy of the service's role. */
export function servicePolicy(service: ServiceName, given: StoreRefs): pulumi.Output<string> {
  return policyDocument(...serviceStatements(service, given));
}

/** One statement a permission, each on named resources. */
export function serviceStatements(service: ServiceName, given: StoreRefs): PolicyStatement[] {
  return grantedPermissions(service, given).flatMap((permission) => [
    {
      Effect: "Allow" as const,
      Action: permission.actions,
      Resource: given[permission.store]!.arns.flatMap((arn) =>
        (permission.suffixes ?? [""]).map((suffix) => pulumi.interpolate`${arn}${suffix.replace("{service}", service)}`),
      ),
    },
    ...keyUse(permission, given[permission.store]!),
  ]);
}

/** What is read is decrypted, what is written is encrypted, by the store's key and through the store alone. */
function keyUse({ actions }: Permission, { key }: StoreRef): PolicyStatement[] {
  if (key === undefined) return [];
  const writes = actions.some((action) => /:(Put|BatchWrite|UpdateItem|Send|Publish)/.test(action));
  return [
    {
      Effect: "Allow",
      Action: ["kms:Decrypt", ...(writes ? ["kms:GenerateDataKey"] : [])],
      Resource: key.arn,
      Condition: { StringEquals: { "kms:ViaService": key.through } },
    },
  ];
}

/** Trust of pod identity: this one service account in this one namespace of this account (EKS guide, "Pod Identity role"). */
export function podIdentityTrust(namespace: string, account: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "pods.eks.amazonaws.com" },
        Action: ["sts:AssumeRole", "sts:TagSession"],
        Condition: {
          StringEquals: { "aws:RequestTag/kubernetes-namespace": namespace, "aws:RequestTag/kubernetes-service-account": account },
        },
      },
    ],
  });
}
