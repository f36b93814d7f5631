"""The calls of what stands around the stores: edge, ingress, cluster, observability. Merged into `calls.py`."""

import json

from forms import Call

DATE = "2027-01-31T00:00:00Z"


def pick(i, *keys):
    return {key: i[key] for key in keys if key in i}


def without(i, *keys):
    return {key: value for key, value in i.items() if key not in keys}


def tag_list(i):
    return [{"Key": key, "Value": value} for key, value in sorted(i["tags"].items())]


# CloudFront: tags have a place of their own, which the resource sets with a second call.
def cloudfront_tags(arn):
    return Call("cloudfront", "TagResource", form=lambda i: {"Resource": arn, "Tags": {"Items": tag_list(i)}}, takes=("tags",), when="tags")


def behaviour(given):
    changed = dict(given)
    changed["allowedMethods"] = {"quantity": len(given["allowedMethods"]), "items": given["allowedMethods"], "cachedMethods": given["cachedMethods"]}
    del changed["cachedMethods"]
    return changed


def distribution(i):
    config = without(i, "tags", "orderedCacheBehaviors") | {
        "callerReference": "1",
        "defaultCacheBehavior": behaviour(i["defaultCacheBehavior"]),
        "cacheBehaviors": [behaviour(each) for each in i["orderedCacheBehaviors"]],
        "restrictions": {"geoRestriction": i["restrictions"]["geoRestriction"] | {"quantity": 0}},
    }
    return {"DistributionConfig": config}


def headers_policy(i):
    config = dict(i)
    if "customHeadersConfig" in i:
        config["customHeadersConfig"] = i["customHeadersConfig"]["items"]
    if "corsConfig" in i:
        config["corsConfig"] = {key: value["items"] if isinstance(value, dict) else value for key, value in i["corsConfig"].items()}
    return {"ResponseHeadersPolicyConfig": config}


# Attributes of load balancers and target groups (Elastic Load Balancing API, ModifyLoadBalancerAttributes and ModifyTargetGroupAttributes).
BALANCER = {
    "enableDeletionProtection": "deletion_protection.enabled", "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    "enableZonalShift": "zonal_shift.config.enabled", "dnsRecordClientRoutingPolicy": "dns_record.client_routing_policy", "idleTimeout": "idle_timeout.timeout_seconds",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode", "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
}
TARGETS = {
    "deregistrationDelay": "deregistration_delay.timeout_seconds", "preserveClientIp": "preserve_client_ip.enabled",
    "connectionTermination": "deregistration_delay.connection_termination.enabled", "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
}
LISTENER = {
    "routingHttpResponseServerEnabled": "routing.http.response.server.enabled",
    "routingHttpResponseStrictTransportSecurityHeaderValue": "routing.http.response.strict_transport_security.header_value",
}
HEALTH = {
    "enabled": "HealthCheckEnabled", "protocol": "HealthCheckProtocol", "path": "HealthCheckPath", "port": "HealthCheckPort", "interval": "HealthCheckIntervalSeconds",
    "timeout": "HealthCheckTimeoutSeconds", "healthyThreshold": "HealthyThresholdCount", "unhealthyThreshold": "UnhealthyThresholdCount",
}


def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def attributes(i, names):
    return [{"Key": name, "Value": text(i[key])} for key, name in names.items() if key in i]


def balancer_attributes(i):
    found = attributes(i, BALANCER)
    for key, prefix in (("accessLogs", "access_logs.s3"), ("connectionLogs", "connection_logs.s3")):
        if key in i:
            found += [{"Key": f"{prefix}.{part}", "Value": text(value)} for part, value in i[key].items()]
    return {"LoadBalancerArn": i["_id"], "Attributes": found}


def target_attributes(i):
    found = attributes(i, TARGETS)
    for state in i.get("targetHealthStates", []):
        ends = text(state["enableUnhealthyConnectionTermination"])
        found.append({"Key": "target_health_state.unhealthy.connection_termination.enabled", "Value": ends})
    return {"TargetGroupArn": i["_id"], "Attributes": found}


