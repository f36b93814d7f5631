/** The base of every component: frozen type token, faults before registration, no arguments in state, uniform children. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type AlarmedArgs, type AlarmSpec, type AlarmTransform, alarmArgs } from "./alarms";
import { checkedName, type Fault } from "./faults";
import type { KeyRef } from "./references";
import { type Transform, transformed } from "./transform";

/** Tag keys and values put on everything taggable. */
export type Tags = Record<string, pulumi.Input<string>>;

/** Arguments that every component takes. */
export interface CommonArgs {
  /** Tags on every taggable child, over the component's own. @default none */
  tags?: Tags;
}

/**
 * `"on"` protects what cannot be made again: Pulumi `protect`, the service's deletion protection and final snapshots. `"off"` lets a
 * development stack be destroyed.
 */
export type Protection = "on" | "off";

/** Arguments of components that keep a log. */
export interface LoggedArgs {
  /** Encrypts the log: the `log` key of a `KeyRing`. @default a key of CloudWatch Logs */
  logKey?: KeyRef;
  transform?: LogTransform;
}

/** The hook for log groups in a component's `transform`. */
export interface LogTransform {
  logGroup?: Transform<aws.cloudwatch.LogGroupArgs>;
}

export abstract class BourseComponent extends pulumi.ComponentResource {
  private readonly ownTags: Tags;

  /**
   * @param type token `bourse:<layer>:<Name>`, frozen for ever
   * @param faults faults of the arguments; any of them stops the component before it is registered
   */
  protected constructor(
    type: string,
    readonly name: string,
    args: CommonArgs,
    faults: readonly Fault[],
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(type, checkedName(type, name, faults), {}, opts);
    this.ownTags = { "bourse:component": `${type.split(":")[2]}/${name}`, ...args.tags };
  }

  /** Options of a child: this component is its parent. */
  protected childOptions(opts: pulumi.CustomResourceOptions = {}): pulumi.CustomResourceOptions {
    return { ...opts, parent: this };
  }

  /** Tags of a child, with its `Name`. */
  protected tagsFor(childName: string): Tags {
    return { Name: childName, ...this.ownTags };
  }

  /** Makes and returns the component's recommended alarms, each named by its key, unless the arguments switch them off. */
  protected createAlarms(
    specs: Record<string, AlarmSpec>,
    args: AlarmedArgs & { transform?: AlarmTransform },
  ): Record<string, aws.cloudwatch.MetricAlarm> {
    const made: Record<string, aws.cloudwatch.MetricAlarm> = {};
    if (args.alarms === "off") return made;
    for (const [key, spec] of Object.entries(specs)) {
      const name = `${this.name}-${key}-alarm`;
      made[key] = new aws.cloudwatch.MetricAlarm(
        ...transformed<aws.cloudwatch.MetricAlarmArgs>(
          args.transform?.alarm,
          name,
          { ...alarmArgs(spec, args.alarms), tags: this.tagsFor(name) },
          this.childOptions(),
        ),
      );
    }
    return made;
  }

  /** Makes a log group that expires. @param physicalName fixed by the service that writes; its own to choose when absent */
  protected createLogGroup(role: string, args: LoggedArgs, days: number, physicalName?: string): aws.cloudwatch.LogGroup {
    const name = `${this.name}-${role}`;
    return new aws.cloudwatch.LogGroup(
      ...transformed<aws.cloudwatch.LogGroupArgs>(
        args.transform?.logGroup,
        name,
        {
          ...(physicalName === undefined ? {} : { name: physicalName }),
          kmsKeyId: args.logKey?.arn,
          retentionInDays: days,
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }
}
