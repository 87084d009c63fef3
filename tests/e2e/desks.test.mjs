// A zone office whose link is down: the same page goes on, out of places that were set aside for this PC.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { chromium } from "playwright-core";
import { CARDS, issue, kept, makeDesk } from "./desks.mjs";
import { startLink } from "./link.mjs";
import { logInAs, openBrowser, openPage, startDemo, watch } from "./support.mjs";

let demo, link, browser, officer;

before(async () => {
  demo = await startDemo();
  link = await startLink(demo.address);
  browser = await openBrowser();
  officer = await openPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }));
  await logInAs(officer, demo.address, "district");
});

after(async () => {
  await browser?.close();
  await link?.stop();
  await demo?.stop();
});

beforeEach(() => link.mend());

const desk = (page) => ({ page, address: link.address, officer, office: demo.address });

test("a clerk goes on with the link cut, prints, and everything is sent when it is back", async () => {
  const page = await openPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }));
  await makeDesk(desk(page), "Counter 1", 30);
  link.cut();
  await page.goto(`${link.address}/office`);
  await page.waitForSelector("#alone b");
  assert.match(await page.textContent("#alone"), /Without a link since .* places left/);

  const call = await issue(page, "Ram Prasad", CARDS[0]);
  assert.match(call, /^\d\d-\d{3}$/);
  const frame = page.frameLocator("#slip");
  await frame.locator(".slip .number").waitFor();
  assert.equal(await frame.locator(".slip .call").textContent(), call);
  assert.match(await frame.locator(".slip .person").textContent(), /Ram Prasad.*1954.*2346/);
  assert.match(await frame.locator(".slip svg.qr path").getAttribute("d"), /^M4 4h7v1/);
  assert.match(await frame.locator(".slip .code b").textContent(), /^\d{4}$/);
  // What is wrong is said, and nothing is lost.
  await page.fill("#name", "Sita Bai");
  await page.fill("#age", "x");
  await page.fill("#id_number", "234123412364");
  await page.keyboard.press("Enter");
  await page.click('label:has([name="gender"][value="female"])');
  await page.press("#id_number", "Enter");
  await page.waitForSelector("#age-fault");
  assert.match(await page.textContent("#id_number-fault"), /check digit/);
  assert.equal(await page.inputValue("#name"), "Sita Bai");
  await page.fill("#age", "70");
  await page.fill("#id_number", CARDS[1]);
  await page.press("#id_number", "Enter");
  await page.waitForFunction(() => document.querySelector(".issued-now")?.textContent.includes("Sita Bai"));
  // The same person again is found by this desk itself.
  await page.fill("#name", "Sita B.");
  await page.fill("#age", "70");
  await page.click('label:has([name="gender"][value="female"])');
  await page.fill("#id_number", CARDS[1]);
  await page.press("#id_number", "Enter");
  await page.waitForSelector(".error-summary");
  assert.match(await page.textContent(".error-summary"), /was made here/);
  await page.waitForSelector('#today li:has-text("Sita Bai"):has-text("to be sent")');

  // A morning's work: thirty tokens in all.
  for (let n = 3; n <= 30; n++) {
    await page.fill("#name", `Person ${String.fromCharCode(64 + (n % 26) + 1)}${n % 2 ? "a" : "b"}`);
    await page.fill("#age", "67");
    await page.click('label:has([name="gender"][value="male"])');
    await page.selectOption("#id_type", "voter_id");
    await page.fill("#id_number", `CGR${1_000_000 + n}`);
    await page.press("#id_number", "Enter");
    await page.waitForFunction((n) => document.querySelectorAll("#today li").length === n, n);
  }

  link.mend();
  await page.waitForFunction(() => /link is back/.test(document.querySelector("#alone")?.textContent ?? ""), null, {
    timeout: 30_000,
  });
  await page.waitForSelector('#today li:has-text("Ram Prasad"):has-text("sent")');
  const records = await kept(page, "records");
  assert.deepEqual([records.length, new Set(records.map((record) => record.outcome))], [30, new Set(["stored"])]);
  await officer.goto(`${demo.address}/office/register?lang=en&q=${(await kept(page, "records"))[0].number}`);
  assert.match(await officer.textContent("main"), /Ram Prasad/);
  assert.equal((await kept(page, "places")).filter((place) => place.state === "used").length, 30);
  await page.context().close();
});

