export * from "./grants";
export { type KeyDomain, keyDomains } from "./key-policies";
export * from "./key-ring";
export * from "./secret-store";
export * from "./workload-identity";
