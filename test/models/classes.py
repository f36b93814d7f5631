"""What cfn-lint knows and the service models do not: the classes of machines that each region offers, and which values go together."""

import json
from importlib.util import find_spec
from pathlib import Path

import jsonschema

EXTENSIONS = Path(find_spec("cfnlint").origin).parent / "data" / "schemas" / "extensions"

# Parameters whose values differ between regions, with cfn-lint's list of them.
CLASSES = {
    "mq:CreateBroker.HostInstanceType": "aws_amazonmq_broker/instancetype_enum.json",
    "redshift:CreateCluster.NodeType": "aws_redshift_cluster/nodetype_enum.json",
    "opensearch:CreateDomain.ClusterConfig.InstanceType": "aws_opensearchservice_domain/clusterconfig_instancetype_enum.json",
    "opensearch:CreateDomain.ClusterConfig.DedicatedMasterType": "aws_opensearchservice_domain/clusterconfig_instancetype_enum.json",
    "elasticache:CreateReplicationGroup.CacheNodeType": "aws_elasticache_cachecluster/cachenodetype_enum.json",
    "elasticache:CreateCacheCluster.CacheNodeType": "aws_elasticache_cachecluster/cachenodetype_enum.json",
}

# Parameters are named as CloudFormation's properties here, so its schemas of what goes together hold for the request too.
COMBINATIONS = {
    "rds:CreateDBCluster": "aws_rds_dbcluster",
    "rds:CreateDBInstance": "aws_rds_dbinstance",
    "elasticache:CreateReplicationGroup": "aws_elasticache_replicationgroup",
    "elasticache:CreateCacheCluster": "aws_elasticache_cachecluster",
    "cloudwatch:PutMetricAlarm": "aws_cloudwatch_alarm",
    "dynamodb:CreateTable": "aws_dynamodb_table",
    "lambda:CreateFunction": "aws_lambda_function",
    "lambda:AddPermission": "aws_lambda_permission",
    "sns:Subscribe": "aws_sns_subscription",
}


def class_faults(operation, parameters, regions):
    """Faults of classes that one of `regions` does not offer."""
    found = []
    for path, file in CLASSES.items():
        if not path.startswith(f"{operation}."):
            continue
        value = parameters
        for name in path[len(operation) + 1 :].split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if value is None:
            continue
        offered = json.loads((EXTENSIONS / file).read_text())
        found += [f"{path}: {value!r} is not offered in {region}" for region in regions if value not in offered[region]["enum"]]
    return found


def combination_faults(operation, parameters):
    """Faults of values that do not go together."""
    folder = COMBINATIONS.get(operation)
    if folder is None:
        return []
    found = []
    for file in sorted((EXTENSIONS / folder).glob("*.json")):
        schema = json.loads(file.read_text())
        # Lists by region are read above; what is merely old is no fault.
        if any("-" in key for key in schema) or file.stem.endswith(("_warning", "_deprecated")) or not any(k in schema for k in ("if", "allOf", "anyOf", "oneOf", "dependentRequired", "dependentExcluded", "properties")):
            continue
        for error in jsonschema.Draft7Validator(schema).iter_errors(parameters):
            said = schema.get("description") or error.message[:200]
            found.append(f"{operation}: {file.stem}: {said}")
    return found
