// A centre's day by keyboard alone: the opening check in the morning, the closing in the evening, and both on paper.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { logInAs, openBrowser, openPage, startDemo } from "./support.mjs";

let demo, browser;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Presses Tab until the element has the focus. */
async function tabTo(page, selector) {
  for (let stop = 0; stop < 80; stop += 1) {
    if (await page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab never reached ${selector}`);
}

/** Types into a field, in place of what stands there. */
async function type(page, selector, text) {
  await tabTo(page, selector);
  await page.keyboard.press("Control+A");
  await page.keyboard.type(text);
}

/** Presses Enter, and waits for the page that comes. */
async function enter(page, selector) {
  await tabTo(page, selector);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
}

/** A printed page: as many sheets of A4 as expected, and nothing wider than the paper. */
async function print(page, name, sheets, size) {
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize(size === "landscape" ? { width: 1046, height: 718 } : { width: 702, height: 1031 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth), false, `${name} is cut off`);
  const pdf = join(demo.folder, `${name}.pdf`);
  await page.pdf({ path: pdf, preferCSSPageSize: true });
  const info = execFileSync("pdfinfo", [pdf], { encoding: "utf8" });
  assert.match(info, new RegExp(`Pages:\\s+${sheets}\\b`), `${name}: ${info}`);
  assert.match(info, size === "landscape" ? /841\.\d+ x 59\d/ : /59\d(\.\d+)? x 84\d/, info);
  await page.emulateMedia({ media: "screen" });
  await page.setViewportSize({ width: 1280, height: 900 });
  return execFileSync("pdftotext", ["-layout", pdf, "-"], { encoding: "utf8" });
}

test("the day is checked, accounted for and closed by keyboard alone", async () => {
  const page = await openPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }));
  await logInAs(page, demo.address, "operator");

  // The morning: a later delivery is counted, and one thing said is changed.
  await page.goto(`${demo.address}/centre/opening?lang=en`);
  await type(page, "#vials-1", "14");
  await type(page, "#staff", "7");
  await enter(page, "#vaccinators");
  assert.match(await page.textContent('[role="status"]'), /Kept/);
  assert.equal(await page.inputValue("#vials-1"), "14");
  assert.match(await page.textContent("details"), /Staff: 7/);

  // The evening. Somebody is still inside, somebody sits in observation, and vials are not counted.
  for (const to of Array(16).fill("plus_30")) {
    await page.request.post(`${demo.address}/demo/clock`, { form: { back: "/", to }, headers: { origin: demo.address } });
  }
  await page.goto(`${demo.address}/centre?lang=en`);
  assert.match(await page.textContent(".to-do"), /Closing the day/);
  const due = page.locator('form[action="/centre/left"] button:not([name])').first();
  await Promise.all([page.waitForNavigation(), due.press("Enter")]);
  await page.goto(`${demo.address}/centre/closing?lang=en`);
  const before = await page.locator(".gaps li").count();
  assert.ok(before > 1, `${before} things do not add up`);
  await enter(page, 'form[action="/centre/closing/left"] button[value*=","]');
  assert.match(await page.textContent('[role="status"]'), /Noted as gone without a dose: \d+/);

  // All of them at once; what is left are the vials. The difference is what goes back unopened.
  const missing = await page.$eval(".vials-table tbody td.off", (cell) => cell.textContent.trim());
  await type(page, 'input[name="returned"]', missing);
  await enter(page, 'input[name="returned"]');
  assert.match(await page.textContent("main"), /Everything adds up/);

  // Without a name it is not closed; what was typed stays.
  await enter(page, "#in_charge");
  assert.equal(await page.evaluate(() => document.activeElement.className), "error-summary");
  await type(page, "#in_charge", "Dr. A. Verma");
  await enter(page, "#in_charge");
  assert.match(await page.textContent(".done"), /confirmed by Dr\. A\. Verma/);

  const text = await print(page, "closing", 1);
  for (const word of ["Dr. A. Verma", "Admitted", "DEMO-4120Z", "In charge of the centre", "Operator, date"]) {
    assert.ok(text.includes(word), `${word} in ${text}`);
  }
  assert.ok(!text.includes("Keep the count") && !text.includes("Open this day again"), text);
});

test("the district's list and the month fit on paper", async () => {
  const page = await openPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }));
  await logInAs(page, demo.address, "district");
  for (const lang of ["hi", "en"]) {
    await page.goto(`${demo.address}/district/closings?date=2021-03-29&lang=${lang}`);
    await print(page, `closings-${lang}`, 2, "landscape");
    await page.goto(`${demo.address}/district/month?month=03-2021&lang=${lang}`);
    const text = await print(page, `month-${lang}`, "[234]", "landscape");
    assert.ok(text.includes("2021"), text);
  }
});
