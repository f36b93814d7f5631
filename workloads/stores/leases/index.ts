export { inProcessLeases } from "./in-process";
export type { Announced, LeaseStore, Spent } from "./port";
export { openRedisLeases, type RedisLeasesOptions } from "./redis";
