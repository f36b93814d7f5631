export * from "./book";
export * from "./command-check";
export * from "./command-codec";
export * from "./commands";
export { InvariantViolation } from "./core";
export * from "./event-buffer";
export * from "./event-codec";
export * from "./events";
export * from "./exchange";
export { noFilters } from "./filters-codec";
export {
  CommandType,
  EventType,
  FIRST_CLEARING_ACCOUNT,
  LAYOUT_VERSION,
  MAX_AMOUNT,
  MAX_CLIENT_ORDER_ID,
  MAX_COMMAND_LENGTH,
  MAX_NAME,
} from "./layout";
export { SESSION_WINDOW } from "./records";
export { MAX_SESSIONS } from "./sessions";
export { joined } from "./state-stream";
