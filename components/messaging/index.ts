export * from "./broker";
export * from "./mail-identity";
export * from "./messaging-layer";
