/** Whose address a request counts for: allow lists of keys are asked over the real socket, behind and beside load balancers. */

import { equal } from "node:assert/strict";
import { BlockList } from "node:net";
import { Client, RunningExchange } from "./running-exchange";

describe("The address of a client", function () {
  this.timeout(60_000);
  const running: RunningExchange[] = [];
  const start = async (trusted?: string) => {
    const trustedProxies = trusted === undefined ? undefined : new BlockList();
    if (trusted !== undefined) trustedProxies?.addSubnet(trusted, 24, "ipv4");
    const exchange = await RunningExchange.start({ trustedProxies });
    running.push(exchange);
    const [{ account }] = exchange.accounts;
    const key = await exchange.exchange.users.createHmacKey(account, "office", ["read"], { allowedAddresses: ["203.0.113.9"] });
    const client = new Client(exchange.url, { ...exchange.accounts[0], ...key });
    return async (forwarded?: string) => {
      const headers = { "x-mbx-apikey": key.apiKey, ...(forwarded === undefined ? {} : { "x-forwarded-for": forwarded }) };
      return (await exchange.request("GET", `/api/v3/account?${client.query({})}`, { headers })).status;
    };
  };
  after(() => Promise.all(running.map((each) => each.stop())));

  it("is, behind a load balancer, the last one that the load balancers did not add themselves", async () => {
    const ask = await start("127.0.0.0");
    equal(await ask("203.0.113.9"), 200);
    equal(await ask("198.51.100.1, 203.0.113.9"), 200, "what the client itself said before counts for nothing");
    equal(await ask("203.0.113.9, 127.0.0.7"), 200, "a second load balancer");
    equal(await ask("::ffff:203.0.113.9"), 200);
    equal(await ask("203.0.113.9, 198.51.100.1"), 401);
    equal(await ask("nonsense"), 401);
    equal(await ask(), 401);
  });

  it("is that of the connection for everybody else, whatever they say", async () => {
    for (const ask of [await start(), await start("10.16.0.0")]) {
      equal(await ask("203.0.113.9"), 401);
      equal(await ask(), 401);
    }
  });
});
