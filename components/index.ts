export * from "./capacity";
export * from "./foundation";
export * from "./security";
