/** The outside world of money: networks that carry assets in and out, and the simulated ones of the embedded exchange. */

import { createHash } from "node:crypto";
import type { TransferNetwork } from "../ports";

/** A payment that arrived at one of our addresses, final on its network. */
export interface Arrival {
  network: string;
  asset: number;
  address: string;
  amount: bigint;
  /** Unique on its network. */
  transactionId: string;
}

export interface Payout {
  /** Names the payout: a repeat of an id must not pay twice and returns the first transaction. */
  id: string;
  network: string;
  asset: number;
  address: string;
  amount: bigint;
}

/** A payment to an address that belongs to none of our accounts. */
export class UnknownAddress extends Error {
  override readonly name = "UnknownAddress";
}

export interface Rails {
  networks(asset: number): readonly TransferNetwork[];
  /** The address of an account, the same every time. */
  address(network: string, account: number): Promise<string>;
  pay(payout: Payout): Promise<{ transactionId: string }>;
  /** Calls the listener for each arrival, again until it resolves; it rejects with {@link UnknownAddress} what is not ours. */
  onArrival(listener: (arrival: Arrival) => Promise<void>): void;
}

/**
 * Networks that exist in this process alone: payouts succeed at once, and what is paid to an address of ours arrives there. Other arrivals
 * are whatever {@link SimulatedRails.arrive} is told. No money moves anywhere.
 */
export class SimulatedRails implements Rails {
  readonly paid = new Map<string, Payout>();
  private listener: ((arrival: Arrival) => Promise<void>) | undefined;

  constructor(private readonly carried: readonly TransferNetwork[]) {}

  networks(asset: number): readonly TransferNetwork[] {
    return this.carried.filter((network) => network.asset === asset);
  }

  async address(network: string, account: number): Promise<string> {
    return `sim-${digest(`${network}/${account}`).slice(0, 32)}`;
  }

  async pay(payout: Payout): Promise<{ transactionId: string }> {
    const { id, ...payment } = payout;
    const transactionId = digest(id);
    if (!this.paid.has(id)) this.paid.set(id, payout);
    try {
      // A repeat arrives again, under the same transaction.
      await this.arrive({ ...payment, transactionId });
    } catch (error) {
      if (!(error instanceof UnknownAddress)) throw error;
    }
    return { transactionId };
  }

  onArrival(listener: (arrival: Arrival) => Promise<void>): void {
    this.listener = listener;
  }

  async arrive(arrival: Arrival): Promise<void> {
    await this.listener?.(arrival);
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
