export * from "./exchange-global";
