export { type Compute, computes } from "./compute";
export * from "./exchange-region";
export { exchangeRegionFaults } from "./exchange-region-faults";
export {
  type AuthorityRef,
  type LayersBelow,
  type LinkRef,
  type MailRef,
  type NoticesRef,
  type RegionDataRef,
  type RegionLayer,
  type RegionPlatformRef,
  regionLayers,
  type SqlRef,
  type StreamRef,
} from "./region-layers";
export { coreRegionParts, type RegionPart, type RegionPartArgs, regionParts } from "./region-parts";
