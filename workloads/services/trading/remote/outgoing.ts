/** Connections to a shard, as its clients, gateways and copies open them. */

import { connect, type OnReadOpts, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { ShardAddress } from "./client-options";

/**
 * Connects. What is written leaves at once: a short frame would else wait until the one before is acknowledged, for up to 40 ms. `tls.connect` passes over the option that
 * `net.connect` has for it.
 *
 * @param tls needed off the loopback
 * @param onread reads into one buffer, without TLS
 */
export function openSocket(address: ShardAddress, tls?: ConnectionOptions, onread?: OnReadOpts): Socket {
  const socket = tls ? connectTls({ ...tls, ...address, minVersion: "TLSv1.3" }) : connect({ ...address, onread });
  return socket.setNoDelay();
}
