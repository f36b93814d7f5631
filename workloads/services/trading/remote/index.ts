export { connectShard, keyIdOf, type ShardClient, type ShardClientOptions } from "./client";
export { FrameReader, FrameType, ProtocolError } from "./frames";
export { type BinaryClient, type ShardServer, type ShardServerOptions, serveShard } from "./server";