def target_group(i):
    health = i["healthCheck"]
    checked = {HEALTH[key]: value for key, value in health.items() if key != "matcher"}
    checked["HealthCheckPort"] = text(checked.get("HealthCheckPort", "traffic-port"))
    matched = {"Matcher": {"HttpCode": health["matcher"]}} if "matcher" in health else {}
    return {"": without(i, "healthCheck", "targetHealthStates", *TARGETS)} | checked | matched


def health_check(i):
    config = without(i, "tags", "_id", "cloudwatchAlarmName", "cloudwatchAlarmRegion")
    if "cloudwatchAlarmName" in i:
        config["AlarmIdentifier"] = {"Region": i["cloudwatchAlarmRegion"], "Name": i["cloudwatchAlarmName"]}
    return {"CallerReference": "1", "HealthCheckConfig": config}


def listener(i):
    given = {"": without(i, "certificateArn", *LISTENER)}
    return given | ({"Certificates": [{"CertificateArn": i["certificateArn"]}]} if "certificateArn" in i else {})


def node_group(i):
    return {"": without(i, "nodeRoleArn", "subnetIds", "taints"), "nodeRole": i["nodeRoleArn"], "subnets": i["subnetIds"]} | (
        {"taints": i["taints"]} if "taints" in i else {}
    )


def launch_template(i):
    data = without(i, "tags", "updateDefaultVersion", "tagSpecifications", "name")
    data["tagSpecifications"] = [{"resourceType": t["resourceType"], "tags": t["tags"]} for t in i["tagSpecifications"]]
    if "vpcSecurityGroupIds" in data:
        data["securityGroupIds"] = data.pop("vpcSecurityGroupIds")
    return {"LaunchTemplateName": i["name"], "LaunchTemplateData": data}


def task_definition(i):
    return {"": without(i, "containerDefinitions"), "containerDefinitions": json.loads(i["containerDefinitions"])}


def ecs_service(i):
    deployment = {
        "deploymentCircuitBreaker": i["deploymentCircuitBreaker"], "maximumPercent": i["deploymentMaximumPercent"], "minimumHealthyPercent": i["deploymentMinimumHealthyPercent"],
    }
    # The provider waits by asking; AWS is not told.
    waits = ("waitForSteadyState",)
    rest = without(i, "deploymentCircuitBreaker", "deploymentMaximumPercent", "deploymentMinimumHealthyPercent", "networkConfiguration", "enableEcsManagedTags", *waits)
    network = i["networkConfiguration"]
    vpc = without(network, "assignPublicIp") | {"assignPublicIp": "ENABLED" if network["assignPublicIp"] else "DISABLED"}
    return {"": rest, "enableECSManagedTags": i["enableEcsManagedTags"], "deploymentConfiguration": deployment, "networkConfiguration": {"awsvpcConfiguration": vpc}}


def budget(i):
    subscribers = lambda n: [{"SubscriptionType": "SNS", "Address": arn} for arn in n["subscriberSnsTopicArns"]]
    return {
        "AccountId": "123456789012",
        "Budget": {
            "budgetName": i["name"], "budgetType": i["budgetType"], "timeUnit": i["timeUnit"], "budgetLimit": {"amount": i["limitAmount"], "unit": i["limitUnit"]},
            "costFilters": {each["name"]: each["values"] for each in i["costFilters"]},
        },
        "NotificationsWithSubscribers": [
            {"Notification": {**without(n, "subscriberSnsTopicArns"), "threshold": float(n["threshold"])}, "Subscribers": subscribers(n)} for n in i["notifications"]
        ],
        "ResourceTags": tag_list(i),
    }


def canary(i):
    return {
        "": pick(i, "name", "artifactS3Location", "executionRoleArn", "schedule", "runtimeVersion", "artifactConfig", "kmsKeyArn", "tags"),
        "Code": {"S3Bucket": i["s3Bucket"], "S3Key": i["s3Key"], "S3Version": i["s3Version"], "Handler": i["handler"]},
        "RunConfig": i["runConfig"],
        "SuccessRetentionPeriodInDays": i["successRetentionPeriod"],
        "FailureRetentionPeriodInDays": i["failureRetentionPeriod"],
        "ProvisionedResourceCleanup": "AUTOMATIC" if i["deleteLambda"] else "OFF",
    }


