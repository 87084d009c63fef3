// Gates among each other: a phone that is moved to another centre, one token at two gates, slips whose time or centre has changed.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Doors, next, readMeta, readScans, scan, settled } from "./phones.mjs";

const ELSEWHERE = /Fafadih/;

let doors, officer, moved, holder, other;

before(async () => {
  doors = await Doors.open();
  ({ officer } = doors);
});

after(() => doors?.close());

/** What an officer sees of open conflicts: what it is, and the gates. */
async function conflicts() {
  await officer.goto(`${doors.demo.address}/district/conflicts?lang=en`);
  const texts = await officer.locator("article").allTextContents();
  return texts.join("\n");
}

async function settleAll() {
  await officer.goto(`${doors.demo.address}/district/conflicts?lang=en`);
  while ((await officer.locator("article").count()) > 0) {
    await officer.getByRole("button", { name: "The same person twice" }).first().click();
    await officer.waitForLoadState();
  }
}

/** The number behind a slip. */
async function numberOf(qr) {
  const answer = await fetch(qr.replace(/^HTTPS?:\/\/[^/]+/i, doors.demo.address), { redirect: "follow" });
  return /digits">(\d{4} \d{4} \d{2})/.exec(await answer.text())[1].replaceAll(" ", "");
}

/** Gives a token another slot, at the counter. */
async function reschedule(clerk, qr, slot) {
  const number = await numberOf(qr);
  const form = { slot: String(slot), key: `${number}-${slot}` };
  const headers = { origin: doors.demo.address };
  const address = `${doors.demo.address}/office/tokens/${number}/reschedule`;
  const answer = await clerk.request.post(address, { form, headers, maxRedirects: 0 });
  assert.equal(answer.status(), 303, await answer.text());
}

/** A slot that a phone knows of: so many hours from now, today. */
async function slotOf(phone, hours) {
  const { base, heard_at } = await phone.page.evaluate(readMeta);
  const found = base.slots.find((slot) => slot.starts > heard_at + hours * 3600 && slot.starts < heard_at + 6 * 3600);
  assert.ok(found, "a slot later today");
  return found;
}

test("a phone that is moved sends what it wrote and is a gate of the other centre", async () => {
  moved = await doors.enrol("Gate A");
  holder = await doors.enrol("Gate B");
  const [mine, another] = await doors.tokens(2);
  await moved.context.setOffline(true);
  assert.equal(await scan(moved, mine), "admitted");
  await next(moved);
  const row = await doors.change("Gate A");
  await row.locator("select[name=to]").selectOption({ label: "Urban PHC Fafadih" });
  await row.getByRole("button", { name: "Move to another centre" }).click();
  await officer.getByText("goes as soon as it is heard").waitFor();
  await moved.context.setOffline(false);
  await moved.page.getByRole("heading", { name: /gate of Urban PHC Fafadih now/ }).waitFor({ timeout: 60_000 });
  await moved.page.getByRole("button", { name: "Close" }).click();
  await settled(moved);
  assert.match(await moved.page.textContent(".bar"), /Fafadih/);
  const [kept] = await moved.page.evaluate(readScans);
  assert.deepEqual([kept.verdict, kept.sent, kept.outcome], ["admitted", 1, undefined]);
  // Its neighbour has its lanes and knows whom it let in; it sends people there itself.
  await holder.page.locator(".problems").waitFor({ state: "detached", timeout: 60_000 });
  assert.equal(await scan(holder, mine), "already_admitted");
  await next(holder);
  assert.equal(await scan(moved, another), "wrong_centre");
  await next(moved);
  doors.given.delete(another);
  await doors.openGates(ELSEWHERE);
  assert.match(await officer.locator("table").first().textContent(), /Gate A/);
  assert.equal(await conflicts(), "");
});

test("under strict lanes only somebody let in for a gate that is gone comes in twice, and the officer sees it", async () => {
  other = await doors.enrol("Gate C");
  const [qr] = await doors.tokens(1);
  await settled(holder);
  await holder.context.setOffline(true);
  assert.equal(await scan(holder, qr), "admitted");
  await next(holder);
  assert.equal(await scan(other, qr), "other_gate");
  await other.page.getByText("Let in anyway").click();
  await other.page.getByRole("button", { name: "That gate is gone" }).click();
  await other.page.waitForSelector(".verdict[data-verdict='admitted']");
  await next(other);
  await settled(other);
  await holder.context.setOffline(false);
  await settled(holder);
  const seen = await conflicts();
  assert.match(seen, /Admitted for a gate that could not be reached[^]*Gate C/);
  assert.match(seen, /Two admissions[^]*Gate B/);
  await settleAll();
});

test("under lenient lanes one phone that is cut off is enough for two admissions, and all see it", async () => {
  await doors.openGates();
  await officer.getByRole("button", { name: "Make it lenient" }).click();
  await other.page.waitForTimeout(6_000);
  await settled(holder);
  await settled(other);
  const [qr] = await doors.tokens(1);
  await holder.context.setOffline(true);
  assert.equal(await scan(holder, qr), "admitted");
  await next(holder);
  assert.equal(await scan(other, qr), "admitted");
  await next(other);
  await settled(other);
  await holder.context.setOffline(false);
  await settled(holder);
  for (const phone of [holder, other]) await phone.page.waitForSelector(".conflicts li", { timeout: 60_000 });
  assert.match(await conflicts(), /Two admissions/);
  await settleAll();
});

test("a token that went to another centre while its old gate was cut off is let in there, and the officer sees it", async () => {
  const clerk = await doors.logIn("clerk-z2");
  const [qr] = await doors.tokens(1);
  await settled(holder);
  await holder.context.setOffline(true);
  await reschedule(clerk, qr, (await slotOf(moved, 0)).id);
  assert.equal(await scan(holder, qr), "admitted");
  await next(holder);
  await holder.context.setOffline(false);
  await settled(holder);
  assert.match(await conflicts(), /Admitted at its old centre[^]*Gate B/);
  await moved.page.waitForTimeout(6_000);
  await settled(moved);
  assert.equal(await scan(moved, qr), "already_admitted");
  await next(moved);
  await settleAll();
});

test("an old slip is told its new time, and let in when that has come", async () => {
  const clerk = await doors.logIn("clerk-z2");
  const [qr] = await doors.tokens(1);
  const slot = await slotOf(holder, 2);
  await reschedule(clerk, qr, slot.id);
  await holder.page.waitForTimeout(6_000);
  await settled(holder);
  assert.equal(await scan(holder, qr), "rescheduled");
  await next(holder);
  for (let n = 0; n < 4; n++) {
    const form = { to: "plus_30", back: "/demo" };
    await officer.request.post(`${doors.demo.address}/demo/clock`, { form, headers: { origin: doors.demo.address } });
  }
  await holder.page.waitForTimeout(6_000);
  await settled(holder);
  assert.equal(await scan(holder, qr), "admitted");
  assert.match(await holder.page.textContent(".lines"), new RegExp(String(slot.call).padStart(2, "0")));
});
