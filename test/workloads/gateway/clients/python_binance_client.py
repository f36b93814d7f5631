"""Trades with the unmodified python-binance: REST, order types, errors, user socket and depth cache. Prints `passed` at the end."""

import asyncio
import json
import sys

from binance import AsyncClient, BinanceSocketManager, Client, DepthCacheManager
from binance.base_client import BaseClient
from binance.exceptions import BinanceAPIException

demo = json.load(open(sys.argv[1]))
alice, bob = demo["accounts"]
base = demo["baseUrl"]
socket = base.replace("http://", "ws://")

Client.API_URL = base + "/api"
AsyncClient.API_URL = base + "/api"
BaseClient.WS_API_URL = demo["wsApiUrl"]
BinanceSocketManager.STREAM_URL = socket + "/"


def same(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


def refused(code, call, *arguments, **parameters):
    try:
        call(*arguments, **parameters)
    except BinanceAPIException as error:
        same(error.code, code)
        return
    raise AssertionError(f"{call} was not refused")


def rest():
    client = Client(alice["apiKey"], alice["secretKey"])
    other = Client(bob["apiKey"], bob["secretKey"])
    same(client.ping(), {})
    same([symbol["symbol"] for symbol in client.get_exchange_info()["symbols"]], ["BTCUSDT", "ETHUSDT", "ETHBTC"])
    before = client.get_asset_balance(asset="USDT")
    order = client.order_limit_buy(symbol="BTCUSDT", quantity="0.1", price="30000")
    same(order["status"], "NEW")
    same(client.get_asset_balance(asset="USDT")["locked"], "3000.00000000")
    same(client.get_order(symbol="BTCUSDT", orderId=order["orderId"])["price"], "30000.00000000")
    same(client.get_order_book(symbol="BTCUSDT")["bids"], [["30000.00000000", "0.10000000"]])
    same(client.cancel_order(symbol="BTCUSDT", orderId=order["orderId"])["status"], "CANCELED")
    same(client.get_asset_balance(asset="USDT"), before)

    client.order_limit_sell(symbol="BTCUSDT", quantity="0.2", price="50000")
    same(other.order_market_buy(symbol="BTCUSDT", quantity="0.1")["status"], "FILLED")
    same(other.order_market_buy(symbol="BTCUSDT", quoteOrderQty="1000")["executedQty"], "0.02000000")
    same(len(client.get_my_trades(symbol="BTCUSDT")), 2)
    same(len(client.get_open_orders(symbol="BTCUSDT")), 1)
    same(client.get_recent_trades(symbol="BTCUSDT")[-1]["price"], "50000.00000000")
    same(client.get_klines(symbol="BTCUSDT", interval=Client.KLINE_INTERVAL_1MINUTE)[-1][4], "50000.00000000")
    same(client.get_symbol_ticker(symbol="BTCUSDT")["price"], "50000.00000000")
    same(client.create_test_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.1"), {})
    client.cancel_all_open_orders(symbol="BTCUSDT")

    refused(-2011, client.cancel_order, symbol="BTCUSDT", orderId=999999)
    refused(-2013, client.get_order, symbol="BTCUSDT", orderId=999999)
    refused(-2010, client.order_limit_buy, symbol="BTCUSDT", quantity="100", price="50000")
    refused(-1013, client.order_limit_buy, symbol="BTCUSDT", quantity="0.1", price="30000.001")
    refused(-1121, client.get_order_book, symbol="NOSUCH")
    refused(-2015, Client("X" * 64, "nothing").get_account)


async def sockets():
    client = await AsyncClient.create(alice["apiKey"], alice["secretKey"])
    other = await AsyncClient.create(bob["apiKey"], bob["secretKey"])
    manager = BinanceSocketManager(client)
    events = []

    async def listen():
        async with manager.user_socket() as stream:
            while len([event for event in events if event["e"] == "executionReport"]) < 3:
                events.append(await stream.recv())

    listening = asyncio.create_task(listen())
    await asyncio.sleep(1)
    order = await client.create_order(symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.2", price="40000")
    await other.create_order(symbol="BTCUSDT", side="SELL", type="LIMIT", timeInForce="GTC", quantity="0.1", price="40000")
    await client.cancel_order(symbol="BTCUSDT", orderId=order["orderId"])
    await asyncio.wait_for(listening, 10)
    same([event["x"] for event in events if event["e"] == "executionReport"], ["NEW", "TRADE", "CANCELED"])

    async with manager.trade_socket("BTCUSDT") as stream:
        await asyncio.sleep(0.5)
        await client.create_order(symbol="BTCUSDT", side="SELL", type="LIMIT", timeInForce="GTC", quantity="0.1", price="41000")
        await other.create_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.1")
        trade = await asyncio.wait_for(stream.recv(), 10)
        same((trade["e"], trade["p"]), ("trade", "41000.00000000"))

    placed = await client.ws_create_order(symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.1", price="30000")
    same(placed["status"], "NEW")
    same((await client.ws_cancel_order(symbol="BTCUSDT", orderId=placed["orderId"]))["status"], "CANCELED")

    async with DepthCacheManager(client, symbol="BTCUSDT") as cache:
        for place in range(60):
            changed = await other.create_order(
                symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price=str(30000 + place % 17)
            )
            if place % 3 == 0:
                await other.cancel_order(symbol="BTCUSDT", orderId=changed["orderId"])
        book = await client.get_order_book(symbol="BTCUSDT", limit=1000)
        for _ in range(100):
            depth = await asyncio.wait_for(cache.recv(), 10)
            copy = [[f"{price:.8f}", f"{quantity:.8f}"] for price, quantity in depth.get_bids()]
            if copy == book["bids"]:
                break
        same(copy, book["bids"])
    await other.cancel_all_open_orders(symbol="BTCUSDT")
    await client.close_connection()
    await other.close_connection()


rest()
asyncio.run(sockets())
print("passed")
