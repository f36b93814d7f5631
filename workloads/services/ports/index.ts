/**
 * What the gateways ask the services: one interface a service, decoded numbers inside (ticks, lots, asset units, microseconds). Each is
 * implemented in its own folder by `create<Name>(deps)`; text and JSON are the gateway's business.
 */

export * from "./instruments";
export * from "./market";
export * from "./money";
export * from "./orders";
export * from "./users";
