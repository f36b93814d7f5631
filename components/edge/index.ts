export type { AccountOrigin, OriginPair } from "./distribution";
export * from "./exchange-edge";
export * from "./exchange-edge-faults";
export { SiteBucket, type SiteBucketArgs, type SiteBucketTransform } from "./site-bucket";
