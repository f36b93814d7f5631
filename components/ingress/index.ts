export * from "./api-ingress";
export * from "./api-routes";
export * from "./global-ingress";
export * from "./region-ingress";
export * from "./region-ingress-faults";
export * from "./rest-balancer";
export * from "./socket-listeners";
