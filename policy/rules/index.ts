/** All rules, by id. */

import type { Rule } from "../rule";
import { auroraBackups } from "./aurora-backups";
import { auroraDeletionProtection } from "./aurora-deletion-protection";
import { auroraEncryption } from "./aurora-encryption";
import { auroraIamAuthentication } from "./aurora-iam-authentication";
import { auroraManagedPassword } from "./aurora-managed-password";
import { auroraPrivate } from "./aurora-private";
import { cloudfrontAccessLogs } from "./cloudfront-access-logs";
import { cloudfrontTls } from "./cloudfront-tls";
import { cloudfrontWebAcl } from "./cloudfront-web-acl";
import { dynamodbDeletionProtection } from "./dynamodb-deletion-protection";
import { dynamodbEncryption } from "./dynamodb-encryption";
import { dynamodbPointInTimeRecovery } from "./dynamodb-point-in-time-recovery";
import { ebsEncryption } from "./ebs-encryption";
import { eksAccessEntries } from "./eks-access-entries";
import { eksControlPlaneLogs } from "./eks-control-plane-logs";
import { eksPrivateEndpoint } from "./eks-private-endpoint";
import { eksSecretsEncryption } from "./eks-secrets-encryption";
import { hotTierStandbyZone } from "./hot-tier-standby-zone";
import { iamNoAdministrator } from "./iam-no-administrator";
import { iamNoWildcardActions } from "./iam-no-wildcard-actions";
import { iamNoWildcardResources } from "./iam-no-wildcard-resources";
import { iamTrustNamed } from "./iam-trust-named";
import { instanceMetadataV2 } from "./instance-metadata-v2";
import { kmsKeyPolicy } from "./kms-key-policy";
import { kmsKeyRotation } from "./kms-key-rotation";
import { kubernetesNoLoadBalancers } from "./kubernetes-no-load-balancers";
import { loadBalancerAccessLogs } from "./load-balancer-access-logs";
import { loadBalancerDeletionProtection } from "./load-balancer-deletion-protection";
import { loadBalancerSecurityGroups } from "./load-balancer-security-groups";
import { loadBalancerTls } from "./load-balancer-tls";
import { logEncryption } from "./log-encryption";
import { logRetention } from "./log-retention";
import { moneyTablesStronglyConsistent } from "./money-tables-strongly-consistent";
import { s3Encryption } from "./s3-encryption";
import { s3PublicAccessBlock } from "./s3-public-access-block";
import { s3TlsOnly } from "./s3-tls-only";
import { securityGroupDescription } from "./security-group-description";
import { securityGroupOpenEgress } from "./security-group-open-egress";
import { securityGroupOpenIngress } from "./security-group-open-ingress";
import { subnetNoPublicAddresses } from "./subnet-no-public-addresses";
import { taggableResourcesTagged } from "./taggable-resources-tagged";
import { vpcFlowLogs } from "./vpc-flow-logs";

export const rules: readonly Rule[] = [
  auroraBackups,
  auroraDeletionProtection,
  auroraEncryption,
  auroraIamAuthentication,
  auroraManagedPassword,
  auroraPrivate,
  cloudfrontAccessLogs,
  cloudfrontTls,
  cloudfrontWebAcl,
  dynamodbDeletionProtection,
  dynamodbEncryption,
  dynamodbPointInTimeRecovery,
  ebsEncryption,
  eksAccessEntries,
  eksControlPlaneLogs,
  eksPrivateEndpoint,
  eksSecretsEncryption,
  hotTierStandbyZone,
  iamNoAdministrator,
  iamNoWildcardActions,
  iamNoWildcardResources,
  iamTrustNamed,
  instanceMetadataV2,
  kmsKeyPolicy,
  kmsKeyRotation,
  kubernetesNoLoadBalancers,
  loadBalancerAccessLogs,
  loadBalancerDeletionProtection,
  loadBalancerSecurityGroups,
  loadBalancerTls,
  logEncryption,
  logRetention,
  moneyTablesStronglyConsistent,
  s3Encryption,
  s3PublicAccessBlock,
  s3TlsOnly,
  securityGroupDescription,
  securityGroupOpenEgress,
  securityGroupOpenIngress,
  subnetNoPublicAddresses,
  taggableResourcesTagged,
  vpcFlowLogs,
];
