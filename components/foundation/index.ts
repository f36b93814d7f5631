export * from "./component";
export * from "./faults";
export * from "./references";
export * from "./transform";
