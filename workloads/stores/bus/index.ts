export { createInProcessBus } from "./in-process";
export { type KinesisBusOptions, openKinesisBus } from "./kinesis";
export { type Bus, type BusRecord, type BusSubscription, MAX_RECORD_BYTES } from "./port";
