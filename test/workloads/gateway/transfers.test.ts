import { deepEqual, equal, ok } from "node:assert/strict";
import { Client, RunningExchange } from "./running-exchange";

describe("Deposits and withdrawals over the API", function () {
  this.timeout(60_000);
  let exchange: RunningExchange;
  let owner: Client;

  before(async () => {
    exchange = await RunningExchange.start();
    const { account } = exchange.alice;
    const key = await exchange.exchange.users.createHmacKey(account.account, "withdrawals", ["read", "withdraw"]);
    owner = new Client(exchange.url, { ...account, ...key });
  });

  after(async () => {
    deepEqual(exchange.faults, []);
    await exchange.stop();
  });

  const btc = async () => (await owner.get("/sapi/v1/capital/config/getall")).body.find((coin: { coin: string }) => coin.coin === "BTC");
  const withdraw = (change: Record<string, string> = {}, client = owner) =>
    client.post("/sapi/v1/capital/withdraw/apply", { coin: "BTC", amount: "1", address: "unset", ...change });

  it("show networks, the account's own address, and what a key may not do", async () => {
    const { networkList } = await btc();
    ok(networkList.length > 0 && networkList[0].isDefault === true);
    equal(networkList[0].coin, "BTC");
    const { body } = await owner.get("/sapi/v1/capital/deposit/address", { coin: "BTC" });
    ok(body.address.length > 0);
    deepEqual((await owner.get("/sapi/v1/capital/deposit/address", { coin: "BTC" })).body, body);
    equal((await owner.get("/sapi/v1/capital/deposit/address", { coin: "NOSUCH" })).body.code, -1130);
    const { users } = exchange.exchange;
    const trader = new Client(exchange.url, {
      ...owner.account,
      ...(await users.createHmacKey(owner.account.account, "trader", ["read", "trade"])),
    });
    deepEqual((await withdraw({}, trader)).body, { code: -2015, msg: "Invalid API-key, IP, or permissions for action." });
    deepEqual((await owner.get("/sapi/v1/capital/deposit/hisrec")).body, []);
  });

  it("take a withdrawal from the account once, however often it is asked for", async () => {
    const before = await btc();
    const { address } = (await exchange.bob.get("/sapi/v1/capital/deposit/address", { coin: "BTC" })).body;
    const first = await withdraw({ address, withdrawOrderId: "once" });
    equal(first.status, 200, JSON.stringify(first.body));
    deepEqual((await withdraw({ address, withdrawOrderId: "once" })).body, first.body);
    const after = await btc();
    equal(Number(before.free) - Number(after.free), 1);
    const [listed, ...others] = (await owner.get("/sapi/v1/capital/withdraw/history")).body;
    deepEqual(others, []);
    deepEqual([listed.id, listed.withdrawOrderId, listed.coin], [first.body.id, "once", "BTC"]);
    equal(Number(listed.amount) + Number(listed.transactionFee), 1);
  });

  it("refuse what cannot be paid or delivered, in words, and take nothing", async () => {
    const before = await btc();
    const { address } = (await exchange.bob.get("/sapi/v1/capital/deposit/address", { coin: "BTC" })).body;
    for (const [change, code, msg] of [
      [{ address, amount: "1000000" }, -4001, "amount: at most 1000.00000000 may be withdrawn at once"],
      [{ address, amount: "999" }, -4026, "the free balance is below the amount"],
      [{ address: "nowhere" }, -4033, "address: not one of network SIM"],
      [{ address, amount: "0.00000001" }, -4022, "Not less than the minimum pick-up quantity 0.00010000."],
      [{ address, network: "NONE" }, -4001, 'network: got "NONE", the asset travels on SIM'],
    ] as const) {
      const { status, body } = await withdraw(change);
      deepEqual([status, body], [400, { code, msg }]);
    }
    equal((await withdraw({ address, amount: "0.000000001" })).body.code, -1111);
    deepEqual((await btc()).free, before.free);
  });
});
