// A desk's slips at the gate, where neither of the two has a link.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { issue, kept, makeDesk } from "./desks.mjs";
import { startLink } from "./link.mjs";
import { Doors, next, readScans, scan, settled } from "./phones.mjs";
import { openPage } from "./support.mjs";

const MADE = /Mekahara/;

let doors, link, gate, page;

before(async () => {
  doors = await Doors.open();
  link = await startLink(doors.demo.address);
});

after(async () => {
  await link?.stop();
  await doors?.close();
});

/** A slip of the desk for somebody who is there now: its QR text. */
async function slip(name, card) {
  const row = page.locator("fieldset.slots label", { hasText: MADE }).first();
  await row.click();
  await issue(page, name, card);
  const records = await kept(page, "records");
  return records.at(-1).qr;
}

/** The gate hears what there is, and is cut off again. */
async function hear() {
  await gate.context.setOffline(false);
  await gate.page.waitForSelector(".bar.fresh");
  await settled(gate);
  await gate.context.setOffline(true);
}

/** The gatekeeper's own word, where the phone cannot check a slip. */
async function letInUnverified() {
  await gate.page.getByRole("button", { name: /let in unverified/ }).click();
  await gate.page.waitForSelector('.verdict[data-verdict="admitted"]');
  await next(gate);
}

test("a slip of a desk that the gate never heard of is compared with the card", async () => {
  gate = await doors.enrol("Gate A");
  await gate.context.setOffline(true);
  page = await openPage(await doors.browser.newContext({ viewport: { width: 1280, height: 900 } }));
  const { officer, demo } = doors;
  await makeDesk({ page, address: link.address, officer, office: demo.address }, "Counter 1", 5);
  link.cut();
  await page.goto(`${link.address}/office`);
  await page.waitForSelector("#alone b");

  assert.equal(await scan(gate, await slip("Ram Prasad", "234123412346")), "cannot_check");
  assert.match(await gate.page.textContent(".verdict"), /Compare the card/);
  await letInUnverified();
});

test("once it heard of the desk, it admits slips that nobody told it of, each once", async () => {
  await hear();
  const sita = await slip("Sita Bai", "234123412351");
  assert.equal(await scan(gate, sita), "admitted");
  await next(gate);
  // A camera sees the same slip many times: for a moment that is one scan.
  await gate.page.waitForTimeout(5_100);
  assert.equal(await scan(gate, sita), "already_admitted");
  await next(gate);
  const changed = sita.slice(0, -3) + (sita.at(-3) === "A" ? "B" : "A") + sita.slice(-2);
  assert.equal(await scan(gate, changed), "not_genuine");
  await next(gate);
});

test("of a desk that was revoked, what the server heard stays good, and what it did not is compared", async () => {
  const heard = await slip("Mohan Lal", "234123412367");
  link.mend();
  await page.waitForFunction(() => /link is back/.test(document.querySelector("#alone")?.textContent ?? ""), null, {
    timeout: 30_000,
  });
  link.cut();
  await page.goto(`${link.address}/office`);
  await page.waitForSelector("#alone b");
  const unheard = await slip("Gita Devi", "234123412379");
  const { officer, demo } = doors;
  // An hour later their slot has begun.
  for (let n = 0; n < 2; n++) await officer.request.post(`${demo.address}/demo/clock`, { form: { to: "plus_30" } });
  await officer.goto(`${demo.address}/district/desks?lang=en`);
  await officer.locator("summary", { hasText: "End" }).click();
  await officer.click('button[value="revoke"]');
  await hear();
  assert.equal(await scan(gate, heard), "admitted");
  await next(gate);
  assert.equal(await scan(gate, unheard), "cannot_check");
  await letInUnverified();

  // Back at the server, each of the four stands once; the one that came too late is the officer's to decide.
  await gate.context.setOffline(false);
  await settled(gate);
  const refused = (await gate.page.evaluate(readScans)).filter((row) => row.sent === 0 || row.outcome);
  assert.deepEqual(refused, []);
  link.mend();
  await page.reload();
  await officer.waitForFunction(
    async () => {
      const page = await (await fetch(location.href)).text();
      return /after the desk was ended/.test(page);
    },
    null,
    { timeout: 60_000, polling: 1_000 },
  );

  // With nothing left to send, the same browser asks to be a desk again, as another one.
  await page.goto(`${link.address}/office?lang=en`);
  await page.waitForSelector('[data-standing="ended"]:visible');
  await page.fill("#desk-name", "Counter again");
  await page.click("form.ask button");
  await page.waitForSelector('[data-standing="waiting"]:visible');
  assert.equal(await page.isVisible("form.ask"), false);
});
