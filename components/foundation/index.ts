export * from "./component";
export * from "./faults";
export * from "./placement";
export * from "./references";
export * from "./transform";
