export * from "./region-ingress";
export * from "./region-ingress-faults";
export * from "./socket-listeners";