test("a form whose answer is lost gives way to the slip that the desk made instead", async () => {
  const page = await openPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }));
  await makeDesk(desk(page), "Counter 7");
  await page.goto(`${link.address}/office?lang=en`);
  link.loseAnswerTo("POST /office/tokens");
  await page.fill("#name", "Kamla Verma");
  await page.fill("#age", "67");
  await page.click('label:has([name="gender"][value="female"])');
  await page.fill("#id_number", "345634563457");
  await page.press("#id_number", "Enter");
  await page.waitForSelector("#alone b");
  assert.equal(await page.inputValue("#name"), "Kamla Verma");
  await page.fill("#id_number", "345634563457");
  await page.press("#id_number", "Enter");
  await page.waitForFunction(() => document.querySelector(".issued-now")?.textContent.includes("Kamla Verma"));
  link.mend();
  await page.waitForSelector('#today li:has-text("Kamla Verma"):has-text("sent"):not(:has-text("to be"))', { timeout: 30_000 });
  const [{ number, outcome }] = await kept(page, "records");
  assert.equal(outcome, "stored");
  await officer.goto(`${demo.address}/office/register?lang=en&q=Kamla Verma`);
  const rows = await officer.$$eval("main tbody tr, main li", (rows) => rows.map((row) => row.textContent));
  const digits = (text) => text.replace(/\s/g, "");
  assert.ok(
    rows.some((row) => digits(row).includes(number) && !/cancelled/i.test(row)),
    rows.join("\n"),
  );
  assert.ok(
    rows.some((row) => !digits(row).includes(number) && /cancelled/i.test(row)),
    rows.join("\n"),
  );
  await page.context().close();
});

test("a browser that was closed with unsent tokens asks for the last slip, and sends them later", async () => {
  const home = mkdtempSync(join(tmpdir(), "baari-desk-"));
  const open = () =>
    chromium.launchPersistentContext(home, {
      executablePath: "/usr/bin/chromium",
      args: ["--headless", "--no-sandbox", "--disable-gpu"],
      viewport: { width: 1280, height: 900 },
    });
  let context = await open();
  try {
    let page = await openPage(context);
    await makeDesk(desk(page), "Counter 2");
    link.cut();
    await page.goto(`${link.address}/office`);
    await page.waitForSelector("#alone b");
    const call = await issue(page, "Mohan Lal", CARDS[2]);
    await context.close();

    context = await open();
    page = await openPage(context);
    await page.goto(`${link.address}/office`);
    await page.waitForSelector(".last-slip");
    assert.equal(await page.isVisible("#counter"), false);
    await page.fill("#last-slip", "01-999");
    await page.press("#last-slip", "Enter");
    await page.waitForSelector(".last-slip .fault:visible");
    await page.fill("#last-slip", call);
    await page.press("#last-slip", "Enter");
    await page.waitForSelector("#counter:visible");
    await page.waitForSelector('#today li:has-text("Mohan Lal"):has-text("to be sent")');
    link.mend();
    await page.waitForURL((url) => url.pathname === "/office" && url.search === "", { timeout: 30_000 });
    await page.waitForSelector('[data-standing="active"]:visible', { timeout: 30_000 });
    assert.deepEqual(
      (await kept(page, "records")).map((record) => record.outcome),
      ["stored"],
    );
  } finally {
    link.mend();
    await context.close();
    rmSync(home, { recursive: true, force: true });
  }
});

test("a crash before the signature spoils one serial, and two tabs never take the same place", async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await openPage(context);
  await makeDesk(desk(page), "Counter 3");
  link.cut();
  await page.goto(`${link.address}/office`);
  await page.waitForSelector("#alone b");
  // The power goes when the place is taken and nothing is signed yet.
  await page.evaluate(() => {
    crypto.subtle.sign = () => new Promise(() => {});
  });
  await page.fill("#name", "Nobody Yet");
  await page.fill("#age", "67");
  await page.click('label:has([name="gender"][value="male"])');
  await page.fill("#id_number", CARDS[0]);
  await page.press("#id_number", "Enter");
  while (!(await kept(page, "records")).some((record) => record.state === "draft")) await page.waitForTimeout(50);
  await page.close();

  const tabs = await Promise.all([context.newPage(), context.newPage()]);
  for (const tab of tabs) {
    watch(tab);
    await tab.goto(`${link.address}/office`);
    await tab.waitForSelector(".last-slip, #alone b");
    // Nothing was printed here: there is no slip to name.
  }
  assert.match(await tabs[0].textContent("#alone"), /Without a link/);
  const spoiled = (await kept(tabs[0], "records")).filter((record) => record.state === "spoiled");
  assert.equal(spoiled.length, 1);
  const wish = async (tab, name, card) => {
    await tab.fill("#name", name);
    await tab.fill("#age", "67");
    await tab.click('label:has([name="gender"][value="male"])');
    await tab.fill("#id_number", card);
    await tab.focus("#id_number");
  };
  await wish(tabs[0], "One", CARDS[1]);
  await wish(tabs[1], "Two", CARDS[2]);
  await Promise.all(tabs.map((tab) => tab.keyboard.press("Enter")));
  // Where one place was left, one of the two is told so.
  for (const tab of tabs) await tab.waitForSelector(".issued-now, .error-summary");
  const refused = (await Promise.all(tabs.map((tab) => tab.locator(".error-summary").count()))).reduce((a, b) => a + b);
  const made = (await kept(tabs[0], "records")).filter((record) => record.state === "made");
  assert.equal(new Set(made.map((record) => record.number)).size + refused, 2);
  link.mend();
  await tabs[0].waitForFunction(() => /link is back/.test(document.querySelector("#alone")?.textContent ?? ""), null, {
    timeout: 40_000,
  });
  await context.close();
});
