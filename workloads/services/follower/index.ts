/** How a process reaches a shard of another: to follow it, or to enter commands alone. */
export { type Follower, runFollower } from "./follower";
export { type Query, QueryFault, serveQueries } from "./queries";
export { enterShard, reachShard, readShardConnection } from "./shard-connection";
