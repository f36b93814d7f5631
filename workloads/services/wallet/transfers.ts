/**
 * Deposits and withdrawals. Each is a row that goes from state to state; every step may be repeated after a crash, because the shard and the
 * rails know each transfer by its id. What was interrupted is taken up again by the sweep.
 */

import { randomBytes } from "node:crypto";
import { type Event, RejectReason } from "@bourse/engine";
import type { Kysely } from "kysely";
import { activeSpan } from "../../process/spans";
import type { Sql } from "../../stores/sql";
import type { Topic } from "../../stores/topic";
import {
  type DepositRecord,
  type Instruments,
  type TransferNetwork,
  type TransferRefusal,
  TransferRefused,
  type Transfers,
  type WithdrawalRecord,
} from "../ports";
import { type OrderEntry, type Position, PositionLost, ShardBusy, ShardUnavailable } from "../trading/port";
import { amountText } from "./amount";
import { type Arrival, type Rails, UnknownAddress } from "./rails";
import {
  type DepositRow,
  depositFromRow,
  type TransferTables,
  transferMigrations,
  type WithdrawalRow,
  withdrawalFromRow,
} from "./transfer-rows";

export interface TransfersDeps {
  sql: Sql;
  orderEntry: OrderEntry;
  rails: Rails;
  /** Names assets to people. */
  instruments: Pick<Instruments, "asset">;
  /** Told of credited deposits, paid and refused withdrawals, at least once each, as `notices.ts` of the notification service reads them. */
  notices: Topic;
  /** Resolves when the position cannot be lost any more: in the second region, where there is one. Nothing is paid out before. @default at once */
  confirmed?: (position: Position) => Promise<void>;
  /** Whether a position is still of the log: what was given up in a takeover is entered again. @default it always is */
  holds?: (position: Position) => Promise<boolean>;
  /** Milliseconds between sweeps for interrupted transfers. @default 1,000 */
  sweepMs?: number;
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
  onError?: (error: Error) => void;
}

const MAX_CLIENT_ID = 64;
/** Transfers that one sweep takes up. */
const SWEEP_ROWS = 100;

/** The refusals that a client can do something about. */
const refusals: Partial<Record<RejectReason, [TransferRefusal, string]>> = {
  [RejectReason.INSUFFICIENT_BALANCE]: ["balance", "the free balance is below the amount"],
  [RejectReason.ACCOUNT_DISABLED]: ["account", "the account may not do this"],
  [RejectReason.UNKNOWN_ACCOUNT]: ["account", "the account is not open"],
  [RejectReason.UNKNOWN_ASSET]: ["network", "the asset is not listed"],
  [RejectReason.AMOUNT_OUT_OF_RANGE]: ["amount", "the amount is out of range"],
};

/** Refusals of a deposit that a repeat does not cure. */
const lastingRefusals: ReadonlySet<RejectReason> = new Set([
  RejectReason.ACCOUNT_DISABLED,
  RejectReason.UNKNOWN_ACCOUNT,
  RejectReason.UNKNOWN_ASSET,
  RejectReason.AMOUNT_OUT_OF_RANGE,
]);

class TransfersService implements Transfers {
  private readonly db: Kysely<TransferTables>;
  private readonly now: () => number;
  private timer: NodeJS.Timeout | undefined;
  /** Ids of transfers that a step is running for. */
  private readonly running = new Set<string>();
  private readonly background = new Set<Promise<void>>();
  private closed = false;
  /** Rejects when the service stops: what still waits for its confirmation is taken up by the next start. */
  private readonly stopping = Promise.withResolvers<never>();

  constructor(private readonly deps: TransfersDeps) {
    this.db = deps.sql.database<TransferTables>();
    this.now = deps.now ?? Date.now;
    this.stopping.promise.catch(() => {});
  }

  start(): void {
    this.deps.rails.onArrival((arrival) => this.receive(arrival));
    this.timer = setInterval(() => this.inBackground(this.sweep()), this.deps.sweepMs ?? 1_000).unref();
    this.inBackground(this.sweep());
  }

  async close(): Promise<void> {
    this.closed = true;
    this.stopping.reject(new Error("the transfers are closed"));
    clearInterval(this.timer);
    while (this.background.size > 0) await Promise.allSettled(this.background);
  }

  networks(asset: number): readonly TransferNetwork[] {
    return this.deps.rails.networks(asset);
  }

