// The officer's day in a real browser: from a number to its list, a stopped session, the newspaper's table.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { faultsOf, logInAs, openBrowser, openPage, startDemo } from "./support.mjs";

let demo, browser;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

async function logIn(username) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await openPage(context);
  await logInAs(page, demo.address, username);
  return page;
}

const number = (text) => Number(text.replaceAll(",", ""));

test("a number leads to its list, and the way goes down to the slots", async () => {
  const page = await logIn("district");
  await page.goto(`${demo.address}/district?lang=en`);
  const arrived = page.locator(".big-numbers a", { hasText: "arrived" });
  const count = number(await arrived.locator("b").textContent());
  assert.ok(count > 0, "somebody has arrived");
  await arrived.click();
  assert.equal(await page.locator("tbody tr").count(), Math.min(count, 100));
  await page.goto(`${demo.address}/district?lang=en`);
  await page.click('a:text-is("Zone 2 Office")');
  await page.click('table a:has-text("Mekahara")');
  await page.waitForSelector('th:has-text("10:00–11:00 am")');
  assert.match(await page.textContent(".crumb"), /Raipur.*Zone 2 Office.*Mekahara/s);
});

test("a session is stopped, and its people's old slips show the new time", async () => {
  const page = await logIn("district");
  const before = (await demo.state()).next[0].replace(/^HTTP:\/\/[^/]+/, demo.address);
  await page.goto(`${demo.address}/district?lang=en`);
  await page.click('a:text-is("Zone 2 Office")');
  await page.click('table a:has-text("Mekahara")');
  await page.click('a:text-is("Stop")');
  const people = number(await page.locator(".big-numbers b").first().textContent());
  assert.ok(people > 10, `${people} people have to move`);
  await page.click("#reason-no_vaccine");
  await page.click('button[value="move"]');
  await page.waitForURL("**/district/moves/*");
  for (let tries = 0; tries < 100 && !(await page.isVisible("text=Everybody has had a turn.")); tries++) {
    await page.waitForTimeout(200);
    await page.reload();
  }
  const moved = number(await page.locator(".big-numbers b").first().textContent());
  assert.equal(moved + number(await page.locator(".big-numbers b").nth(2).textContent()), people);
  await page.click('a:text-is("Notice for the door")');
  assert.match(await page.textContent(".door h1"), /मंगल 30 मार्च को यहाँ टीका नहीं लगेगा/);
  assert.ok((await page.locator(".door-list tbody tr").count()) >= moved);
  const slip = await fetch(before, { redirect: "follow" }).then((answer) => answer.text());
  assert.doesNotMatch(slip.split("<main")[1], /मंगल 30 मार्च/, "the old slip still shows the stopped day");
  const cookies = await page.context().cookies();
  const notice = page.url();
  await page.goto(`${demo.address}/district/messages?lang=en`);
  assert.match(await page.textContent("table tbody"), /New time/, "no message tells the new time");
  await page.goto(notice);
  for (const lang of ["hi", "en"]) {
    for (const address of [page.url().replace("/notice", ""), page.url(), page.url().replace("/notice", "/calls")]) {
      assert.deepEqual(await faultsOf(browser, `${address.split("?")[0]}?lang=${lang}`, { cookies }), [], `${address} ${lang}`);
    }
  }
});

test("the newspaper's table is the printed one", async () => {
  const page = await logIn("state");
  await page.goto(`${demo.address}/district/doses?round=2&date=03-03-2021&time=17:00&lang=en`);
  const large = await page.locator(".big-numbers b").allTextContents();
  assert.deepEqual(large, ["11,307", "9,521", "1,786", "338 + 45"]);
  assert.equal(await page.locator("tbody tr").count(), 28);
});
