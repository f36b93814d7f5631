/** Every system of the platform is in the plan of the region, of the global stack or of the records' account, with its price, and with rules that judge it. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { overlap, parseRange } from "bourse";
import { findProject, type Plan, planStack } from "../../plan";
import { rules } from "../../policy/rules";

/** The systems, layer by layer, and the resources that they are. `judged`: a rule of the policy pack is about one of them. */
const systems: { system: string; stack: "global" | "us-east-1" | "records"; types: string[]; judged?: false }[] = [
  {
    system: "CloudFront",
    stack: "global",
    types: ["aws:cloudfront/distribution:Distribution", "aws:cloudfront/originAccessControl:OriginAccessControl"],
  },
  {
    system: "WAF at the edge",
    stack: "global",
    types: ["aws:wafv2/webAcl:WebAcl", "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"],
  },
  {
    system: "WAF on load balancers",
    stack: "us-east-1",
    types: ["aws:wafv2/webAcl:WebAcl", "aws:wafv2/webAclAssociation:WebAclAssociation"],
  },
  { system: "Route 53 zone and records", stack: "global", types: ["aws:route53/zone:Zone", "aws:route53/record:Record"] },
  { system: "Route 53 latency records of a region", stack: "us-east-1", types: ["aws:route53/record:Record"], judged: false },
  {
    system: "Global Accelerator",
    stack: "global",
    types: ["aws:globalaccelerator/accelerator:Accelerator", "aws:globalaccelerator/listener:Listener"],
    judged: false,
  },
  {
    system: "Global Accelerator, a region's endpoints",
    stack: "us-east-1",
    types: ["aws:globalaccelerator/endpointGroup:EndpointGroup"],
    judged: false,
  },
  { system: "Load balancers", stack: "us-east-1", types: ["aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup"] },
  {
    system: "EKS",
    stack: "us-east-1",
    types: [
      "eks:index:Cluster",
      "aws:eks/nodeGroup:NodeGroup",
      "aws:ec2/placementGroup:PlacementGroup",
      "aws:eks/podIdentityAssociation:PodIdentityAssociation",
    ],
  },
  {
    system: "The services, each its own deployment",
    stack: "us-east-1",
    types: ["kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet", "kubernetes:keda.sh/v1alpha1:ScaledObject"],
  },
  {
    system: "API Gateway",
    stack: "us-east-1",
    types: [
      "aws:apigatewayv2/api:Api",
      "aws:apigatewayv2/route:Route",
      "aws:apigatewayv2/stage:Stage",
      "aws:apigatewayv2/authorizer:Authorizer",
      "aws:apigatewayv2/vpcLink:VpcLink",
      "aws:apigatewayv2/domainName:DomainName",
    ],
  },
  { system: "Lambda, the authorizer", stack: "us-east-1", types: ["aws:lambda/function:Function", "aws:lambda/permission:Permission"] },
  {
    system: "Lambda, the renewal of the origin header",
    stack: "global",
    types: ["aws:lambda/function:Function", "aws:secretsmanager/secretRotation:SecretRotation", "aws:cloudfront/function:Function"],
  },
  { system: "SQS", stack: "us-east-1", types: ["aws:sqs/queue:Queue", "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"] },
  { system: "SNS", stack: "us-east-1", types: ["aws:sns/topic:Topic", "aws:sns/topicSubscription:TopicSubscription"] },
  { system: "SES", stack: "us-east-1", types: ["aws:sesv2/emailIdentity:EmailIdentity", "aws:sesv2/configurationSet:ConfigurationSet"] },
  { system: "Amazon MQ", stack: "us-east-1", types: ["aws:mq/broker:Broker"] },
  {
    system: "Aurora PostgreSQL",
    stack: "us-east-1",
    types: ["aws:rds/cluster:Cluster", "aws:rds/clusterInstance:ClusterInstance", "aws:rds/globalCluster:GlobalCluster"],
  },
  { system: "DynamoDB", stack: "us-east-1", types: ["aws:dynamodb/table:Table"] },
  { system: "Redis", stack: "us-east-1", types: ["aws:elasticache/replicationGroup:ReplicationGroup"] },
  { system: "Memcached", stack: "us-east-1", types: ["aws:elasticache/cluster:Cluster"] },
  { system: "OpenSearch", stack: "us-east-1", types: ["aws:opensearch/domain:Domain"] },
  { system: "Kinesis Data Streams", stack: "us-east-1", types: ["aws:kinesis/stream:Stream"] },
  { system: "Firehose", stack: "us-east-1", types: ["aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"] },
  { system: "Managed Flink", stack: "us-east-1", types: ["aws:kinesisanalyticsv2/application:Application"] },
  { system: "Redshift", stack: "us-east-1", types: ["aws:redshift/cluster:Cluster"] },
  { system: "MSK", stack: "us-east-1", types: ["aws:msk/cluster:Cluster"] },
  { system: "S3", stack: "us-east-1", types: ["aws:s3/bucket:Bucket"] },
  { system: "Backups", stack: "us-east-1", types: ["aws:backup/vault:Vault", "aws:backup/plan:Plan"] },
  { system: "The archive in another account", stack: "records", types: ["aws:s3/bucket:Bucket", "aws:kms/key:Key"] },
  { system: "Copies of backups in another account", stack: "records", types: ["aws:backup/vault:Vault"] },
  {
    system: "CloudWatch",
    stack: "us-east-1",
    types: [
      "aws:cloudwatch/dashboard:Dashboard",
      "aws:cloudwatch/metricAlarm:MetricAlarm",
      "aws:cloudwatch/logGroup:LogGroup",
      "aws:cloudwatch/queryDefinition:QueryDefinition",
    ],
  },
  { system: "X-Ray", stack: "us-east-1", types: ["aws:xray/group:Group", "aws:xray/samplingRule:SamplingRule"], judged: false },
  { system: "AWS Config", stack: "us-east-1", types: ["aws:cfg/recorder:Recorder", "aws:cfg/rule:Rule"] },
  {
    system: "Systems Manager",
    stack: "us-east-1",
    types: ["aws:ssm/parameter:Parameter", "aws:ssm/document:Document", "aws:ssm/maintenanceWindow:MaintenanceWindow"],
  },
  {
    system: "Budgets and cost anomalies",
    stack: "us-east-1",
    types: ["aws:budgets/budget:Budget", "aws:costexplorer/anomalyMonitor:AnomalyMonitor"],
    judged: false,
  },
  {
    system: "IAM",
    stack: "us-east-1",
    types: ["aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy", "aws:iam/accountPasswordPolicy:AccountPasswordPolicy"],
  },
  { system: "KMS", stack: "us-east-1", types: ["aws:kms/key:Key"] },
  { system: "Secrets Manager", stack: "us-east-1", types: ["aws:secretsmanager/secret:Secret"] },
  { system: "Private certificates", stack: "us-east-1", types: ["aws:acmpca/certificateAuthority:CertificateAuthority"] },
  { system: "Security Hub", stack: "us-east-1", types: ["aws:securityhub/account:Account"] },
  { system: "GuardDuty", stack: "us-east-1", types: ["aws:guardduty/detector:Detector"] },
  { system: "Inspector", stack: "us-east-1", types: ["aws:inspector2/enabler:Enabler"] },
  { system: "Macie", stack: "us-east-1", types: ["aws:macie2/account:Account"] },
  { system: "CloudTrail", stack: "us-east-1", types: ["aws:cloudtrail/trail:Trail"] },
  {
    system: "VPC",
    stack: "us-east-1",
    types: [
      "aws:ec2/vpc:Vpc",
      "aws:ec2/subnet:Subnet",
      "aws:ec2/networkAcl:NetworkAcl",
      "aws:ec2/natGateway:NatGateway",
      "aws:ec2/vpcEndpoint:VpcEndpoint",
      "aws:ec2/flowLog:FlowLog",
    ],
  },
  { system: "Market makers' access", stack: "us-east-1", types: ["aws:ec2/vpcEndpointService:VpcEndpointService"] },
];

