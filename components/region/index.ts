export * from "./exchange-region";
export { exchangeRegionFaults } from "./exchange-region-faults";
