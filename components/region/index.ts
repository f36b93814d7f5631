export * from "./exchange-region";
export { exchangeRegionFaults } from "./exchange-region-faults";
export { coreRegionParts, type RegionPart, type RegionPartArgs, regionParts } from "./region-parts";
