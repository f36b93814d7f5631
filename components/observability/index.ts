export * from "./cost-watch";
export * from "./log-queries";
export * from "./metrics";
export * from "./objectives";
export * from "./observability-plane";
export * from "./tracing";
