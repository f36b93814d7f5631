export { connectShard, keyIdOf, type ShardClient, type ShardClientOptions } from "./client";
export { FrameReader, FrameType, ProtocolError } from "./frames";
export { type ShardServer, serveShard } from "./server";
export type { BinaryClient, ShardServerOptions } from "./server-options";
export { openSharedShard, type SharedShard, type SharedShardOptions } from "./shared-connection";
