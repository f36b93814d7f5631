export * from "./aurora-store";
export { auroraNameFaults, auroraStoreFaults } from "./aurora-store-faults";
export * from "./data-layer";
export * from "./exchange-tables";
export * from "./table-replica";
export * from "./table-store";
export { tableStoreFaults } from "./table-store-faults";
