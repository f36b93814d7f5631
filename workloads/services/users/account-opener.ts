/** Opens accounts in the shard, over a connection that is made when one is needed. */

import { RejectReason } from "@bourse/engine";
import { activeSpan } from "../../process/spans";
import { type OrderEntry, ShardUnavailable } from "../trading/port";

/** What a new account may do, and pays: the tier of those of whom nothing else was said. */
const opened = { canTrade: true, canWithdraw: true, canDeposit: true, feeTier: 0, discountFees: false, tradeGroup: 0 };

/** A connection to the shard that may be lost, and is then made anew. */
export interface ShardConnection extends OrderEntry {
  readonly connected: boolean;
  close(): Promise<void>;
}

/** Opens an account; one that is open keeps what it is. @param time microseconds since 1970 */
export async function openAccount(entry: OrderEntry, account: number, time: number): Promise<void> {
  const header = { time, session: 0, sessionSequence: 0, account };
  // A deposit of nothing moves nothing, and is refused for another reason where the account is open: its flags must not be set again.
  const probe = await entry.submit({ kind: "deposit", ...header, asset: 0, amount: 0n, transferId: 0n }, activeSpan());
  const [answer] = probe.events;
  if (answer.kind !== "rejected" || answer.reason !== RejectReason.UNKNOWN_ACCOUNT) return;
  await entry.submit({ kind: "setAccount", ...header, ...opened }, activeSpan());
}

export class AccountOpener {
  private shard: ShardConnection | undefined;
  /** One at a time: the connection is one. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly connect: () => Promise<ShardConnection>) {}

  /** @throws ShardUnavailable when the shard does not answer; opening again does no harm */
  open(account: number): Promise<void> {
    const opening = this.last.then(() => this.openNow(account));
    this.last = opening.catch(() => {});
    return opening;
  }

  async close(): Promise<void> {
    await this.shard?.close();
  }

  private async openNow(account: number): Promise<void> {
    try {
      // One that was lost may give up just now: another is made at once.
      if (this.shard?.connected === false) await this.shard.close();
      if (this.shard?.connected !== true) this.shard = await this.connect();
      await openAccount(this.shard, account, Date.now() * 1_000);
    } catch (error) {
      if (error instanceof ShardUnavailable) {
        await this.shard?.close();
        this.shard = undefined;
      }
      throw error;
    }
  }
}
