/** The wallet service: balances as the shard last stated them. */

import type { Wallet } from "../ports";
import { type ProjectionDeps, type Running, startProjection } from "../projection";
import { BalancesFold } from "./balances";

/** Starts the wallet of one shard. */
export async function createWallet(deps: ProjectionDeps): Promise<Running<Wallet>> {
  const balances = new BalancesFold();
  return { service: balances, projection: await startProjection({ flushIntervalMs: 250, ...deps }, balances) };
}
