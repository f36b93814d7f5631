export * from "./authorizer";
