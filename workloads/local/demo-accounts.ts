/** The two accounts that a newcomer trades with: opened, funded, given an API key and a mail address; their keys stay in the exchange's home. */

import type { Notification } from "../services/notification";
import type { Asset, Instruments, Users, Wallet } from "../services/ports";
import type { OrderEntry } from "../services/trading/port";
import type { Home } from "./home";
import { BTC, commandHeader, ETH, feeTiers, submit, transferId, USDT } from "./listing";

export interface DemoAccount {
  name: string;
  account: number;
  apiKey: string;
  secretKey: string;
}

const names = ["alice", "bob"];

/** Whole units that each account begins with. */
const deposits = [
  [BTC, 10n],
  [ETH, 100n],
  [USDT, 1_000_000n],
] as const;

/** The file of the accounts in the home, mode 0600; the terminal reads it, too. The keys are for the loopback alone, so their secrets may stand here. */
export const demoAccountsFile = "demo-accounts.json";

export interface DemoAccountsDeps {
  home: Home;
  users: Users;
  entry: OrderEntry;
  instruments: Instruments;
  wallet: Wallet;
  notification: Pick<Notification, "setAddress">;
  /** Microseconds since 1970. */
  clock: () => number;
}

/** Opens what is missing and returns both accounts. Safe to repeat after an interruption at any point. */
export async function openDemoAccounts(deps: DemoAccountsDeps): Promise<DemoAccount[]> {
  const { home, users, notification } = deps;
  const { accounts: known } = JSON.parse(home.read(demoAccountsFile) ?? '{"accounts":[]}') as { accounts: DemoAccount[] };
  const accounts: DemoAccount[] = [];
  for (const name of names) {
    const account = (await users.accountNamed(name)) ?? (await users.createAccount(name)).account;
    await notification.setAddress(account, `${name}@bourse.example`);
    const kept = known.find(({ apiKey }) => users.findKey(apiKey)?.account === account);
    accounts.push(kept ?? { name, account, ...(await users.createHmacKey(account, "demo", ["read", "trade", "withdraw"])) });
    await fund(deps, account);
  }
  if (known.length !== accounts.length || accounts.some((one, index) => one.apiKey !== known[index].apiKey)) {
    home.write(demoAccountsFile, `${JSON.stringify({ accounts }, undefined, 2)}\n`);
  }
  return accounts;
}

async function fund({ entry, instruments, wallet, clock }: DemoAccountsDeps, account: number): Promise<void> {
  const opened = wallet.account(account);
  if (opened === undefined) {
    const flags = { canTrade: true, canWithdraw: true, canDeposit: true, feeTier: feeTiers.regular, discountFees: false, tradeGroup: 0 };
    await submit(entry, { kind: "setAccount", ...commandHeader(clock()), account, ...flags });
  }
  for (const [asset, whole] of deposits) {
    if (opened?.balances.some((balance) => balance.asset === asset)) continue;
    const { decimals } = instruments.asset(asset) as Asset;
    const amount = whole * 10n ** BigInt(decimals);
    await submit(entry, { kind: "deposit", ...commandHeader(clock()), account, asset, amount, transferId: transferId(account, asset) });
  }
}
