export * from "./access-port";
export * from "./address-plan";
export * from "./adopted-network";
export * from "./exchange-network";
export { exchangeNetworkFaults } from "./exchange-network-faults";
export * from "./flow-log";
export * from "./network-endpoints";
export * from "./network-peering";
