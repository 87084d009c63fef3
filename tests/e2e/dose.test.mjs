// Inside the centre: a dose recorded by keyboard alone, and a camp's list with its bar.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { issue, logInAs, openBrowser, openPage, startDemo } from "./support.mjs";

/** Milliseconds between two keys of a practised operator. */
const KEY_MS = 60;

let demo, browser;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

test("a dose is recorded by keyboard alone, in under ten seconds", async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const desk = await openPage(context);
  await logInAs(desk, demo.address, "operator");
  const clerk = await openPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }));
  await logInAs(clerk, demo.address, "clerk-z2");
  const first = await issue(demo, clerk, "फूलमती बाई", "9123456780", "ZDT0000001");
  const second = await issue(demo, clerk, "धनकुँवर बाई", "9123456781", "ZDT0000002");
  let keys = 0;
  const type = async (text) => {
    keys += text.length;
    await desk.keyboard.type(text, { delay: KEY_MS });
  };
  const press = async (key) => {
    keys += 1;
    await desk.keyboard.press(key);
    await desk.waitForTimeout(KEY_MS);
  };

  // The day's first: a vial is opened, the vaccinator named, and both stay.
  await desk.goto(`${demo.address}/centre`);
  await desk.fill("#new-batch", "4120Z010");
  await press("F6");
  await desk.waitForSelector('.vials:has-text("4120Z010")');
  await desk.waitForSelector("#q:focus");
  await type(first.call);
  await press("Enter");
  await desk.waitForSelector("#code:focus");
  await desk.fill("#vaccinator", "S. Devi");
  await desk.focus("#code");
  await type(first.code);
  await press("Enter");
  await desk.waitForSelector(".done");

  // From the second on: call number, Enter, code, Enter.
  await desk.waitForSelector("#q:focus");
  keys = 0;
  const started = Date.now();
  await type(second.call);
  await press("Enter");
  await desk.waitForSelector("#code:focus");
  await type(second.code);
  await press("Enter");
  await desk.waitForSelector(".done");
  const took = Date.now() - started;
  assert.ok(keys <= 12, `${keys} keys`);
  assert.ok(took < 10_000, `${took} ms`);
  assert.match(await desk.textContent('[role="status"]:has(.done)'), new RegExp(second.call));
  assert.equal(await desk.evaluate(() => document.activeElement.id), "q", "ready for the next person");
  // What the stopwatch on the page says is what a person sees: seconds from the first key on.
  assert.match(await desk.textContent("#stopwatch"), /\d+\.\d s/);
  assert.ok((await desk.textContent("main")).includes("4120Z010"), "the vial stays");
  await context.close();
});

test("a camp's list shows how far it is, and gives each row its answer", async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
  const page = await openPage(context);
  await logInAs(page, demo.address, "district");
  await page.goto(`${demo.address}/district/import/camp?lang=en`);
  await page.click("#camp button");
  await page.waitForSelector("#fault:focus");

  const heading = "centre,name,birth_year,gender,mobile,id_type,id_number,vaccine,batch,vaccinator,date,time";
  const row = (n, centre = "RPR-MEKAHARA") =>
    `${centre},"राम\nप्रसाद",${1930 + (n % 50)},male,8${String(n).padStart(9, "0")},voter_id,ZCM${String(n).padStart(7, "0")},covishield,4120Z001,S. Devi,2021-03-20,10:40`;
  const rows = Array.from({ length: 2_500 }, (_, n) => row(n, n === 1_700 ? "NOWHERE" : undefined));
  const camp = { name: "camp.csv", mimeType: "text/csv", buffer: Buffer.from(`\ufeff${heading}\r\n${rows.join("\r\n")}\r\n`) };
  await page.setInputFiles("#file", camp);
  await page.click("#camp button");
  await page.waitForSelector("#going:not([hidden])");
  await page.waitForFunction(() => {
    const bar = document.querySelector("#bar");
    return bar.value > 0 && bar.value < 1;
  });
  await page.waitForSelector("#end:not([hidden])", { timeout: 60_000 });
  const counts = async () =>
    Object.fromEntries(await page.$$eval("[data-count]", (all) => all.map((one) => [one.dataset.count, one.textContent])));
  assert.deepEqual(await counts(), { rows: "2,500", recorded: "0", late: "2,499", known: "0", left_out: "1" });
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#answers")]);
  assert.equal(download.suggestedFilename(), "camp.answers.csv");
  const answers = readFileSync(await download.path(), "utf8");
  assert.equal(answers.match(/recorded_late/g).length, 2_499);
  assert.match(answers, /left_out,centre: No centre of yours has this code\./);
  assert.equal(answers.match(/centre,name/g).length, 1, "one heading line");

  // The answered file again, with the row mended.
  await page.setInputFiles("#file", {
    ...camp,
    name: "camp.answers.csv",
    buffer: Buffer.from(answers.replace("NOWHERE", "RPR-MEKAHARA")),
  });
  await page.click("#camp button");
  await page.waitForFunction(() => document.querySelector('[data-count="known"]').textContent === "2,499", null, {
    timeout: 60_000,
  });
  assert.deepEqual(await counts(), { rows: "2,500", recorded: "0", late: "1", known: "2,499", left_out: "0" });
  await context.close();
});
