/** Fixed outputs of resources: the ids, ARNs, names and endpoints that a provider would compute, the same on every run. */

import { createHash } from "node:crypto";

/** What a fixture may depend on. */
export interface ResourceFacts {
  urn: string;
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  accountId: string;
  region: string;
}

export interface FixtureOutputs {
  /** Physical id. @default the logical name */
  id?: string;
  outputs: Record<string, unknown>;
}

export type OutputFixture = (resource: ResourceFacts) => FixtureOutputs;

/** Outputs of a resource: an id and ARN for every AWS type, and the particular outputs of the types listed in this file. */
export function fixtureOutputs(resource: ResourceFacts, over: Record<string, OutputFixture>): FixtureOutputs {
  const own = over[resource.type] ?? particular[resource.type];
  const found = own?.(resource);
  if (!resource.type.startsWith("aws:")) return { ...found, outputs: defined(found?.outputs ?? {}) };
  const name = physicalName(resource);
  const id = ec2Id(resource) ?? name;
  const general = { arn: arnOf(resource, id), name, region: resource.region };
  const withId =
    found?.id === undefined ? general : { ...general, arn: found.id.startsWith("arn:") ? found.id : arnOf(resource, found.id) };
  return { id: found?.id ?? id, outputs: defined({ ...withId, ...found?.outputs }) };
}

/** Without undefined values, which the wire form does not know. */
function defined(outputs: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(outputs));
}

/** The name argument when it is given, else the logical name; the provider would add random characters to the latter. */
function physicalName({ inputs, name }: ResourceFacts): string {
  const given = nameArguments.map((argument) => inputs[argument]).find((value) => typeof value === "string");
  // The ending that SQS and SNS ask for; the provider adds it to names that it makes.
  const ending = inputs.fifoQueue === true || inputs.fifoTopic === true ? ".fifo" : "";
  return (given as string | undefined) ?? `${name}${ending}`;
}

/** Arguments by which services take a resource's name, the more particular first. */
const nameArguments = [
  "clusterIdentifier",
  "identifier",
  "replicationGroupId",
  "clusterId",
  "brokerName",
  "domainName",
  "bucket",
  "nodeGroupName",
  "clusterName",
  "name",
];

/** Prefixes of ids in the EC2 service: "Resource IDs" in the Amazon EC2 guide. */
const ec2Prefixes: Record<string, string> = {
  vpc: "vpc",
  defaultVpc: "vpc",
  subnet: "subnet",
  securityGroup: "sg",
  defaultSecurityGroup: "sg",
  routeTable: "rtb",
  defaultRouteTable: "rtb",
  networkAcl: "acl",
  defaultNetworkAcl: "acl",
  internetGateway: "igw",
  egressOnlyInternetGateway: "eigw",
  natGateway: "nat",
  eip: "eipalloc",
  vpcEndpoint: "vpce",
  vpcEndpointService: "vpce-svc",
  vpcPeeringConnection: "pcx",
  flowLog: "fl",
  launchTemplate: "lt",
  placementGroup: "pg",
  networkInterface: "eni",
  instance: "i",
  vpcDhcpOptions: "dopt",
  managedPrefixList: "pl",
};

const transitPrefixes: Record<string, string> = {
  transitGateway: "tgw",
  routeTable: "tgw-rtb",
  vpcAttachment: "tgw-attach",
  peeringAttachment: "tgw-attach",
  peeringAttachmentAccepter: "tgw-attach",
};

function ec2Id(resource: ResourceFacts): string | undefined {
  const prefixes = { ec2: ec2Prefixes, ec2transitgateway: transitPrefixes }[resource.type.split(/[:/]/)[1]];
  const prefix = prefixes?.[moduleOf(resource.type)];
  return prefix === undefined ? undefined : `${prefix}-${hexOf(resource.urn, 17)}`;
}

/** `rds/cluster` of `aws:rds/cluster:Cluster` has module `cluster`. */
function moduleOf(type: string): string {
  return type.split(":")[1].split("/")[1] ?? "";
}

