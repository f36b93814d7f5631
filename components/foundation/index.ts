export * from "./address-faults";
export * from "./component";
export * from "./faults";
export * from "./log-bucket";
export * from "./placement";
export * from "./references";
export * from "./transform";
