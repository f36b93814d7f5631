/** Roles of nodes and add-ons: who may assume them, what they may do. */

import * as pulumi from "@pulumi/pulumi";

/** What a node itself needs: to join, to pull images, and sessions without SSH. Addresses for pods are the CNI's own role. */
export const nodePolicies = {
  worker: "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
  images: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
  sessions: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
};

/** Trust of one AWS service. */
export function assumedBy(service: string, actions: string[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: actions }] });
}

/** What the driver needs to make and attach volumes under a key of yours (EBS CSI driver, "Encryption of EBS volumes with a customer managed key"). */
export function encryptedVolumes(keyArn: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
        Resource: keyArn,
        Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
      },
      {
        Effect: "Allow",
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        Resource: keyArn,
      },
    ],
  });
}

/** Trust of pod identity: one service account in one namespace (EKS guide, "Pod Identity role"). */
export function podIdentityTrust(namespace: string, serviceAccount: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "pods.eks.amazonaws.com" },
        Action: ["sts:AssumeRole", "sts:TagSession"],
        Condition: {
          StringEquals: { "aws:RequestTag/kubernetes-namespace": namespace, "aws:RequestTag/kubernetes-service-account": serviceAccount },
        },
      },
    ],
  });
}