  async depositAddress(account: number, asset: number, network: string): Promise<string> {
    this.network(asset, network);
    const address = await this.deps.rails.address(network, account);
    const row = { network, address, account };
    await this.db
      .insertInto("deposit_address")
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return address;
  }

  async deposits(account: number, range: Parameters<Transfers["deposits"]>[1]): Promise<DepositRecord[]> {
    let query = this.db.selectFrom("deposit").selectAll().where("account", "=", account);
    if (range.asset !== undefined) query = query.where("asset", "=", range.asset);
    if (range.startTime !== undefined) query = query.where("time", ">=", range.startTime);
    if (range.endTime !== undefined) query = query.where("time", "<=", range.endTime);
    return (await query.orderBy("time", "desc").orderBy("id").limit(range.limit).execute()).map(depositFromRow);
  }

  async withdrawals(account: number, range: Parameters<Transfers["withdrawals"]>[1]): Promise<WithdrawalRecord[]> {
    let query = this.db.selectFrom("withdrawal").selectAll().where("account", "=", account);
    if (range.asset !== undefined) query = query.where("asset", "=", range.asset);
    if (range.startTime !== undefined) query = query.where("time", ">=", range.startTime);
    if (range.endTime !== undefined) query = query.where("time", "<=", range.endTime);
    return (await query.orderBy("time", "desc").orderBy("id").limit(range.limit).execute()).map(withdrawalFromRow);
  }

  async withdraw(account: number, request: Parameters<Transfers["withdraw"]>[1]): Promise<WithdrawalRecord> {
    const { asset, network, address, amount, clientId = "" } = request;
    const { withdrawFee } = this.checkWithdrawal(request);
    const time = this.now();
    const id = newId();
    const names = { id, account, asset, network, address, client_id: clientId || id };
    const amounts = { amount: amount.toString(), fee: withdrawFee.toString() };
    const row: WithdrawalRow = {
      ...names,
      ...amounts,
      transaction_id: "",
      status: "requested",
      sequence: 0,
      epoch: 0,
      shard: 0,
      time,
      update_time: time,
    };
    // The sweep must not take it up meanwhile.
    this.running.add(id);
    try {
      await this.db
        .insertInto("withdrawal")
        .values(row)
        .onConflict((conflict) => conflict.columns(["account", "client_id"]).doNothing())
        .execute();
      const stored = await this.withdrawalRow(account, row.client_id);
      if (stored.id !== id) return this.firstOf(stored, request);
      await this.debit(row, true);
    } finally {
      this.running.delete(id);
    }
    this.inBackground(this.step(row.id, () => this.payOut(row)));
    return withdrawalFromRow(row);
  }

  /** What a repeated client id stands for: the first withdrawal, if it was the same. */
  private firstOf(first: WithdrawalRow, { asset, network, address, amount }: Parameters<Transfers["withdraw"]>[1]): WithdrawalRecord {
    const same = first.asset === asset && first.network === network && first.address === address && first.amount === amount.toString();
    if (!same) throw new TransferRefused("clientId", `client id "${first.client_id}" was used for another withdrawal, choose a new one`);
    if (first.status === "refused")
      throw new TransferRefused("clientId", `client id "${first.client_id}" was refused before, choose a new one`);
    return withdrawalFromRow(first);
  }

  private checkWithdrawal({ asset, network, address, amount, clientId = "" }: Parameters<Transfers["withdraw"]>[1]): TransferNetwork {
    const carried = this.network(asset, network);
    const { withdrawMin, withdrawMax, withdrawFee, addressPattern } = carried;
    if (amount < withdrawMin || amount > withdrawMax || amount <= withdrawFee) {
      throw new TransferRefused(
        "amount",
        `amount: got ${amount} units, expected ${withdrawMin} to ${withdrawMax} and more than the fee of ${withdrawFee}`,
      );
    }
    if (!new RegExp(`^(?:${addressPattern})$`).test(address))
      throw new TransferRefused("address", `address: not one of network ${network}`);
    if (clientId.length > MAX_CLIENT_ID)
      throw new TransferRefused("clientId", `client id: got ${clientId.length} characters, at most ${MAX_CLIENT_ID} are allowed`);
    return carried;
  }

