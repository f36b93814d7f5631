/** The disk of the shard's log on Fargate: a file system of EFS, which outlives tasks and is written in several zones before a sync returns. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type KeyRef,
  type NetworkRef,
  overTlsAlone,
  type Protection,
  policyDocument,
  type Tags,
  type Transform,
  transformed,
} from "../foundation";
import type { TaskDisk } from "./task-definitions";

export interface JournalDiskTransform {
  fileSystem?: Transform<aws.efs.FileSystemArgs>;
  fileSystemPolicy?: Transform<aws.efs.FileSystemPolicyArgs>;
  backupPolicy?: Transform<aws.efs.BackupPolicyArgs>;
  mountTarget?: Transform<aws.efs.MountTargetArgs>;
  accessPoint?: Transform<aws.efs.AccessPointArgs>;
  securityGroup?: Transform<aws.ec2.SecurityGroupArgs>;
  ingressRule?: Transform<aws.vpc.SecurityGroupIngressRuleArgs>;
  egressRule?: Transform<aws.vpc.SecurityGroupEgressRuleArgs>;
}

interface JournalDiskFacts {
  name: string;
  network: NetworkRef;
  key: KeyRef;
  protection: Protection;
  transform?: JournalDiskTransform;
}

/** User and group of the image. */
const user = 65_532;
/** NFS (EFS guide, "Using VPC security groups"). */
const port = 2_049;

/** Mounted through one access point as the user of the services, over TLS, in every zone, since the task may run in any. */
export class JournalDisk implements TaskDisk {
  readonly fileSystemId: pulumi.Output<string>;
  readonly fileSystemArn: pulumi.Output<string>;
  readonly accessPointId: pulumi.Output<string>;
  readonly accessPointArn: pulumi.Output<string>;

  /** @param client group of the shard's tasks */
  constructor(
    private readonly facts: JournalDiskFacts,
    client: aws.ec2.SecurityGroup,
    private readonly options: pulumi.CustomResourceOptions,
    private readonly tagsFor: (child: string) => Tags,
  ) {
    const system = this.createFileSystem();
    const point = this.createAccessPoint(system);
    const mounted = this.mount(system, client);
    // A task that starts before its mount target is there fails.
    const after = pulumi.all(mounted.map(({ id }) => id));
    this.fileSystemId = pulumi.all([system.id, after]).apply(([id]) => id);
    this.fileSystemArn = system.arn;
    this.accessPointId = point.id;
    this.accessPointArn = point.arn;
  }

  private createFileSystem(): aws.efs.FileSystem {
    const { key, protection, transform } = this.facts;
    const name = `${this.facts.name}-journal`;
    const system = new aws.efs.FileSystem(
      ...transformed<aws.efs.FileSystemArgs>(
        transform?.fileSystem,
        name,
        // Up to 1,500 MiB/s for each client, and writes from 2.7 ms (EFS guide, "Performance summary": regional, elastic); not Max I/O, whose operations take longer.
        { encrypted: true, kmsKeyId: key.arn, performanceMode: "generalPurpose", throughputMode: "elastic", tags: this.tagsFor(name) },
        { ...this.options, protect: protection === "on" },
      ),
    );
    new aws.efs.BackupPolicy(
      ...transformed<aws.efs.BackupPolicyArgs>(
        transform?.backupPolicy,
        `${name}-backup`,
        { fileSystemId: system.id, backupPolicy: { status: "ENABLED" } },
        this.options,
      ),
    );
    new aws.efs.FileSystemPolicy(
      ...transformed<aws.efs.FileSystemPolicyArgs>(
        transform?.fileSystemPolicy,
        `${name}-policy`,
        {
          fileSystemId: system.id,
          // With a policy nobody mounts but those whose role may; without one everybody in the network does (EFS guide, "Using IAM to control access").
          policy: policyDocument(overTlsAlone("*", system.arn)),
        },
        this.options,
      ),
    );
    return system;
  }

  private createAccessPoint(system: aws.efs.FileSystem): aws.efs.AccessPoint {
    const name = `${this.facts.name}-journal-point`;
    return new aws.efs.AccessPoint(
      ...transformed<aws.efs.AccessPointArgs>(
        this.facts.transform?.accessPoint,
        name,
        {
          fileSystemId: system.id,
          posixUser: { uid: user, gid: user },
          rootDirectory: { path: "/trading", creationInfo: { ownerUid: user, ownerGid: user, permissions: "0700" } },
          tags: this.tagsFor(name),
        },
        this.options,
      ),
    );
  }

  private mount(system: aws.efs.FileSystem, client: aws.ec2.SecurityGroup): aws.efs.MountTarget[] {
    const { name, network, transform } = this.facts;
    const group = new aws.ec2.SecurityGroup(
      ...transformed<aws.ec2.SecurityGroupArgs>(
        transform?.securityGroup,
        `${name}-journal-access`,
        { vpcId: network.vpcId, description: "Disk of the shard", tags: this.tagsFor(`${name}-journal-access`) },
        this.options,
      ),
    );
    const path = { ipProtocol: "tcp", fromPort: port, toPort: port, description: "trading to its disk" };
    new aws.vpc.SecurityGroupIngressRule(
      ...transformed<aws.vpc.SecurityGroupIngressRuleArgs>(
        transform?.ingressRule,
        `${name}-journal-from-trading`,
        { ...path, securityGroupId: group.id, referencedSecurityGroupId: client.id, tags: this.tagsFor(`${name}-journal-from-trading`) },
        this.options,
      ),
    );
    new aws.vpc.SecurityGroupEgressRule(
      ...transformed<aws.vpc.SecurityGroupEgressRuleArgs>(
        transform?.egressRule,
        `${name}-trading-to-journal`,
        { ...path, securityGroupId: client.id, referencedSecurityGroupId: group.id, tags: this.tagsFor(`${name}-trading-to-journal`) },
        this.options,
      ),
    );
    return network.zoneIds.map(
      (zoneId) =>
        new aws.efs.MountTarget(
          ...transformed<aws.efs.MountTargetArgs>(
            transform?.mountTarget,
            `${name}-journal-${zoneId}`,
            { fileSystemId: system.id, subnetId: network.privateSubnetIds[zoneId]!, securityGroups: [group.id] },
            this.options,
          ),
        ),
    );
  }
}
