export * from "./key-ring";
