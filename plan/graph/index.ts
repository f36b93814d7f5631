export * from "./difference";
export { type FixtureOutputs, fixtureOutputs, type OutputFixture } from "./fixtures";
export { hexOf, type ResourceFacts } from "./identity";
export { type InvokeFacts, type InvokeFixture, zoneIdPrefix } from "./invokes";
export * from "./recorder";
export * from "./replacement";
export * from "./resource-graph";
export { stackReferenceType, unionOf } from "./union";
