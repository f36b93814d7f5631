"""The calls by resource type."""

import entrance_calls
from forms import (
    RULE_INPUTS,
    TABLE_INPUTS,
    Call,
    acl_entries,
    attributes,
    delivery,
    hosted_zone,
    metric_alarm,
    metric_filter,
    permission,
    records,
    replicas,
    rule,
    table,
)


def inside(member, *beside, names=None):
    """A call whose inputs stand in one structure, but those `beside` it."""

    def form(inputs):
        within = {key: value for key, value in inputs.items() if key not in beside}
        return {"": {key: inputs[key] for key in beside if key in inputs}, member: within}

    return {"form": form, "names": names or {}, "takes": "*"}


def without(*left_out, **given):
    return lambda inputs: {"": {key: value for key, value in inputs.items() if key not in left_out} | given}


BUCKET = ("bucket",)
PARAMETERS = {"parameters": "Parameters", "name": "ParameterName", "value": "ParameterValue"}

CALLS = {
    "accessanalyzer/analyzer": [Call("accessanalyzer", "CreateAnalyzer")],
    "acmpca/certificate": [
        Call("acm-pca", "IssueCertificate", {"certificateSigningRequest": "Csr", "signingAlgorithm": "SigningAlgorithm"},
             form=lambda i: {"": {**i, "certificateSigningRequest": "x", "validity": {"type": i["validity"]["type"], "value": int(i["validity"]["value"])}}}, takes="*")
    ],
    "acmpca/certificateAuthority": [
        Call("acm-pca", "CreateCertificateAuthority", {"type": "CertificateAuthorityType"}, form=without("permanentDeletionTimeInDays"),
             takes=("type", "usageMode", "certificateAuthorityConfiguration", "keyStorageSecurityStandard", "tags")),
        Call("acm-pca", "DeleteCertificateAuthority", form=lambda i: {"CertificateAuthorityArn": ARN("acm-pca", "certificate-authority/x"),
             "PermanentDeletionTimeInDays": i["permanentDeletionTimeInDays"]}, checked_only=True, takes=("permanentDeletionTimeInDays",)),
    ],
    "acmpca/certificateAuthorityCertificate": [
        Call("acm-pca", "ImportCertificateAuthorityCertificate", form=lambda i: {"": i, "Certificate": b"x"}, takes="*")
    ],
    "appautoscaling/policy": [
        Call("application-autoscaling", "PutScalingPolicy", form=lambda i: {"": {k: v for k, v in i.items() if k != "name"}, "PolicyName": i["name"]}, takes="*")
    ],
    "appautoscaling/target": [Call("application-autoscaling", "RegisterScalableTarget")],
    "backup/plan": [
        Call("backup", "CreateBackupPlan", {
            "schedule": "ScheduleExpression", "startWindow": "StartWindowMinutes", "completionWindow": "CompletionWindowMinutes",
            "targetVaultName": "TargetBackupVaultName", "destinationVaultArn": "DestinationBackupVaultArn", "deleteAfter": "DeleteAfterDays",
        }, form=lambda i: {"BackupPlan": {"rules": i["rules"], "backupPlanName": i["name"]}, "BackupPlanTags": i["tags"]}, takes=("rules", "tags"))
    ],
    "backup/selection": [
        Call("backup", "CreateBackupSelection", {"planId": "BackupPlanId"},
             form=lambda i: {"": {"planId": i["planId"]}, "BackupSelection": {"selectionName": i["name"], "iamRoleArn": i["iamRoleArn"], "resources": i["resources"]}}, takes="*")
    ],
    "backup/vault": [Call("backup", "CreateBackupVault", {"kmsKeyArn": "EncryptionKeyArn", "tags": "BackupVaultTags", "name": "BackupVaultName"}, form=lambda i: {"": {**i}}, takes=("kmsKeyArn", "tags", "name"))],
    "backup/vaultLockConfiguration": [Call("backup", "PutBackupVaultLockConfiguration")],
    "backup/vaultPolicy": [Call("backup", "PutBackupVaultAccessPolicy")],
    "cfg/deliveryChannel": [
        Call("config", "PutDeliveryChannel", {"snapshotDeliveryProperties": "configSnapshotDeliveryProperties"}, form=lambda i: {"DeliveryChannel": {**i}}, takes="*")
    ],
    "cfg/recorder": [
        Call("config", "PutConfigurationRecorder", {"roleArn": "roleARN"}, form=lambda i: {"ConfigurationRecorder": {**i}}, takes="*")
    ],
    "cfg/recorderStatus": [Call("config", "StartConfigurationRecorder", {"name": "ConfigurationRecorderName"}, form=without("isEnabled"), takes=("name", "isEnabled"))],
    "cfg/rule": [Call("config", "PutConfigRule", form=lambda i: rule(i) | {"Tags": i["tags"]}, takes=("source", "inputParameters", "tags"))],
    "cloudtrail/trail": [
        Call("cloudtrail", "CreateTrail", {"tags": "TagsList", "cloudWatchLogsGroupArn": "CloudWatchLogsLogGroupArn"}, form=lambda i: {"": {**{k: v for k, v in i.items() if k != "enableLogging"}}},
             takes=("cloudWatchLogsGroupArn", "cloudWatchLogsRoleArn", "enableLogFileValidation", "includeGlobalServiceEvents", "isMultiRegionTrail", "kmsKeyId", "s3BucketName", "tags")),
        Call("cloudtrail", "StartLogging", form=lambda i: {"Name": i["name"]}, takes=("enableLogging",)),
    ],
    "cloudwatch/eventRule": [Call("events", "PutRule", form=lambda i: {"": {**i}}, takes="*")],
    "cloudwatch/eventTarget": [Call("events", "PutTargets", form=lambda i: {"Rule": i["rule"], "Targets": [{"Id": "target", "Arn": i["arn"]}]}, takes="*")],
    "cloudwatch/logGroup": [
        Call("logs", "CreateLogGroup", form=lambda i: {"": {**{k: v for k, v in i.items() if k != "retentionInDays"}}}, names={"name": "logGroupName"}, takes=("name", "kmsKeyId", "tags")),
        Call("logs", "PutRetentionPolicy", form=lambda i: {"logGroupName": i["name"], "retentionInDays": i["retentionInDays"]}, takes=("retentionInDays",)),
    ],
    "cloudwatch/logMetricFilter": [Call("logs", "PutMetricFilter", form=metric_filter, takes="*")],
    "cloudwatch/logResourcePolicy": [Call("logs", "PutResourcePolicy")],
    "cloudwatch/logStream": [Call("logs", "CreateLogStream", {"name": "logStreamName"})],
    "cloudwatch/metricAlarm": [
        Call("cloudwatch", "PutMetricAlarm", {"okActions": "OKActions"},
             form=metric_alarm, takes="*")
    ],
    "dynamodb/table": [
        Call("dynamodb", "CreateTable", form=table, takes=TABLE_INPUTS),
        Call("dynamodb", "UpdateTimeToLive", form=lambda i: {"TableName": i["name"], "TimeToLiveSpecification": {"Enabled": i["ttl"]["enabled"], "AttributeName": i["ttl"]["attributeName"]}}, takes=("ttl",), when="ttl"),
        Call("dynamodb", "UpdateContinuousBackups", form=lambda i: {"TableName": i["name"], "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": i["pointInTimeRecovery"]["enabled"]}}, takes=("pointInTimeRecovery",)),
        Call("dynamodb", "UpdateTable", form=replicas, takes=("replicas", "globalTableWitness"), when="replicas"),
    ],
    "dynamodb/tableReplica": [
        Call("dynamodb", "UpdateTable", form=lambda i: {"TableName": i["globalTableArn"], "ReplicaUpdates": [{"Create": {"RegionName": "us-east-1", "KMSMasterKeyId": i["kmsKeyArn"]}}]}, takes=("globalTableArn", "kmsKeyArn")),
        Call("dynamodb", "UpdateContinuousBackups", form=lambda i: {"TableName": i["globalTableArn"], "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": i["pointInTimeRecovery"]}}, takes=("pointInTimeRecovery",)),
        Call("dynamodb", "UpdateTable", form=lambda i: {"TableName": i["globalTableArn"], "DeletionProtectionEnabled": i["deletionProtectionEnabled"]}, takes=("deletionProtectionEnabled",)),
        Call("dynamodb", "TagResource", form=lambda i: {"ResourceArn": i["globalTableArn"], "Tags": i["tags"]}, takes=("tags",)),
    ],
    "ebs/encryptionByDefault": [Call("ec2", "EnableEbsEncryptionByDefault", form=lambda i: {}, takes=("enabled",))],
    "ec2/egressOnlyInternetGateway": [Call("ec2", "CreateEgressOnlyInternetGateway")],
    "ec2/eip": [Call("ec2", "AllocateAddress")],
    "ec2/flowLog": [
        Call("ec2", "CreateFlowLogs", {"iamRoleArn": "DeliverLogsPermissionArn"},
             form=lambda i: {"": {k: v for k, v in i.items() if k != "vpcId"}, "ResourceIds": [i["vpcId"]], "ResourceType": "VPC"}, takes="*")
    ],
    "ec2/internetGateway": [
        Call("ec2", "CreateInternetGateway", form=without("vpcId"), takes=("tags",)),
        Call("ec2", "AttachInternetGateway", form=lambda i: {"InternetGatewayId": i["_id"], "VpcId": i["vpcId"]}, takes=("vpcId",)),
    ],
    "ec2/natGateway": [Call("ec2", "CreateNatGateway")],
    "ec2/networkAcl": [
        Call("ec2", "CreateNetworkAcl", form=without("ingress", "egress"), takes=("vpcId", "tags")),
        Call("ec2", "CreateNetworkAclEntry", form=acl_entries, takes=("ingress", "egress")),
    ],
    "ec2/networkAclAssociation": [Call("ec2", "ReplaceNetworkAclAssociation", form=lambda i: {"NetworkAclId": i["networkAclId"], "AssociationId": i["subnetId"]}, checked_only=True, takes="*")],
    "ec2/placementGroup": [Call("ec2", "CreatePlacementGroup", {"name": "GroupName"})],
    "ec2/route": [
        Call("ec2", "CreateRoute", {"egressOnlyGatewayId": "EgressOnlyInternetGatewayId"})
    ],
    "ec2/routeTable": [Call("ec2", "CreateRouteTable")],
    "ec2/routeTableAssociation": [Call("ec2", "AssociateRouteTable")],
    "ec2/securityGroup": [Call("ec2", "CreateSecurityGroup", {"name": "GroupName"})],
    "ec2/subnet": [
        Call("ec2", "CreateSubnet", form=without("mapPublicIpOnLaunch", "assignIpv6AddressOnCreation"), takes=("availabilityZoneId", "cidrBlock", "ipv6CidrBlock", "vpcId", "tags")),
        Call("ec2", "ModifySubnetAttribute", form=lambda i: {"SubnetId": i["_id"], "MapPublicIpOnLaunch": {"Value": i["mapPublicIpOnLaunch"]}}, takes=("mapPublicIpOnLaunch", "assignIpv6AddressOnCreation")),
    ],
    "ec2/vpc": [
        Call("ec2", "CreateVpc", {"assignGeneratedIpv6CidrBlock": "AmazonProvidedIpv6CidrBlock"}, form=without("enableDnsHostnames", "enableDnsSupport", "enableNetworkAddressUsageMetrics"), takes=("cidrBlock", "assignGeneratedIpv6CidrBlock", "tags")),
        Call("ec2", "ModifyVpcAttribute", form=lambda i: {"VpcId": i["_id"], "EnableDnsHostnames": {"Value": i["enableDnsHostnames"]}}, takes=("enableDnsHostnames", "enableDnsSupport", "enableNetworkAddressUsageMetrics")),
    ],
    "ec2/vpcEndpoint": [Call("ec2", "CreateVpcEndpoint", {"policy": "PolicyDocument"})],
    "ec2/vpcEndpointRouteTableAssociation": [Call("ec2", "ModifyVpcEndpoint", {"routeTableId": "AddRouteTableIds"})],
    "ec2/vpcEndpointService": [Call("ec2", "CreateVpcEndpointServiceConfiguration")],
    "ec2/vpcEndpointServiceAllowedPrinciple": [Call("ec2", "ModifyVpcEndpointServicePermissions", {"vpcEndpointServiceId": "ServiceId", "principalArn": "AddAllowedPrincipals"})],
    "ec2/vpcPeeringConnection": [Call("ec2", "CreateVpcPeeringConnection")],
    "ec2/vpcPeeringConnectionAccepter": [Call("ec2", "AcceptVpcPeeringConnection", form=without("autoAccept", "tags"), takes="*")],
    "ec2transitgateway/peeringAttachment": [Call("ec2", "CreateTransitGatewayPeeringAttachment", form=lambda i: {"": {**i, "peerAccountId": "123456789012"}}, takes="*")],
    "ec2transitgateway/peeringAttachmentAccepter": [Call("ec2", "AcceptTransitGatewayPeeringAttachment", form=without("tags"), takes="*")],
    "ec2transitgateway/route": [Call("ec2", "CreateTransitGatewayRoute")],
    "ec2transitgateway/routeTable": [Call("ec2", "CreateTransitGatewayRouteTable")],
    "ec2transitgateway/routeTableAssociation": [Call("ec2", "AssociateTransitGatewayRouteTable")],
    "ec2transitgateway/routeTablePropagation": [Call("ec2", "EnableTransitGatewayRouteTablePropagation")],
    "ec2transitgateway/transitGateway": [
        Call("ec2", "CreateTransitGateway", form=lambda i: {"Description": i["description"], "Options": {k: v for k, v in i.items() if k not in ("description", "tags")}}, takes="*")
    ],
    "ec2transitgateway/vpcAttachment": [
        Call("ec2", "CreateTransitGatewayVpcAttachment", form=lambda i: {"": {k: i[k] for k in ("transitGatewayId", "vpcId", "subnetIds")}, "Options": {"DnsSupport": i["dnsSupport"]}},
             takes="*")
    ],
    "eks/podIdentityAssociation": [Call("eks", "CreatePodIdentityAssociation")],
    "elasticache/cluster": [Call("elasticache", "CreateCacheCluster", {"clusterId": "CacheClusterId", "nodeType": "CacheNodeType", "subnetGroupName": "CacheSubnetGroupName", "azMode": "AZMode"})],
    "elasticache/parameterGroup": [
        Call("elasticache", "CreateCacheParameterGroup", {"family": "CacheParameterGroupFamily", "name": "CacheParameterGroupName"}, form=lambda i: {"": {**{k: v for k, v in i.items() if k != "parameters"}}}, takes=("family", "description", "tags", "name")),
        Call("elasticache", "ModifyCacheParameterGroup", PARAMETERS, form=lambda i: {"CacheParameterGroupName": i["name"], "ParameterNameValues": i["parameters"]}, takes=("parameters",)),
    ],
    "elasticache/replicationGroup": [
        Call("elasticache", "CreateReplicationGroup", {
            "description": "ReplicationGroupDescription", "nodeType": "CacheNodeType", "subnetGroupName": "CacheSubnetGroupName", "parameterGroupName": "CacheParameterGroupName",
            "replicasPerNodeGroup": "ReplicasPerNodeGroup", "multiAzEnabled": "MultiAZEnabled",
        }, form=lambda i: {"": {k: v for k, v in i.items() if k != "logDeliveryConfigurations"}, "LogDeliveryConfigurations": [
            {"LogType": c["logType"], "LogFormat": c["logFormat"], "DestinationType": c["destinationType"], "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": c["destination"]}}} for c in i["logDeliveryConfigurations"]]}, takes="*")
    ],
    "elasticache/subnetGroup": [Call("elasticache", "CreateCacheSubnetGroup", {"description": "CacheSubnetGroupDescription", "name": "CacheSubnetGroupName"}, form=lambda i: {"": {**i}}, takes="*")],
    "elasticache/user": [Call("elasticache", "CreateUser")],
    "elasticache/userGroup": [Call("elasticache", "CreateUserGroup")],
    "glue/catalogDatabase": [Call("glue", "CreateDatabase", form=lambda i: {"DatabaseInput": {"name": i["name"], "description": i["description"]}, "Tags": i["tags"]}, takes="*")],
    "glue/catalogTable": [Call("glue", "CreateTable", {"serDeInfo": "SerdeInfo"}, form=lambda i: {"DatabaseName": i["databaseName"], "TableInput": {k: v for k, v in i.items() if k != "databaseName"}}, takes="*")],
    "guardduty/detector": [Call("guardduty", "CreateDetector")],
    "guardduty/detectorFeature": [Call("guardduty", "UpdateDetector", form=lambda i: {"DetectorId": i["detectorId"], "Features": [{"name": i["name"], "status": i["status"]}]}, takes="*")],
    "iam/accountPasswordPolicy": [Call("iam", "UpdateAccountPasswordPolicy")],
    "iam/group": [Call("iam", "CreateGroup", {"name": "GroupName"}, form=lambda i: {"": {**i}}, takes="*")],
    "iam/groupPolicyAttachment": [Call("iam", "AttachGroupPolicy", {"group": "GroupName"})],
    "iam/policy": [Call("iam", "CreatePolicy", {"policy": "PolicyDocument", "name": "PolicyName"}, form=lambda i: {"": {**i}}, takes="*")],
    "iam/role": [Call("iam", "CreateRole", {"assumeRolePolicy": "AssumeRolePolicyDocument", "name": "RoleName"}, form=lambda i: {"": {**i}}, takes="*")],
    "iam/rolePolicy": [Call("iam", "PutRolePolicy", {"policy": "PolicyDocument", "role": "RoleName", "name": "PolicyName"}, form=lambda i: {"": {**i}}, takes="*")],
    "iam/rolePolicyAttachment": [Call("iam", "AttachRolePolicy", {"role": "RoleName"})],
    "inspector2/enabler": [Call("inspector2", "Enable")],
    "kinesis/firehoseDeliveryStream": [
        Call("firehose", "CreateDeliveryStream", form=delivery, takes=("destination", "kinesisSourceConfiguration", "opensearchConfiguration", "extendedS3Configuration", "redshiftConfiguration", "tags", "name"))
    ],
    "kinesis/stream": [
        Call("kinesis", "CreateStream", {"name": "StreamName"}, form=lambda i: {"": {"name": i["name"], **{k: i[k] for k in ("shardCount", "streamModeDetails", "tags") if k in i}}}, takes=("name", "shardCount", "streamModeDetails", "tags")),
        Call("kinesis", "IncreaseStreamRetentionPeriod", form=lambda i: {"StreamName": i["name"], "RetentionPeriodHours": i["retentionPeriod"]}, takes=("retentionPeriod",)),
        Call("kinesis", "StartStreamEncryption", form=lambda i: {"StreamName": i["name"], "EncryptionType": i["encryptionType"], "KeyId": i["kmsKeyId"]}, takes=("encryptionType", "kmsKeyId")),
        Call("kinesis", "DeleteStream", form=lambda i: {"StreamName": i["name"], "EnforceConsumerDeletion": i["enforceConsumerDeletion"]}, checked_only=True, takes=("enforceConsumerDeletion",)),
    ],
    "kinesis/streamConsumer": [Call("kinesis", "RegisterStreamConsumer", {"name": "ConsumerName"})],
    "kinesisanalyticsv2/application": [
        Call("kinesisanalyticsv2", "CreateApplication", {
            "name": "ApplicationName", "bucketArn": "BucketARN", "cloudwatchLoggingOptions": "CloudWatchLoggingOptions", "logStreamArn": "LogStreamARN",
            "vpcConfiguration": "VpcConfigurations", "parallelismPerKpu": "ParallelismPerKPU", "s3ContentLocation": "S3ContentLocation",
        }, form=without("startApplication"), takes="*")
    ],
    "kms/alias": [Call("kms", "CreateAlias", {"name": "AliasName", "targetKeyId": "TargetKeyId"})],
    "kms/key": [
        Call("kms", "CreateKey", form=without("enableKeyRotation", "deletionWindowInDays"), names={"customerMasterKeySpec": "KeySpec"}, takes=("description", "multiRegion", "policy", "tags", "customerMasterKeySpec", "keyUsage")),
        Call("kms", "EnableKeyRotation", form=lambda i: {"KeyId": i["_id"]}, takes=("enableKeyRotation",), when="enableKeyRotation"),
        Call("kms", "ScheduleKeyDeletion", form=lambda i: {"KeyId": i["_id"], "PendingWindowInDays": i["deletionWindowInDays"]}, checked_only=True, takes=("deletionWindowInDays",)),
    ],
    "kms/replicaKey": [
        Call("kms", "ReplicateKey", {"primaryKeyArn": "KeyId"}, form=without("deletionWindowInDays", replicaRegion="us-east-1"), takes="*"),
    ],
    "lambda/function": [
        Call("lambda", "CreateFunction", {"name": "FunctionName", "kmsKeyArn": "KMSKeyArn", "commands": "Command"}, form=lambda i: {
            "": {k: v for k, v in i.items() if k not in ("code", "imageUri", "reservedConcurrentExecutions")}, "Code": {"ImageUri": i["imageUri"]} if "imageUri" in i else {"ZipFile": b"x"}}, takes="*"),
    ],
    "lambda/invocation": [Call("lambda", "Invoke", {"input": "Payload"}, takes="*")],
    "lambda/permission": [Call("lambda", "AddPermission", {"function": "FunctionName"}, form=lambda i: {"": i, "StatementId": "rotation"}, takes="*")],
    "macie2/account": [Call("macie2", "EnableMacie")],
    "mq/broker": [Call("mq", "CreateBroker", form=lambda i: {"": {**i, "engineType": i["engineType"].upper(), "storageType": i["storageType"].upper()}}, takes="*")],
    "msk/cluster": [
        Call("kafka", "CreateCluster", {"cloudwatchLogs": "CloudWatchLogs", "encryptionAtRestKmsKeyArn": "DataVolumeKMSKeyId"}, form=lambda i: {"": {
            **i,
            "encryptionInfo": {"encryptionAtRest": {"dataVolumeKmsKeyId": i["encryptionInfo"]["encryptionAtRestKmsKeyArn"]}, "encryptionInTransit": i["encryptionInfo"]["encryptionInTransit"]},
            "clientAuthentication": {"sasl": {"iam": {"enabled": i["clientAuthentication"]["sasl"]["iam"]}, "scram": {"enabled": i["clientAuthentication"]["sasl"]["scram"]}}, "unauthenticated": {"enabled": i["clientAuthentication"]["unauthenticated"]}},
        }}, takes="*")
    ],
    "msk/configuration": [Call("kafka", "CreateConfiguration", form=lambda i: {"": {**i}}, takes="*")],
    "msk/topic": [Call("kafka", "CreateTopic", {"name": "TopicName"}, takes="*")],
    "opensearch/domain": [
        Call("opensearch", "CreateDomain", {
            "encryptAtRest": "EncryptionAtRestOptions", "nodeToNodeEncryption": "NodeToNodeEncryptionOptions", "enforceHttps": "EnforceHTTPS", "ebsEnabled": "EBSEnabled",
            "tlsSecurityPolicy": "TLSSecurityPolicy", "vpcOptions": "VPCOptions", "masterUserArn": "MasterUserARN", "tags": "TagList", "ebsOptions": "EBSOptions",
            "multiAzWithStandbyEnabled": "MultiAZWithStandbyEnabled",
        }, form=lambda i: {"": {k: v for k, v in i.items() if k != "logPublishingOptions"}, "LogPublishingOptions": {
            o["logType"]: {"CloudWatchLogsLogGroupArn": o["cloudwatchLogGroupArn"], "Enabled": o["enabled"]} for o in i["logPublishingOptions"]}}, takes="*")
    ],
    "opensearch/domainPolicy": [Call("opensearch", "UpdateDomainConfig")],
    "ram/principalAssociation": [Call("ram", "AssociateResourceShare")],
    "ram/resourceAssociation": [Call("ram", "AssociateResourceShare")],
    "ram/resourceShare": [Call("ram", "CreateResourceShare", form=lambda i: {"": {**i}}, takes="*")],
    "rds/cluster": [
        Call("rds", "CreateDBCluster", {
            "clusterIdentifier": "DBClusterIdentifier", "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId", "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
            "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication", "performanceInsightsEnabled": "EnablePerformanceInsights", "serverlessv2ScalingConfiguration": "ServerlessV2ScalingConfiguration",
        })
    ],
    "rds/clusterInstance": [
        Call("rds", "CreateDBInstance", {"clusterIdentifier": "DBClusterIdentifier", "instanceClass": "DBInstanceClass", "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId", "performanceInsightsEnabled": "EnablePerformanceInsights", "identifier": "DBInstanceIdentifier"},
             form=lambda i: {"": {"identifier": i["name"], **{k: v for k, v in i.items() if k != "name"}}}, takes="*")
    ],
    "rds/clusterParameterGroup": [
        Call("rds", "CreateDBClusterParameterGroup", {"family": "DBParameterGroupFamily", "name": "DBClusterParameterGroupName"}, form=lambda i: {"": {**{k: v for k, v in i.items() if k != "parameters"}}}, takes=("family", "description", "tags", "name")),
        Call("rds", "ModifyDBClusterParameterGroup", PARAMETERS, form=lambda i: {"DBClusterParameterGroupName": i["name"], "Parameters": i["parameters"]}, takes=("parameters",)),
    ],
    "rds/globalCluster": [Call("rds", "CreateGlobalCluster")],
    "rds/proxy": [Call("rds", "CreateDBProxy", {"name": "DBProxyName", "auths": "Auth", "requireTls": "RequireTLS", "iamAuth": "IAMAuth"})],
    "rds/proxyDefaultTargetGroup": [Call("rds", "ModifyDBProxyTargetGroup", {"dbProxyName": "DBProxyName"}, form=lambda i: {"": i, "TargetGroupName": "default"}, takes="*")],
    "rds/proxyEndpoint": [Call("rds", "CreateDBProxyEndpoint")],
    "rds/proxyTarget": [Call("rds", "RegisterDBProxyTargets", {"dbClusterIdentifier": "DBClusterIdentifiers"})],
    "rds/subnetGroup": [Call("rds", "CreateDBSubnetGroup", {"description": "DBSubnetGroupDescription", "name": "DBSubnetGroupName"}, form=lambda i: {"": {**i}}, takes="*")],
    "redshift/cluster": [
        Call("redshift", "CreateCluster", {"databaseName": "DBName", "multiAz": "MultiAZ", "masterPasswordSecretKmsKeyId": "MasterPasswordSecretKmsKeyId"})
    ],
    "redshift/logging": [Call("redshift", "EnableLogging")],
    "redshift/parameterGroup": [
        Call("redshift", "CreateClusterParameterGroup", {"family": "ParameterGroupFamily", "name": "ParameterGroupName"}, form=lambda i: {"": {**{k: v for k, v in i.items() if k != "parameters"}}}, takes=("family", "description", "tags", "name")),
        Call("redshift", "ModifyClusterParameterGroup", PARAMETERS, form=lambda i: {"ParameterGroupName": i["name"], "Parameters": i["parameters"]}, takes=("parameters",)),
    ],
    "redshiftdata/statement": [Call("redshift-data", "ExecuteStatement", takes="*")],
    "redshift/subnetGroup": [Call("redshift", "CreateClusterSubnetGroup", {"name": "ClusterSubnetGroupName"}, form=lambda i: {"": {**i}}, takes="*")],
    "route53/record": [Call("route53", "ChangeResourceRecordSets", form=records, takes=("name", "type", "ttl", "records", "zoneId", "aliases", "setIdentifier", "latencyRoutingPolicies", "failoverRoutingPolicies", "healthCheckId"))],
    "route53/zone": [
        Call("route53", "CreateHostedZone", form=hosted_zone, takes=("name", "comment", "vpcs")),
        Call("route53", "ChangeTagsForResource", form=lambda i: {"ResourceType": "hostedzone", "ResourceId": i["_id"].split("/")[-1], "AddTags": i["tags"]}, takes=("tags",), when="tags"),
    ],
    "route53/zoneAssociation": [Call("route53", "AssociateVPCWithHostedZone", form=lambda i: {"HostedZoneId": i["zoneId"], "VPC": {"VPCId": i["vpcId"], "VPCRegion": i["vpcRegion"]}}, takes="*")],
    "s3/accountPublicAccessBlock": [Call("s3control", "PutPublicAccessBlock", form=lambda i: {"AccountId": "123456789012", "PublicAccessBlockConfiguration": i}, takes="*")],
    "s3/bucket": [
        Call("s3", "CreateBucket", {"objectLockEnabled": "ObjectLockEnabledForBucket"}, form=lambda i: {"": {"bucket": i["name"], "objectLockEnabled": i.get("objectLockEnabled", False)}}, takes=("bucket", "objectLockEnabled")),
        Call("s3", "PutBucketTagging", form=lambda i: {"Bucket": i["name"], "Tagging": {"TagSet": i["tags"]}}, takes=("tags",)),
    ],
    "s3/bucketLifecycleConfiguration": [Call("s3", "PutBucketLifecycleConfiguration", **inside("LifecycleConfiguration", "bucket", names={"id": "ID"}))],
    "s3/bucketObjectv2": [
        Call("s3", "PutObject", {"kmsKeyId": "SSEKMSKeyId"}, form=lambda i: {"": {k: i[k] for k in ("bucket", "key", "serverSideEncryption", "kmsKeyId")}, "Body": b"x",
             "Tagging": "&".join(f"{k}={v}" for k, v in i["tags"].items())}, takes=("bucket", "key", "serverSideEncryption", "kmsKeyId", "source", "tags")),
    ],
    "s3/bucketLogging": [Call("s3", "PutBucketLogging", form=lambda i: {"Bucket": i["bucket"], "BucketLoggingStatus": {"LoggingEnabled": {"targetBucket": i["targetBucket"], "targetPrefix": i["targetPrefix"]}}}, takes="*")],
    "s3/bucketObjectLockConfiguration": [Call("s3", "PutObjectLockConfiguration", form=lambda i: {"Bucket": i["bucket"], "ObjectLockConfiguration": {"objectLockEnabled": "Enabled", "rule": i["rule"]}}, takes="*")],
    "s3/bucketOwnershipControls": [Call("s3", "PutBucketOwnershipControls", form=lambda i: {"Bucket": i["bucket"], "OwnershipControls": {"rules": [i["rule"]]}}, takes="*")],
    "s3/bucketPolicy": [Call("s3", "PutBucketPolicy")],
    "s3/bucketPublicAccessBlock": [Call("s3", "PutPublicAccessBlock", **inside("PublicAccessBlockConfiguration", "bucket"))],
    "s3/bucketReplicationConfig": [Call("s3", "PutBucketReplication", **inside("ReplicationConfiguration", "bucket", names={"id": "ID", "replicaKmsKeyId": "ReplicaKmsKeyID"}))],
    "s3/bucketServerSideEncryptionConfiguration": [
        Call("s3", "PutBucketEncryption", **inside("ServerSideEncryptionConfiguration", "bucket", names={"sseAlgorithm": "SSEAlgorithm", "kmsMasterKeyId": "KMSMasterKeyID"}))
    ],
    "s3/bucketVersioning": [Call("s3", "PutBucketVersioning", form=lambda i: {"Bucket": i["bucket"], "VersioningConfiguration": i["versioningConfiguration"]}, takes="*")],
    "secretsmanager/secret": [
        Call("secretsmanager", "CreateSecret", {"replicas": "AddReplicaRegions", "name": "Name"}, form=lambda i: {"": {**{k: v for k, v in i.items() if k != "recoveryWindowInDays"}}}, takes=("name", "description", "kmsKeyId", "replicas", "tags")),
        Call("secretsmanager", "DeleteSecret", form=lambda i: {"SecretId": i["name"], "RecoveryWindowInDays": i["recoveryWindowInDays"]}, checked_only=True, takes=("recoveryWindowInDays",)),
    ],
    "secretsmanager/secretPolicy": [Call("secretsmanager", "PutResourcePolicy", {"secretArn": "SecretId", "policy": "ResourcePolicy"})],
    "secretsmanager/secretRotation": [Call("secretsmanager", "RotateSecret", {"rotationLambdaArn": "RotationLambdaARN"})],
    "securityhub/account": [
        Call("securityhub", "EnableSecurityHub", form=lambda i: {"": {k: v for k, v in i.items() if k != "autoEnableControls"}}, takes=("enableDefaultStandards", "controlFindingGenerator")),
        Call("securityhub", "UpdateSecurityHubConfiguration", form=lambda i: {"AutoEnableControls": i["autoEnableControls"]}, takes=("autoEnableControls",)),
    ],
    "securityhub/findingAggregator": [Call("securityhub", "CreateFindingAggregator", {"linkingMode": "RegionLinkingMode"})],
    "securityhub/standardsSubscription": [Call("securityhub", "BatchEnableStandards", form=lambda i: {"StandardsSubscriptionRequests": [{"StandardsArn": i["standardsArn"]}]}, takes="*")],
    "sesv2/configurationSet": [Call("sesv2", "CreateConfigurationSet")],
    "sesv2/configurationSetEventDestination": [Call("sesv2", "CreateConfigurationSetEventDestination")],
    "sesv2/emailIdentity": [Call("sesv2", "CreateEmailIdentity")],
    "sesv2/emailIdentityMailFromAttributes": [Call("sesv2", "PutEmailIdentityMailFromAttributes")],
    "sns/topic": [
        Call("sns", "CreateTopic", form=lambda i: {"": {"name": i["name"], "tags": i["tags"]}, "Attributes": attributes(
            ("kmsMasterKeyId", "KmsMasterKeyId"), ("signatureVersion", "SignatureVersion"), ("tracingConfig", "TracingConfig"), ("fifoTopic", "FifoTopic"),
            ("contentBasedDeduplication", "ContentBasedDeduplication"), ("fifoThroughputScope", "FifoThroughputScope"))(i)}, takes="*")
    ],
    "sns/topicPolicy": [Call("sns", "SetTopicAttributes", form=lambda i: {"TopicArn": i["arn"], "AttributeName": "Policy", "AttributeValue": i["policy"]}, takes="*")],
    "sns/topicSubscription": [
        Call("sns", "Subscribe", form=lambda i: {"TopicArn": i["topic"], "Protocol": i["protocol"], "Endpoint": i["endpoint"], "Attributes": attributes(
            ("rawMessageDelivery", "RawMessageDelivery"), ("filterPolicy", "FilterPolicy"), ("filterPolicyScope", "FilterPolicyScope"), ("redrivePolicy", "RedrivePolicy"))(i)}, takes="*")
    ],
    "sqs/queue": [
        Call("sqs", "CreateQueue", form=lambda i: {"QueueName": i["name"], "tags": i["tags"], "Attributes": attributes(
            ("kmsMasterKeyId", "KmsMasterKeyId"), ("kmsDataKeyReusePeriodSeconds", "KmsDataKeyReusePeriodSeconds"), ("messageRetentionSeconds", "MessageRetentionPeriod"),
            ("visibilityTimeoutSeconds", "VisibilityTimeout"), ("receiveWaitTimeSeconds", "ReceiveMessageWaitTimeSeconds"), ("redrivePolicy", "RedrivePolicy"),
            ("fifoQueue", "FifoQueue"), ("deduplicationScope", "DeduplicationScope"), ("fifoThroughputLimit", "FifoThroughputLimit"))(i)}, takes="*")
    ],
    "sqs/queuePolicy": [Call("sqs", "SetQueueAttributes", form=lambda i: {"QueueUrl": i["queueUrl"], "Attributes": {"Policy": i["policy"]}}, takes="*")],
    "sqs/redriveAllowPolicy": [Call("sqs", "SetQueueAttributes", form=lambda i: {"QueueUrl": i["queueUrl"], "Attributes": {"RedriveAllowPolicy": i["redriveAllowPolicy"]}}, takes="*")],
    "wafv2/webAcl": [
        Call("wafv2", "CreateWebACL", {"searchString": "SearchString"}, form=lambda i: {"": {**{k: v for k, v in i.items()}}}, takes="*")
    ],
    "wafv2/webAclLoggingConfiguration": [Call("wafv2", "PutLoggingConfiguration", form=lambda i: {"LoggingConfiguration": i}, takes="*")],
    "vpc/securityGroupEgressRule": [Call("ec2", "AuthorizeSecurityGroupEgress", form=permission, takes=RULE_INPUTS)],
    "vpc/securityGroupIngressRule": [Call("ec2", "AuthorizeSecurityGroupIngress", form=permission, takes=RULE_INPUTS)],
}


