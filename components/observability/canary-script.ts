/**
 * What the canary does every minute, as the text of a Node.js module for Synthetics: it asks the public API as a client does and checks what it is told. It needs no
 * package, so that it runs in a test as it does in AWS.
 */

/** Variables of the canary's environment that the script reads. */
export const canaryVariables = { base: "BASE_URL", symbol: "SYMBOL", budget: "BUDGET_MS" } as const;

export const canaryScript = `"use strict";
const http = require("node:http");
const https = require("node:https");

/** The JSON of an answer with status 200, and how long it took. */
function ask(path) {
  const base = new URL(process.env.${canaryVariables.base});
  const client = base.protocol === "http:" ? http : https;
  const started = Date.now();
  return new Promise((resolve, reject) => {
    const request = client.get(new URL(path, base), { timeout: 5000 }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk)).once("error", reject);
      response.once("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        if (response.statusCode !== 200) return reject(new Error(path + ": status " + response.statusCode + " " + text.slice(0, 200)));
        try {
          resolve({ body: JSON.parse(text), milliseconds: Date.now() - started });
        } catch {
          reject(new Error(path + ": no JSON: " + text.slice(0, 200)));
        }
      });
    });
    request.once("timeout", () => request.destroy(new Error(path + ": no answer within 5 s"))).once("error", reject);
  });
}

function check(holds, message) {
  if (!holds) throw new Error(message);
}

exports.handler = async () => {
  const symbol = process.env.${canaryVariables.symbol};
  await ask("/api/v3/ping");
  const time = await ask("/api/v3/time");
  check(Math.abs(time.body.serverTime - Date.now()) < 1000, "the exchange's clock is more than a second off: " + time.body.serverTime);
  check(time.milliseconds <= Number(process.env.${canaryVariables.budget}), "/api/v3/time took " + time.milliseconds + " ms");

  const { body: info } = await ask("/api/v3/exchangeInfo?symbol=" + symbol);
  check(info.symbols.length === 1 && info.symbols[0].status === "TRADING", symbol + " does not trade");

  const { body: depth } = await ask("/api/v3/depth?limit=5&symbol=" + symbol);
  const [bid] = depth.bids;
  const [ask1] = depth.asks;
  check(bid === undefined || ask1 === undefined || Number(bid[0]) < Number(ask1[0]), "the book of " + symbol + " is crossed: " + bid + " / " + ask1);
  return "checked";
};
`;
