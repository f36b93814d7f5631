"""Readings of what stands around the stores: edge, ingress, observability. Merged into `readings.py`."""


def pairs(attributes):
    return {each["Key"]: each["Value"] for each in attributes}


def entrance(Reading, by, listed):
    """@return where the server says what it made, and how it is read back"""
    made = {
        "acm:RequestCertificate": [("CertificateArn", "id"), ("CertificateArn", "arn")],
        "apigatewayv2:CreateApi": [("ApiId", "id")],
        "apigatewayv2:CreateAuthorizer": [("AuthorizerId", "id")],
        "apigatewayv2:CreateIntegration": [("IntegrationId", "id")],
        "apigatewayv2:CreateVpcLink": [("VpcLinkId", "id")],
        "ec2:CreateLaunchTemplate": [("LaunchTemplate.LaunchTemplateId", "id")],
        "elbv2:CreateListener": [("Listeners.0.ListenerArn", "id"), ("Listeners.0.ListenerArn", "arn")],
        "elbv2:CreateLoadBalancer": [("LoadBalancers.0.LoadBalancerArn", "id"), ("LoadBalancers.0.LoadBalancerArn", "arn")],
        "elbv2:CreateTargetGroup": [("TargetGroups.0.TargetGroupArn", "id"), ("TargetGroups.0.TargetGroupArn", "arn")],
        "logs:PutDeliveryDestination": [("deliveryDestination.arn", "arn")],
        "route53:CreateHealthCheck": [("HealthCheck.Id", "id")],
        "ssm:CreateMaintenanceWindow": [("WindowId", "id")],
        "ssm:CreatePatchBaseline": [("BaselineId", "id")],
        "ssm:RegisterTargetWithMaintenanceWindow": [("WindowTargetId", "id")],
        "wafv2:CreateWebACL": [("Summary.Id", "id"), ("Summary.ARN", "arn")],
    }
    attributes = lambda of, operation, key: Reading(f"elbv2:{of}", "elbv2", operation, by(**{key: "@id"}), "Attributes", lambda request: pairs(request["Attributes"]), read=pairs)
    readings = {
        "acm/certificate": [Reading("acm:RequestCertificate", "acm", "DescribeCertificate", by(CertificateArn="@id"), "Certificate", skip=("KeyAlgorithm",))],
        "apigatewayv2/api": [Reading("apigatewayv2:CreateApi", "apigatewayv2", "GetApi", by(ApiId="@id"))],
        "apigatewayv2/authorizer": [Reading("apigatewayv2:CreateAuthorizer", "apigatewayv2", "GetAuthorizer", by(ApiId="ApiId", AuthorizerId="@id"))],
        "apigatewayv2/integration": [Reading("apigatewayv2:CreateIntegration", "apigatewayv2", "GetIntegration", by(ApiId="ApiId", IntegrationId="@id"))],
        "apigatewayv2/domainName": [Reading("apigatewayv2:CreateDomainName", "apigatewayv2", "GetDomainName", by(DomainName="DomainName"))],
        "apigatewayv2/stage": [Reading("apigatewayv2:CreateStage", "apigatewayv2", "GetStage", by(ApiId="ApiId", StageName="StageName"))],
        "apigatewayv2/vpcLink": [Reading("apigatewayv2:CreateVpcLink", "apigatewayv2", "GetVpcLink", by(VpcLinkId="@id"))],
        "cloudwatch/dashboard": [Reading("cloudwatch:PutDashboard", "cloudwatch", "GetDashboard", by(DashboardName="DashboardName"))],
        "ecr/repository": [Reading("ecr:CreateRepository", "ecr", "DescribeRepositories", listed(repositoryNames="repositoryName"), "repositories.0")],
        "ecr/lifecyclePolicy": [Reading("ecr:PutLifecyclePolicy", "ecr", "GetLifecyclePolicy", by(repositoryName="repositoryName"))],
        "lb/listener": [Reading("elbv2:CreateListener", "elbv2", "DescribeListeners", listed(ListenerArns="@id"), "Listeners.0")],
        "lb/loadBalancer": [
            Reading("elbv2:CreateLoadBalancer", "elbv2", "DescribeLoadBalancers", listed(LoadBalancerArns="@id"), "LoadBalancers.0"),
            attributes("ModifyLoadBalancerAttributes", "DescribeLoadBalancerAttributes", "LoadBalancerArn"),
        ],
        "lb/targetGroup": [
            Reading("elbv2:CreateTargetGroup", "elbv2", "DescribeTargetGroups", listed(TargetGroupArns="@id"), "TargetGroups.0"),
            attributes("ModifyTargetGroupAttributes", "DescribeTargetGroupAttributes", "TargetGroupArn"),
        ],
        "route53/healthCheck": [Reading("route53:CreateHealthCheck", "route53", "GetHealthCheck", by(HealthCheckId="@id"), "HealthCheck")],
        "ssm/document": [Reading("ssm:CreateDocument", "ssm", "GetDocument", by(Name="Name"))],
        "ssm/maintenanceWindow": [Reading("ssm:CreateMaintenanceWindow", "ssm", "GetMaintenanceWindow", by(WindowId="@id"))],
        "ssm/parameter": [Reading("ssm:PutParameter", "ssm", "GetParameter", by(Name="Name"), "Parameter")],
        "wafv2/webAcl": [Reading("wafv2:CreateWebACL", "wafv2", "GetWebACL", lambda r, q: {"Name": q["Name"], "Scope": q["Scope"], "Id": r["id"]}, "WebACL")],
    }
    return made, readings
