export { inProcessLeases } from "./in-process";
export type { LeaseStore, Spent } from "./port";
export { openRedisLeases, type RedisLeasesOptions } from "./redis";
