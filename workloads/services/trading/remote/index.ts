export { connectShard } from "./client";
export { keyIdOf, type ShardClient, type ShardClientOptions } from "./client-options";
export { FrameReader, FrameType, ProtocolError } from "./frames";
export { type RelayOptions, serveRelay } from "./relay";
export { type ShardServer, serveShard } from "./server";
export { type BinaryClient, memberSessions, type ShardServerOptions } from "./server-options";
export { openSharedShard, type SharedShard, type SharedShardOptions } from "./shared-connection";
