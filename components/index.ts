export * from "./foundation";
export * from "./security";