def ARN(service, resource):
    return f"arn:aws:{service}:us-east-1:123456789012:{resource}"


# Types that have a name of their own when none is given: the provider makes it of the logical name.
NAMED = {
    "appautoscaling/policy", "backup/plan", "backup/selection", "backup/vault", "cfg/deliveryChannel", "cfg/recorder", "cfg/rule", "cloudtrail/trail", "cloudwatch/eventRule",
    "cloudwatch/logGroup", "cloudwatch/logMetricFilter", "cloudwatch/metricAlarm", "ec2/placementGroup", "ec2/securityGroup", "elasticache/parameterGroup", "elasticache/subnetGroup", "iam/group",
    "iam/policy", "iam/role", "iam/rolePolicy", "kinesis/firehoseDeliveryStream", "kinesis/stream", "lambda/function", "msk/configuration", "ram/resourceShare",
    "rds/clusterInstance", "rds/clusterParameterGroup", "rds/subnetGroup", "redshift/parameterGroup", "redshift/subnetGroup", "s3/bucket", "secretsmanager/secret",
    "sns/topic", "sqs/queue", "wafv2/webAcl",
}

# Types that no call makes: AWS made them, and the provider changes them with calls of the types above.
ADOPTED = {"ec2/defaultNetworkAcl", "ec2/defaultRouteTable", "ec2/defaultSecurityGroup"}

CALLS |= entrance_calls.CALLS
NAMED |= entrance_calls.NAMED
ADOPTED |= entrance_calls.ADOPTED
