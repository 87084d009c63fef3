// Gates that need no link: phones that are cut off, answered wrongly, closed, revoked and told the wrong time.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Doors, next, readScans, scan, settled, waiting } from "./phones.mjs";
import { openPage } from "./support.mjs";

let doors, demo, officer, first, second;

before(async () => {
  doors = await Doors.open();
  ({ demo, officer } = doors);
});

after(() => doors?.close());

test("a phone says what it knows, and until when it is ready", async () => {
  first = await doors.enrol("Gate A");
  await first.page.waitForFunction(() => /ready until/.test(document.querySelector(".state").textContent));
  assert.match(await first.page.textContent(".state"), /^Up to date, ready until .*5:00 pm/);
  await first.page.waitForSelector(".problems", { state: "detached" });
});

test("cut off, a new tab of the phone opens, asks the time, and admits", async () => {
  const [qr] = await doors.tokens(1);
  await first.context.setOffline(true);
  await first.page.close();
  first.page = await openPage(first.context);
  await first.page.goto(`${demo.address}/gate`);
  await first.page.waitForSelector(".bar.alone");
  await first.page.waitForSelector(".confirm");
  assert.equal(await scan(first, qr), "admitted");
  await next(first);
  assert.equal(await waiting(first), "1");
  await first.page.locator(".confirm button").first().click();
  await first.page.waitForSelector(".confirm", { state: "detached" });
});

test("a second tab is no second gate", async () => {
  const other = await openPage(first.context);
  await other.goto(`${demo.address}/gate`);
  await other.waitForSelector(".message");
  assert.match(await other.textContent(".message"), /another tab/);
  await other.close();
});

test("whatever becomes of the answer, each scan is on record once", async () => {
  const answers = [
    // Lost after the commit.
    async (route) => {
      await route.fetch();
      await route.abort();
    },
    // Cut in half.
    async (route) => {
      const answer = await route.fetch();
      const text = await answer.text();
      await route.fulfill({ status: 200, contentType: "application/json", body: text.slice(0, text.length / 2) });
    },
    // A hotspot's log-in page.
    (route) => route.fulfill({ status: 200, contentType: "text/html", body: "<html>Please log in</html>" }),
  ];
  let calls = 0;
  await first.page.route("**/api/gate/sync", (route) => {
    const answer = answers[calls++];
    return answer ? answer(route) : route.continue();
  });
  await first.context.setOffline(false);
  const [qr] = await doors.tokens(1);
  assert.equal(await scan(first, qr), "admitted");
  await next(first);
  await settled(first);
  assert.ok(calls > answers.length);
  await first.page.unroute("**/api/gate/sync");
  const stored = await first.page.evaluate(readScans);
  assert.deepEqual(
    stored.map((scan) => [scan.verdict, scan.sent, scan.outcome]),
    [
      ["admitted", 1, undefined],
      ["admitted", 1, undefined],
    ],
  );
});

test("a server that takes half a minute holds up nobody", async () => {
  const [qr] = await doors.tokens(1);
  await first.page.route("**/api/gate/sync", () => new Promise(() => {}));
  assert.equal(await scan(first, qr), "admitted");
  await next(first);
  assert.equal(await waiting(first), "1");
  await first.page.unroute("**/api/gate/sync");
  await settled(first);
});

test("closed between store and send, nothing is lost", async () => {
  const [qr] = await doors.tokens(1);
  await first.page.route("**/api/gate/sync", (route) => route.abort());
  assert.equal(await scan(first, qr), "admitted");
  await first.page.close();
  first.page = await openPage(first.context);
  await first.page.goto(`${demo.address}/gate`);
  await settled(first);
});

test("other people's codes are told apart, and their text is never kept", async () => {
  const { samples } = await demo.state();
  assert.equal(await scan(first, "upi://pay?pa=somebody@bank/T/&am=100"), "not_ours");
  await next(first);
  assert.equal(await scan(first, samples.forged), "not_genuine");
  await next(first);
  const kept = JSON.stringify(await first.page.evaluate(readScans));
  assert.doesNotMatch(kept, /upi|somebody/);
});

