/** Accounts, their balances, and the ledger of what moved them, folded from the shard's events. */

import type { AccountChanged, BalanceChanged, Event, FeeTierChanged, Trade } from "@bourse/engine";
import type { Sql } from "../../stores/sql";
import type { AccountState, Balance, Wallet } from "../ports";
import { type Fold, WriteBehind } from "../projection";
import { Ledger } from "./ledger";
import { migrations, type WalletTables } from "./rows";

interface AccountRecord {
  account: number;
  canTrade: boolean;
  canWithdraw: boolean;
  canDeposit: boolean;
  feeTier: number;
  discountFees: boolean;
  tradeGroup: number;
  updateTime: number;
  /** By asset; the same records for ever, so that each is its own identity among the rows that wait. */
  balances: Map<number, OwnedBalance>;
}

type OwnedBalance = Balance & { account: number };

interface FeeTier {
  feeTier: number;
  makerRate: number;
  takerRate: number;
  discount: number;
}

/** Rates of a tier that was never set. */
const NO_FEES = { makerRate: 0, takerRate: 0, discount: 0 };

export class BalancesFold implements Fold, Wallet {
  readonly name = "wallet";
  readonly migrations = migrations;
  private readonly accountRows = new WriteBehind<AccountRecord>("wallet_account", ["account"], accountRow);
  private readonly balanceRows = new WriteBehind<OwnedBalance>("wallet_balance", ["account", "asset"], balanceRow);
  private readonly tierRows = new WriteBehind<FeeTier>("fee_tier", ["fee_tier"], tierRow);
  private readonly ledger = new Ledger();
  readonly tables = [this.accountRows, this.balanceRows, this.tierRows, this.ledger.movementRows, this.ledger.feeRows];

  private readonly accounts = new Map<number, AccountRecord>();
  private readonly tiers = new Map<number, FeeTier>();

  async load(sql: Sql): Promise<void> {
    const db = sql.database<WalletTables>();
    for (const row of await db.selectFrom("wallet_account").selectAll().execute()) {
      this.accounts.set(row.account, {
        account: row.account,
        canTrade: row.can_trade === 1,
        canWithdraw: row.can_withdraw === 1,
        canDeposit: row.can_deposit === 1,
        feeTier: row.fee_tier,
        discountFees: row.discount_fees === 1,
        tradeGroup: row.trade_group,
        updateTime: row.update_time,
        balances: new Map(),
      });
    }
    for (const { account, asset, free, locked } of await db.selectFrom("wallet_balance").selectAll().execute()) {
      this.known(account).balances.set(asset, { account, asset, free: BigInt(free), locked: BigInt(locked) });
    }
    await this.ledger.load(db);
    for (const row of await db.selectFrom("fee_tier").selectAll().execute()) {
      const { fee_tier: feeTier, maker_rate: makerRate, taker_rate: takerRate, discount } = row;
      this.tiers.set(feeTier, { feeTier, makerRate, takerRate, discount });
    }
  }

  apply(event: Event): void {
    if (event.kind === "balanceChanged") this.onBalanceChanged(event);
    else if (event.kind === "trade") this.onTrade(event);
    else if (event.kind === "accountChanged") this.onAccountChanged(event);
    else if (event.kind === "feeTierChanged") this.onFeeTierChanged(event);
  }

  account(account: number): AccountState | undefined {
    const record = this.accounts.get(account);
    if (record === undefined) return undefined;
    const { feeTier, balances, ...state } = record;
    const { makerRate, takerRate, discount } = this.tiers.get(feeTier) ?? NO_FEES;
    const list = Array.from(balances.values(), ({ asset, free, locked }) => ({ asset, free, locked })).sort((a, b) => a.asset - b.asset);
    return { ...state, makerRate, takerRate, discount, balances: list };
  }

  private onBalanceChanged({ account, asset, free, locked, cause, sequence, time }: BalanceChanged): void {
    if (free < 0n || locked < 0n) throw new Error(`wallet: account ${account} would hold ${free} free, ${locked} locked of asset ${asset}`);
    const record = this.known(account);
    let balance = record.balances.get(asset);
    if (balance === undefined) {
      balance = { account, asset, free: 0n, locked: 0n };
      record.balances.set(asset, balance);
    }
    this.ledger.move(sequence, account, asset, cause, free + locked - (balance.free + balance.locked));
    balance.free = free;
    balance.locked = locked;
    record.updateTime = time;
    this.balanceRows.put(balance, balance);
    this.accountRows.put(account, record);
  }

  private onTrade({ sequence, takerFee, takerFeeAsset, makerFee, makerFeeAsset }: Trade): void {
    this.ledger.fee(sequence, takerFeeAsset, takerFee);
    this.ledger.fee(sequence, makerFeeAsset, makerFee);
  }

  private onAccountChanged(event: AccountChanged): void {
    const { account, canTrade, canWithdraw, canDeposit, feeTier, discountFees, tradeGroup, time } = event;
    const balances = this.accounts.get(account)?.balances ?? new Map<number, OwnedBalance>();
    const record = { account, canTrade, canWithdraw, canDeposit, feeTier, discountFees, tradeGroup, updateTime: time, balances };
    this.accounts.set(account, record);
    this.accountRows.put(account, record);
  }

  private onFeeTierChanged({ feeTier, makerRate, takerRate, discount }: FeeTierChanged): void {
    const tier = { feeTier, makerRate, takerRate, discount };
    this.tiers.set(feeTier, tier);
    this.tierRows.put(feeTier, tier);
  }

  private known(account: number): AccountRecord {
    const record = this.accounts.get(account);
    if (record === undefined) throw new Error(`wallet: account ${account} has a balance but was never opened`);
    return record;
  }
}

function accountRow(record: AccountRecord): WalletTables["wallet_account"] {
  return {
    account: record.account,
    can_trade: Number(record.canTrade),
    can_withdraw: Number(record.canWithdraw),
    can_deposit: Number(record.canDeposit),
    fee_tier: record.feeTier,
    discount_fees: Number(record.discountFees),
    trade_group: record.tradeGroup,
    update_time: record.updateTime,
  };
}

function balanceRow({ account, asset, free, locked }: OwnedBalance): WalletTables["wallet_balance"] {
  return { account, asset, free: free.toString(), locked: locked.toString() };
}

function tierRow({ feeTier, makerRate, takerRate, discount }: FeeTier): WalletTables["fee_tier"] {
  return { fee_tier: feeTier, maker_rate: makerRate, taker_rate: takerRate, discount };
}
