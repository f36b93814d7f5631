/** A region joining the tables of another. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  BourseComponent,
  type CommonArgs,
  type Fault,
  isPlain,
  type KeyRef,
  type Protection,
  regionFaults,
  type Transform,
  transformed,
} from "../foundation";
import { replicaAlarms } from "./table-alarms";

/** Arguments of {@link TableReplica}. */
export interface TableReplicaArgs extends CommonArgs, AlarmedArgs {
  /** Region of the replicas, which is the provider's. */
  region: string;
  /** ARNs of the tables in their home region, by role. Plain keys: they decide how many children exist. Changing an ARN **replaces** the replica. */
  tableArns: Record<string, pulumi.Input<string>>;
  /** Encrypts the replicas: a key of this region. */
  key: KeyRef;
  /** @default "on" */
  protection?: Protection;
  transform?: TableReplicaTransform;
}

export interface TableReplicaTransform extends AlarmTransform {
  replica?: Transform<aws.dynamodb.TableReplicaArgs>;
}

export function tableReplicaFaults(args: TableReplicaArgs): Fault[] {
  const tables = Object.entries(args.tableArns);
  const fix = "pass the ARNs that the home region's TableStore gives";
  return [
    ...(tables.length > 0 ? [] : [{ path: "tableArns", given: args.tableArns, allowed: "at least one table", fix }]),
    ...regionFaults("region", args.region),
    ...tables.flatMap(([role, arn]) => (isPlain(arn) ? homeFaults(`tableArns.${role}`, arn, args.region, fix) : [])),
  ];
}

/** A global table has one replica in a region, and none in another partition (DynamoDB guide, "How DynamoDB global tables work"). */
function homeFaults(path: string, arn: string, region: string, fix: string): Fault[] {
  const [, home] = /^arn:aws:dynamodb:([a-z0-9-]+):\d{12}:table\/[A-Za-z0-9_.-]{3,255}$/.exec(arn) ?? [];
  if (home === undefined) return [{ path, given: arn, allowed: "the ARN of a table in a commercial region", fix }];
  if (home !== region) return regionFaults(path, home);
  return [
    { path, given: arn, allowed: `a table whose home is not ${region}, where its replica would be`, fix: "join from another region" },
  ];
}

/** Eventually consistent replicas, in the region of the provider, of tables whose home is elsewhere. */
export class TableReplica extends BourseComponent {
  /** ARNs of the replicas by role. */
  readonly replicaArns: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: TableReplicaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:TableReplica", name, args, tableReplicaFaults(args), opts);
    const protect = (args.protection ?? "on") === "on";
    this.replicaArns = Object.fromEntries(
      Object.entries(args.tableArns).map(([role, globalTableArn]) => {
        const child = `${name}-${role}`;
        const replica = new aws.dynamodb.TableReplica(
          ...transformed<aws.dynamodb.TableReplicaArgs>(
            args.transform?.replica,
            child,
            {
              globalTableArn,
              kmsKeyArn: args.key.arn,
              pointInTimeRecovery: true,
              deletionProtectionEnabled: protect,
              tags: this.tagsFor(child),
            },
            this.childOptions({ protect }),
          ),
        );
        this.createAlarms(replicaAlarms(role, globalTableArn, replica.region), args);
        return [role, replica.arn];
      }),
    );
    this.registerOutputs({ replicaArns: this.replicaArns });
  }
}
