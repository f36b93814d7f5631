export { type Capacity, type CapacityOptions, capacityFaults, capacityFor, type Size } from "./capacity";
export { type Basis, type Figure, figures, recordBytes } from "./figures";
export { type CapacityTarget, capacityTargetFaults, type Load, loadOf, referenceLoad } from "./load";
export type { RateNeed } from "./rates";
export { hops, type SizeName } from "./sizes";
