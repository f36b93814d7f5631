export * from "./address-plan";
export * from "./exchange-network";
export { exchangeNetworkFaults } from "./exchange-network-faults";
export * from "./flow-log";
export * from "./network-endpoints";
