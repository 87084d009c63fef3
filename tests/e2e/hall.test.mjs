// Inside the centre: a counter calls, the television shows and says it, and says so when the server is gone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { admit, faultsOf, logInAs, numberOf, openBrowser, openPage, startDemo } from "./support.mjs";

let demo, browser, entered, page, display;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
  entered = await Promise.all((await demo.state()).next.map((slip) => numberOf(demo, slip)));
  await admit(demo, entered);
  page = await openPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }));
  await logInAs(page, demo.address, "operator");
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

test("a call is shown and said in the hall within a second", async () => {
  display = await openPage(await browser.newContext({ viewport: { width: 1280, height: 720 } }));
  const said = [];
  display.on("request", (request) => {
    const clip = /clips\/(.*)\.mp3$/.exec(request.url());
    if (clip) said.push(clip[1]);
  });
  await display.goto(`${demo.address}/centre/RPR-MEKAHARA/display`);
  await display.click("#start");
  await display.waitForTimeout(500);
  await page.goto(`${demo.address}/centre/hall?counter=7&stage=dose`);
  assert.ok((await page.locator("table tbody tr").count()) >= entered.length);
  const before = Date.now();
  await page.click("button[value=next]");
  await display.waitForSelector("#now .number");
  assert.ok(Date.now() - before < 1000, `${Date.now() - before} ms`);
  const number = await display.textContent("#now .number");
  assert.equal(await display.textContent("#now .counter b"), "7");
  assert.equal(await page.textContent(".called b"), number);
  const digits = (lang) => [...number.replace("-", "")].map((digit) => `${lang}-${digit}`);
  await display.waitForFunction(() =>
    performance.getEntriesByType("resource").some((entry) => entry.name.includes("en-counter")),
  );
  const words = ["hi", "en"].flatMap((lang) => [`${lang}-number`, ...digits(lang), `${lang}-counter`, `${lang}-7`]);
  await display.waitForTimeout(500);
  // Each word is fetched once and kept.
  assert.deepEqual(said, [...new Set(words)]);
});

test("who did not come is called again, and another counter sees it by itself", async () => {
  const number = await page.textContent(".called b");
  const other = await openPage(page.context());
  await other.goto(`${demo.address}/centre/hall?counter=8&stage=dose&lang=en`);
  await page.click("button[value=missed]");
  await other.waitForSelector(`h2:has-text("did not come")`);
  await other.click(`li:has-text("${number}") button`);
  await display.waitForFunction((text) => document.querySelector("#now .counter b").textContent === text, "8");
  assert.equal(await display.textContent("#now .number"), number);
});

test("both pages are fit for everybody", async () => {
  const cookies = await page.context().cookies();
  for (const lang of ["hi", "en"]) {
    assert.deepEqual(await faultsOf(browser, `${demo.address}/centre/hall?counter=7&lang=${lang}`, { cookies }), [], lang);
  }
});

test("a display that hears nothing says so", async () => {
  await demo.stop();
  demo = undefined;
  await display.waitForSelector("#stale:not([hidden])", { timeout: 20_000 });
});
