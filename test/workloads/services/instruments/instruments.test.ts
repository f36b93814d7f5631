import { deepStrictEqual, strictEqual } from "node:assert";
import { SymbolState } from "@bourse/engine";
import { createInstruments } from "../../../../workloads/services/instruments";
import { openSqlite } from "../../../../workloads/stores/sql";
import { asset, filters, symbol } from "../event-bodies";
import { ScriptedFeed } from "../scripted-feed";

describe("instruments", () => {
  it("list assets and symbols in order, follow changes, and survive a restart without the older log", async () => {
    const sql = openSqlite(":memory:");
    const feed = new ScriptedFeed();
    const first = await createInstruments({ feed, sql });
    feed.command(asset(1, "BTC"));
    feed.command(asset(2, "USDT"));
    feed.command(symbol(2, "BTCUSDT"));
    feed.command(symbol(1, "USDTBTC", { baseAsset: 2, quoteAsset: 1 }));
    feed.command(symbol(2, "BTCUSDT", { state: SymbolState.HALT, filters: { ...filters, minNotional: 7n } }));

    const check = ({ service }: typeof first) => {
      deepStrictEqual(
        service.all().map((each) => each.name),
        ["BTCUSDT", "USDTBTC"],
      );
      deepStrictEqual(
        service.assets().map((each) => each.name),
        ["BTC", "USDT"],
      );
      const listed = service.byName("BTCUSDT");
      deepStrictEqual([listed?.symbol, listed?.base.name, listed?.quote.name, listed?.state], [2, "BTC", "USDT", SymbolState.HALT]);
      deepStrictEqual(listed?.filters, { ...filters, minNotional: 7n });
      strictEqual(service.bySymbol(1)?.base.asset, 2);
      deepStrictEqual(service.assetByName("USDT"), { asset: 2, name: "USDT", decimals: 8 });
      strictEqual(service.asset(3), undefined);
      strictEqual(service.byName("btcusdt"), undefined);
    };
    check(first);
    await first.projection.close();
    feed.droppedTo = feed.batches.length;
    const second = await createInstruments({ feed, sql });
    check(second);
    await second.projection.close();
    await sql.close();
  });
});
