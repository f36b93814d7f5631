/** All rules, by id. */

import type { Rule } from "../rule";
import { alarmsReachSomebody } from "./alarms-reach-somebody";
import { albDropsBadHeaders } from "./alb-drops-bad-headers";
import { albWebAcl } from "./alb-web-acl";
import { apiAccessLogs } from "./api-access-logs";
import { apiAuthorized } from "./api-authorized";
import { apiDefaultEndpointOff } from "./api-default-endpoint-off";
import { apiDomainTls } from "./api-domain-tls";
import { apiThrottled } from "./api-throttled";
import { auroraBackups } from "./aurora-backups";
import { auroraDeletionProtection } from "./aurora-deletion-protection";
import { auroraEncryption } from "./aurora-encryption";
import { auroraForcedTls } from "./aurora-forced-tls";
import { auroraIamAuthentication } from "./aurora-iam-authentication";
import { auroraLogExports } from "./aurora-log-exports";
import { auroraManagedPassword } from "./aurora-managed-password";
import { auroraMultiZone } from "./aurora-multi-zone";
import { auroraPerformanceInsights } from "./aurora-performance-insights";
import { auroraPrivate } from "./aurora-private";
import { backupVaultLocked } from "./backup-vault-locked";
import { cloudfrontAccessLogs } from "./cloudfront-access-logs";
import { cloudfrontOriginAccess } from "./cloudfront-origin-access";
import { cloudfrontOriginTls } from "./cloudfront-origin-tls";
import { cloudfrontTls } from "./cloudfront-tls";
import { cloudfrontWebAcl } from "./cloudfront-web-acl";
import { cloudtrailComplete } from "./cloudtrail-complete";
import { configRecordsEverything } from "./config-records-everything";
import { dnsZoneSigned } from "./dns-zone-signed";
import { dynamodbDeletionProtection } from "./dynamodb-deletion-protection";
import { dynamodbEncryption } from "./dynamodb-encryption";
import { dynamodbPointInTimeRecovery } from "./dynamodb-point-in-time-recovery";
import { ebsEncryption } from "./ebs-encryption";
import { ecrImmutableTags } from "./ecr-immutable-tags";
import { ecsContainerInsights } from "./ecs-container-insights";
import { ecsPrivate } from "./ecs-private";
import { eksAccessEntries } from "./eks-access-entries";
import { eksControlPlaneLogs } from "./eks-control-plane-logs";
import { eksPrivateEndpoint } from "./eks-private-endpoint";
import { eksSecretsEncryption } from "./eks-secrets-encryption";
import { endpointServiceMembers } from "./endpoint-service-members";
import { firehoseEncryption } from "./firehose-encryption";
import { flinkCheckpoints } from "./flink-checkpoints";
import { guarddutyProtectionPlans } from "./guardduty-protection-plans";
import { hotTierStandbyZone } from "./hot-tier-standby-zone";
import { iamNoAccessKeys } from "./iam-no-access-keys";
import { iamNoAdministrator } from "./iam-no-administrator";
import { iamNoWildcardActions } from "./iam-no-wildcard-actions";
import { iamNoWildcardResources } from "./iam-no-wildcard-resources";
import { iamTrustNamed } from "./iam-trust-named";
import { inspectorScansAll } from "./inspector-scans-all";
import { instanceMetadataV2 } from "./instance-metadata-v2";
import { kinesisEncryption } from "./kinesis-encryption";
import { kinesisRetention } from "./kinesis-retention";
import { kmsKeyPolicy } from "./kms-key-policy";
import { kmsKeyRotation } from "./kms-key-rotation";
import { kubernetesNoLoadBalancers } from "./kubernetes-no-load-balancers";
import { lambdaEnvironmentEncryption } from "./lambda-environment-encryption";
import { lambdaNoPublicUrl } from "./lambda-no-public-url";
import { lambdaRuntime } from "./lambda-runtime";
import { lambdaTracing } from "./lambda-tracing";
import { loadBalancerAccessLogs } from "./load-balancer-access-logs";
import { loadBalancerDeletionProtection } from "./load-balancer-deletion-protection";
import { loadBalancerSecurityGroups } from "./load-balancer-security-groups";
import { loadBalancerTls } from "./load-balancer-tls";
import { logEncryption } from "./log-encryption";
import { logRetention } from "./log-retention";
import { macieNotPaused } from "./macie-not-paused";
import { mailOverTls } from "./mail-over-tls";
import { memcachedZonesAndTls } from "./memcached-zones-and-tls";
import { moneyTablesStronglyConsistent } from "./money-tables-strongly-consistent";
import { mqAvailability } from "./mq-availability";
import { mqLogs } from "./mq-logs";
import { mskAuthentication } from "./msk-authentication";
import { mskBrokerLogs } from "./msk-broker-logs";
import { mskEncryption } from "./msk-encryption";
import { mskInSyncReplicas } from "./msk-in-sync-replicas";
import { namespacesDefaultDeny } from "./namespaces-default-deny";
import { opensearchAccessPolicy } from "./opensearch-access-policy";
import { opensearchAvailability } from "./opensearch-availability";
import { opensearchEncryption } from "./opensearch-encryption";
import { opensearchInVpc } from "./opensearch-in-vpc";
import { opensearchLogs } from "./opensearch-logs";
import { parameterNoPlainSecret } from "./parameter-no-plain-secret";
import { podsImageByDigest } from "./pods-image-by-digest";
import { podsNotOnHost } from "./pods-not-on-host";
import { podsNotRoot } from "./pods-not-root";
import { podsReadOnlyRoot } from "./pods-read-only-root";
import { podsResources } from "./pods-resources";
import { privateAuthorityKeys } from "./private-authority-keys";
import { redisAuthentication } from "./redis-authentication";
import { redisEncryption } from "./redis-encryption";
import { redisMultiZone } from "./redis-multi-zone";
import { redisSnapshots } from "./redis-snapshots";
import { redshiftAdministratorName } from "./redshift-administrator-name";
import { redshiftAuditLogs } from "./redshift-audit-logs";
import { redshiftEncryption } from "./redshift-encryption";
import { redshiftEnhancedRouting } from "./redshift-enhanced-routing";
import { redshiftForcedTls } from "./redshift-forced-tls";
import { redshiftPrivate } from "./redshift-private";
import { redshiftSnapshots } from "./redshift-snapshots";
import { redshiftVersionUpgrade } from "./redshift-version-upgrade";
import { restApiPrivate } from "./rest-api-private";
import { restMethodSettings } from "./rest-method-settings";
import { s3AccessLogs } from "./s3-access-logs";
import { s3Encryption } from "./s3-encryption";
import { s3PublicAccessBlock } from "./s3-public-access-block";
import { s3TlsOnly } from "./s3-tls-only";
import { s3Versioning } from "./s3-versioning";
import { secretEncryption } from "./secret-encryption";
import { secretRotation } from "./secret-rotation";
import { securityGroupDescription } from "./security-group-description";
import { securityGroupOpenEgress } from "./security-group-open-egress";
import { securityGroupOpenIngress } from "./security-group-open-ingress";
import { securityHubStandards } from "./security-hub-standards";
import { sessionsLogged } from "./sessions-logged";
import { snsEncryption } from "./sns-encryption";
import { snsTlsOnly } from "./sns-tls-only";
import { sqsDeadLetterQueue } from "./sqs-dead-letter-queue";
import { sqsEncryption } from "./sqs-encryption";
import { sqsTlsOnly } from "./sqs-tls-only";
import { statefulProtected } from "./stateful-protected";
import { subnetNoPublicAddresses } from "./subnet-no-public-addresses";
import { taggableResourcesTagged } from "./taggable-resources-tagged";
import { vpcDefaultGroupClosed } from "./vpc-default-group-closed";
import { vpcFlowLogs } from "./vpc-flow-logs";
import { vpcOriginTls } from "./vpc-origin-tls";
import { wafLogging } from "./waf-logging";
import { wafRateLimit } from "./waf-rate-limit";

