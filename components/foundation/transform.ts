/** The override hook of every child resource. It runs in process, before registration, so it also works under mocks and in the planner. */

import type * as pulumi from "@pulumi/pulumi";

/**
 * Changes the arguments of one child: an object is merged over the arguments (property by property at the top level); a function receives
 * arguments, options and logical name, and may edit arguments and options in place.
 *
 * @example `transform: { cluster: { backupRetentionPeriod: 35 } }`
 * @example `transform: { cluster: (args, opts) => { args.engineVersion = "16.6"; opts.ignoreChanges = ["engineVersion"]; } }`
 */
export type Transform<Args extends object> = Partial<Args> | ((args: Args, opts: pulumi.CustomResourceOptions, name: string) => void);

/** Constructor arguments of a child after its transform: `new aws.kms.Key(...transformed(args.transform?.key, name, {...}, opts))`. */
export function transformed<Args extends object>(
  transform: Transform<Args> | undefined,
  name: string,
  args: Args,
  opts: pulumi.CustomResourceOptions,
): [name: string, args: Args, opts: pulumi.CustomResourceOptions] {
  if (typeof transform === "function") {
    const editedArgs = { ...args };
    const editedOptions = { ...opts };
    transform(editedArgs, editedOptions, name);
    return [name, editedArgs, editedOptions];
  }
  return [name, { ...args, ...transform }, opts];
}
