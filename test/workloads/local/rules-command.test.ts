/** `bourse-exchange activate`: a shard that began with older rules gets newer ones, stopped or running, and its log still replays. */

import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NEWEST_VERSION, type NewOrder, type NewOrderList, OrderType, Side } from "@bourse/engine";
import { nodeFileSystem } from "../../../workloads/journal";
import { activateCommand } from "../../../workloads/local/rules-command";
import { openTradingShard, type TradingShard, verifyFolder } from "../../../workloads/services/trading";
import { keyIdOf, serveShard } from "../../../workloads/services/trading/remote";
import { limitOrder, openMarket } from "../services/trading/command-mix";

const day = 86_400_000_000;

describe("bourse-exchange activate", function () {
  this.timeout(60_000);
  let home: string;
  let folder: string;

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), "bourse-rules-"));
    folder = join(home, "journal");
    const shard = await openTradingShard({ folder, shard: 0 });
    const began = Date.now() * 1_000 - 3 * day;
    for (const command of openMarket(2)) await shard.submit({ ...command, time: began });
    // The last trade price is 100.
    await shard.submit(limitOrder(1, Side.SELL, 100, 1, began));
    await shard.submit(limitOrder(2, Side.BUY, 100, 1, began));
    await shard.close();
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const run = async (args: string[], env: NodeJS.ProcessEnv = { BOURSE_HOME: home }) => {
    const lines: string[] = [];
    equal(await activateCommand(args, env, (line) => lines.push(line)), 0);
    return lines;
  };

  /** What becomes of an OCO whose profit lies below the last price. */
  async function misplacedOco(shard: TradingShard): Promise<string> {
    const sell = limitOrder(1, Side.SELL, 90, 5, Date.now() * 1_000) as NewOrder;
    const legs: NewOrderList["legs"] = [
      { ...sell, type: OrderType.LIMIT_MAKER },
      { ...sell, type: OrderType.STOP_LOSS, price: 0, stopPrice: 80 },
    ];
    const list = { account: 1, symbol: sell.symbol, contingency: "OCO", legs, listClientKey: 0n, listClientOrderId: "" } as const;
    const { events } = await shard.submit({ kind: "newOrderList", time: sell.time, session: 0, sessionSequence: 0, ...list });
    return events[0].kind;
  }

  it("switches the shard of a home that is stopped, days after its last command, and its log replays", async () => {
    const old = await openTradingShard({ folder, shard: 0 });
    equal(await misplacedOco(old), "orderAccepted");
    await old.close();
    deepEqual(await run([]), [`rules of version ${NEWEST_VERSION} are in force`]);
    deepEqual(await run([String(NEWEST_VERSION)]), [`rules of version ${NEWEST_VERSION} are in force`], "a second time changes nothing");

    const renewed = await openTradingShard({ folder, shard: 0 });
    equal(await misplacedOco(renewed), "rejected");
    const hash = renewed.stateHash();
    await renewed.close();
    equal(hash.startsWith(verifyFolder(nodeFileSystem, folder).stateHash), true);
    await rejects(run(["1"]), /newer rules than those of version 1 are in force/);
  });

  it("switches a shard that runs, with the settings of a service", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const key = join(home, "operator.pem");
    writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }));
    const shard = await openTradingShard({ folder, shard: 0 });
    const client = { publicKey, sessions: new Set([77]), accounts: "all" as const, readsEvents: false };
    const findClient = (keyId: string) => (keyId === keyIdOf(publicKey) ? client : undefined);
    const server = await serveShard({ shard, listen: { host: "127.0.0.1", port: 0 }, findClient });
    try {
      await rejects(run([], { BOURSE_HOME: home }), /another process|in use|locked/i);
      const reach = { BOURSE_TRADING: `127.0.0.1:${server.port}`, BOURSE_TRADING_KEY: key, BOURSE_TRADING_SESSION: "77" };
      deepEqual(await run([], reach), [`rules of version ${NEWEST_VERSION} are in force`]);
      equal(await misplacedOco(shard), "rejected");
    } finally {
      await shard.close();
      await server.close();
    }
  });

  it("says what is wrong with a call", async () => {
    await rejects(run(["newest"]), /VERSION is "newest"; allowed are 1 to \d+/);
    await rejects(run([String(NEWEST_VERSION + 1)]), /allowed are 1 to/);
    await rejects(run(["--folder", join(home, "elsewhere")]), /there is no folder/);
    await rejects(run([], { BOURSE_TRADING: "nowhere" }), /BOURSE_TRADING is "nowhere"; it must be host:port/);
    match((await run(["--help"])).join("\n"), /Usage: bourse-exchange activate/);
  });
});
