// The guided tour, from top to bottom, with nothing but its buttons.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { issue, kept } from "./desks.mjs";
import { openBrowser, openPage, startDemo, watch } from "./support.mjs";

let demo, browser, context, tour;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  tour = await openPage(context);
  await tour.goto(`${demo.address}/demo`);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

async function popup(click) {
  const [page] = await Promise.all([context.waitForEvent("page"), click]);
  watch(page);
  await page.waitForLoadState();
  return page;
}

const gateSays = (verdict) => tour.waitForSelector(`#gate-says[data-verdict="${verdict}"]`);

test("a citizen sees free places in Hindi, then in English", async () => {
  const hindi = await popup(tour.click('a[href="/c/RPR-MEKAHARA"]'));
  assert.match(await hindi.textContent("main"), /मेकाहारा.*जगह खाली/s);
  await hindi.click("a.lang");
  assert.match(await hindi.textContent("main"), /Mekahara.*places free/s);
  await hindi.close();
});

let office;

test("a clerk presses Enter twice: one slip, one place less", async () => {
  const { free_today: before } = await demo.state();
  office = await popup(tour.click('form[action="/demo/as/clerk-z2"] button'));
  await office.waitForSelector('[name="person"]:checked');
  await office.focus("#mobile");
  await office.keyboard.press("Enter");
  await office.keyboard.press("Enter");
  await office.keyboard.press("Enter");
  await office.waitForSelector("#done .issued-number");
  assert.match(await office.textContent("#stopwatch"), /\d+\.\d s/);
  await office.frameLocator("#slip").locator(".slip .qr").waitFor();
  await assertSoon(async () => (await demo.state()).free_today === before - 1, "one place less");
  await tour.waitForFunction(() => /\d\d-\d{3}/.test(document.querySelector("#last-token").textContent));
});

let gate;

test("the gate admits the slip once, and tells every other code apart", async () => {
  gate = await popup(tour.click('form[action="/demo/gate"] button'));
  await gate.waitForSelector(".bar.fresh");
  await tour.waitForSelector('body[data-gate="open"]');
  for (const [hold, verdict] of [
    ["slip", "admitted"],
    ["slip", "already_admitted"],
    ["wrong_centre", "wrong_centre"],
    ["tomorrow", "wrong_day"],
    ["forged", "not_genuine"],
    ["payment", "not_ours"],
  ]) {
    await tour.click(`[data-hold="${hold}"]`);
    await gateSays(verdict);
    assert.equal(await gate.getAttribute(".verdict", "data-verdict"), verdict);
  }
});

test("with the link cut the gate opens again and admits three more by itself", async () => {
  await gate.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await tour.click('[data-switch="link"]');
  await tour.waitForSelector('[data-switch="link"][aria-pressed="false"]');
  assert.equal((await fetch(`${demo.address}/gate`)).status, 502, "the server really refuses");
  await gate.reload();
  await gate.click(".confirm button");
  await tour.click("#three");
  await gate.waitForFunction(() => document.querySelector(".state")?.dataset.waiting === "3");
  assert.match(await gate.textContent(".state"), /अकेले काम कर रहा है, 3 भेजना बाकी/);
  await tour.click('[data-switch="link"]');
  await gate.waitForFunction(() => document.querySelector(".bar.fresh .state")?.dataset.waiting === "0", null, {
    timeout: 45_000,
  });
});

test("two clerks meet on the last place: one gets it", async () => {
  await tour.click("#last-place");
  await tour.waitForSelector("#race [data-issued]");
  const issued = await tour.$$eval("#race [data-issued]", (rows) => rows.map((row) => row.dataset.issued));
  assert.deepEqual(issued.sort(), ["false", "true"]);
});

