"""
Trades ETHUSDT with the unmodified python-binance beside other clients of the same account: sync and async, order types, lists, edits, errors, user
socket. Keeps a depth cache of BTCUSDT meanwhile; prints `worked` when the trading is done, then waits for a line on standard input, after which the
market stands still, and prints `passed` once the cache is equal to the book.
"""

import asyncio
import json
import sys

from binance import AsyncClient, BinanceSocketManager, Client, DepthCacheManager
from binance.base_client import BaseClient
from binance.exceptions import BinanceAPIException, BinanceOrderException

demo = json.load(open(sys.argv[1]))
alice = demo["accounts"][0]
base = demo["baseUrl"]
symbol = "ETHUSDT"

Client.API_URL = AsyncClient.API_URL = base + "/api"
BaseClient.WS_API_URL = demo["wsApiUrl"]
BinanceSocketManager.STREAM_URL = base.replace("http://", "ws://") + "/"

resting = {"symbol": symbol, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1", "price": "1500"}
oco = {
    "symbol": symbol, "side": "SELL", "quantity": "0.1",
    "aboveType": "LIMIT_MAKER", "abovePrice": "5000",
    "belowType": "STOP_LOSS_LIMIT", "belowStopPrice": "1200", "belowPrice": "1190", "belowTimeInForce": "GTC",
}

working = {
    "symbol": symbol,
    "workingType": "LIMIT", "workingSide": "BUY", "workingPrice": "1500", "workingQuantity": "0.1", "workingTimeInForce": "GTC",
    "pendingSide": "SELL", "pendingQuantity": "0.1",
}
pending_oco = {
    "pendingAboveType": "LIMIT_MAKER", "pendingAbovePrice": "5000",
    "pendingBelowType": "STOP_LOSS", "pendingBelowStopPrice": "1200",
}


def same(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


def refused(code, call, *arguments, **parameters):
    try:
        call(*arguments, **parameters)
    except (BinanceAPIException, BinanceOrderException) as error:
        same(error.code, code)
        return
    raise AssertionError(f"{call} was not refused")


def sync():
    client = Client(alice["apiKey"], alice["secretKey"])
    same(client.get_symbol_info(symbol)["status"], "TRADING")
    assert client.get_recent_trades(symbol=symbol) and client.get_klines(symbol=symbol, interval="1m")
    same(client.get_orderbook_ticker(symbol=symbol)["bidPrice"], "2997.00000000")
    same(client.get_ticker(symbol=symbol)["symbol"], symbol)

    same(client.order_market_buy(symbol=symbol, quantity="0.02")["status"], "FILLED")
    same(client.order_market_sell(symbol=symbol, quantity="0.02")["fills"][0]["price"], "2997.00000000")
    same(client.order_market_buy(symbol=symbol, quoteOrderQty="60.06")["executedQty"], "0.02000000")
    same(client.create_order(**{**resting, "timeInForce": "IOC"})["status"], "EXPIRED")
    same(client.create_order(**{**resting, "timeInForce": "FOK"})["status"], "EXPIRED")
    for change in (
        {},
        {"icebergQty": "0.02"},
        {"type": "LIMIT_MAKER", "timeInForce": None},
        {"type": "STOP_LOSS", "side": "SELL", "timeInForce": None, "price": None, "stopPrice": "1500"},
        {"type": "STOP_LOSS_LIMIT", "side": "SELL", "stopPrice": "1510"},
        {"type": "STOP_LOSS_LIMIT", "side": "SELL", "trailingDelta": "1000"},
        {"type": "STOP_LOSS", "side": "SELL", "timeInForce": None, "price": None, "trailingDelta": "1000"},
        {"type": "TAKE_PROFIT", "side": "SELL", "timeInForce": None, "price": None, "stopPrice": "5000", "trailingDelta": "500"},
        {"type": "TAKE_PROFIT_LIMIT", "stopPrice": "2500", "price": "2500", "trailingDelta": "500"},
        {"type": "TAKE_PROFIT", "side": "SELL", "timeInForce": None, "price": None, "stopPrice": "5000"},
        {"type": "TAKE_PROFIT_LIMIT", "side": "SELL", "stopPrice": "5000", "price": "5000"},
    ):
        order = {name: value for name, value in {**resting, **change}.items() if value is not None}
        placed = client.create_order(**order)
        found = client.get_order(symbol=symbol, orderId=placed["orderId"])
        same((found["status"], found["type"]), ("NEW", order["type"]))
        same(client.cancel_order(symbol=symbol, orderId=placed["orderId"])["status"], "CANCELED")

    first = client.create_order(**resting)
    replaced = client.cancel_replace_order(**{**resting, "price": "1501"}, cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=first["orderId"])
    second = replaced["newOrderResponse"]["orderId"]
    same(client.cancel_order(symbol=symbol, orderId=second)["status"], "CANCELED")
    for place, parameters, legs in (
        (client.create_oco_order, oco, 2),
        (client.v3_post_order_list_oto, {**working, "pendingType": "MARKET"}, 2),
        (client.v3_post_order_list_otoco, {**working, **pending_oco}, 3),
    ):
        listed = place(**parameters)
        same(len(listed["orders"]), legs)
        same(client.v3_delete_order_list(symbol=symbol, orderListId=listed["orderListId"])["listOrderStatus"], "ALL_DONE")

    refused(-2011, client.cancel_order, symbol=symbol, orderId=999999999)
    refused(-2013, client.get_order, symbol=symbol, orderId=999999999)
    refused(-2010, client.order_limit_buy, symbol=symbol, quantity="5000", price="1500")
    refused(-2010, client.create_order, symbol=symbol, side="BUY", type="LIMIT_MAKER", quantity="0.1", price="3003")
    refused(-1013, client.order_limit_buy, symbol=symbol, quantity="0.1", price="1500.001")
    refused(-2010, client.create_order, symbol=symbol, side="SELL", type="STOP_LOSS", quantity="0.1", stopPrice="4000")
    refused(-1013, client.order_limit_buy, symbol=symbol, quantity="0.1", price="1")
    refused(-2018, client.v3_get_order_list, orderListId=999999999)
    halved = {**resting, "cancelOrderId": 999999999, "newClientOrderId": "python-half"}
    refused(-2021, client.cancel_replace_order, **halved, cancelReplaceMode="ALLOW_FAILURE")
    same(client.cancel_order(symbol=symbol, origClientOrderId="python-half")["status"], "CANCELED")
    refused(-1121, client.get_order_book, symbol="NOSUCH")
    refused(-2015, Client("X" * 64, "nothing").get_account)


async def asynchronous(client):
    events = []

    async def listen():
        async with BinanceSocketManager(client).user_socket() as stream:
            ready.set()
            while [event["x"] for event in events if event.get("c") == "python-1" or event.get("C") == "python-1"][-1:] != ["CANCELED"]:
                events.append(await stream.recv())

    ready = asyncio.Event()
    listening = asyncio.create_task(listen())
    await ready.wait()
    placed = await client.ws_create_order(**resting, newClientOrderId="python-1")
    same(placed["status"], "NEW")
    same((await client.get_order(symbol=symbol, origClientOrderId="python-1"))["orderId"], placed["orderId"])
    same((await client.ws_cancel_order(symbol=symbol, orderId=placed["orderId"]))["status"], "CANCELED")
    await asyncio.wait_for(listening, 40)
    mine = [event["x"] for event in events if event["e"] == "executionReport" and event["i"] == placed["orderId"]]
    same(mine, ["NEW", "CANCELED"])

    listed = await client.ws_create_oco_order(**oco)
    same((await client.ws_cancel_oco_order(symbol=symbol, orderListId=listed["orderListId"]))["listOrderStatus"], "ALL_DONE")
    first = await client.create_order(**resting)
    replacing = {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": first["orderId"]}
    replaced = await client.cancel_replace_order(**{**resting, "price": "1501"}, **replacing)
    second = replaced["newOrderResponse"]["orderId"]
    same((await client.cancel_order(symbol=symbol, orderId=second))["status"], "CANCELED")
    try:
        await client.order_limit_buy(symbol=symbol, quantity="5000", price="1500")
        raise AssertionError("an order that nobody can pay was taken")
    except BinanceAPIException as error:
        same(error.code, -2010)

    async with BinanceSocketManager(client).trade_socket("BTCUSDT") as stream:
        same((await asyncio.wait_for(stream.recv(), 40))["e"], "trade")


async def main():
    client = await AsyncClient.create(alice["apiKey"], alice["secretKey"])
    async with DepthCacheManager(client, symbol="BTCUSDT", limit=1000) as cache:
        latest = {}

        async def follow():
            while True:
                latest["book"] = await cache.recv()

        following = asyncio.create_task(follow())
        await asyncio.to_thread(sync)
        await asynchronous(client)
        print("worked", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        book = await client.get_order_book(symbol="BTCUSDT", limit=1000)
        text = lambda levels: [[f"{price:.8f}", f"{quantity:.8f}"] for price, quantity in levels]
        for _ in range(400):
            copy = text(latest["book"].get_bids()), text(latest["book"].get_asks())
            if copy == (book["bids"], book["asks"]):
                break
            await asyncio.sleep(0.1)
        same(copy, (book["bids"], book["asks"]))
        assert not following.done(), following
        following.cancel()
    await client.close_connection()


asyncio.run(main())
print("passed")
