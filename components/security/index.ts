export { type KeyDomain, keyDomains } from "./key-policies";
export * from "./key-ring";
