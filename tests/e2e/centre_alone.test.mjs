// Inside the centre with the server dead: the same page goes on, and everything is at the server exactly once when it is back.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startLink } from "./link.mjs";
import { admit, faultsOf, issue, logInAs, openBrowser, openPage, startDemo } from "./support.mjs";

let demo, link, browser, context, page;

/** Four who have entered, behind those of the morning. */
const people = [];

before(async () => {
  demo = await startDemo();
  link = await startLink(demo.address);
  browser = await openBrowser();
  const clerk = await openPage(await browser.newContext());
  await logInAs(clerk, demo.address, "clerk-z2");
  // Their names are nobody else's: nobody is asked whether it is the same person.
  for (const [at, name] of ["Dhaneshwari Kosle", "Itwari Netam", "Phulbasan Yadu", "Ganeshiya Dewangan"].entries())
    people.push(await issue(demo, clerk, name, `912345670${at}`, `ZCA000000${at}`));
  // They enter in the same second: then the number decides who is called first.
  people.sort((a, b) => (a.number < b.number ? -1 : 1));
  await admit(
    demo,
    people.map(({ number }) => number),
  );
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  page = await openPage(context);
  await logInAs(page, link.address, "operator");
});

after(async () => {
  await browser?.close();
  await link?.stop();
  await demo?.stop();
});

/** What the page has in its own memory. */
const kept = (page) =>
  page.evaluate(
    () =>
      new Promise((done, failed) => {
        const asked = indexedDB.open("baari-centre");
        asked.onerror = () => failed(asked.error);
        asked.onsuccess = () => {
          const tx = asked.result.transaction(["records", "meta"]);
          const all = tx.objectStore("records").getAll();
          const today = tx.objectStore("meta").get("today");
          tx.oncomplete = () => {
            asked.result.close();
            done({ records: all.result, today: today.result });
          };
        };
      }),
  );

