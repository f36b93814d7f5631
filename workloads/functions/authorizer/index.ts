export * from "./authorizer";
export * from "./origin-values";
