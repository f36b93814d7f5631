import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { type Json, RunningExchange, root, serverCommand, temporaryHome } from "../local/running-exchange";

/** Debian's Chromium (apt-get install chromium), or another one. */
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const screenshots = join(root, ".bourse", "screenshots");

const desktop = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

/** Opens the terminal; what the page complains about, and hosts other than the exchange's that it asks, end up in `complaints`. */
async function openTerminal(
  browser: Browser,
  url: string,
  viewport: { width: number; height: number },
  prepare = async (_page: Page): Promise<unknown> => undefined,
) {
  const page = await browser.newPage({ viewport, deviceScaleFactor: viewport.width < 500 ? 2 : 1, hasTouch: viewport.width < 500 });
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith("data:") && new URL(request.url()).host !== new URL(url).host) complaints.push(`asks ${request.url()}`);
  });
  await prepare(page);
  await page.goto(url);
  await page.locator("#connection[data-state=live]").waitFor();
  return { page, complaints };
}

async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

/** Waits until `read` gives what is expected; fails with what it gave at last. */
async function eventually<T>(read: () => Promise<T>, expected: T): Promise<void> {
  const until = Date.now() + 40_000;
  for (;;) {
    const value = await read();
    if (JSON.stringify(value) === JSON.stringify(expected)) return;
    if (Date.now() > until) assert.deepEqual(value, expected);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const cells = (row: Locator) => row.locator("span").allTextContents();
const openRows = (page: Page) => page.locator("#orders tbody tr");

async function enter(page: Page, fields: { price?: string; quantity?: string }): Promise<void> {
  if (fields.price !== undefined) await page.getByLabel("Price", { exact: true }).fill(fields.price);
  if (fields.quantity !== undefined) await page.getByLabel("Amount", { exact: true }).fill(fields.quantity);
}

describe("The trading terminal", function () {
  this.timeout(90_000);
  let browser: Browser;
  before(async () => {
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });
  after(() => browser?.close());

  describe("on a market that demo traders move", () => {
    const home = temporaryHome();
    let exchange: RunningExchange;
    before(async () => {
      exchange = await RunningExchange.start(home.folder, serverCommand("--no-plan"));
      // Long enough for trades in both symbols.
      await new Promise((resolve) => setTimeout(resolve, 8_000));
    });
    after(() => {
      exchange?.destroy();
      home.remove();
    });

    it("shows book, trades, candles and balances, asks no other host, and has nothing to complain about", async () => {
      const { page, complaints } = await openTerminal(browser, exchange.connection.baseUrl, desktop);
      await page.locator("#book .asks .level").nth(4).waitFor();
      await page.locator("#book .bids .level").nth(4).waitFor();
      await page.locator("#trades .print").nth(5).waitFor();
      await page.locator("#chart .legend", { hasText: "Vol" }).waitFor();
      await page.locator("#balances", { hasText: "1,000,000.00" }).waitFor();
      assert.match(await page.title(), /^[\d,]+\.\d\d BTC\/USDT · Bourse$/);
      const price = (await cells(page.locator("#book .bids .level").first()))[0];
      assert.match(price, /^\d\d,\d{3}\.\d\d$/);
      await screenshot(page, "desktop");
      assert.deepEqual(complaints, []);

      const policy = (await fetch(exchange.connection.baseUrl)).headers.get("content-security-policy") ?? "";
      for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"])
        assert.ok(policy.includes(part), policy);
      assert.doesNotMatch(policy, /unsafe/);
      const refused = await fetch(`${exchange.connection.baseUrl}/local/demo`, { headers: { origin: "https://example.com" } });
      assert.equal(refused.status, 403, "a page of another site does not get the keys");
      await page.close();
    });

    it("places, shows and cancels a limit order; the exchange agrees at each step", async () => {
      const { page } = await openTerminal(browser, exchange.connection.baseUrl, desktop);
      await page.locator("#book .bids .level").nth(4).waitFor();
      await enter(page, { price: "50000", quantity: "0.02" });
      await page.getByText("1,000.00 USDT", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Buy BTC" }).click();
      await page.locator(".result", { hasText: /Order \d+ is open\./ }).waitFor();
      await eventually(() => openRows(page).count(), 1);
      const text = (await openRows(page).first().textContent()) ?? "";
      for (const part of ["BTCUSDT", "Limit", "Buy", "50,000.00", "0.02000", "0.0%"]) assert.ok(text.includes(part), `${text} has ${part}`);
      await page.locator("#balances", { hasText: "1,000.00" }).waitFor();
      const [order] = await exchange.signed(0, "GET", "openOrders");
      assert.deepEqual([order.price, order.origQty, order.side], ["50000.00000000", "0.02000000", "BUY"]);
      await screenshot(page, "desktop-open-order");

      await page.getByRole("button", { name: `Cancel order ${order.orderId}` }).click();
      await page.getByText("No open orders.").waitFor();
      assert.deepEqual(await exchange.signed(0, "GET", "openOrders"), []);
      await page.close();
    });

    it("sends an order before it knows the balances", async () => {
      let answer = () => {};
      const asked = new Promise<void>((resolve) => {
        answer = resolve;
      });
      const { page } = await openTerminal(browser, exchange.connection.baseUrl, desktop, (opened) =>
        opened.route("**/api/v3/account?*", async (route) => {
          await asked;
          await route.continue();
        }),
      );
      await enter(page, { price: "50000", quantity: "0.02" });
      await page.getByRole("button", { name: "Buy BTC" }).click();
      await page.locator(".result", { hasText: /Order \d+ is open\./ }).waitFor();
      answer();
      await page.getByRole("button", { name: /^Cancel order \d+$/ }).click();
      await page.getByText("No open orders.").waitFor();
      await page.close();
    });

    it("fills a market order and shows fill, fee and new balances", async () => {
      const { page } = await openTerminal(browser, exchange.connection.baseUrl, desktop);
      await page.locator("#book .bids .level").nth(4).waitFor();
      await page.getByRole("button", { name: "Market", exact: true }).click();
      await enter(page, { quantity: "0.01" });
      await page.getByRole("button", { name: "Buy BTC" }).click();
      await page.locator(".result", { hasText: /is filled: 0\.01 BTC at/ }).waitFor();
      await page.locator("#balances", { hasText: "10.00999" }).waitFor();
      await page.getByRole("tab", { name: "Fills" }).click();
      await page
        .locator("#orders tbody tr", { hasText: /0\.0\d+ BTC\s*taker/ })
        .first()
        .waitFor();
      await page.getByRole("tab", { name: "Order history" }).click();
      await page
        .locator("#orders tbody tr", { hasText: /Market.*filled/s })
        .first()
        .waitFor();
      await screenshot(page, "desktop-filled");
      await page.close();
    });

    it("says in the exchange's words why an order was refused, and before that what it can see itself", async () => {
      const { page } = await openTerminal(browser, exchange.connection.baseUrl, desktop);
      await page.locator("#book .asks .level").nth(4).waitFor();
      await page.getByRole("button", { name: "Post only" }).click();
      await enter(page, { price: "90000.001", quantity: "0.01" });
      await page.getByRole("button", { name: "Buy BTC" }).click();
      await page.getByText("The price goes in steps of 0.01 USDT.").waitFor();
      await enter(page, { price: "90000" });
      await page.getByRole("button", { name: "Buy BTC" }).click();
      await page.locator(".result.failed", { hasText: "Order would immediately match and take. (-2010)" }).waitFor();
      await page.close();
    });

    it("switches to another symbol and account, and works by keyboard", async () => {
      const { page } = await openTerminal(browser, exchange.connection.baseUrl, desktop);
      await page.locator("#book .bids .level").nth(4).waitFor();
      await page.keyboard.press("]");
      await page.keyboard.press("]");
      await page.locator("#symbols a[aria-current=page]", { hasText: "ETH/BTC" }).waitFor();
      await page.locator("#account").selectOption("bob");
      await page.locator("#book .ladder-head", { hasText: "Price (BTC)" }).waitFor();
      await page.locator("#book .bids .level").nth(2).waitFor();
      assert.match((await cells(page.locator("#book .bids .level").first()))[0], /^0\.0\d{4}$/);
      await page.locator("#symbols a[aria-current=page]").press("s");
      await page.keyboard.type("0.06");
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      await enter(page, { quantity: "2" });
      await page.keyboard.press("Enter");
      await eventually(
        async () =>
          (await exchange.signed(1, "GET", "openOrders")).map((order: Json) => [order.symbol, order.side, order.price, order.origQty]),
        [["ETHBTC", "SELL", "0.06001000", "2.00000000"]],
      );
      await eventually(() => openRows(page).count(), 1);
      await page.locator("#balances", { hasText: "2.00000" }).waitFor();
      await screenshot(page, "desktop-ethbtc");
      await page.getByRole("button", { name: "Cancel all" }).click();
      await page.getByText("No open orders.").waitFor();
      await page.close();
    });

    it("fits a phone: nothing sticks out, every view is reached, an order is placed and cancelled", async () => {
      const { page, complaints } = await openTerminal(browser, exchange.connection.baseUrl, phone);
      await page.locator("#chart .legend", { hasText: "Vol" }).waitFor();
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), phone.width);
      assert.equal(await page.locator("#book").isVisible(), false);
      await screenshot(page, "phone-chart");
      await page.getByRole("tab", { name: "Order book" }).tap();
      await page.locator("#book .bids .level").first().tap();
      await screenshot(page, "phone-book");
      await page.getByRole("tab", { name: "Trades" }).tap();
      assert.equal(await page.locator("#trades").isVisible(), true);
      await enter(page, { price: "51000", quantity: "0.01" });
      await page.getByRole("button", { name: "Buy BTC" }).tap();
      await eventually(() => openRows(page).count(), 1);
      await screenshot(page, "phone-open-order");
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), phone.width);
      await page.getByRole("button", { name: /Cancel order/ }).tap();
      await page.getByText("No open orders.").waitFor();
      assert.deepEqual(complaints, []);
      await page.close();
    });
  });

  describe("on a market of its own", () => {
    const home = temporaryHome();
    let exchange: RunningExchange;
    before(async () => {
      exchange = await RunningExchange.start(home.folder, serverCommand("--no-demo", "--no-plan"));
    });
    after(() => {
      exchange?.destroy();
      home.remove();
    });

    /** The ladder as it stands in the page, and as the API tells it. */
    const ladder = (page: Page, side: string) =>
      page
        .locator(`#book .${side} .level`)
        .evaluateAll((rows) =>
          rows.map((row) => [...row.querySelectorAll("span")].slice(0, 2).map((cell) => cell.textContent?.replaceAll(",", ""))),
        );
    const depth = async (side: string) => {
      const rows: string[][] = (await exchange.get("/api/v3/depth?symbol=ETHUSDT&limit=10"))[side];
      return rows.map(([price, quantity]) => [Number(price).toFixed(2), Number(quantity).toFixed(4)]);
    };

    it("says that books, trades and candles are empty, then shows exactly the exchange's book, also after a restart", async () => {
      const { page } = await openTerminal(browser, `${exchange.connection.baseUrl}/#ETHUSDT`, desktop);
      for (const text of [
        "Nobody sells",
        "Nobody buys",
        "No trade yet. The first one appears here.",
        "No candle yet: the first trade draws it.",
        "No open orders.",
      ]) {
        await page.getByText(text, { exact: true }).waitFor();
      }
      await screenshot(page, "desktop-empty");
      const order = (side: string, price: number, quantity: number) =>
        exchange.signed(1, "POST", "order", {
          symbol: "ETHUSDT",
          side,
          type: "LIMIT",
          timeInForce: "GTC",
          price: price.toFixed(2),
          quantity: quantity.toFixed(4),
        });
      for (let level = 0; level < 8; level++) {
        await order("BUY", 3000 - level, 0.1 + level);
        await order("SELL", 3010 + level, 0.2 + level);
      }
      await order("BUY", 3011, 1);
      for (const side of ["asks", "bids"]) await eventually(() => ladder(page, side), await depth(side));

      const port = new URL(exchange.connection.baseUrl).port;
      await exchange.end("SIGTERM");
      await page.locator("#connection[data-state=lost]").waitFor();
      exchange = await RunningExchange.start(home.folder, serverCommand("--no-demo", "--no-plan"), { PORT: port });
      await page.locator("#connection[data-state=live]").waitFor();
      await order("SELL", 3005, 0.5);
      assert.equal((await depth("asks"))[0][0], "3005.00");
      for (const side of ["asks", "bids"]) await eventually(() => ladder(page, side), await depth(side));
      await page.close();
    });
  });
});