test("a lane goes to a second phone by the code that the first one shows, both cut off", async () => {
  second = await doors.enrol("Gate B");
  assert.match(await second.page.textContent(".problems"), /holds no lane/);
  await settled(first);
  await first.page.waitForTimeout(6_000);
  const [qr, other] = await doors.tokens(2);
  assert.equal(await scan(second, qr), "other_gate");
  assert.match(await second.page.textContent(".lines"), /Gate A/);
  doors.given.delete(qr);
  await next(second);
  await first.context.setOffline(true);
  await second.context.setOffline(true);
  for (let lane = 0; lane < 2; lane++) {
    await first.page.getByRole("button", { name: "Lanes", exact: true }).click();
    await first.page
      .getByRole("button", { name: /Hand lane/ })
      .first()
      .click();
    const code = await first.page.getAttribute(".lane-code", "data-text");
    await first.page.getByRole("button", { name: "Close" }).click();
    for (const letter of code) await second.page.keyboard.press(letter);
    await second.page.keyboard.press("Enter");
    await second.page.getByRole("heading", { name: /this phone's now/ }).waitFor();
    await second.page.getByRole("button", { name: "Close" }).click();
  }
  assert.equal(await scan(first, other), "other_gate");
  assert.match(await first.page.textContent(".lines"), /Gate B/);
  await next(first);
  assert.equal(await scan(second, other), "admitted");
  await next(second);
  await first.context.setOffline(false);
  await second.context.setOffline(false);
  await settled(first);
  await settled(second);
  await doors.openGates();
  assert.deepEqual(await officer.locator("table").nth(1).locator("tbody td:nth-child(2)").allTextContents(), [
    "Gate B",
    "Gate B",
  ]);
});

test("under lenient lanes two cut-off phones admit one token, and both hear of it", async () => {
  await doors.openGates();
  await officer.getByRole("button", { name: "Make it lenient" }).click();
  await first.page.waitForTimeout(6_000);
  await settled(first);
  await settled(second);
  const [qr] = await doors.tokens(1);
  await first.context.setOffline(true);
  await second.context.setOffline(true);
  assert.equal(await scan(first, qr), "admitted");
  assert.equal(await scan(second, qr), "admitted");
  await next(first);
  await next(second);
  await first.context.setOffline(false);
  await settled(first);
  await second.context.setOffline(false);
  await settled(second);
  for (const phone of [first, second]) await phone.page.waitForSelector(".conflicts li", { timeout: 60_000 });
  await officer.goto(`${demo.address}/district/conflicts`);
  const sides = await officer.locator("article tbody tr td:first-child").allTextContents();
  assert.deepEqual(sides.sort(), ["Gate A", "Gate B"]);
  await officer.getByRole("button", { name: "The same person twice" }).click();
  await officer.getByText("Nothing needs a decision.").waitFor();
});

test("under lenient lanes with a link the second phone is told at once", async () => {
  const [qr] = await doors.tokens(1);
  assert.equal(await scan(first, qr), "admitted");
  assert.equal(await scan(second, qr), "already_admitted");
  assert.match(await second.page.textContent(".lines"), /Gate A/);
  await next(first);
  await next(second);
});

test("a phone whose clock is set a day ahead turns nobody back for it", async () => {
  await first.context.setOffline(true);
  await first.page.evaluate(() => {
    const real = Date.now.bind(Date);
    Date.now = () => real() + 86_400_000;
  });
  await first.page.waitForSelector(".confirm");
  const [qr] = await doors.tokens(1);
  assert.equal(await scan(first, qr), "admitted");
  await next(first);
  const scans = await first.page.evaluate(readScans);
  assert.equal(scans.at(-1).clock_proved, false);
  // The gatekeeper's watch is right: after that the phone goes by it.
  await first.page.locator(".confirm button").nth(1).click();
  const clock = await first.page.inputValue("#clock");
  const day = new Date(Date.parse(`${clock}:00Z`) - 86_400_000).toISOString().slice(0, 16);
  await first.page.fill("#clock", day);
  await first.page.locator(".confirm button").click();
  await first.page.waitForSelector(".confirm", { state: "detached" });
  await first.page.close();
  first.page = await openPage(first.context);
  await first.context.setOffline(false);
  await first.page.goto(`${demo.address}/gate`);
  await settled(first);
});

test("a phone that is full says so, and admits nobody it cannot write down", async () => {
  const [qr] = await doors.tokens(1);
  await first.page.evaluate(() => {
    window.realAdd = IDBObjectStore.prototype.add;
    IDBObjectStore.prototype.add = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });
  for (const letter of qr) await first.page.keyboard.press(letter);
  await first.page.keyboard.press("Enter");
  await first.page.getByText(/Not stored: the phone is full/).waitFor();
  assert.equal(await first.page.locator(".verdict").count(), 0);
  await first.page.evaluate(() => {
    IDBObjectStore.prototype.add = window.realAdd;
  });
  await first.page.getByRole("button", { name: "Close" }).click();
  await first.page.waitForTimeout(5_100);
  assert.equal(await scan(first, qr), "admitted");
  await next(first);
});

test("a phone that cannot keep what it hears says so, and opens all the same", async () => {
  const { page } = first;
  await page.addInitScript(() => {
    if (!sessionStorage.full) return;
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });
  await page.evaluate(() => sessionStorage.setItem("full", "yes"));
  await page.reload();
  await page.getByText(/The phone is nearly full/).waitFor();
  await page.getByText(/Working alone since/).waitFor();
  await page.evaluate(() => sessionStorage.removeItem("full"));
  await page.reload();
  await page.getByText("Up to date").waitFor();
  assert.equal(await page.getByText(/The phone is nearly full/).count(), 0);
});

test("a phone with scans to send is no other gate before they are sent, and says so", async () => {
  const [qr] = await doors.tokens(1);
  await doors.openGates();
  await officer.fill("#name", "Gate X");
  await officer.locator("form.narrow button").click();
  const link = await officer.getAttribute("#enrol-link", "href");
  await first.context.setOffline(true);
  assert.equal(await scan(first, qr), "admitted");
  await first.page.close();
  first.page = await openPage(first.context);
  await first.page.goto(link);
  await first.page.getByText(/still has scans to send/).waitFor();
  assert.ok(first.page.url().includes("#"), "the code is kept for another try");
  await first.page.getByRole("button", { name: "Go on as the gate it was" }).click();
  assert.equal(await waiting(first), "1");
  assert.ok(!first.page.url().includes("#"));
  await first.context.setOffline(false);
  await settled(first);
});

test("a revoked phone hands over what it wrote and forgets; an officer decides", async () => {
  const [qr] = await doors.tokens(1);
  await second.context.setOffline(true);
  assert.equal(await scan(second, qr), "admitted");
  await next(second);
  await doors.openGates();
  const row = officer.locator("table").first().locator("tr", { hasText: "Gate B" });
  await row.locator("summary").click();
  await row.getByRole("button", { name: "Revoke" }).click();
  await second.context.setOffline(false);
  await second.page.getByText(/no longer a gate\. Ask/).waitFor({ timeout: 60_000 });
  assert.deepEqual(await second.page.evaluate(readScans), []);
  await doors.openGates();
  await officer.getByRole("button", { name: "Take them in" }).click();
  await officer.waitForLoadState();
  assert.equal(await officer.getByRole("button", { name: "Take them in" }).count(), 0);
});
