export * from "./difference";
export { type FixtureOutputs, fixtureOutputs, hexOf, type OutputFixture, type ResourceFacts } from "./fixtures";
export { type InvokeFacts, type InvokeFixture, zoneIdPrefix } from "./invokes";
export * from "./recorder";
export * from "./replacement";
export * from "./resource-graph";
