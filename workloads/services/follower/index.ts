export { type Follower, runFollower } from "./follower";
export { type Query, QueryFault } from "./queries";
export { reachShard, readShardConnection } from "./shard-connection";
