/**
 * Places a limit order over binary order entry and cancels it:
 *
 *     BOURSE_BINARY=127.0.0.1:9100 BOURSE_API_KEY=... BOURSE_PRIVATE_KEY=ed25519.pem BOURSE_ACCOUNT=1 node -r ./source.cjs examples/binary-order.ts
 *
 * BOURSE_ACCOUNT is `uid` of `GET /api/v3/account`. See docs/binary-order-entry.md for the frames; the client here resends what a lost connection left open.
 */

import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { OrderType, SelfTradePrevention, Side, TimeInForce } from "@bourse/engine";
import { connectShard } from "../workloads/services/trading/remote";

const { BOURSE_BINARY = "", BOURSE_API_KEY = "", BOURSE_PRIVATE_KEY = "", BOURSE_ACCOUNT = "" } = process.env;

async function main(): Promise<void> {
  const [host, port] = BOURSE_BINARY.split(":");
  const account = Number(BOURSE_ACCOUNT);
  const client = await connectShard({
    connect: { host, port: Number(port) },
    keyId: BOURSE_API_KEY,
    privateKey: createPrivateKey(readFileSync(BOURSE_PRIVATE_KEY)),
    session: 2 ** 31 + 8 * account,
  });
  const symbol = 1;
  const header = { time: 0, session: 0, sessionSequence: 0, account, symbol };
  const placed = await client.submit({
    kind: "newOrder",
    ...header,
    side: Side.BUY,
    type: OrderType.LIMIT,
    timeInForce: TimeInForce.GTC,
    selfTradePrevention: SelfTradePrevention.EXPIRE_MAKER,
    price: 2_000_000, // ticks of 0.01: 20,000.00
    quantity: 1_000, // lots of 0.00001: 0.01
    quoteQuantity: 0n,
    stopPrice: 0,
    trailingDelta: 0,
    icebergQuantity: 0,
    clientKey: 0n,
    clientOrderId: "",
  });
  const accepted = placed.events.find((event) => event.kind === "orderAccepted");
  if (accepted === undefined) throw new Error(`refused: ${JSON.stringify(placed.events[0])}`);
  console.log(`placed ${accepted.orderId}`);
  const cancel = { orderId: accepted.orderId, clientKey: 0n, onlyIf: "any", clientOrderId: "" } as const;
  const cancelled = await client.submit({ kind: "cancelOrder", ...header, ...cancel });
  const closed = cancelled.events.find((event) => event.kind === "orderClosed");
  console.log(closed === undefined ? "not cancelled" : `cancelled ${closed.orderId}`);
  await client.close();
}

void main();
