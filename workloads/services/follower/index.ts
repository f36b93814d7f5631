export { type Follower, runFollower } from "./follower";
export { type Query, QueryFault, serveQueries } from "./queries";
export { reachShard, readShardConnection } from "./shard-connection";