export const rules: readonly Rule[] = [
  alarmsReachSomebody,
  albDropsBadHeaders,
  albWebAcl,
  apiAccessLogs,
  apiAuthorized,
  apiDefaultEndpointOff,
  apiDomainTls,
  apiThrottled,
  auroraBackups,
  auroraDeletionProtection,
  auroraEncryption,
  auroraForcedTls,
  auroraIamAuthentication,
  auroraLogExports,
  auroraManagedPassword,
  auroraMultiZone,
  auroraPerformanceInsights,
  auroraPrivate,
  backupVaultLocked,
  cloudfrontAccessLogs,
  cloudfrontOriginAccess,
  cloudfrontOriginTls,
  cloudfrontTls,
  cloudfrontWebAcl,
  cloudtrailComplete,
  configRecordsEverything,
  dnsZoneSigned,
  dynamodbDeletionProtection,
  dynamodbEncryption,
  dynamodbPointInTimeRecovery,
  ebsEncryption,
  ecrImmutableTags,
  ecsContainerInsights,
  ecsPrivate,
  eksAccessEntries,
  eksControlPlaneLogs,
  eksPrivateEndpoint,
  eksSecretsEncryption,
  endpointServiceMembers,
  firehoseEncryption,
  flinkCheckpoints,
  guarddutyProtectionPlans,
  hotTierStandbyZone,
  iamNoAccessKeys,
  iamNoAdministrator,
  iamNoWildcardActions,
  iamNoWildcardResources,
  iamTrustNamed,
  inspectorScansAll,
  instanceMetadataV2,
  kinesisEncryption,
  kinesisRetention,
  kmsKeyPolicy,
  kmsKeyRotation,
  kubernetesNoLoadBalancers,
  lambdaEnvironmentEncryption,
  lambdaNoPublicUrl,
  lambdaRuntime,
  lambdaTracing,
  loadBalancerAccessLogs,
  loadBalancerDeletionProtection,
  loadBalancerSecurityGroups,
  loadBalancerTls,
  logEncryption,
  logRetention,
  macieNotPaused,
  mailOverTls,
  memcachedZonesAndTls,
  moneyTablesStronglyConsistent,
  mqAvailability,
  mqLogs,
  mskAuthentication,
  mskBrokerLogs,
  mskEncryption,
  mskInSyncReplicas,
  namespacesDefaultDeny,
  opensearchAccessPolicy,
  opensearchAvailability,
  opensearchEncryption,
  opensearchInVpc,
  opensearchLogs,
  parameterNoPlainSecret,
  podsImageByDigest,
  podsNotOnHost,
  podsNotRoot,
  podsReadOnlyRoot,
  podsResources,
  privateAuthorityKeys,
  redisAuthentication,
  redisEncryption,
  redisMultiZone,
  redisSnapshots,
  redshiftAdministratorName,
  redshiftAuditLogs,
  redshiftEncryption,
  redshiftEnhancedRouting,
  redshiftForcedTls,
  redshiftPrivate,
  redshiftSnapshots,
  redshiftVersionUpgrade,
  restApiPrivate,
  restMethodSettings,
  s3AccessLogs,
  s3Encryption,
  s3PublicAccessBlock,
  s3TlsOnly,
  s3Versioning,
  secretEncryption,
  secretRotation,
  securityGroupDescription,
  securityGroupOpenEgress,
  securityGroupOpenIngress,
  securityHubStandards,
  sessionsLogged,
  snsEncryption,
  snsTlsOnly,
  sqsDeadLetterQueue,
  sqsEncryption,
  sqsTlsOnly,
  statefulProtected,
  subnetNoPublicAddresses,
  taggableResourcesTagged,
  vpcDefaultGroupClosed,
  vpcFlowLogs,
  vpcOriginTls,
  wafLogging,
  wafRateLimit,
];
