"""How each resource is read back, and where the server says what it made."""


from entrance_readings import entrance


class Reading:
    """`operation` reads what the call `of` asked for. `by` builds its parameters from the resource and the request, `at` is where the answer holds it."""

    def __init__(self, of, service, operation, by, at="", within="", skip=(), read=None):
        self.of, self.service, self.operation = of, service, operation
        self.by, self.at, self.within, self.skip, self.read = by, at, within, skip, read

    def parameters(self, resource, request):
        return self.by(resource, request)

    def found(self, answer, resource):
        value = answer
        for part in [p for p in self.at.split(".") if p]:
            value = value[int(part)] if part.isdigit() else value[part]
        return self.read(value) if self.read else value

    def wanted(self, request):
        if callable(self.within):
            return self.within(request)
        return request[self.within] if self.within else request


def without_noise(reading, wanted):
    return {key: value for key, value in wanted.items() if key not in reading.skip and key not in TAGS} if isinstance(wanted, dict) else wanted


TAGS = {"Tags", "tags", "TagList", "TagsList", "BackupVaultTags", "BackupPlanTags"}


def by(**names):
    """Parameters of the reading taken from the request, or the resource's id."""
    return lambda resource, request: {name: resource["id"] if source == "@id" else request[source] for name, source in names.items()}


def listed(**names):
    return lambda resource, request: {name: [resource["id"] if source == "@id" else request[source]] for name, source in names.items()}


def nothing(resource, request):
    return {}


# Where the answer to a creation names what it made.
MADE = {
    "kms:CreateKey": [("KeyMetadata.KeyId", "id"), ("KeyMetadata.Arn", "arn")],
    "ec2:CreateVpc": [("Vpc.VpcId", "id")],
    "ec2:CreateSubnet": [("Subnet.SubnetId", "id")],
    "ec2:CreateSecurityGroup": [("GroupId", "id")],
    "ec2:CreateRouteTable": [("RouteTable.RouteTableId", "id")],
    "ec2:CreateInternetGateway": [("InternetGateway.InternetGatewayId", "id")],
    "ec2:CreateEgressOnlyInternetGateway": [("EgressOnlyInternetGateway.EgressOnlyInternetGatewayId", "id")],
    "ec2:AllocateAddress": [("AllocationId", "id")],
    "ec2:CreateNatGateway": [("NatGateway.NatGatewayId", "id")],
    "ec2:CreateNetworkAcl": [("NetworkAcl.NetworkAclId", "id")],
    "ec2:CreateVpcEndpoint": [("VpcEndpoint.VpcEndpointId", "id")],
    "ec2:CreateFlowLogs": [("FlowLogIds.0", "id")],
    "iam:CreateRole": [("Role.Arn", "arn")],
    "iam:CreatePolicy": [("Policy.Arn", "arn")],
    "logs:CreateLogGroup": [],
    "sns:CreateTopic": [("TopicArn", "id"), ("TopicArn", "arn")],
    "sns:Subscribe": [("SubscriptionArn", "id")],
    "sqs:CreateQueue": [("QueueUrl", "id"), ("QueueUrl", "url")],
    "secretsmanager:CreateSecret": [("ARN", "id"), ("ARN", "arn")],
    "opensearch:CreateDomain": [("DomainStatus.ARN", "arn")],
    "kafka:CreateCluster": [("ClusterArn", "id"), ("ClusterArn", "arn")],
    "kafka:CreateConfiguration": [("Arn", "arn"), ("Arn", "id")],
    "mq:CreateBroker": [("BrokerId", "id"), ("BrokerArn", "arn")],
    "guardduty:CreateDetector": [("DetectorId", "id")],
    "backup:CreateBackupPlan": [("BackupPlanId", "id")],
    "lambda:CreateFunction": [("FunctionArn", "arn")],
    "acm-pca:CreateCertificateAuthority": [("CertificateAuthorityArn", "id"), ("CertificateAuthorityArn", "arn")],
    "rds:CreateDBCluster": [("DBCluster.DBClusterArn", "arn"), ("DBCluster.DbClusterResourceId", "clusterResourceId")],
    "kinesis:RegisterStreamConsumer": [("Consumer.ConsumerARN", "arn")],
    "route53:CreateHostedZone": [("HostedZone.Id", "id"), ("HostedZone.Id", "zoneId")],
    "ram:CreateResourceShare": [("resourceShare.resourceShareArn", "id"), ("resourceShare.resourceShareArn", "arn")],
}

