import { equal } from "node:assert/strict";
import { SignedPayloads } from "../../../workloads/gateway/sockets/signed-payload";

describe("The payload that a client of the WebSocket API signs", () => {
  it("has the parameters by name, without the signature and those that are null, whatever was signed before", () => {
    const payloads = new SignedPayloads();
    equal(
      payloads.of({ symbol: "BTCUSDT", apiKey: "k", signature: "s", recvWindow: 100, price: null }),
      "apiKey=k&recvWindow=100&symbol=BTCUSDT",
    );
    equal(
      payloads.of({ symbol: "ETHUSDT", apiKey: "l", signature: "s", recvWindow: 200, price: "1" }),
      "apiKey=l&price=1&recvWindow=200&symbol=ETHUSDT",
    );
    equal(payloads.of({ symbol: "ETHUSDT", apiKey: "l", signature: "s", recvWindow: 200 }), "apiKey=l&recvWindow=200&symbol=ETHUSDT");
    equal(payloads.of({ apiKey: "l", symbol: "ETHUSDT", signature: "s", recvWindow: 200 }), "apiKey=l&recvWindow=200&symbol=ETHUSDT");
    equal(payloads.of({ apiKey: "l", side: "BUY", signature: "s", recvWindow: 200 }), "apiKey=l&recvWindow=200&side=BUY");
    equal(payloads.of({}), "");
  });

  it("is one character a byte", () => {
    equal(new SignedPayloads().of({ id: "ä" }), "id=Ã¤");
  });
});