/** Waits until this browser could go on alone. */
async function ready() {
  await page.goto(`${link.address}/centre?lang=en`);
  await page.waitForSelector("#centre-line:visible");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

/** The power is back. */
async function back() {
  demo = await startDemo([], undefined, demo.folder);
  link.lead(demo.address);
}

/** Records the dose of whoever is at the counter. */
async function record(code) {
  await page.click('#called li:first-child [data-press="record"]');
  await page.waitForSelector("#card:visible");
  const call = await page.textContent("#person b");
  if (code) await page.fill("#code", code);
  else await page.selectOption('[name="no_code"]', "no_slip");
  if ((await page.inputValue("#batch")) === "") await page.fill("#batch", "4120z900");
  if ((await page.inputValue("#vaccinator")) === "") await page.fill("#vaccinator", "S. Devi");
  await page.press("#code", "Enter");
  await page.waitForFunction((call) => document.querySelector("#done b")?.textContent === call, call);
  return call;
}

test("the operator goes on with the server dead, closes the tab, and nothing is lost or twice", async () => {
  await ready();
  const waiting = await page.$$eval('#rooms [aria-labelledby="waiting-title"] .digits', (all) => all.map((b) => b.textContent));
  assert.ok(waiting.length >= 6, `${waiting.length} wait`);
  await demo.kill();

  await page.reload();
  await page.waitForSelector("#alone b");
  assert.match(await page.textContent("#alone"), /Without a link since .*Work goes on here/);
  assert.equal(await page.locator("#waiting li").count(), waiting.length);

  // Those of the morning: called, called again, one does not come, the other one is ill.
  for (let n = 4; n < waiting.length; n++) {
    await page.keyboard.press("F6");
    await page.waitForSelector("#called li");
    await page.click('#called [data-press="again"]');
    if (n > 4) {
      await page.click('#called [data-press="missed"]');
      await page.waitForSelector("#missed li");
    } else {
      await page.click('#called [data-press="record"]');
      await page.waitForSelector("#card:visible");
      const ill = await page.textContent("#person b");
      await page.click("#card summary");
      await page.click("#home button");
      await page.waitForFunction((call) => document.querySelector("#done b")?.textContent === call, ill);
    }
  }
  // Three doses: what was used last stays. The second is typed with a wrong code, which only the server knows.
  const called = [];
  const wrong = people[1].code === "0000" ? "0001" : "0000";
  for (const code of [people[0].code, wrong, ""]) {
    await page.keyboard.press("F6");
    await page.waitForSelector("#called li");
    called.push(await record(code));
    await page.waitForFunction((n) => document.querySelectorAll("#sitting li").length >= n, called.length);
  }
  assert.deepEqual(
    called,
    people.slice(0, 3).map(({ call }) => call),
  );
  await page.waitForSelector(`#log li:has-text("${called[2]}"):has-text("to be sent")`);
  // A vial is opened, the next dose would be drawn from it; the one beside it was not opened after all.
  for (const batch of ["4121z001", "4121z002"]) {
    await page.fill("#new-batch", batch);
    await page.keyboard.press("F8");
    await page.waitForSelector(`#open-vials li:has-text("${batch.toUpperCase()}")`);
  }
  assert.match(await page.textContent("#open-vials"), /doses left: 10/);
  await page.click('#open-vials li:has-text("4121Z002") [data-press="return"]');
  await page.waitForFunction(() => !document.querySelector("#open-vials").textContent.includes("4121Z002"));
  // What cannot be is said, with what was typed still there.
  await page.fill("#q", called[0]);
  await page.press("#q", "Enter");
  await page.waitForSelector("#card:visible");
  assert.match(await page.textContent("#about"), /dose is recorded/);
  assert.equal(await page.isVisible("#dose"), false);
  await page.fill("#q", "4821093754");
  await page.press("#q", "Enter");
  await page.waitForSelector(".error-summary");
  assert.match(await page.textContent(".error-summary"), /A digit is mistyped/);

  // The tab is closed and opened, twice: both show the same, and a dose in one is known in the other.
  await page.close();
  const other = await openPage(context);
  page = await openPage(context);
  for (const tab of [page, other]) {
    await tab.goto(`${link.address}/centre/hall`);
    await tab.waitForSelector("#alone b");
    assert.equal(await tab.locator("#log li").count(), 7);
    assert.match(await tab.textContent("#alone"), / to send/);
  }
  // Somebody of whom nobody here has heard comes with a number.
  await page.fill("#q", "4821 0937 53");
  await page.press("#q", "Enter");
  await page.waitForSelector("#card:visible");
  assert.match(await page.textContent("#about"), /has not heard of them/);
  assert.equal(await page.inputValue("#batch"), "4120Z900");
  await page.selectOption('[name="no_code"]', "no_slip");
  await page.press("#code", "Enter");
  await page.waitForSelector("#done .done");
  await other.waitForFunction(() => document.querySelectorAll("#log li").length === 8);
  await other.close();
  const before = await kept(page);
  assert.doesNotMatch(JSON.stringify(before.records), /Kosle|Netam|Yadu|Dewangan/, "records hold no names");

  await back();
  await page.waitForURL((url) => url.pathname === "/centre" && url.search === "", { timeout: 40_000 });
  await page.waitForSelector('[data-line="refused"]:visible');
  assert.match(await page.textContent('[aria-labelledby="vials-title"]'), /4121Z001/);
  const refused = await page.textContent('[data-line="refused"]');
  assert.match(refused, /secret code is wrong/);
  assert.match(refused, /4821 0937 53.*no such token/s);
  assert.ok(refused.includes(called[1]));
  const { records } = await kept(page);
  assert.deepEqual([...new Set(records.map((record) => record.outcome))].sort(), ["not_found", "stored", "wrong_code"]);
  assert.equal(records.filter((record) => record.sent === 0).length, 0);
  const last = await page.textContent('[aria-labelledby="last-title"]');
  for (const call of [called[0], called[2]]) assert.equal(last.split(call).length - 1, 1, `${call} once`);
  assert.ok(!last.includes(called[1]));

  // The refused one is recorded by the link, with what was typed then, and is settled by itself.
  await page.click(`[data-line="refused"] li:has-text("${called[1]}") a`);
  await page.waitForSelector("#dose");
  assert.equal(await page.inputValue("#batch"), "4120Z900");
  assert.equal(await page.inputValue("#code"), wrong);
  assert.notEqual(await page.inputValue("#time"), "");
  await page.fill("#code", "");
  await page.selectOption('[name="no_code"]', "no_slip");
  await page.press("#vaccinator", "Enter");
  await page.waitForSelector('p.done:has-text("Recorded")');
  await page.waitForFunction(() => document.querySelectorAll('[data-line="refused"] li').length === 1);
  await page.click('[data-line="refused"] [data-press="settled"]');
  await page.waitForSelector('[data-line="refused"]', { state: "hidden" });
});

test("what was half typed when the link went is on the page that goes on", async () => {
  await ready();
  await page.goto(`${link.address}/centre?q=${people[3].number}`);
  await page.fill("#vaccinator", "Half Typed");
  await page.fill("#batch", "LATE1");
  await page.click('#dose label:has([name="vial"][value=""])');
  await page.selectOption('[name="no_code"]', "no_phone");
  await demo.kill();
  await page.press("#vaccinator", "Enter");
  await page.waitForSelector("#alone b");
  await page.waitForSelector("#card:visible");
  assert.equal(await page.inputValue("#vaccinator"), "Half Typed");
  await page.press("#vaccinator", "Enter");
  await page.waitForSelector("#done .done");
  await back();
  await page.waitForURL((url) => url.pathname === "/centre" && url.search === "", { timeout: 40_000 });
  assert.deepEqual((await kept(page)).records.at(-1).outcome, "stored");
});

test("people are forgotten at log-out, and unsent records are told of first", async () => {
  await ready();
  assert.ok((await kept(page)).today.people.length > 0);
  await page.evaluate(
    () =>
      new Promise((done) => {
        const asked = indexedDB.open("baari-centre");
        asked.onsuccess = () => {
          const tx = asked.result.transaction("records", "readwrite");
          const deed = { kind: "no_dose", number: "4821093753", reason: "fever", earliest: "2021-04-13" };
          tx.objectStore("records").add({
            id: crypto.randomUUID(),
            at: 1,
            by: "operator",
            centre: 1,
            call: "",
            deed,
            sent: 1,
            outcome: "clock",
            said: "?",
          });
          tx.oncomplete = () => {
            asked.result.close();
            done();
          };
        };
      }),
  );
  await page.click('form[action="/logout"] button');
  await page.waitForSelector('[data-line="leaving"]:visible');
  assert.match(new URL(page.url()).pathname, /centre/);
  await page.click('form[action="/logout"] button');
  await page.waitForURL(/login/);
  const { records, today } = await kept(page);
  assert.deepEqual([today, records.filter((record) => record.outcome === "clock").length], [undefined, 1]);
  await demo.kill();
  await page.goto(`${link.address}/centre`);
  await page.waitForSelector("#alone p:not(:empty)");
  assert.match(await page.textContent("#alone"), /Nobody is logged in/);
  assert.equal(await page.locator("#waiting li").count(), 0);
  await back();
});

test("the page that goes on is fit for everybody", async () => {
  for (const lang of ["hi", "en"])
    assert.deepEqual(await faultsOf(browser, `${link.address}/centre/alone?lang=${lang}`), [], lang);
});
