export * from "./market-rows";
