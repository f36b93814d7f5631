/** Fixed outputs of resources: the ids, ARNs, names and endpoints that a provider would compute, the same on every run. */

import { arnOf, hexOf, numberedId, physicalName, type ResourceFacts, uuidOf } from "./identity";
import { stackOutputs } from "./stack-outputs";

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
  const id = numberedId(resource) ?? name;
  const general = { arn: arnOf(resource, id), name, region: resource.region };
  const withId =
    found?.id === undefined ? general : { ...general, arn: found.id.startsWith("arn:") ? found.id : arnOf(resource, found.id) };
  return { id: found?.id ?? id, outputs: defined({ ...withId, ...found?.outputs }) };
}

/** Without undefined values, which the wire form does not know. */
function defined(outputs: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(outputs));
}

/** Outputs that programs read from particular types. */
const particular: Record<string, OutputFixture> = {
  "pulumi:pulumi:StackReference": stackOutputs,
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
  "aws:apigateway/restApi:RestApi": apiOutputs,
  "aws:apigatewayv2/api:Api": apiOutputs,
  "aws:apigatewayv2/domainName:DomainName": ({ urn, inputs, region }) => ({
    id: String(inputs.domainName),
    outputs: {
      domainNameConfiguration: {
        ...(inputs.domainNameConfiguration as object),
        targetDomainName: `d-${hexOf(urn, 10)}.execute-api.${region}.amazonaws.com`,
        hostedZoneId: "Z1UJRXOUMOOFQ8",
      },
    },
  }),
  "aws:acmpca/certificateAuthority:CertificateAuthority": ({ urn }) => ({
    outputs: { certificateSigningRequest: pem("CERTIFICATE REQUEST", urn) },
  }),
  "aws:acmpca/certificate:Certificate": ({ urn }) => ({
    outputs: { certificate: pem("CERTIFICATE", urn), certificateChain: pem("CERTIFICATE", `${urn}/chain`) },
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
  "aws:ec2/launchTemplate:LaunchTemplate": () => ({ outputs: { latestVersion: 1, defaultVersion: 1 } }),
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
  // Every proxy has one target group, of this name (RDS API reference, `RegisterDBProxyTargets`).
  "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": () => ({ outputs: { name: "default" } }),
  "aws:rds/proxyEndpoint:ProxyEndpoint": ({ urn, inputs, region }) => ({
    outputs: { endpoint: `${inputs.dbProxyEndpointName}.endpoint.proxy-${hexOf(urn, 12)}.${region}.rds.amazonaws.com` },
  }),
  "aws:rds/proxy:Proxy": ({ urn, name, inputs, region }) => ({
    outputs: { endpoint: `${inputs.name ?? name}.proxy-${hexOf(urn, 12)}.${region}.rds.amazonaws.com` },
  }),
  "aws:redshift/cluster:Cluster": ({ urn, name, inputs, region, accountId }) => ({
    outputs: {
      ...(inputs.manageMasterPassword === true
        ? {
            masterPasswordSecretArn: `arn:aws:secretsmanager:${region}:${accountId}:secret:redshift!${inputs.clusterIdentifier ?? name}-administrator-AbCdEf`,
          }
        : {}),
      endpoint: `${inputs.clusterIdentifier ?? name}.${hexOf(urn, 12)}.${region}.redshift.amazonaws.com:5439`,
      dnsName: `${inputs.clusterIdentifier ?? name}.${hexOf(urn, 12)}.${region}.redshift.amazonaws.com`,
    },
  }),
  "aws:route53/keySigningKey:KeySigningKey": ({ urn }) => ({
    outputs: { keyTag: 12345, dsRecord: `12345 13 2 ${hexOf(urn, 64).toUpperCase()}` },
  }),
  "aws:route53/record:Record": ({ inputs }) => ({ outputs: { fqdn: String(inputs.name).replace(/\.$/, "") } }),
  "aws:route53/zone:Zone": ({ urn }) => {
    const id = `Z${hexOf(urn, 20).toUpperCase()}`;
    return { id, outputs: { zoneId: id, nameServers: [1, 2, 3, 4].map((server) => `ns-${server}.awsdns-0${server}.com`) } };
  },
  "aws:s3/bucketObjectv2:BucketObjectv2": ({ urn, inputs }) => ({
    id: String(inputs.key),
    outputs: { versionId: hexOf(`${urn}/version`, 32) },
  }),
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
  "aws:ssm/maintenanceWindow:MaintenanceWindow": ({ urn }) => ({ id: `mw-${hexOf(urn, 17)}`, outputs: {} }),
  "aws:ssm/patchBaseline:PatchBaseline": ({ urn }) => ({ id: `pb-${hexOf(urn, 17)}`, outputs: {} }),
  "aws:sqs/queue:Queue": (resource) => {
    const url = `https://sqs.${resource.region}.amazonaws.com/${resource.accountId}/${physicalName(resource)}`;
    return { id: url, outputs: { url, arn: `arn:aws:sqs:${resource.region}:${resource.accountId}:${physicalName(resource)}` } };
  },
};

function apiOutputs({ urn, region, accountId }: ResourceFacts): FixtureOutputs {
  const id = hexOf(urn, 10);
  return {
    id,
    outputs: {
      apiEndpoint: `https://${id}.execute-api.${region}.amazonaws.com`,
      arn: `arn:aws:apigateway:${region}::/apis/${id}`,
      executionArn: `arn:aws:execute-api:${region}:${accountId}:${id}`,
    },
  };
}

/** A PEM block that no program can read: it stands for what AWS would issue. */
function pem(kind: string, text: string): string {
  return `-----BEGIN ${kind}-----\n${Buffer.from(hexOf(text, 48)).toString("base64")}\n-----END ${kind}-----\n`;
}

function keyOutputs(urn: string, multiRegion: boolean): FixtureOutputs {
  const keyId = multiRegion ? `mrk-${hexOf(urn, 32)}` : uuidOf(urn);
  return { id: keyId, outputs: { keyId } };
}

function zoneCountOf(inputs: Record<string, unknown>): number {
  if (Array.isArray(inputs.availabilityZoneNames)) return inputs.availabilityZoneNames.length;
  return typeof inputs.numberOfAvailabilityZones === "number" ? inputs.numberOfAvailabilityZones : 3;
}
