export type { AccountOrigin, OriginPair } from "./distribution";
export * from "./exchange-edge";
export * from "./exchange-edge-faults";
export * from "./host-health";
export * from "./origin-proof";
export { SiteBucket, type SiteBucketArgs, type SiteBucketTransform } from "./site-bucket";
export * from "./zone-signing";
