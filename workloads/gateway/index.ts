/** The gateway: wire formats of the public API, authentication, limits. */
export { createGateway, type Gateway, type GatewayOptions } from "./gateway";
export { clientOrderKey } from "./orders/client-order-id";
export { loopbackHosts } from "./origin";
export { type LimitSettings, publishedLimits } from "./rate-limits";
