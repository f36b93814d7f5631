export * from "./metrics";
export * from "./observability-plane";
