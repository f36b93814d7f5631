/** The two accounts that a newcomer trades with: opened, funded and given an API key once; their keys stay in the exchange's home. */

import type { Asset, Instruments, Users, Wallet } from "../services/ports";
import type { OrderEntry } from "../services/trading/port";
import { demoTransferId } from "./demo-traders";
import type { Home } from "./home";
import { BTC, commandHeader, ETH, USDT } from "./listing";

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

/** The file of the accounts in the home, mode 0600. The keys are for the loopback alone, so their secrets may stand here. */
const file = "demo-accounts.json";

/** Opens what is missing and returns both accounts. Safe to repeat after an interruption at any point. */
export async function openDemoAccounts(deps: {
  home: Home;
  users: Users;
  entry: OrderEntry;
  instruments: Instruments;
  wallet: Wallet;
  clock: () => number;
}): Promise<DemoAccount[]> {
  const { home, users, entry, instruments, wallet, clock } = deps;
  const known = JSON.parse(home.read(file) ?? "[]") as DemoAccount[];
  const accounts: DemoAccount[] = [];
  for (const name of names) {
    const kept = known.find((one) => one.name === name && users.findKey(one.apiKey)?.account === one.account);
    accounts.push(kept ?? (await open(name, users)));
    if (kept === undefined) home.write(file, JSON.stringify(accounts, undefined, 2));
  }
  for (const { account } of accounts) {
    const held = wallet.account(account)?.balances ?? [];
    for (const [asset, whole] of deposits) {
      if (held.some((balance) => balance.asset === asset)) continue;
      const { decimals } = instruments.asset(asset) as Asset;
      const amount = whole * 10n ** BigInt(decimals);
      await entry.submit({
        kind: "deposit",
        ...commandHeader(clock()),
        account,
        asset,
        amount,
        transferId: demoTransferId(account, asset),
      });
    }
  }
  return accounts;
}

async function open(name: string, users: Users): Promise<DemoAccount> {
  const { account } = await users.createAccount(name);
  return { name, account, ...(await users.createHmacKey(account, "demo", ["read", "trade"])) };
}
