export { type AddonName, addonDefinitions } from "./addons";
export * from "./cluster-controllers";
export * from "./fargate-cluster";
export * from "./node-sizes";
export * from "./pod-scaling";
export * from "./trading-cluster";
export * from "./trading-cluster-faults";