  private network(asset: number, network: string): TransferNetwork {
    const all = this.deps.rails.networks(asset);
    const carried = all.find((each) => each.network === network);
    if (carried !== undefined) return carried;
    throw new TransferRefused(
      "network",
      `network: got "${network}", the asset travels on ${all.map((each) => each.network).join(", ") || "none"}`,
    );
  }

  /** requested -> debited, or refused. After a first attempt only the shard's own answer can tell that nothing was taken. */
  private async debit(row: WithdrawalRow, firstAttempt: boolean): Promise<void> {
    const { account, asset } = row;
    let events: Event[];
    let position: Position;
    try {
      const transfer = { account, asset, amount: BigInt(row.amount), transferId: BigInt(row.id) };
      ({ events, position } = await this.deps.orderEntry.submit({ kind: "withdraw", ...this.header(), ...transfer }, activeSpan()));
    } catch (error) {
      const nothingLogged = error instanceof ShardBusy || (error instanceof ShardUnavailable && error.logged === "no");
      if (firstAttempt && nothingLogged) await this.update(row, { status: "refused" });
      throw error;
    }
    const reason = refusalOf(events);
    if (reason !== undefined) {
      await this.update(row, { status: "refused" });
      throw new TransferRefused(...(refusals[reason] ?? (["account", `the exchange refused it (reason ${reason})`] as const)));
    }
    await this.update(row, { status: "debited", ...position });
  }

  /** debited -> paid. */
  private async payOut(row: WithdrawalRow): Promise<void> {
    const position = { shard: row.shard, epoch: row.epoch, sequence: row.sequence };
    try {
      if ((await this.deps.holds?.(position)) === false) throw new PositionLost(position);
      if (this.deps.confirmed !== undefined) await Promise.race([this.deps.confirmed(position), this.stopping.promise]);
    } catch (error) {
      // The account has the amount again: it is taken once more before anything is paid.
      if (error instanceof PositionLost) await this.update(row, { status: "requested", shard: 0, epoch: 0, sequence: 0 });
      throw error;
    }
    const { id, network, asset, address } = row;
    const amount = BigInt(row.amount) - BigInt(row.fee);
    const { transactionId } = await this.deps.rails.pay({ id, network, asset, address, amount });
    await this.tell("withdrawalPaid", row, amount);
    await this.update(row, { status: "paid", transaction_id: transactionId });
  }

  /** A payment arrived: pending -> credited, or refused. */
  private async receive(arrival: Arrival): Promise<void> {
    const { network, address, asset, amount, transactionId } = arrival;
    const owners = this.db.selectFrom("deposit_address").select("account").where("network", "=", network).where("address", "=", address);
    const owner = await owners.executeTakeFirst();
    if (owner === undefined) throw new UnknownAddress(`a payment arrived at ${address} on ${network}, which is no address of ours`);
    const time = this.now();
    const names = { id: newId(), account: owner.account, asset, network, address, transaction_id: transactionId };
    const place = { shard: 0, epoch: 0, sequence: 0 };
    const row: DepositRow = { ...names, ...place, amount: amount.toString(), status: "pending", time, update_time: time };
    await this.db
      .insertInto("deposit")
      .values(row)
      .onConflict((conflict) => conflict.columns(["network", "transaction_id"]).doNothing())
      .execute();
    const deposits = this.db.selectFrom("deposit").selectAll().where("network", "=", network).where("transaction_id", "=", transactionId);
    const stored = await deposits.executeTakeFirstOrThrow();
    if (stored.status === "pending") await this.step(stored.id, () => this.credit(stored));
  }

  private async credit(row: DepositRow): Promise<void> {
    const { account, asset } = row;
    const transfer = { account, asset, amount: BigInt(row.amount), transferId: BigInt(row.id) };
    const { events, position } = await this.deps.orderEntry.submit({ kind: "deposit", ...this.header(), ...transfer }, activeSpan());
    const reason = refusalOf(events);
    const refused = reason !== undefined;
    if (refused && !lastingRefusals.has(reason))
      throw new Error(`the exchange refused the deposit (reason ${reason}), it will be repeated`);
    if (!refused) await this.tell("depositCredited", row, transfer.amount);
    const change = { status: refused ? "refused" : "credited", ...position, update_time: this.now() };
    await this.db.updateTable("deposit").set(change).where("id", "=", row.id).execute();
  }

