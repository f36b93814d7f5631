export { type AddonName, addonDefinitions } from "./addons";
export * from "./node-sizes";
export * from "./trading-cluster";
export * from "./trading-cluster-faults";
