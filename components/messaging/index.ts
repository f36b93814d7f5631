export * from "./broker";
export { exchangeQueues, exchangeSubscriptions, exchangeTopics } from "./exchange-messages";
export * from "./mail-identity";
export * from "./messaging-layer";
export { messagingLayerFaults } from "./messaging-layer-faults";
