"""Which call of AWS makes each resource of this library, and how its inputs become the call's parameters.

A type has one call or several. Each is (service, operation) with `names`, for inputs that AWS calls otherwise, or `form`, which builds the parameters of calls that are
shaped otherwise. An input that no call takes must be in `beyond`: settings of the provider itself, which never reach AWS as such.
"""

import json


class Call:
    def __init__(self, service, operation, names=None, form=None, takes=(), when=None, checked_only=False):
        self.service, self.operation = service, operation
        self.names, self.form = names or {}, form
        # True for calls that another moment makes, such as the one of a deletion: checked, never sent.
        self.checked_only = checked_only
        # Inputs that `form` reads; with `names` alone they follow from the shape.
        self.takes, self.when = takes, when


def attributes(*pairs):
    """Parameters of queues and topics are a map of texts."""
    return lambda inputs: {name: _text(inputs[key]) for key, name in pairs if key in inputs}


def _text(value):
    return str(value).lower() if isinstance(value, bool) else value if isinstance(value, str) else json.dumps(value)


def acl_entries(inputs):
    """A call for each entry of a network ACL."""
    protocols = {"tcp": "6", "udp": "17", "-1": "-1"}
    return [
        {
            "NetworkAclId": inputs["_id"],
            "RuleNumber": entry["ruleNo"],
            "Protocol": protocols[entry["protocol"]],
            "RuleAction": entry["action"],
            "Egress": direction == "egress",
            "PortRange": {"From": entry["fromPort"], "To": entry["toPort"]},
        }
        | ({"Ipv6CidrBlock": entry["ipv6CidrBlock"]} if "ipv6CidrBlock" in entry else {"CidrBlock": entry["cidrBlock"]})
        for direction in ("ingress", "egress")
        for entry in inputs[direction]
    ]


def permission(inputs):
    """One rule of a security group."""
    one = {"IpProtocol": inputs["ipProtocol"]}
    if "fromPort" in inputs:
        one |= {"FromPort": inputs["fromPort"], "ToPort": inputs["toPort"]}
    said = {"Description": inputs["description"]}
    if "cidrIpv4" in inputs:
        one["IpRanges"] = [{"CidrIp": inputs["cidrIpv4"]} | said]
    if "cidrIpv6" in inputs:
        one["Ipv6Ranges"] = [{"CidrIpv6": inputs["cidrIpv6"]} | said]
    if "prefixListId" in inputs:
        one["PrefixListIds"] = [{"PrefixListId": inputs["prefixListId"]} | said]
    if "referencedSecurityGroupId" in inputs:
        one["UserIdGroupPairs"] = [{"GroupId": inputs["referencedSecurityGroupId"]} | said]
    return {"GroupId": inputs["securityGroupId"], "IpPermissions": [one]}


RULE_INPUTS = ("securityGroupId", "ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId", "description", "tags")


def table(inputs):
    request = {
        "TableName": inputs["name"],
        "BillingMode": inputs["billingMode"],
        "AttributeDefinitions": [{"AttributeName": a["name"], "AttributeType": a["type"]} for a in inputs["attributes"]],
        "KeySchema": [{"AttributeName": inputs["hashKey"], "KeyType": "HASH"}],
        "SSESpecification": {
            "Enabled": inputs["serverSideEncryption"]["enabled"],
            "SSEType": "KMS",
            "KMSMasterKeyId": inputs["serverSideEncryption"]["kmsKeyArn"],
        },
        "DeletionProtectionEnabled": inputs["deletionProtectionEnabled"],
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(inputs["tags"].items())],
    }
    if "rangeKey" in inputs:
        request["KeySchema"].append({"AttributeName": inputs["rangeKey"], "KeyType": "RANGE"})
    if inputs.get("streamEnabled"):
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": inputs["streamViewType"]}
    warm = lambda given: {"ReadUnitsPerSecond": given["readUnitsPerSecond"], "WriteUnitsPerSecond": given["writeUnitsPerSecond"]}
    if "warmThroughput" in inputs:
        request["WarmThroughput"] = warm(inputs["warmThroughput"])
    if "globalSecondaryIndexes" in inputs:
        request["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index["name"],
                "KeySchema": [{"AttributeName": k["attributeName"], "KeyType": k["keyType"]} for k in index["keySchemas"]],
                "Projection": {"ProjectionType": index["projectionType"]},
            }
            | ({"WarmThroughput": warm(index["warmThroughput"])} if "warmThroughput" in index else {})
            for index in inputs["globalSecondaryIndexes"]
        ]
    return request