def patch_baseline(i):
    rules = [
        {"PatchFilterGroup": {"PatchFilters": [{"Key": f["key"], "Values": f["values"]} for f in r["patchFilters"]]}, "ComplianceLevel": r["complianceLevel"], "ApproveAfterDays": r["approveAfterDays"]}
        for r in i["approvalRules"]
    ]
    return {"": without(i, "approvalRules"), "ApprovalRules": {"PatchRules": rules}}


def window_task(i):
    command = i["taskInvocationParameters"]["runCommandParameters"]
    parameters = {p["name"]: p["values"] for p in command["parameters"]}
    return {"": without(i, "taskInvocationParameters"), "TaskInvocationParameters": {"runCommand": {**without(command, "parameters"), "parameters": parameters}}}


def method_settings(i):
    path = i["methodPath"]
    names = {
        "cachingEnabled": "caching/enabled", "cacheDataEncrypted": "caching/dataEncrypted", "cacheTtlInSeconds": "caching/ttlInSeconds", "dataTraceEnabled": "logging/dataTrace",
        "loggingLevel": "logging/loglevel", "metricsEnabled": "metrics/enabled", "requireAuthorizationForCacheControl": "caching/requireAuthorizationForCacheControl",
        "throttlingBurstLimit": "throttling/burstLimit", "throttlingRateLimit": "throttling/rateLimit",
    }
    patches = [{"op": "replace", "path": f"/{path}/{names[key]}", "value": text(value)} for key, value in i["settings"].items()]
    return {"restApiId": i["restApi"], "stageName": i["stageName"], "patchOperations": patches}


def rest_stage(i):
    return {"restApiId": i["restApi"], "stageName": i["stageName"], "deploymentId": i["deployment"], "tracingEnabled": i["xrayTracingEnabled"], "cacheClusterEnabled": i["cacheClusterEnabled"], "tags": i["tags"]} | (
        {"cacheClusterSize": i["cacheClusterSize"]} if "cacheClusterSize" in i else {}
    )


def stage_log(i):
    log = i["accessLogSettings"]
    return {"restApiId": i["restApi"], "stageName": i["stageName"], "patchOperations": [{"op": "replace", "path": f"/accessLogSettings/{key}", "value": value} for key, value in log.items()]}


def rest_definition(i):
    return {"body": i["body"]}


SAMPLING = {"serviceName": "ServiceName", "reservoirSize": "ReservoirSize"}