// Two plans of up to 800 resources; a busy machine takes seconds for each.
describe("The plans of the stacks", function () {
  this.timeout(300_000);
  const plans: Record<string, Plan> = {};

  before(async () => {
    const project = findProject(join(__dirname, "../.."));
    for (const stack of ["global", "records", "us-east-1", "us-west-2"])
      plans[stack] = await planStack(project, stack, { day: "2026-01-01" });
  });

  for (const { system, stack, types, judged = true } of systems) {
    it(`show ${system}, with its price${judged ? " and rules about it" : ""}`, () => {
      const { resources, cost } = plans[stack];
      const unknown = cost.unpriced.filter(({ reason }) => reason === "no estimator for this type").map(({ type }) => type);
      for (const type of types) {
        assert.ok(
          resources.some((resource) => resource.type === type),
          `no ${type} in ${stack}`,
        );
        assert.ok(!unknown.includes(type), `${type} has no estimator, and is not known to be free`);
      }
      const about = rules.filter((rule) => rule.types.some((type) => types.includes(type)));
      if (judged) assert.ok(about.length > 0, `no rule is about ${types.join(", ")}`);
    });
  }

  it("break no mandatory rule", () => {
    for (const [stack, { findings }] of Object.entries(plans)) {
      const broken = findings.filter(({ severity }) => severity === "mandatory").map(({ rule, name }) => `${rule} ${name}`);
      assert.deepEqual(broken, [], stack);
    }
  });

  it("route each region to the other's range over one peering, and to nothing else", () => {
    const routes = (stack: string) =>
      plans[stack].resources
        .filter(({ type, inputs }) => type === "aws:ec2/route:Route" && inputs.vpcPeeringConnectionId !== undefined)
        .map(({ region, inputs }) => `${region} ${inputs.destinationCidrBlock}`);
    assert.deepEqual(routes("us-east-1"), [], "the region that joins makes both sides");
    const both = routes("us-west-2");
    assert.deepEqual([...new Set(both)].sort(), ["us-east-1 10.17.0.0/16", "us-west-2 10.16.0.0/16"]);
    assert.equal(both.length, 6);
  });

  it("open the first region's private network to the second on the shard's port alone, and the other way round", () => {
    const rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
    const ways: [to: string, from: string, address: string][] = [
      ["us-east-1", "us-west-2", "10.17.3.4"],
      ["us-west-2", "us-east-1", "10.16.3.4"],
    ];
    for (const [to, from, address] of ways) {
      // What admits an address of the other region, made by this stack or by that which joins.
      const admitting = [...plans[to].resources, ...plans[from].resources].filter(
        ({ type, region, inputs }) => type === rule && region === to && inRange(String(inputs.cidrIpv4 ?? "255.255.255.255/32"), address),
      );
      // Groups that clients reach from the internet are of load balancers in the public tier.
      const inside = admitting.filter(({ inputs }) => inputs.cidrIpv4 !== "0.0.0.0/0");
      assert.deepEqual(
        inside.map(({ inputs }) => [inputs.ipProtocol, inputs.fromPort, inputs.toPort]),
        [["tcp", 7400, 7400]],
        to,
      );
      const groups = plans[to].resources.filter(({ type }) => type === "aws:ec2/securityGroup:SecurityGroup");
      assert.deepEqual(
        groups
          .filter(({ inputs }) => inputs.ingress !== undefined && JSON.stringify(inputs.ingress).includes("cidr"))
          .map(({ name }) => name),
        [],
      );
      const balancer = plans[to].resources.find(({ name }) => name === "bourse-shard-balancer");
      assert.deepEqual(
        balancer?.references.securityGroups?.map((urn) => urn.split("::").at(-1)),
        ["bourse-link-entrance"],
      );
      // Lists of the private tier let it in by the first entry that says anything of it, and its answers out.
      const list = plans[to].resources.find(({ name }) => name === "bourse-network-private-acl");
      assert.equal(verdictOf(list?.inputs.ingress as Entry[], address, 7400), "allow", to);
      assert.equal(verdictOf(list?.inputs.ingress as Entry[], address, 443), "deny", to);
      assert.equal(verdictOf(list?.inputs.egress as Entry[], address, 50_000), "allow", to);
    }
  });

  it("have every hop of a region at the reference load or above, but for the one shard that the exchange runs as yet", () => {
    for (const stack of ["us-east-1", "us-west-2"]) {
      const sizes = plans[stack].capacity.sizes;
      const below = sizes.filter(({ state }) => state === "below").map(({ name, planned }) => [name, planned]);
      assert.deepEqual(below, [["shards", 1]], stack);
      const enough = sizes.filter(({ state }) => state === "enough").map(({ name }) => name);
      assert.ok(enough.length >= 16, `${stack}: ${enough.join(", ")}`);
    }
  });

  it("have copies of the archived log and of every backup in another region, which an account that only keeps records owns", () => {
    const { resources } = plans["us-east-1"];
    const copies = resources.filter(({ type }) => type === "aws:s3/bucketReplicationConfig:BucketReplicationConfig");
    const destinationOf = ({ inputs }: (typeof copies)[number]) =>
      (inputs.rules as { destination: { bucket: string; account: string } }[])[0].destination;
    assert.deepEqual(
      copies.map((copy) => [copy.name, destinationOf(copy).bucket, destinationOf(copy).account]),
      [["bourse-data-lake-archive-copy", "arn:aws:s3:::exchange-example-records-archive", "222233334444"]],
    );
    const [plan] = resources.filter(({ type }) => type === "aws:backup/plan:Plan");
    const rules = plan.inputs.rules as { copyActions: { destinationVaultArn: string }[] }[];
    assert.deepEqual(
      rules.map(({ copyActions }) => copyActions.map(({ destinationVaultArn }) => destinationVaultArn)),
      [["arn:aws:backup:us-west-2:222233334444:backup-vault:records"]],
    );
  });

  it("have a second region that joins with replicas of keys, tables and database, in addresses of its own", () => {
    const { resources } = plans["us-west-2"];
    const types = (type: string) => resources.filter((resource) => resource.type === type);
    assert.deepEqual(
      types("aws:kms/replicaKey:ReplicaKey")
        .map(({ name }) => name)
        .sort(),
      ["bourse-keys-data", "bourse-keys-secret", "bourse-keys-stream"],
    );
    assert.deepEqual(types("aws:dynamodb/tableReplica:TableReplica").length, 3);
    assert.deepEqual([types("aws:dynamodb/table:Table").length, types("aws:rds/globalCluster:GlobalCluster").length], [0, 0]);
    assert.equal(types("aws:rds/cluster:Cluster")[0].inputs.globalClusterIdentifier, "bourse");
    assert.deepEqual(
      [...new Set(types("aws:globalaccelerator/endpointGroup:EndpointGroup").map(({ inputs }) => inputs.endpointGroupRegion))],
      ["us-west-2"],
    );
    const sets = types("kubernetes:apps/v1:StatefulSet");
    assert.deepEqual(
      sets.map(({ name }) => name),
      ["bourse-services-trading-set"],
    );
    assert.match(JSON.stringify(sets[0].inputs), /"BOURSE_MEMBER","value":"copy"/, "a second shard would be a second exchange");
    const entrances = ["us-east-1", "us-west-2"].flatMap((stack) =>
      plans[stack].resources
        .filter(({ inputs }) => inputs.failoverRoutingPolicies !== undefined)
        .map(({ inputs }) => inputs.failoverRoutingPolicies),
    );
    // Of the shard, and of the account API, which writes where the database does.
    assert.deepEqual(
      entrances,
      ["PRIMARY", "PRIMARY", "SECONDARY", "SECONDARY"].map((type) => [{ type }]),
    );
    const latency = types("aws:route53/record:Record").filter(({ inputs }) => inputs.latencyRoutingPolicies !== undefined);
    assert.ok(latency.length > 0);
    assert.equal(types("aws:ec2/vpc:Vpc")[0].inputs.cidrBlock, "10.17.0.0/16");
    assert.equal(plans["us-east-1"].resources.find(({ type }) => type === "aws:ec2/vpc:Vpc")?.inputs.cidrBlock, "10.16.0.0/16");
  });
});

interface Entry {
  ruleNo: number;
  action: string;
  protocol: string;
  cidrBlock?: string;
  fromPort: number;
  toPort: number;
}

/** What a network ACL does with a TCP segment: the first entry that is about it decides, and the last of all denies. */
function verdictOf(entries: readonly Entry[], address: string, port: number): string {
  const about = ({ protocol, cidrBlock = "255.255.255.255/32", fromPort, toPort }: Entry) =>
    inRange(cidrBlock, address) && (protocol === "-1" || (protocol === "tcp" && fromPort <= port && port <= toPort));
  return [...entries].sort((one, other) => one.ruleNo - other.ruleNo).find(about)?.action ?? "deny";
}

function inRange(cidr: string, address: string): boolean {
  const range = parseRange(cidr);
  const host = parseRange(`${address}/32`);
  return range !== undefined && host !== undefined && overlap(range, host);
}
