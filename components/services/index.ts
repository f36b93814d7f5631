export * from "./catalog";
export * from "./exchange-services";
export * from "./exchange-services-faults";
export * from "./fargate-services";
export { denyAll, type NetworkPolicyFacts, servicePolicySpec } from "./network-policies";
export * from "./rollouts";
export * from "./service-image";
export { type StoreRef, type StoreRefs, servicePolicy } from "./service-role";
export { folders as podFolders, logsOn, tradingClients } from "./variables";