/** `digits` hexadecimal digits that stand for `text`. */
export function hexOf(text: string, digits: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, digits);
}

/** A UUID that stands for `text`. */
function uuidOf(text: string): string {
  const hex = hexOf(text, 32);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** ARN by "Actions, resources, and condition keys" of each service; types without an entry get `<service>:<module>/<id>`. */
function arnOf(resource: ResourceFacts, id: string): string {
  const [service, module] = resource.type.split(":")[1].split("/");
  const form = arnForms[`${service}/${module}`];
  const { region, accountId } = resource;
  const filled = (form ?? `${arnServices[service] ?? service}:R:A:${kebab(module ?? "")}/N`).split(":");
  const parts = filled.map((part, index) => {
    if (index === 1 && part === "R") return region;
    if (index === 2 && part === "A") return accountId;
    return part.replace(/\bN\b/, id).replace(/\bU\b/, uuidOf(resource.urn)).replace(/\bH\b/, hexOf(resource.urn, 16));
  });
  return `arn:aws:${parts.join(":")}`;
}

/** SDK modules whose service is called otherwise in ARNs. */
const arnServices: Record<string, string> = {
  acmpca: "acm-pca",
  lb: "elasticloadbalancing",
  msk: "kafka",
  opensearch: "es",
  mq: "mq",
  sesv2: "ses",
  alb: "elasticloadbalancing",
};

/** R region, A account, N name or id, U a UUID, H hexadecimal digits. */
const arnForms: Record<string, string> = {
  "acm/certificate": "acm:R:A:certificate/U",
  "backup/vault": "backup:R:A:backup-vault:N",
  "cloudfront/function": "cloudfront::A:function/N",
  "cloudfront/distribution": "cloudfront::A:distribution/N",
  "cloudwatch/metricAlarm": "cloudwatch:R:A:alarm:N",
  "cloudwatch/compositeAlarm": "cloudwatch:R:A:alarm:N",
  "cloudwatch/dashboard": "cloudwatch::A:dashboard/N",
  "cloudwatch/logGroup": "logs:R:A:log-group:N",
  "cloudwatch/eventRule": "events:R:A:rule/N",
  "dynamodb/table": "dynamodb:R:A:table/N",
  "ec2/vpcEndpointService": "ec2:R:A:vpc-endpoint-service/N",
  "ecr/repository": "ecr:R:A:repository/N",
  "eks/cluster": "eks:R:A:cluster/N",
  "elasticache/replicationGroup": "elasticache:R:A:replicationgroup:N",
  "elasticache/cluster": "elasticache:R:A:cluster:N",
  "elasticache/user": "elasticache:R:A:user:N",
  "globalaccelerator/accelerator": "globalaccelerator::A:accelerator/U",
  "iam/role": "iam::A:role/N",
  "iam/policy": "iam::A:policy/N",
  "iam/user": "iam::A:user/N",
  "iam/instanceProfile": "iam::A:instance-profile/N",
  "iam/openIdConnectProvider": "iam::A:oidc-provider/N",
  "kinesis/stream": "kinesis:R:A:stream/N",
  "kinesis/firehoseDeliveryStream": "firehose:R:A:deliverystream/N",
  "kinesis/streamConsumer": "kinesis:R:A:stream/consumer/N",
  "kinesisanalyticsv2/application": "kinesisanalytics:R:A:application/N",
  "kms/key": "kms:R:A:key/N",
  "kms/replicaKey": "kms:R:A:key/N",
  "kms/alias": "kms:R:A:N",
  "lambda/function": "lambda:R:A:function:N",
  "lb/loadBalancer": "elasticloadbalancing:R:A:loadbalancer/net/N/H",
  "lb/targetGroup": "elasticloadbalancing:R:A:targetgroup/N/H",
  "lb/listener": "elasticloadbalancing:R:A:listener/net/N/H/H",
  "mq/broker": "mq:R:A:broker:N:U",
  "msk/cluster": "kafka:R:A:cluster/N/U",
  "opensearch/domain": "es:R:A:domain/N",
  "rds/cluster": "rds:R:A:cluster:N",
  "rds/clusterInstance": "rds:R:A:db:N",
  "rds/globalCluster": "rds::A:global-cluster:N",
  "rds/proxy": "rds:R:A:db-proxy:prx-H",
  "redshift/cluster": "redshift:R:A:cluster:N",
  "route53/zone": "route53:::hostedzone/N",
  "route53/healthCheck": "route53:::healthcheck/U",
  "s3/bucket": "s3:::N",
  "s3/bucketV2": "s3:::N",
  "secretsmanager/secret": "secretsmanager:R:A:secret:N-AbCdEf",
  "sesv2/emailIdentity": "ses:R:A:identity/N",
  "sns/topic": "sns:R:A:N",
  "sqs/queue": "sqs:R:A:N",
  "ssm/parameter": "ssm:R:A:parameter/N",
  "wafv2/webAcl": "wafv2:R:A:regional/webacl/N/U",
};

function kebab(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function zoneCountOf(inputs: Record<string, unknown>): number {
  if (Array.isArray(inputs.availabilityZoneNames)) return inputs.availabilityZoneNames.length;
  return typeof inputs.numberOfAvailabilityZones === "number" ? inputs.numberOfAvailabilityZones : 3;
}

/** Outputs that programs read from particular types. */
const particular: Record<string, OutputFixture> = {
  "pulumi:pulumi:StackReference": ({ urn, accountId }) => ({
    outputs: {
      // The outputs of the stack `global`, which the stacks of regions read.
      outputs: {
        zoneId: `Z${hexOf(`${urn}/zone`, 20).toUpperCase()}`,
        socketListenerArn: `arn:aws:globalaccelerator::${accountId}:accelerator/${uuidOf(urn)}/listener/${hexOf(`${urn}/sockets`, 8)}`,
        keyArns: Object.fromEntries(
          ["data", "stream", "secret"].map((domain) => [
            domain,
            `arn:aws:kms:us-east-1:${accountId}:key/mrk-${hexOf(`${urn}/key/${domain}`, 32)}`,
          ]),
        ),
        tableArns: Object.fromEntries(
          ["sessions", "history", "market-data"].map((role) => [role, `arn:aws:dynamodb:us-east-1:${accountId}:table/${role}`]),
        ),
        originSecrets: Object.fromEntries(
          ["us-east-1", "us-west-2"].map((region) => [
            region,
            {
              arn: `arn:aws:secretsmanager:${region}:${accountId}:secret:bourse-secrets-origin-AbCdEf`,
              keyArn: `arn:aws:kms:${region}:${accountId}:key/mrk-${hexOf(`${urn}/key/origin`, 32)}`,
            },
          ]),
        ),
        restListenerArn: `arn:aws:globalaccelerator::${accountId}:accelerator/${uuidOf(urn)}/listener/${hexOf(`${urn}/rest`, 8)}`,
      },
      secretOutputNames: [],
    },
  }),
  "awsx:ec2:Vpc": ({ urn, inputs, accountId, region }) => {
    const zones = [...Array(zoneCountOf(inputs)).keys()];
    const ids = (prefix: string, role: string) => zones.map((zone) => `${prefix}-${hexOf(`${urn}/${role}/${zone}`, 17)}`);
    const vpcId = `vpc-${hexOf(urn, 17)}`;
    const subnets = {
      publicSubnetIds: ids("subnet", "public"),
      privateSubnetIds: ids("subnet", "private"),
      isolatedSubnetIds: ids("subnet", "isolated"),
    };
    const cidrBlock = inputs.cidrBlock ?? "10.0.0.0/16";
    const vpc = { id: vpcId, arn: `arn:aws:ec2:${region}:${accountId}:vpc/${vpcId}`, cidrBlock };
    return { outputs: { vpcId, ...subnets, vpc, subnets: [], routeTables: [], natGateways: [], eips: [], vpcEndpoints: [] } };
  },
  "awsx:ecr:Image": ({ urn, inputs }) => ({
    outputs: { imageUri: `${inputs.repositoryUrl}@sha256:${hexOf(urn, 64)}` },
  }),
  "eks:index:Cluster": ({ urn, name, inputs, accountId, region }) => {
    const clusterName = typeof inputs.name === "string" ? inputs.name : name;
    const endpoint = `https://${hexOf(urn, 32).toUpperCase()}.gr7.${region}.eks.amazonaws.com`;
    const issuer = `oidc.eks.${region}.amazonaws.com/id/${hexOf(urn, 32).toUpperCase()}`;
    const certificateAuthority = { data: Buffer.from(`certificate authority of ${clusterName}`).toString("base64") };
    const eksCluster = {
      name: clusterName,
      arn: `arn:aws:eks:${region}:${accountId}:cluster/${clusterName}`,
      endpoint,
      certificateAuthority,
      version: inputs.version,
    };
    const kubeconfig = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: clusterName, cluster: { server: endpoint, "certificate-authority-data": certificateAuthority.data } }],
      contexts: [{ name: clusterName, context: { cluster: clusterName, user: clusterName } }],
      "current-context": clusterName,
      users: [
        {
          name: clusterName,
          user: {
            exec: {
              apiVersion: "client.authentication.k8s.io/v1beta1",
              command: "aws",
              args: ["eks", "get-token", "--cluster-name", clusterName],
            },
          },
        },
      ],
    };
    return {
      outputs: {
        eksCluster,
        kubeconfig,
        kubeconfigJson: JSON.stringify(kubeconfig),
        clusterSecurityGroupId: `sg-${hexOf(`${urn}/cluster`, 17)}`,
        nodeSecurityGroupId: `sg-${hexOf(`${urn}/node`, 17)}`,
        oidcProviderArn: `arn:aws:iam::${accountId}:oidc-provider/${issuer}`,
        oidcProviderUrl: `https://${issuer}`,
        oidcIssuer: issuer,
        autoModeNodeRoleName: "",
        instanceRoles: [],
        core: { cluster: eksCluster, endpoint, kubeconfig },
      },
    };
  },
  "aws:acm/certificate:Certificate": (resource) => ({
    id: arnOf(resource, resource.name),
    outputs: {
      arn: arnOf(resource, resource.name),
      domainValidationOptions: [resource.inputs.domainName, ...((resource.inputs.subjectAlternativeNames as unknown[]) ?? [])].map(
        (domain) => ({
          domainName: domain,
          resourceRecordName: `_${hexOf(String(domain), 32)}.${domain}.`,
          resourceRecordType: "CNAME",
          resourceRecordValue: `_${hexOf(`${domain}/value`, 32)}.acm-validations.aws.`,
        }),
      ),
    },
  }),
  "aws:cloudfront/distribution:Distribution": ({ urn }) => {
    const id = `E${hexOf(urn, 13).toUpperCase()}`;
    return { id, outputs: { domainName: `d${hexOf(urn, 13)}.cloudfront.net`, hostedZoneId: "Z2FDTNDATAQYW2" } };
  },
  "aws:dynamodb/table:Table": ({ inputs, name, region, accountId }) => {
    const table = typeof inputs.name === "string" ? inputs.name : name;
    const streamArn = `arn:aws:dynamodb:${region}:${accountId}:table/${table}/stream/2026-01-01T00:00:00.000`;
    return { id: table, outputs: inputs.streamEnabled === true ? { streamArn, streamLabel: "2026-01-01T00:00:00.000" } : {} };
  },
  "aws:ec2/eip:Eip": ({ urn }) => ({
    outputs: { allocationId: `eipalloc-${hexOf(urn, 17)}`, publicIp: `203.0.113.${Number.parseInt(hexOf(urn, 2), 16)}` },
  }),
  "aws:ec2/vpc:Vpc": ({ urn }) => ({
    outputs: {
      defaultSecurityGroupId: `sg-${hexOf(`${urn}/default`, 17)}`,
      defaultNetworkAclId: `acl-${hexOf(`${urn}/default`, 17)}`,
      defaultRouteTableId: `rtb-${hexOf(`${urn}/default`, 17)}`,
      mainRouteTableId: `rtb-${hexOf(`${urn}/default`, 17)}`,
      ipv6CidrBlock: "2600:1f18:1234:5600::/56",
      ipv6AssociationId: `vpc-cidr-assoc-${hexOf(urn, 17)}`,
    },
  }),
  "aws:ec2/vpcEndpoint:VpcEndpoint": ({ urn, region }) => ({
    outputs: {
      prefixListId: `pl-${hexOf(`${urn}/prefixes`, 8)}`,
      dnsEntries: [{ dnsName: `vpce-${hexOf(urn, 17)}.${region}.vpce.amazonaws.com`, hostedZoneId: "Z7HUB22UULQXV" }],
    },
  }),
  "aws:ec2/vpcEndpointService:VpcEndpointService": ({ urn, region }) => ({
    outputs: { serviceName: `com.amazonaws.vpce.${region}.vpce-svc-${hexOf(urn, 17)}` },
  }),
  "aws:ecr/repository:Repository": ({ inputs, name, accountId, region }) => ({
    outputs: { repositoryUrl: `${accountId}.dkr.ecr.${region}.amazonaws.com/${inputs.name ?? name}`, registryId: accountId },
  }),
  "aws:eks/cluster:Cluster": ({ urn, region, inputs }) => ({
    outputs: {
      endpoint: `https://${hexOf(urn, 32).toUpperCase()}.gr7.${region}.eks.amazonaws.com`,
      certificateAuthority: { data: Buffer.from(`certificate authority of ${urn}`).toString("base64") },
      identities: [{ oidcs: [{ issuer: `https://oidc.eks.${region}.amazonaws.com/id/${hexOf(urn, 32).toUpperCase()}` }] }],
      vpcConfig: { ...(inputs.vpcConfig as object), clusterSecurityGroupId: `sg-${hexOf(`${urn}/cluster`, 17)}` },
    },
  }),
  "aws:elasticache/cluster:Cluster": ({ urn, region }) => ({
    outputs: {
      clusterAddress: `${hexOf(urn, 8)}.cfg.${region}.cache.amazonaws.com`,
      configurationEndpoint: `${hexOf(urn, 8)}.cfg.${region}.cache.amazonaws.com:11211`,
    },
  }),
  "aws:elasticache/replicationGroup:ReplicationGroup": ({ urn, region, inputs, name }) => {
    const id = String(inputs.replicationGroupId ?? name);
    const members = Number(inputs.numNodeGroups ?? 1) * (Number(inputs.replicasPerNodeGroup ?? 0) + 1);
    return {
      id,
      outputs: {
        configurationEndpointAddress: `clustercfg.${id}.${hexOf(urn, 6)}.${region}.cache.amazonaws.com`,
        primaryEndpointAddress: `master.${id}.${hexOf(urn, 6)}.${region}.cache.amazonaws.com`,
        readerEndpointAddress: `replica.${id}.${hexOf(urn, 6)}.${region}.cache.amazonaws.com`,
        memberClusters: [...Array(members).keys()].map((member) => `${id}-${String(member + 1).padStart(3, "0")}`),
      },
    };
  },
  "aws:globalaccelerator/accelerator:Accelerator": ({ urn }) => ({
    outputs: {
      dnsName: `a${hexOf(urn, 16)}.awsglobalaccelerator.com`,
      dualStackDnsName: `a${hexOf(urn, 16)}.dualstack.awsglobalaccelerator.com`,
      hostedZoneId: "Z2BJ6XQ5FK7U4H",
      ipSets: [{ ipAddresses: ["198.51.100.1", "198.51.100.2"], ipFamily: "IPv4" }],
    },
  }),
  "aws:kms/key:Key": ({ urn, inputs }) => keyOutputs(urn, inputs.multiRegion === true),
  "aws:kms/replicaKey:ReplicaKey": ({ urn }) => keyOutputs(urn, true),
  "aws:lambda/function:Function": (resource) => {
    const arn = arnOf(resource, physicalName(resource));
    const invokeArn = `arn:aws:apigateway:${resource.region}:lambda:path/2015-03-31/functions/${arn}/invocations`;
    return { outputs: { invokeArn, qualifiedArn: `${arn}:1`, version: "1" } };
  },
  "aws:lb/listener:Listener": (resource) => ({ id: arnOf(resource, resource.name), outputs: { arn: arnOf(resource, resource.name) } }),
  "aws:lb/loadBalancer:LoadBalancer": (resource) => {
    const family = resource.inputs.loadBalancerType === "network" ? "net" : "app";
    const suffix = `${family}/${physicalName(resource)}/${hexOf(resource.urn, 16)}`;
    const arn = `arn:aws:elasticloadbalancing:${resource.region}:${resource.accountId}:loadbalancer/${suffix}`;
    const dnsName = `${physicalName(resource)}-${hexOf(resource.urn, 16)}.elb.${resource.region}.amazonaws.com`;
    return { id: arn, outputs: { arn, arnSuffix: suffix, dnsName, zoneId: "Z26RNL4JYFTOTI" } };
  },
  "aws:lb/targetGroup:TargetGroup": (resource) => {
    const suffix = `targetgroup/${physicalName(resource)}/${hexOf(resource.urn, 16)}`;
    const arn = `arn:aws:elasticloadbalancing:${resource.region}:${resource.accountId}:${suffix}`;
    return { id: arn, outputs: { arn, arnSuffix: suffix } };
  },
  "aws:mq/broker:Broker": ({ urn, region }) => ({
    outputs: {
      instances: [
        { consoleUrl: `https://b-${uuidOf(urn)}.mq.${region}.on.aws`, endpoints: [`amqps://b-${uuidOf(urn)}.mq.${region}.on.aws:5671`] },
      ],
    },
  }),
  "aws:glue/catalogTable:CatalogTable": ({ inputs, region, accountId }) => ({
    outputs: { arn: `arn:aws:glue:${region}:${accountId}:table/${inputs.databaseName}/${inputs.name}` },
  }),
  "aws:msk/configuration:Configuration": () => ({ outputs: { latestRevision: 1 } }),
  "aws:msk/cluster:Cluster": (resource) => {
    const host = (broker: number, port: number) =>
      `b-${broker}.${physicalName(resource)}.${hexOf(resource.urn, 6)}.c2.kafka.${resource.region}.amazonaws.com:${port}`;
    const brokers = (port: number) => [1, 2, 3].map((broker) => host(broker, port)).join(",");
    const arn = arnOf(resource, physicalName(resource));
    return {
      id: arn,
      outputs: {
        arn,
        bootstrapBrokersTls: brokers(9094),
        bootstrapBrokersSaslIam: brokers(9098),
        clusterUuid: uuidOf(resource.urn),
        currentVersion: "K1",
      },
    };
  },
  "aws:opensearch/domain:Domain": ({ urn, name, inputs, region }) => ({
    outputs: {
      endpoint: `vpc-${inputs.domainName ?? name}-${hexOf(urn, 26)}.${region}.es.amazonaws.com`,
      domainId: `${hexOf(urn, 12)}/${inputs.domainName ?? name}`,
    },
  }),
  "aws:rds/cluster:Cluster": ({ urn, name, inputs, region, accountId }) => {
    const id = String(inputs.clusterIdentifier ?? name);
    return {
      id,
      outputs: {
        clusterIdentifier: id,
        clusterResourceId: `cluster-${hexOf(urn, 26).toUpperCase()}`,
        endpoint: `${id}.cluster-${hexOf(urn, 12)}.${region}.rds.amazonaws.com`,
        readerEndpoint: `${id}.cluster-ro-${hexOf(urn, 12)}.${region}.rds.amazonaws.com`,
        hostedZoneId: "Z2R2ITUGPM61AM",
        port: inputs.port ?? 5432,
        masterUserSecrets: [
          { secretArn: `arn:aws:secretsmanager:${region}:${accountId}:secret:rds!cluster-${uuidOf(urn)}-AbCdEf`, secretStatus: "active" },
        ],
      },
    };
  },
  "aws:rds/proxyEndpoint:ProxyEndpoint": ({ urn, inputs, region }) => ({
    outputs: { endpoint: `${inputs.dbProxyEndpointName}.endpoint.proxy-${hexOf(urn, 12)}.${region}.rds.amazonaws.com` },
  }),
  "aws:rds/proxy:Proxy": ({ urn, name, inputs, region }) => ({
    outputs: { endpoint: `${inputs.name ?? name}.proxy-${hexOf(urn, 12)}.${region}.rds.amazonaws.com` },
  }),
  "aws:redshift/cluster:Cluster": ({ urn, name, inputs, region }) => ({
    outputs: {
      endpoint: `${inputs.clusterIdentifier ?? name}.${hexOf(urn, 12)}.${region}.redshift.amazonaws.com:5439`,
      dnsName: `${inputs.clusterIdentifier ?? name}.${hexOf(urn, 12)}.${region}.redshift.amazonaws.com`,
    },
  }),
  "aws:route53/keySigningKey:KeySigningKey": ({ urn }) => ({
    outputs: { keyTag: 12345, dsRecord: `12345 13 2 ${hexOf(urn, 64).toUpperCase()}` },
  }),
  "aws:route53/zone:Zone": ({ urn }) => {
    const id = `Z${hexOf(urn, 20).toUpperCase()}`;
    return { id, outputs: { zoneId: id, nameServers: [1, 2, 3, 4].map((server) => `ns-${server}.awsdns-0${server}.com`) } };
  },
  "aws:s3/bucket:Bucket": ({ inputs, name, region }) => {
    const bucket = String(inputs.bucket ?? name);
    return {
      id: bucket,
      outputs: {
        bucket,
        bucketDomainName: `${bucket}.s3.amazonaws.com`,
        bucketRegionalDomainName: `${bucket}.s3.${region}.amazonaws.com`,
        hostedZoneId: "Z3AQBSTGFYJSTF",
      },
    };
  },
  "aws:secretsmanager/secret:Secret": (resource) => ({ id: arnOf(resource, physicalName(resource)), outputs: {} }),
  "aws:sesv2/emailIdentity:EmailIdentity": ({ inputs, urn }) => ({
    id: String(inputs.emailIdentity),
    outputs: {
      dkimSigningAttributes: {
        ...(inputs.dkimSigningAttributes as object),
        status: "PENDING",
        tokens: [1, 2, 3].map((token) => hexOf(`${urn}/${token}`, 32)),
      },
    },
  }),
  "aws:sns/topic:Topic": (resource) => ({ id: arnOf(resource, physicalName(resource)), outputs: {} }),
  "aws:sqs/queue:Queue": (resource) => {
    const url = `https://sqs.${resource.region}.amazonaws.com/${resource.accountId}/${physicalName(resource)}`;
    return { id: url, outputs: { url, arn: `arn:aws:sqs:${resource.region}:${resource.accountId}:${physicalName(resource)}` } };
  },
};

function keyOutputs(urn: string, multiRegion: boolean): FixtureOutputs {
  const keyId = multiRegion ? `mrk-${hexOf(urn, 32)}` : uuidOf(urn);
  return { id: keyId, outputs: { keyId } };
}