def recovery(request):
    on = request["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    return {"PointInTimeRecoveryStatus": "ENABLED" if on else "DISABLED"}


BUCKET = by(Bucket="Bucket")

READINGS = {
    "kms/key": [
        Reading("kms:CreateKey", "kms", "DescribeKey", by(KeyId="@id"), "KeyMetadata"),
        Reading("kms:CreateKey", "kms", "GetKeyPolicy", lambda r, q: {"KeyId": r["id"], "PolicyName": "default"}, ""),
        Reading("kms:EnableKeyRotation", "kms", "GetKeyRotationStatus", by(KeyId="@id"), "", lambda q: {"KeyRotationEnabled": True}),
    ],
    "kms/alias": [Reading("kms:CreateAlias", "kms", "ListAliases", lambda r, q: {"KeyId": q["TargetKeyId"]}, "Aliases.0")],
    "s3/bucketPublicAccessBlock": [Reading("s3:PutPublicAccessBlock", "s3", "GetPublicAccessBlock", BUCKET, "")],
    "s3/bucketVersioning": [Reading("s3:PutBucketVersioning", "s3", "GetBucketVersioning", BUCKET, "", "VersioningConfiguration")],
    "s3/bucketServerSideEncryptionConfiguration": [Reading("s3:PutBucketEncryption", "s3", "GetBucketEncryption", BUCKET, "")],
    "s3/bucketOwnershipControls": [Reading("s3:PutBucketOwnershipControls", "s3", "GetBucketOwnershipControls", BUCKET, "")],
    "s3/bucketLifecycleConfiguration": [Reading("s3:PutBucketLifecycleConfiguration", "s3", "GetBucketLifecycleConfiguration", BUCKET, "", "LifecycleConfiguration")],
    "s3/bucketObjectLockConfiguration": [Reading("s3:PutObjectLockConfiguration", "s3", "GetObjectLockConfiguration", BUCKET, "")],
    "s3/bucketPolicy": [Reading("s3:PutBucketPolicy", "s3", "GetBucketPolicy", BUCKET, "")],
    "s3/bucketReplicationConfig": [Reading("s3:PutBucketReplication", "s3", "GetBucketReplication", BUCKET, "")],
    "s3/bucketLogging": [Reading("s3:PutBucketLogging", "s3", "GetBucketLogging", BUCKET, "", "BucketLoggingStatus")],
    "s3/accountPublicAccessBlock": [Reading("s3control:PutPublicAccessBlock", "s3control", "GetPublicAccessBlock", by(AccountId="AccountId"), "")],
    "dynamodb/table": [
        Reading("dynamodb:CreateTable", "dynamodb", "DescribeTable", by(TableName="TableName"), "Table"),
        Reading("dynamodb:UpdateTimeToLive", "dynamodb", "DescribeTimeToLive", by(TableName="TableName"), "TimeToLiveDescription", "TimeToLiveSpecification"),
        Reading("dynamodb:UpdateContinuousBackups", "dynamodb", "DescribeContinuousBackups", by(TableName="TableName"), "ContinuousBackupsDescription.PointInTimeRecoveryDescription", recovery),
    ],
    "sqs/queue": [
        Reading("sqs:CreateQueue", "sqs", "GetQueueAttributes", lambda r, q: {"QueueUrl": r["id"], "AttributeNames": ["All"]}, "Attributes", "Attributes")
    ],
    "sqs/queuePolicy": [
        Reading("sqs:SetQueueAttributes", "sqs", "GetQueueAttributes", lambda r, q: {"QueueUrl": q["QueueUrl"], "AttributeNames": ["All"]}, "Attributes", "Attributes")
    ],
    "sqs/redriveAllowPolicy": [
        Reading("sqs:SetQueueAttributes", "sqs", "GetQueueAttributes", lambda r, q: {"QueueUrl": q["QueueUrl"], "AttributeNames": ["All"]}, "Attributes", "Attributes")
    ],
    "sns/topic": [Reading("sns:CreateTopic", "sns", "GetTopicAttributes", by(TopicArn="@id"), "Attributes", "Attributes")],
    "sns/topicPolicy": [
        Reading("sns:SetTopicAttributes", "sns", "GetTopicAttributes", by(TopicArn="TopicArn"), "Attributes")
    ],
    "sns/topicSubscription": [Reading("sns:Subscribe", "sns", "GetSubscriptionAttributes", by(SubscriptionArn="@id"), "Attributes", "Attributes")],
    "secretsmanager/secret": [Reading("secretsmanager:CreateSecret", "secretsmanager", "DescribeSecret", by(SecretId="@id"), "")],
    "secretsmanager/secretPolicy": [Reading("secretsmanager:PutResourcePolicy", "secretsmanager", "GetResourcePolicy", by(SecretId="SecretId"), "")],
    "secretsmanager/secretRotation": [Reading("secretsmanager:RotateSecret", "secretsmanager", "DescribeSecret", by(SecretId="SecretId"), "")],
    "kinesis/stream": [
        Reading("kinesis:CreateStream", "kinesis", "DescribeStreamSummary", by(StreamName="StreamName"), "StreamDescriptionSummary"),
        Reading("kinesis:StartStreamEncryption", "kinesis", "DescribeStreamSummary", by(StreamName="StreamName"), "StreamDescriptionSummary"),
        Reading("kinesis:IncreaseStreamRetentionPeriod", "kinesis", "DescribeStreamSummary", by(StreamName="StreamName"), "StreamDescriptionSummary"),
    ],
    "kinesis/firehoseDeliveryStream": [
        Reading("firehose:CreateDeliveryStream", "firehose", "DescribeDeliveryStream", by(DeliveryStreamName="DeliveryStreamName"), "DeliveryStreamDescription"),
        Reading("firehose:CreateDeliveryStream", "firehose", "DescribeDeliveryStream", by(DeliveryStreamName="DeliveryStreamName"),
                "DeliveryStreamDescription.Destinations.0.ExtendedS3DestinationDescription", "ExtendedS3DestinationConfiguration"),
    ],
    "rds/cluster": [Reading("rds:CreateDBCluster", "rds", "DescribeDBClusters", by(DBClusterIdentifier="DBClusterIdentifier"), "DBClusters.0")],
    "rds/clusterInstance": [Reading("rds:CreateDBInstance", "rds", "DescribeDBInstances", by(DBInstanceIdentifier="DBInstanceIdentifier"), "DBInstances.0")],
    "rds/globalCluster": [Reading("rds:CreateGlobalCluster", "rds", "DescribeGlobalClusters", by(GlobalClusterIdentifier="GlobalClusterIdentifier"), "GlobalClusters.0")],
    "rds/proxy": [Reading("rds:CreateDBProxy", "rds", "DescribeDBProxies", by(DBProxyName="DBProxyName"), "DBProxies.0")],
    "rds/subnetGroup": [Reading("rds:CreateDBSubnetGroup", "rds", "DescribeDBSubnetGroups", by(DBSubnetGroupName="DBSubnetGroupName"), "DBSubnetGroups.0")],
    "rds/clusterParameterGroup": [
        Reading("rds:CreateDBClusterParameterGroup", "rds", "DescribeDBClusterParameterGroups", by(DBClusterParameterGroupName="DBClusterParameterGroupName"), "DBClusterParameterGroups.0")
    ],
    "elasticache/replicationGroup": [
        Reading("elasticache:CreateReplicationGroup", "elasticache", "DescribeReplicationGroups", by(ReplicationGroupId="ReplicationGroupId"), "ReplicationGroups.0")
    ],
    "elasticache/cluster": [Reading("elasticache:CreateCacheCluster", "elasticache", "DescribeCacheClusters", by(CacheClusterId="CacheClusterId"), "CacheClusters.0")],
    "elasticache/user": [Reading("elasticache:CreateUser", "elasticache", "DescribeUsers", by(UserId="UserId"), "Users.0")],
    "elasticache/subnetGroup": [Reading("elasticache:CreateCacheSubnetGroup", "elasticache", "DescribeCacheSubnetGroups", by(CacheSubnetGroupName="CacheSubnetGroupName"), "CacheSubnetGroups.0")],
    "opensearch/domain": [Reading("opensearch:CreateDomain", "opensearch", "DescribeDomain", by(DomainName="DomainName"), "DomainStatus")],
    "msk/cluster": [Reading("kafka:CreateCluster", "kafka", "DescribeCluster", by(ClusterArn="@id"), "ClusterInfo")],
    "msk/configuration": [Reading("kafka:CreateConfiguration", "kafka", "DescribeConfiguration", by(Arn="@id"), "")],
    "mq/broker": [Reading("mq:CreateBroker", "mq", "DescribeBroker", by(BrokerId="@id"), "")],
    "sesv2/configurationSet": [Reading("sesv2:CreateConfigurationSet", "sesv2", "GetConfigurationSet", by(ConfigurationSetName="ConfigurationSetName"), "")],
    "sesv2/emailIdentity": [Reading("sesv2:CreateEmailIdentity", "sesv2", "GetEmailIdentity", by(EmailIdentity="EmailIdentity"), "")],
    "redshift/cluster": [Reading("redshift:CreateCluster", "redshift", "DescribeClusters", by(ClusterIdentifier="ClusterIdentifier"), "Clusters.0")],
    "redshift/parameterGroup": [Reading("redshift:CreateClusterParameterGroup", "redshift", "DescribeClusterParameterGroups", by(ParameterGroupName="ParameterGroupName"), "ParameterGroups.0")],
    "redshift/logging": [Reading("redshift:EnableLogging", "redshift", "DescribeLoggingStatus", by(ClusterIdentifier="ClusterIdentifier"), "")],
    "redshift/subnetGroup": [Reading("redshift:CreateClusterSubnetGroup", "redshift", "DescribeClusterSubnetGroups", by(ClusterSubnetGroupName="ClusterSubnetGroupName"), "ClusterSubnetGroups.0")],
    "cfg/recorder": [Reading("config:PutConfigurationRecorder", "config", "DescribeConfigurationRecorders", nothing, "ConfigurationRecorders.0", "ConfigurationRecorder")],
    "cfg/deliveryChannel": [Reading("config:PutDeliveryChannel", "config", "DescribeDeliveryChannels", nothing, "DeliveryChannels.0", "DeliveryChannel")],
    "cfg/rule": [
        Reading("config:PutConfigRule", "config", "DescribeConfigRules", lambda r, q: {"ConfigRuleNames": [q["ConfigRule"]["ConfigRuleName"]]}, "ConfigRules.0", "ConfigRule")
    ],
    "guardduty/detector": [Reading("guardduty:CreateDetector", "guardduty", "GetDetector", by(DetectorId="@id"), "")],
    "cloudtrail/trail": [Reading("cloudtrail:CreateTrail", "cloudtrail", "GetTrail", by(Name="Name"), "Trail")],
    "macie2/account": [Reading("macie2:EnableMacie", "macie2", "GetMacieSession", nothing, "")],
    "iam/role": [Reading("iam:CreateRole", "iam", "GetRole", by(RoleName="RoleName"), "Role")],
    "iam/rolePolicy": [Reading("iam:PutRolePolicy", "iam", "GetRolePolicy", by(RoleName="RoleName", PolicyName="PolicyName"), "")],
    "iam/accountPasswordPolicy": [Reading("iam:UpdateAccountPasswordPolicy", "iam", "GetAccountPasswordPolicy", nothing, "PasswordPolicy")],
    "ec2/vpc": [Reading("ec2:CreateVpc", "ec2", "DescribeVpcs", listed(VpcIds="@id"), "Vpcs.0")],
    "ec2/subnet": [Reading("ec2:CreateSubnet", "ec2", "DescribeSubnets", listed(SubnetIds="@id"), "Subnets.0")],
    "ec2/vpcEndpoint": [Reading("ec2:CreateVpcEndpoint", "ec2", "DescribeVpcEndpoints", listed(VpcEndpointIds="@id"), "VpcEndpoints.0")],
    "ec2/flowLog": [Reading("ec2:CreateFlowLogs", "ec2", "DescribeFlowLogs", listed(FlowLogIds="@id"), "FlowLogs.0")],
    "cloudwatch/logGroup": [
        Reading("logs:PutRetentionPolicy", "logs", "DescribeLogGroups", lambda r, q: {"logGroupNamePrefix": q["logGroupName"]}, "logGroups.0"),
        Reading("logs:CreateLogGroup", "logs", "DescribeLogGroups", lambda r, q: {"logGroupNamePrefix": q["logGroupName"]}, "logGroups.0"),
    ],
    "cloudwatch/metricAlarm": [Reading("cloudwatch:PutMetricAlarm", "cloudwatch", "DescribeAlarms", lambda r, q: {"AlarmNames": [q["AlarmName"]]}, "MetricAlarms.0")],
    "cloudwatch/logMetricFilter": [Reading("logs:PutMetricFilter", "logs", "DescribeMetricFilters", lambda r, q: {"logGroupName": q["logGroupName"], "filterNamePrefix": q["filterName"]}, "metricFilters.0")],
    "backup/vault": [Reading("backup:CreateBackupVault", "backup", "DescribeBackupVault", by(BackupVaultName="BackupVaultName"), "")],
    "backup/plan": [Reading("backup:CreateBackupPlan", "backup", "GetBackupPlan", by(BackupPlanId="@id"), "")],
    "lambda/function": [Reading("lambda:CreateFunction", "lambda", "GetFunctionConfiguration", by(FunctionName="FunctionName"), "")],
    "acmpca/certificateAuthority": [
        Reading("acm-pca:CreateCertificateAuthority", "acm-pca", "DescribeCertificateAuthority", by(CertificateAuthorityArn="@id"), "CertificateAuthority")
    ],
    "glue/catalogTable": [
        Reading("glue:CreateTable", "glue", "GetTable", lambda r, q: {"DatabaseName": q["DatabaseName"], "Name": q["TableInput"]["Name"]}, "Table", "TableInput")
    ],
    "kinesisanalyticsv2/application": [Reading("kinesisanalyticsv2:CreateApplication", "kinesisanalyticsv2", "DescribeApplication", by(ApplicationName="ApplicationName"), "ApplicationDetail")],
}

_made, _readings = entrance(Reading, by, listed)
MADE |= _made
READINGS |= _readings
