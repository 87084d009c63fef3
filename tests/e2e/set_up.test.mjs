// An officer sets up a centre, its session and its clerk by form, with the keyboard alone; and takes one of them back.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { faultsOf, logInAs, openBrowser, openPage, startDemo } from "./support.mjs";

let demo, browser, page;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
  page = await openPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }));
  await logInAs(page, demo.address, "district");
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Types into fields by their labels, sends with Enter, and confirms with Enter what would change. */
async function setUp(path, fields, shows) {
  await page.goto(`${demo.address}${path}?lang=en`);
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`#${name}`);
    await field.focus();
    if ((await field.evaluate((element) => element.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
  await page.keyboard.press("Enter");
  await page.waitForSelector("#preview");
  assert.match(await page.textContent("#preview"), shows);
  await page.keyboard.press("Enter");
  await page.waitForURL(/district\/(import\/\d+\?done=1|users\/\d+)/);
}

test("a centre, a session and a clerk are made by form, without a mouse", async () => {
  const names = { name_en: "Ward Hall Tatibandh", name_hi: "वार्ड भवन टाटीबंध" };
  const addresses = { address_en: "Ring Road, Raipur", address_hi: "रिंग रोड, रायपुर", pin_code: "492099" };
  const centre = { code: "RPR-WARD-HALL", ...names, ...addresses, phone: "0771-4000077", supervisor_phone: "98260 00077" };
  await page.goto(`${demo.address}/district/field/centres/new?lang=en`);
  await page.locator("#code").fill("ward hall");
  await page.keyboard.press("Enter");
  // A code that cannot be comes back with what was typed, and its link leads to the field.
  await page.waitForSelector(".error-summary");
  assert.equal(await page.inputValue("#code"), "ward hall");
  await page.click('.error-summary a[href="#code"]');
  assert.equal(await page.evaluate(() => document.activeElement.id), "code");
  await setUp("/district/field/centres/new", centre, /Ward Hall Tatibandh/);

  const session = { centre: "RPR-WARD-HALL", opens: "11:00", closes: "14:00", slot_minutes: "60" };
  await setUp("/district/sessions/new", session, /11:00 am – 12:00 pm/);
  await page.goto(`${demo.address}/district/sessions?date=2021-03-31&q=ward-hall&lang=en`);
  assert.match(await page.textContent("tbody tr"), /Ward Hall Tatibandh.*Covishield.*11:00–14:00.*30/s);
  const free = await fetch(`${demo.address}/c/RPR-WARD-HALL?d=2021-03-31&lang=en`).then((answer) => answer.text());
  assert.match(free, /Ward Hall Tatibandh/);

  await setUp(
    "/district/field/users/new",
    { username: "ward-clerk", name: "Clerk (demo)", role: "operator", place: "RPR-WARD-HALL" },
    /Clerk/,
  );
  await page.focus('form[action$="/reset"] button');
  await page.keyboard.press("Enter");
  assert.match(await page.textContent(".done[role=status]"), /One-time password:/);
  await page.goto(`${demo.address}/district/users?q=ward-clerk&lang=en`);
  assert.match(await page.textContent("tbody tr"), /ward-clerk.*Ward Hall Tatibandh/s);
});

test("what was set up stands in the history and is taken back", async () => {
  const cookies = await page.context().cookies();
  await page.goto(`${demo.address}/district/import?lang=en`);
  // The newest is the user, then the session.
  const session = await page.locator("#history ~ .scroll tbody tr").nth(1).locator("a").getAttribute("href");
  for (const path of [session, `${session}/undo`]) {
    for (const lang of ["hi", "en"]) {
      assert.deepEqual(await faultsOf(browser, `${demo.address}${path}?lang=${lang}`, { cookies }), [], `${path} ${lang}`);
    }
  }
  await page.goto(`${demo.address}${session}/undo?lang=en`);
  await page.locator("main form button").focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/district\/import\/\d+\?done=1/);
  await page.goto(`${demo.address}/district/sessions?date=2021-03-31&q=ward-hall&lang=en`);
  assert.equal(await page.locator("tbody tr").count(), 0);
});