  /** Takes up what a crash, a full shard or a failing rail interrupted. */
  private async sweep(): Promise<void> {
    await this.creditLostAgain();
    const deposits = await this.db
      .selectFrom("deposit")
      .selectAll()
      .where("status", "=", "pending")
      .orderBy("time")
      .limit(SWEEP_ROWS)
      .execute();
    for (const row of deposits) await this.step(row.id, () => this.credit(row));
    const open = this.db.selectFrom("withdrawal").selectAll().where("status", "in", ["requested", "debited"]);
    for (const row of await open.orderBy("time").limit(SWEEP_ROWS).execute()) {
      await this.step(row.id, async () => {
        if (row.status === "requested") await this.debit(row, false);
        await this.payOut(row);
      });
    }
  }

  /** Deposits that were credited behind the end of the log that a takeover has left: from the newest back to the first that the log has. */
  private async creditLostAgain(): Promise<void> {
    if (this.deps.holds === undefined) return;
    for (;;) {
      const credited = this.db.selectFrom("deposit").selectAll().where("status", "=", "credited").where("epoch", ">", 0);
      const row = await credited.orderBy("epoch", "desc").orderBy("sequence", "desc").limit(1).executeTakeFirst();
      if (row === undefined || (await this.deps.holds(row))) return;
      const change = { status: "pending", shard: 0, epoch: 0, sequence: 0, update_time: this.now() };
      await this.db.updateTable("deposit").set(change).where("id", "=", row.id).execute();
    }
  }

  /** Runs a step unless one is running for the same transfer; what fails is left to the next sweep. */
  private async step(id: string, run: () => Promise<void>): Promise<void> {
    if (this.closed || this.running.has(id)) return;
    this.running.add(id);
    try {
      await run();
    } catch (error) {
      if (!(error instanceof TransferRefused) && !this.closed) {
        (this.deps.onError ?? console.error)(new Error(`transfer ${id}: ${(error as Error).message}`, { cause: error }));
      }
    } finally {
      this.running.delete(id);
    }
  }

  private inBackground(work: Promise<void>): void {
    const settled = work
      .catch((error: Error) => (this.deps.onError ?? console.error)(new Error(`transfers: ${error.message}`, { cause: error })))
      .finally(() => this.background.delete(settled));
    this.background.add(settled);
  }

  private async withdrawalRow(account: number, clientId: string): Promise<WithdrawalRow> {
    const rows = this.db.selectFrom("withdrawal").selectAll().where("account", "=", account).where("client_id", "=", clientId);
    return rows.executeTakeFirstOrThrow();
  }

  private async update(row: WithdrawalRow, change: Partial<WithdrawalRow>): Promise<void> {
    Object.assign(row, change, { update_time: this.now() });
    await this.db.updateTable("withdrawal").set(row).where("id", "=", row.id).execute();
  }

  private async tell(kind: "depositCredited" | "withdrawalPaid", row: DepositRow | WithdrawalRow, amount: bigint): Promise<void> {
    const { id, account, network, address } = row;
    const { name, decimals } = this.deps.instruments.asset(row.asset) ?? { name: `asset ${row.asset}`, decimals: 0 };
    const notice = {
      id: `${kind}/${id}`,
      kind,
      account,
      asset: name,
      amount: amountText(amount, decimals),
      network,
      address,
      time: this.now(),
    };
    await this.deps.notices.publish(JSON.stringify(notice));
  }

  private header() {
    return { time: this.now() * 1_000, session: 0, sessionSequence: 0 };
  }
}

/** Why the shard refused a transfer; undefined when it was made, now or before. */
function refusalOf(events: readonly Event[]): RejectReason | undefined {
  const rejected = events.find((event) => event.kind === "rejected");
  return rejected === undefined || rejected.reason === RejectReason.DUPLICATE_TRANSFER ? undefined : rejected.reason;
}

/** 61 random bits in decimal: an id for the row, the rail and, as a number, for the shard, whose own transfers have bit 62 set. */
function newId(): string {
  return (randomBytes(8).readBigUInt64BE() >> 3n).toString();
}

/** Starts deposits and withdrawals; what an earlier run left unfinished is taken up at once. */
export async function createTransfers(deps: TransfersDeps): Promise<Transfers & { close(): Promise<void> }> {
  await deps.sql.migrate("transfers", transferMigrations);
  const transfers = new TransfersService(deps);
  transfers.start();
  return transfers;
}
