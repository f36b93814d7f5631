/** plan.html in a real browser: it loads nothing, and search, layers, the diagram and the theme work. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { findProject, type Plan, planStack } from "../../plan";
import { writePlan } from "../../plan/cli";

/** Debian's Chromium (apt-get install chromium), or another one. */
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

describe("plan.html in a browser", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "bourse-page-"));
  let browser: Browser;
  let page: Page;
  let plan: Plan;
  const complaints: string[] = [];

  before(async () => {
    plan = await planStack(findProject(join(__dirname, "../..")), "us-east-1", { day: "2026-01-01" });
    writePlan(plan, folder);
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    complaints.length = 0;
    page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
    page.on("console", (message) => void complaints.push(message.text()));
    page.on("pageerror", (error) => void complaints.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith("file:")) complaints.push(`asks ${request.url()}`);
    });
    await page.goto(pathToFileURL(join(folder, "plan.html")).href);
  });
  afterEach(async () => {
    await page.close();
    assert.deepEqual(complaints, []);
  });

  const shownRows = () => page.locator("tr[data-text]:visible").count();

  it("shows every resource, and says how many", async () => {
    assert.equal(await shownRows(), plan.summary.resources);
    assert.equal(await page.locator("#shown").textContent(), `${plan.summary.resources} resources`);
  });

  it("finds resources by words of their name, type and inputs", async () => {
    await page.fill("#search", "ec2/natgateway use1-az4");
    assert.deepEqual(await page.locator("tr[data-text]:visible summary").allTextContents(), ["bourse-network-nat-use1-az4"]);
    assert.equal(await page.locator("#shown").textContent(), `1 of ${plan.summary.resources} resources`);
    await page.fill("#search", "no such thing");
    assert.equal(await shownRows(), 0);
  });

  it("narrows to a layer, and widens again", async () => {
    const data = plan.summary.layers.find((layer) => layer.layer === "data")!.resources;
    await page.click("button[data-layer=data]");
    assert.equal(await shownRows(), data);
    await page.click("button[data-layer=data]");
    assert.equal(await shownRows(), plan.summary.resources);
  });

  it("shows a component's resources and lines when its box is chosen, by mouse or by key", async () => {
    const node = plan.diagram.nodes.find((each) => each.title === "KeyRing")!;
    const box = page.locator(`svg .box[data-id="${node.id}"]`);
    await box.click();
    assert.equal(await shownRows(), node.resources);
    const lines = plan.diagram.edges.filter((edge) => edge.from === node.id || edge.to === node.id).length;
    assert.equal(await page.locator("svg .edge.lit").count(), lines);
    await box.focus();
    await page.keyboard.press("Enter");
    assert.equal(await shownRows(), plan.summary.resources);
  });

  it("keeps every text of the diagram inside its box", async () => {
    const outside = await page.evaluate(`[...document.querySelectorAll("svg .box")].flatMap((box) => {
      const edge = box.querySelector("rect").getBoundingClientRect().right;
      return [...box.querySelectorAll("text")].filter((text) => text.getBoundingClientRect().right > edge).map((text) => text.textContent);
    })`);
    assert.deepEqual(outside, []);
  });

  it("turns dark and light, and never scrolls sideways, on a phone either", async () => {
    const paper = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    const light = await paper();
    await page.click("#theme");
    assert.notEqual(await paper(), light);
    await page.click("#theme");
    assert.equal(await paper(), light);
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 800 });
      assert.ok(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), `wider than ${width}`);
    }
  });
});
