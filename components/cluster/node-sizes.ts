/** What the nodes of each tier are: sizes by preset, and the faults of sizes given by hand. */

import type { Fault } from "../foundation";

/** Nodes of a shared tier in each zone. All plain numbers: they show in the plan with their cost. */
export interface NodeGroupSize {
  /** EC2 instance types, best first. */
  instanceTypes: string[];
  min: number;
  max: number;
  /** Root volume, GiB. @default 100 */
  volumeGib?: number;
}

/** Nodes of the hot tier, in each of its two zones. */
export interface HotNodeSize {
  /** One type, since a cluster placement group wants exactly one (EC2 guide, "Placement strategies"). */
  instanceType: string;
  /** Nodes a zone. A placement group is filled at once, so the number is fixed and not scaled. */
  count: number;
  /**
   * Physical cores of the instance type; when given, simultaneous multithreading is off (one thread a core), so that no two matching
   * threads share a core. EC2 takes `coreCount` and `threadsPerCore` together only; bare metal takes neither. @default SMT as the type has it
   */
  cores?: number;
  /** Root volume, GiB. @default 100 */
  volumeGib?: number;
}

export interface NodeSizes {
  hot: HotNodeSize;
  warm: NodeGroupSize;
  system: NodeGroupSize;
}

/** Sizes of a stack that is tried out, and of one that carries customers. Instance types: network- and compute-optimised of the c7i family. */
export const nodeSizes: Record<"development" | "production", NodeSizes> = {
  development: {
    hot: { instanceType: "c7i.2xlarge", count: 1, cores: 4 },
    warm: { instanceTypes: ["m7i.xlarge", "m6i.xlarge"], min: 1, max: 3 },
    system: { instanceTypes: ["m7i.large", "m6i.large"], min: 1, max: 2 },
  },
  production: {
    hot: { instanceType: "c7i.12xlarge", count: 2, cores: 24 },
    warm: { instanceTypes: ["m7i.4xlarge", "m6i.4xlarge"], min: 1, max: 20 },
    system: { instanceTypes: ["m7i.xlarge", "m6i.xlarge"], min: 1, max: 2 },
  },
};

/** EC2's form of an instance type: family, dot, size. */
const instanceTypePattern = /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/;

/** Most nodes of a managed node group (EKS quota L-BD136A63, default 450). */
const maxNodesPerGroup = 450;

export function nodeSizeFaults(path: string, sizes: Partial<NodeSizes>): Fault[] {
  const faults: Fault[] = [];
  if (sizes.hot !== undefined) {
    faults.push(...instanceTypeFaults(`${path}.hot.instanceType`, sizes.hot.instanceType));
    faults.push(...wholeFaults(`${path}.hot.count`, sizes.hot.count, 1, maxNodesPerGroup));
    if (sizes.hot.cores !== undefined) faults.push(...wholeFaults(`${path}.hot.cores`, sizes.hot.cores, 1, 192));
    faults.push(...volumeFaults(`${path}.hot.volumeGib`, sizes.hot.volumeGib));
  }
  for (const tier of ["warm", "system"] as const) {
    const size = sizes[tier];
    if (size === undefined) continue;
    if (size.instanceTypes.length === 0) {
      faults.push({ path: `${path}.${tier}.instanceTypes`, given: [], allowed: "one or more instance types", fix: 'write ["m7i.xlarge"]' });
    }
    size.instanceTypes.forEach((type, index) => {
      faults.push(...instanceTypeFaults(`${path}.${tier}.instanceTypes[${index}]`, type));
    });
    faults.push(...wholeFaults(`${path}.${tier}.min`, size.min, 1, maxNodesPerGroup));
    faults.push(...wholeFaults(`${path}.${tier}.max`, size.max, 1, maxNodesPerGroup));
    if (size.min > size.max) {
      faults.push({ path: `${path}.${tier}.max`, given: size.max, allowed: `min (${size.min}) or more`, fix: "raise max or lower min" });
    }
    faults.push(...volumeFaults(`${path}.${tier}.volumeGib`, size.volumeGib));
  }
  return faults;
}

function instanceTypeFaults(path: string, given: string): Fault[] {
  if (instanceTypePattern.test(given)) return [];
  return [{ path, given, allowed: "an EC2 instance type as family.size", fix: "write for example c7i.2xlarge" }];
}

function volumeFaults(path: string, given: number | undefined): Fault[] {
  // 20 GiB is the snapshot size of the AL2023 EKS image; gp3 volumes end at 65,536 GiB (EBS guide, "Volume types").
  return given === undefined ? [] : wholeFaults(path, given, 20, 65536);
}

function wholeFaults(path: string, given: number, low: number, high: number): Fault[] {
  if (Number.isInteger(given) && given >= low && given <= high) return [];
  return [{ path, given, allowed: `a whole number from ${low} to ${high}`, fix: `use a value in that range` }];
}