test("with its link cut the zone office issues, and the gate admits what nobody told it of", async () => {
  await tour.click("#desk-counter");
  await office.waitForURL("**/office");
  await office.fill("#desk-name", "Counter of the tour");
  await office.click("form.ask button");
  await office.waitForSelector('[data-standing="waiting"]:visible');
  await tour.click("#desk-officer");
  await office.click('button[value="approve"]');
  await tour.click("#desk-again");
  await office.waitForFunction(() => Number(document.querySelector('[data-count="places"]')?.textContent) > 0);
  await office.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await tour.click('[data-switch="office"]');
  await tour.waitForSelector('[data-switch="office"][aria-pressed="false"]');
  await office.reload();
  await office.waitForSelector("#alone b");
  await office
    .locator("fieldset.slots label", { hasText: /मेकाहारा|Mekahara/ })
    .first()
    .click();
  await issue(office, "Ram Prasad", "234123412346");
  await tour.click('[data-hold="desk"]');
  await gateSays("admitted");
  await tour.click('[data-switch="office"]');
  await assertSoon(async () => (await kept(office, "records")).every((record) => record.outcome === "stored"), "sent", 400);
});

let desk;

test("the operator calls the next one, and the display shows the number", async () => {
  const display = await popup(tour.click("#display"));
  desk = await popup(tour.click("#call-next"));
  await desk.click('button[value="next"]');
  const number = await desk.textContent(".called b");
  await display.waitForFunction((text) => document.querySelector("#now .number")?.textContent === text, number);
  await display.close();
});

test("a dose is recorded while the portal is down, and its person reads how it stands", async () => {
  await tour.click("#portal-switch");
  await tour.waitForSelector('#portal-switch[aria-pressed="false"]');
  await tour.click('form[action="/demo/dose"] button');
  await desk.waitForSelector("p.done");
  const person = await popup(tour.click("#person"));
  assert.match(await person.textContent("main"), /यहाँ दर्ज/);
  assert.doesNotMatch(await person.textContent("main"), /संदर्भ संख्या/);
  await tour.click("#portal-switch");
  await tour.waitForSelector('#portal-switch[aria-pressed="true"]');
  const accepted = async () => {
    await person.reload();
    return /संदर्भ संख्या/.test(await person.textContent("main"));
  };
  await assertSoon(accepted, async () => `the reference: ${await person.textContent("main")}`, 300);
  // The message was written with it. Here messages are only kept, which the person's own page does not call sent; the staff's says so.
  const number = (await person.textContent("main")).match(/\d{4} \d{4} \d{2}/)[0].replaceAll(" ", "");
  const staffs = await desk.request.get(new URL(`/office/tokens/${number}`, desk.url()).href);
  assert.match(await staffs.text(), /खुराक पोर्टल पर|Dose on the portal/);
  await person.close();
});

test("the officer opens the day", async () => {
  await tour.click('form[action="/demo/as/district"] button');
  await office.waitForURL("**/district");
  assert.match(await office.textContent("main"), /Zone 2 Office|ज़ोन 2 कार्यालय/);
});

test("a session is stopped: the gate reads the new time from the old slip", async () => {
  await tour.click("#stop");
  await office.waitForURL("**/stop");
  await office.click("#reason-no_vaccine");
  await office.click('button[value="move"]');
  await office.waitForURL("**/district/moves/**");
  const turnedOver = async () => {
    await tour.click('[data-hold="held"]');
    const verdict = await tour.getAttribute("#gate-says", "data-verdict");
    return ["rescheduled", "wrong_day", "wrong_centre"].includes(verdict);
  };
  await assertSoon(turnedOver, "the old slip's new time", 100);
  await office.reload();
  assert.match(await gate.textContent("body"), /\d\d:\d\d|\d+ (मार्च|अप्रैल)/);
});

test("the newspaper's figures stand beside those of the doses, and agree", async () => {
  await tour.click("#newspaper");
  await office.waitForURL("**/demo/newspaper");
  assert.equal(await office.textContent("#same"), "33 / 33");
  assert.match(await office.textContent("main"), /11,307[\s\S]*9,521[\s\S]*1,786/);
});

async function assertSoon(check, what, times = 40) {
  for (let i = 0; i < times; i++) {
    if (await check()) return;
    await new Promise((resume) => setTimeout(resume, 100));
  }
  assert.fail(typeof what === "string" ? what : await what());
}
