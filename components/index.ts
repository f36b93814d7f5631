export * from "./capacity";
export * from "./foundation";
export * from "./network";
export * from "./security";