CALLS = {
    "acm/certificate": [Call("acm", "RequestCertificate")],
    "apigateway/account": [Call("apigateway", "UpdateAccount", form=lambda i: {"patchOperations": [{"op": "replace", "path": "/cloudwatchRoleArn", "value": i["cloudwatchRoleArn"]}]}, takes=("cloudwatchRoleArn",))],
    "apigateway/apiKey": [Call("apigateway", "CreateApiKey", takes="*")],
    "apigateway/basePathMapping": [Call("apigateway", "CreateBasePathMapping", {"restApi": "restApiId", "stageName": "stage"})],
    "apigateway/deployment": [Call("apigateway", "CreateDeployment", form=lambda i: {"restApiId": i["restApi"]}, takes=("restApi", "triggers"))],
    "apigateway/domainName": [Call("apigateway", "CreateDomainName")],
    "apigateway/domainNameAccessAssociation": [Call("apigateway", "CreateDomainNameAccessAssociation")],
    "apigateway/methodSettings": [Call("apigateway", "UpdateStage", form=method_settings, takes="*")],
    "apigateway/restApi": [
        Call("apigateway", "CreateRestApi", form=lambda i: {"": without(i, "body")}, takes=("name", "description", "disableExecuteApiEndpoint", "endpointConfiguration", "policy", "tags")),
        Call("apigateway", "ImportRestApi", form=rest_definition, takes=("body",)),
    ],
    "apigateway/stage": [
        Call("apigateway", "CreateStage", form=rest_stage, takes=("restApi", "stageName", "deployment", "xrayTracingEnabled", "cacheClusterEnabled", "cacheClusterSize", "tags")),
        Call("apigateway", "UpdateStage", form=stage_log, takes=("accessLogSettings",)),
    ],
    "apigateway/usagePlan": [Call("apigateway", "CreateUsagePlan", {"throttleSettings": "throttle", "quotaSettings": "quota"}, takes="*")],
    "apigateway/usagePlanKey": [Call("apigateway", "CreateUsagePlanKey")],
    "apigatewayv2/api": [Call("apigatewayv2", "CreateApi")],
    "apigatewayv2/apiMapping": [Call("apigatewayv2", "CreateApiMapping")],
    "apigatewayv2/authorizer": [Call("apigatewayv2", "CreateAuthorizer", {"identitySources": "IdentitySource"})],
    "apigatewayv2/domainName": [Call("apigatewayv2", "CreateDomainName", {"domainNameConfiguration": "DomainNameConfigurations"})],
    "apigatewayv2/integration": [Call("apigatewayv2", "CreateIntegration", {"timeoutMilliseconds": "TimeoutInMillis"})],
    "apigatewayv2/route": [Call("apigatewayv2", "CreateRoute")],
    "apigatewayv2/stage": [
        Call("apigatewayv2", "CreateStage", form=lambda i: {"": without(i, "routeSettings", "name"), "StageName": i["name"], "RouteSettings": {r["routeKey"]: without(r, "routeKey") for r in i["routeSettings"]}}, takes="*")
    ],
    "apigatewayv2/vpcLink": [Call("apigatewayv2", "CreateVpcLink")],
    "budgets/budget": [Call("budgets", "CreateBudget", form=budget, takes="*")],
    "cloudfront/cachePolicy": [Call("cloudfront", "CreateCachePolicy", {"defaultTtl": "DefaultTTL", "minTtl": "MinTTL", "maxTtl": "MaxTTL"}, form=lambda i: {"CachePolicyConfig": dict(i)}, takes="*")],
    "cloudfront/distribution": [
        Call("cloudfront", "CreateDistribution", {
            "httpPort": "HTTPPort", "httpsPort": "HTTPSPort", "acmCertificateArn": "ACMCertificateArn", "sslSupportMethod": "SSLSupportMethod", "webAclId": "WebACLId",
            "isIpv6Enabled": "IsIPV6Enabled", "functionArn": "FunctionARN", "originId": "Id",
        }, form=distribution, takes=(
            "aliases", "comment", "defaultCacheBehavior", "defaultRootObject", "enabled", "httpVersion", "isIpv6Enabled", "orderedCacheBehaviors", "originGroups", "origins", "priceClass", "restrictions",
            "viewerCertificate", "webAclId")),
        cloudfront_tags("arn:aws:cloudfront::123456789012:distribution/E1"),
    ],
    "cloudfront/function": [
        Call("cloudfront", "CreateFunction", form=lambda i: {"Name": i["name"], "FunctionConfig": pick(i, "comment", "runtime"), "FunctionCode": i["code"]}, takes=("name", "comment", "runtime", "code")),
        Call("cloudfront", "PublishFunction", form=lambda i: {"Name": i["name"], "IfMatch": "E1"}, takes=("publish",)),
        cloudfront_tags("arn:aws:cloudfront::123456789012:function/one"),
    ],
    "cloudfront/monitoringSubscription": [Call("cloudfront", "CreateMonitoringSubscription")],
    "cloudfront/originAccessControl": [Call("cloudfront", "CreateOriginAccessControl", form=lambda i: {"OriginAccessControlConfig": dict(i)}, takes="*")],
    "cloudfront/responseHeadersPolicy": [Call("cloudfront", "CreateResponseHeadersPolicy", form=headers_policy, takes="*")],
    "cloudfront/vpcOrigin": [
        Call("cloudfront", "CreateVpcOrigin", {"httpPort": "HTTPPort", "httpsPort": "HTTPSPort"}, form=lambda i: {"": without(i, "tags"), "Tags": {"Items": tag_list(i)}}, takes="*")
    ],
    "cloudwatch/compositeAlarm": [Call("cloudwatch", "PutCompositeAlarm", {"okActions": "OKActions"})],
    "cloudwatch/dashboard": [Call("cloudwatch", "PutDashboard")],
    "cloudwatch/logDelivery": [Call("logs", "CreateDelivery", {"s3DeliveryConfigurations": "s3DeliveryConfiguration"})],
    "cloudwatch/logDeliveryDestination": [Call("logs", "PutDeliveryDestination", takes="*")],
    "cloudwatch/logDeliverySource": [Call("logs", "PutDeliverySource", takes="*")],
    "cloudwatch/queryDefinition": [Call("logs", "PutQueryDefinition")],
    "costexplorer/anomalyMonitor": [Call("ce", "CreateAnomalyMonitor", {"name": "MonitorName"}, form=lambda i: {"AnomalyMonitor": without(i, "tags"), "ResourceTags": tag_list(i)}, takes="*")],
    "costexplorer/anomalySubscription": [
        Call("ce", "CreateAnomalySubscription", {"monitorArnLists": "MonitorArnList", "name": "SubscriptionName", "dimension": "Dimensions"}, form=lambda i: {"AnomalySubscription": without(i, "tags"), "ResourceTags": tag_list(i)}, takes="*")
    ],
    "ec2/launchTemplate": [
        Call("ec2", "CreateLaunchTemplate", form=launch_template, takes=("name", "blockDeviceMappings", "metadataOptions", "monitoring", "tagSpecifications", "userData", "cpuOptions", "instanceType", "placement", "vpcSecurityGroupIds")),
        Call("ec2", "ModifyLaunchTemplate", form=lambda i: {"LaunchTemplateId": i["_id"], "DefaultVersion": "1"}, takes=("updateDefaultVersion",)),
        Call("ec2", "CreateTags", form=lambda i: {"Resources": [i["_id"]], "Tags": i["tags"]}, takes=("tags",)),
    ],
    "ecr/lifecyclePolicy": [Call("ecr", "PutLifecyclePolicy", {"repository": "repositoryName", "policy": "lifecyclePolicyText"})],
    "ecr/repository": [Call("ecr", "CreateRepository", {"name": "repositoryName", "encryptionConfigurations": "encryptionConfiguration"}, takes="*")],
    "ecs/cluster": [Call("ecs", "CreateCluster", {"name": "clusterName"}, takes="*")],
    "ecs/service": [Call("ecs", "CreateService", {"name": "serviceName"}, form=ecs_service, takes="*")],
    "ecs/taskDefinition": [Call("ecs", "RegisterTaskDefinition", form=task_definition, takes="*")],
    "efs/accessPoint": [
        Call("efs", "CreateAccessPoint", {"uid": "Uid", "gid": "Gid", "creationInfo": "CreationInfo"}, form=lambda i: {"": i, "ClientToken": "1"}, takes="*"),
    ],
    "efs/backupPolicy": [Call("efs", "PutBackupPolicy", takes="*")],
    "efs/fileSystem": [Call("efs", "CreateFileSystem", form=lambda i: {"": i, "CreationToken": "1"}, takes="*")],
    "efs/fileSystemPolicy": [Call("efs", "PutFileSystemPolicy", takes="*")],
    "efs/mountTarget": [Call("efs", "CreateMountTarget", takes="*")],
    "eks/addon": [
        Call("eks", "CreateAddon", form=lambda i: {"": without(i, "resolveConflictsOnCreate", "resolveConflictsOnUpdate"), "resolveConflicts": i["resolveConflictsOnCreate"]},
             takes=("addonName", "addonVersion", "clusterName", "configurationValues", "podIdentityAssociations", "resolveConflictsOnCreate", "tags")),
        Call("eks", "UpdateAddon", form=lambda i: {"clusterName": i["clusterName"], "addonName": i["addonName"], "resolveConflicts": i["resolveConflictsOnUpdate"]}, checked_only=True, takes=("resolveConflictsOnUpdate",)),
    ],
    "eks/nodeGroup": [Call("eks", "CreateNodegroup", {"name": "nodegroupName"}, form=node_group, takes="*")],
    "globalaccelerator/accelerator": [
        Call("globalaccelerator", "CreateAccelerator", form=lambda i: {"": without(i, "attributes"), "IdempotencyToken": "1"}, takes=("enabled", "ipAddressType", "tags", "name")),
        Call("globalaccelerator", "UpdateAcceleratorAttributes", form=lambda i: {"AcceleratorArn": i["_id"], "": i["attributes"]}, takes=("attributes",)),
    ],
    "globalaccelerator/endpointGroup": [
        Call("globalaccelerator", "CreateEndpointGroup", {"clientIpPreservationEnabled": "ClientIPPreservationEnabled"}, form=lambda i: {"": without(i, "trafficDialPercentage"), "TrafficDialPercentage": float(i["trafficDialPercentage"]), "IdempotencyToken": "1"}, takes="*")
    ],
    "globalaccelerator/listener": [Call("globalaccelerator", "CreateListener", form=lambda i: {"": i, "IdempotencyToken": "1"}, takes="*")],
    "lb/listener": [
        Call("elbv2", "CreateListener", form=listener, takes=("certificateArn", "defaultActions", "loadBalancerArn", "port", "protocol", "sslPolicy", "mutualAuthentication", "tags")),
        Call("elbv2", "ModifyListenerAttributes", form=lambda i: {"ListenerArn": i["_id"], "Attributes": attributes(i, LISTENER)}, takes=tuple(LISTENER), when="routingHttpResponseServerEnabled"),
    ],
    "lb/loadBalancer": [
        Call("elbv2", "CreateLoadBalancer", form=lambda i: {"": pick(i, "name", "securityGroups", "subnets", "tags"), "Type": i["loadBalancerType"], "Scheme": "internal" if i["internal"] else "internet-facing"},
             takes=("name", "securityGroups", "subnets", "tags", "loadBalancerType", "internal")),
        Call("elbv2", "ModifyLoadBalancerAttributes", form=balancer_attributes, takes=(*BALANCER, "accessLogs", "connectionLogs")),
        Call("elbv2", "ModifyCapacityReservation", form=lambda i: {"LoadBalancerArn": i["_id"], "MinimumLoadBalancerCapacity": i["minimumLoadBalancerCapacity"]}, takes=("minimumLoadBalancerCapacity",), when="minimumLoadBalancerCapacity"),
    ],
    "lb/targetGroup": [
        Call("elbv2", "CreateTargetGroup", form=target_group, takes=("name", "vpcId", "targetType", "protocol", "port", "healthCheck", "tags")),
        Call("elbv2", "ModifyTargetGroupAttributes", form=target_attributes, takes=(*TARGETS, "targetHealthStates"), when="deregistrationDelay"),
    ],
    "lb/targetGroupAttachment": [Call("elbv2", "RegisterTargets", form=lambda i: {"TargetGroupArn": i["targetGroupArn"], "Targets": [{"Id": i["targetId"], "Port": i["port"]}]}, takes="*")],
    "lb/trustStore": [Call("elbv2", "CreateTrustStore", takes="*")],
    "route53/healthCheck": [
        Call("route53", "CreateHealthCheck", {"fqdn": "FullyQualifiedDomainName", "enableSni": "EnableSNI"}, form=health_check,
             takes=("enableSni", "failureThreshold", "fqdn", "measureLatency", "port", "requestInterval", "resourcePath", "type", "cloudwatchAlarmName", "cloudwatchAlarmRegion", "insufficientDataHealthStatus")),
        Call("route53", "ChangeTagsForResource", form=lambda i: {"ResourceType": "healthcheck", "ResourceId": "one", "AddTags": i["tags"]}, takes=("tags",)),
    ],
    "route53/hostedZoneDnsSec": [Call("route53", "EnableHostedZoneDNSSEC", form=lambda i: {"HostedZoneId": i["hostedZoneId"]}, takes=("hostedZoneId", "signingStatus"))],
    "route53/keySigningKey": [Call("route53", "CreateKeySigningKey", form=lambda i: {"": i, "CallerReference": "1"}, takes="*")],
    "s3/bucketObjectv2": [Call("s3", "PutObject", form=lambda i: {"Bucket": i["bucket"], "Key": i["key"], "Body": "x", "Tagging": "&".join(f"{k}={v}" for k, v in i["tags"].items())}, takes="*")],
    "servicediscovery/privateDnsNamespace": [Call("servicediscovery", "CreatePrivateDnsNamespace")],
    "servicediscovery/service": [Call("servicediscovery", "CreateService", {"ttl": "TTL"})],
    "ssm/activation": [Call("ssm", "CreateActivation", form=lambda i: {"": without(i, "expirationDate")}, takes="*")],
    "ssm/document": [Call("ssm", "CreateDocument", takes="*")],
    "ssm/maintenanceWindow": [Call("ssm", "CreateMaintenanceWindow", takes="*")],
    "ssm/maintenanceWindowTarget": [Call("ssm", "RegisterTargetWithMaintenanceWindow")],
    "ssm/maintenanceWindowTask": [Call("ssm", "RegisterTaskWithMaintenanceWindow", form=window_task, takes="*")],
    "ssm/parameter": [Call("ssm", "PutParameter")],
    "ssm/patchBaseline": [Call("ssm", "CreatePatchBaseline", form=patch_baseline, takes="*")],
    "ssm/patchGroup": [Call("ssm", "RegisterPatchBaselineForPatchGroup")],
    "synthetics/canary": [
        Call("synthetics", "CreateCanary", form=canary, takes=(
            "name", "artifactConfig", "artifactS3Location", "deleteLambda", "executionRoleArn", "failureRetentionPeriod", "handler", "kmsKeyArn", "runConfig", "runtimeVersion", "s3Bucket", "s3Key", "s3Version", "schedule",
            "successRetentionPeriod", "tags")),
        Call("synthetics", "StartCanary", form=lambda i: {"Name": i["name"]}, takes=("startCanary",)),
    ],
    "wafv2/webAclAssociation": [Call("wafv2", "AssociateWebACL")],
    "xray/group": [Call("xray", "CreateGroup")],
    "xray/samplingRule": [
        Call("xray", "CreateSamplingRule", {"resourceArn": "ResourceARN", "httpMethod": "HTTPMethod", "urlPath": "URLPath"}, form=lambda i: {"SamplingRule": {**without(i, "tags", "fixedRate"), "fixedRate": float(i["fixedRate"])}, "Tags": tag_list(i)}, takes="*")
    ],
}

NAMED = {
    "apigateway/apiKey", "apigateway/restApi", "apigateway/usagePlan", "apigatewayv2/api", "apigatewayv2/authorizer", "apigatewayv2/vpcLink", "budgets/budget", "cloudfront/cachePolicy", "cloudfront/function",
    "cloudfront/originAccessControl", "cloudfront/responseHeadersPolicy", "cloudwatch/logDeliveryDestination", "cloudwatch/logDeliverySource", "costexplorer/anomalyMonitor", "costexplorer/anomalySubscription",
    "ec2/launchTemplate", "ecr/repository", "ecs/cluster", "ecs/service", "eks/nodeGroup", "globalaccelerator/accelerator", "lb/loadBalancer", "lb/targetGroup", "lb/trustStore", "ssm/document", "ssm/maintenanceWindow",
    "ssm/patchBaseline", "synthetics/canary",
}

# Nothing is called: the provider waits until ACM has seen the record.
ADOPTED = {"acm/certificateValidation"}
