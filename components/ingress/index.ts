export * from "./global-ingress";
export * from "./region-ingress";
export * from "./region-ingress-faults";
export * from "./rest-balancer";
export * from "./socket-listeners";