TABLE_INPUTS = (
    "name billingMode attributes hashKey rangeKey serverSideEncryption deletionProtectionEnabled tags streamEnabled streamViewType warmThroughput globalSecondaryIndexes"
).split()


def replicas(inputs):
    mode = {replica["consistencyMode"] for replica in inputs["replicas"]}
    created = lambda r: {"RegionName": r["regionName"]} | ({"KMSMasterKeyId": r["kmsKeyArn"]} if "kmsKeyArn" in r else {})
    request = {
        "TableName": inputs["name"],
        "ReplicaUpdates": [{"Create": created(replica)} for replica in inputs["replicas"]],
        "MultiRegionConsistency": mode.pop(),
    }
    if "globalTableWitness" in inputs:
        request["GlobalTableWitnessUpdates"] = [{"Create": {"RegionName": inputs["globalTableWitness"]["regionName"]}}]
    return request


def delivery(inputs):
    """Terraform flattens what Firehose nests."""
    destination, form = next((name, form) for name, form in DESTINATIONS.items() if name in inputs)
    given = dict(inputs[destination])
    shared = {"RoleARN": given.pop("roleArn"), "CloudWatchLoggingOptions": _pascal(given.pop("cloudwatchLoggingOptions"))}
    if "processingConfiguration" in given:
        processing = given.pop("processingConfiguration")
        processors = [{"Type": each["type"], "Parameters": [_pascal(one) for one in each["parameters"]]} for each in processing["processors"]]
        shared["ProcessingConfiguration"] = {"Enabled": processing["enabled"], "Processors": processors}
    request = {
        "DeliveryStreamName": inputs["name"],
        "DeliveryStreamType": "KinesisStreamAsSource",
        "KinesisStreamSourceConfiguration": {
            "KinesisStreamARN": inputs["kinesisSourceConfiguration"]["kinesisStreamArn"],
            "RoleARN": inputs["kinesisSourceConfiguration"]["roleArn"],
        },
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(inputs["tags"].items())],
    } | {name: shared | made for name, made in form(given).items()}
    assert given == {}, f"settings of a delivery that are not looked at: {sorted(given)}"
    return request


def _lake(given):
    conversion = given.pop("dataFormatConversionConfiguration")
    schema = conversion["schemaConfiguration"]
    compression = conversion["outputFormatConfiguration"]["serializer"]["parquetSerDe"]["compression"]
    converted = {
        "Enabled": conversion["enabled"],
        "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {"Compression": compression}}},
        "SchemaConfiguration": {"RoleARN": schema["roleArn"], "DatabaseName": schema["databaseName"], "TableName": schema["tableName"]},
    }
    return {"ExtendedS3DestinationConfiguration": _bucket(given) | {"DataFormatConversionConfiguration": converted}}


def _search(given):
    network = given.pop("vpcConfig")
    return {
        "AmazonopensearchserviceDestinationConfiguration": {
            "BufferingHints": _buffers(given),
            "DomainARN": given.pop("domainArn"),
            "IndexName": given.pop("indexName"),
            "IndexRotationPeriod": given.pop("indexRotationPeriod"),
            "RetryOptions": {"DurationInSeconds": given.pop("retryDuration")},
            "S3BackupMode": given.pop("s3BackupMode"),
            "S3Configuration": _whole(_bucket, given.pop("s3Configuration")),
            "VpcConfiguration": {"RoleARN": network["roleArn"], "SubnetIds": network["subnetIds"], "SecurityGroupIds": network["securityGroupIds"]},
        }
    }


def _redshift(given):
    secret = given.pop("secretsManagerConfiguration")
    copy = {"DataTableName": given.pop("dataTableName"), "CopyOptions": given.pop("copyOptions")}
    if "dataTableColumns" in given:
        copy["DataTableColumns"] = given.pop("dataTableColumns")
    return {
        "RedshiftDestinationConfiguration": {
            "ClusterJDBCURL": given.pop("clusterJdbcurl"),
            "CopyCommand": copy,
            "RetryOptions": {"DurationInSeconds": given.pop("retryDuration")},
            "SecretsManagerConfiguration": {"Enabled": secret["enabled"], "SecretARN": secret["secretArn"], "RoleARN": secret["roleArn"]},
            "S3Configuration": _whole(_bucket, given.pop("s3Configuration")),
        }
    }


DESTINATIONS = {"extendedS3Configuration": _lake, "opensearchConfiguration": _search, "redshiftConfiguration": _redshift}


def _buffers(given):
    return {"IntervalInSeconds": given.pop("bufferingInterval"), "SizeInMBs": given.pop("bufferingSize")}


