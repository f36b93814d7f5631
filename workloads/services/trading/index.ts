export { decodeBatch, type EncodedListener } from "./feed";
export { type OpenTradingShardOptions, openTradingShard } from "./open";
export * from "./port";
export type { EncodedBatch } from "./recent-events";
export { PoisonCommand } from "./replay";
export { createTradingShard, TradingShard, type TradingShardOptions } from "./shard";
export { decodeSkip, encodeSkip, type Skip, skipFault } from "./skip";
export { exchanges, type StateMachine, type StateMachines } from "./state-machine";
