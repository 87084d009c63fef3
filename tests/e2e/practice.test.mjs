// Practising at the counter and at the gate with the printed sheet, and ending it: nothing was counted. Help, on the screen and on paper.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { logInAs, makeFilm, openBrowser, openPage, startDemo } from "./support.mjs";

let demo, folder;

before(async () => {
  demo = await startDemo();
  folder = mkdtempSync(join(tmpdir(), "baari-practice-"));
});

after(async () => {
  await demo?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** How many pages the browser would print. */
async function sheets(page) {
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
  return (pdf.toString("latin1").match(/\/Type\s*\/Page[^s]/g) ?? []).length;
}

test("a clerk practises beside the real counter, and a sheet's code is read at the practice gate", async () => {
  const picture = join(folder, "code.png");
  const film = join(folder, "code.y4m");
  const first = await openBrowser();
  const context = await first.newContext({ viewport: { width: 1100, height: 900 } });
  const page = await openPage(context);
  await logInAs(page, demo.address, "clerk-z2");
  const before = (await demo.state()).last_token;
  await page.goto(`${demo.address}/practice`);
  await page.click('form[action="/practice/begin"] button:not([name])');
  await page.waitForURL(/\/practice\/office/);
  assert.ok(await page.isVisible("aside.practice"));
  const logins = (await context.cookies()).filter((cookie) => cookie.name.endsWith("login"));
  assert.deepEqual(logins.map((cookie) => `${cookie.name} ${cookie.path}`).sort(), [
    "baari_login /",
    "practice_baari_login /practice/",
  ]);

  // By keyboard only: the known number, the first of its people, the token, the slip.
  await page.keyboard.type("9876543210");
  await page.waitForSelector('#people [name="person"]');
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".issued-number");
  assert.match(await page.getAttribute("#slip", "src"), /^\/practice\/office\/slips/);
  await page.frameLocator("#slip").locator(".slip header.practice").first().waitFor();
  await page.keyboard.press("F4");
  await page.waitForURL(/\/practice\/office\/register/);
  // A page of the real day, open in the same browser, is the real day's.
  const real = await context.newPage();
  await real.goto(`${demo.address}/office`);
  assert.equal(await real.isVisible("aside.practice"), false);
  // A script that forgot where it is gets nowhere.
  assert.equal(
    await page.evaluate(() =>
      fetch("/office/people", { method: "POST" }).then(
        () => "sent",
        () => "stopped",
      ),
    ),
    "stopped",
  );

  await page.goto(`${demo.address}/practice/codes`);
  assert.equal(await sheets(page), 1);
  await page.locator(".codes .qr").first().screenshot({ path: picture, scale: "css" });
  makeFilm(picture, film);

  await page.goto(`${demo.address}/practice/office`);
  await page.click("aside.practice button");
  await page.waitForURL(`${demo.address}/office`);
  assert.equal(
    (await context.cookies()).some((cookie) => cookie.name.startsWith("practice")),
    false,
  );
  assert.deepEqual((await demo.state()).last_token, before);
  await first.close();

  const second = await openBrowser(film);
  try {
    const phone = await second.newContext({ viewport: { width: 360, height: 640 }, permissions: ["camera"] });
    const gate = await openPage(phone);
    // The real gate first, with a scan that cannot be sent: it stays in its own store.
    await logInAs(gate, demo.address, "district");
    const scansBefore = await scans(gate);
    await gate.goto(`${demo.address}/demo`);
    const [opened] = await Promise.all([phone.waitForEvent("page"), gate.click('form[action="/demo/gate"] button')]);
    await opened.waitForSelector(".bar.fresh");
    await gate.goto(`${demo.address}/practice`);
    const [practice] = await Promise.all([phone.waitForEvent("page"), gate.click('button[value="gate"]')]);
    await practice.waitForSelector("aside.practice");
    await practice.waitForSelector(".bar.fresh");
    await practice.click("button.start");
    await practice.waitForSelector('[data-verdict="admitted"]', { timeout: 20_000 });
    assert.ok(await practice.isVisible("aside.practice"));
    const stores = await practice.evaluate(async () => (await indexedDB.databases()).map((row) => row.name).sort());
    assert.deepEqual(stores, ["baari-gate", "practice-baari-gate"]);
    await practice.waitForSelector('.bar [data-waiting="0"]');
    assert.equal(await scans(gate), scansBefore);

    // No link: help opens on the phone all the same.
    await practice.waitForFunction(
      () => navigator.serviceWorker.controller !== null || navigator.serviceWorker.ready.then(() => true),
    );
    await practice.waitForFunction(async () => (await caches.keys()).some((name) => name.startsWith("practice-gate-")));
    await phone.setOffline(true);
    const help = await phone.newPage();
    await help.goto(`${demo.address}/practice/gate/help?lang=en`);
    assert.equal(await help.textContent("h1"), "At the gate");
    await phone.setOffline(false);

    // The same code at the real gate: a practice slip, in plain words.
    await practice.click("aside.practice button");
    await practice.waitForURL(`${demo.address}/gate`);
  } finally {
    await second.close();
  }
});

/** What the officer's day shows of the real gates: issued, arrived, vaccinated. What waits for the portal goes on by itself. */
async function scans(page) {
  await page.goto(`${demo.address}/district?lang=en`);
  return page.$$eval(".big-numbers li:not(:last-child) b", (cells) => cells.map((cell) => cell.textContent.trim()).join("|"));
}

test("help is one side of A4 for each role in both languages, and F1 opens it beside the work", async () => {
  const browser = await openBrowser();
  try {
    const context = await browser.newContext({ viewport: { width: 1100, height: 800 } });
    const page = await openPage(context);
    for (const reader of ["clerk", "gatekeeper", "operator", "officer", "citizen"]) {
      for (const lang of ["hi", "en"]) {
        await page.goto(`${demo.address}/help/${reader}?lang=${lang}`);
        assert.equal(await sheets(page), 1, `${reader} ${lang}`);
      }
    }
    await logInAs(page, demo.address, "clerk-z2");
    await page.fill("#name", "गीता");
    const [help] = await Promise.all([context.waitForEvent("page"), page.keyboard.press("F1")]);
    await help.waitForLoadState();
    assert.match(help.url(), /\/help\/clerk$/);
    assert.equal(await sheets(help), 1);
    assert.equal(await page.inputValue("#name"), "गीता");
  } finally {
    await browser.close();
  }
});