def _bucket(given):
    """Where objects go; what is left out Firehose chooses."""
    made = {"BucketARN": given.pop("bucketArn"), "EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": given.pop("kmsKeyArn")}}}
    if "bufferingInterval" in given:
        made["BufferingHints"] = _buffers(given)
    optional = {"roleArn": "RoleARN", "prefix": "Prefix", "errorOutputPrefix": "ErrorOutputPrefix", "compressionFormat": "CompressionFormat"}
    return made | {name: given.pop(key) for key, name in optional.items() if key in given}


def _whole(form, part):
    given = dict(part)
    made = form(given)
    assert given == {}, f"settings that are not looked at: {sorted(given)}"
    return made


def _pascal(record):
    return {key[0].upper() + key[1:]: value for key, value in record.items()}


def metric_alarm(inputs):
    """An alarm on one metric, or on an expression over several."""
    dimensions = lambda given: [{"Name": name, "Value": value} for name, value in given.items()]
    request = {"": {"alarmName": inputs["name"]} | {k: v for k, v in inputs.items() if k not in ("dimensions", "name", "metricQueries")}}
    if "dimensions" in inputs:
        request["Dimensions"] = dimensions(inputs["dimensions"])
    if "metricQueries" in inputs:
        request["Metrics"] = [
            {key: query[key] for key in ("id", "expression", "label", "returnData") if key in query}
            | (
                {
                    "metricStat": {
                        "metric": {"namespace": query["metric"]["namespace"], "metricName": query["metric"]["metricName"], "dimensions": dimensions(query["metric"]["dimensions"])},
                        "period": query["metric"]["period"],
                        "stat": query["metric"]["stat"],
                    }
                }
                if "metric" in query
                else {}
            )
            for query in inputs["metricQueries"]
        ]
    return request


def metric_filter(inputs):
    metric = inputs["metricTransformation"]
    return {
        "logGroupName": inputs["logGroupName"],
        "filterName": inputs["name"],
        "filterPattern": inputs["pattern"],
        "metricTransformations": [
            {
                "metricName": metric["name"],
                "metricNamespace": metric["namespace"],
                "metricValue": metric["value"],
            }
            | ({"defaultValue": float(metric["defaultValue"])} if "defaultValue" in metric else {})
            | ({key: metric[key] for key in ("unit", "dimensions") if key in metric})
        ],
    }


def rule(inputs):
    """A rule of AWS Config."""
    given = inputs["source"]
    request = {"ConfigRuleName": inputs["name"], "Source": {"Owner": given["owner"], "SourceIdentifier": given["sourceIdentifier"]}}
    if "inputParameters" in inputs:
        request["InputParameters"] = inputs["inputParameters"]
    return {"ConfigRule": request}


def records(inputs):
    """A record of Route 53; texts are quoted in the API."""
    quoted = lambda value: f'"{value}"' if inputs["type"] == "TXT" else value
    record = {"Name": inputs["name"], "Type": inputs["type"]}
    if "aliases" in inputs:
        alias = inputs["aliases"][0]
        record["AliasTarget"] = {"HostedZoneId": alias["zoneId"], "DNSName": alias["name"], "EvaluateTargetHealth": alias["evaluateTargetHealth"]}
    else:
        record |= {"TTL": inputs["ttl"], "ResourceRecords": [{"Value": quoted(value)} for value in inputs["records"]]}
    if "latencyRoutingPolicies" in inputs:
        record |= {"SetIdentifier": inputs["setIdentifier"], "Region": inputs["latencyRoutingPolicies"][0]["region"]}
    if "failoverRoutingPolicies" in inputs:
        record |= {"SetIdentifier": inputs["setIdentifier"], "Failover": inputs["failoverRoutingPolicies"][0]["type"]}
    if "healthCheckId" in inputs:
        record["HealthCheckId"] = inputs["healthCheckId"]
    return {"HostedZoneId": inputs["zoneId"], "ChangeBatch": {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}}


def hosted_zone(inputs):
    """A zone of Route 53; a private one begins with one network, the others are associated."""
    network = inputs.get("vpcs", [None])[0]
    private = {"VPC": {"VPCId": network["vpcId"], "VPCRegion": network["vpcRegion"]}} if network else {}
    return {"Name": inputs["name"], "CallerReference": inputs["name"], "HostedZoneConfig": {"Comment": inputs.get("comment", "")}} | private


# Settings of the provider, which never reach AWS.
BEYOND = {"forceDestroy", "forceDelete", "skipFinalSnapshot", "finalSnapshotIdentifier", "deleteAutomatedBackups", "applyImmediately", "bypassPolicyLockoutSafetyCheck"}
