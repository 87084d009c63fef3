// From the clerk's first key, over the printed slip, through the gate's camera, to the citizen's page.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { logInAs, makeFilm, openBrowser, openPage, startDemo } from "./support.mjs";

/** Milliseconds between two keys of a practised clerk. */
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

async function logIn(context, username) {
  const page = await openPage(context);
  await logInAs(page, demo.address, username);
  return page;
}

let clerk, number, code;

test("a new person gets a token by keyboard alone, under twenty seconds", async () => {
  clerk = await logIn(await browser.newContext({ viewport: { width: 1280, height: 900 } }), "clerk-z2");
  await clerk.waitForSelector("#mobile:focus");
  const started = Date.now();
  let keys = 0;
  const type = async (text) => {
    keys += text.length;
    await clerk.keyboard.type(text, { delay: KEY_MS });
  };
  const press = async (key) => {
    keys += 1;
    await clerk.keyboard.press(key);
    await clerk.waitForTimeout(KEY_MS);
  };
  await type("9123456780");
  await clerk.waitForTimeout(300);
  await press("Enter");
  await type("फूलमती बाई");
  await press("Enter");
  await type("67");
  await press("Enter");
  await press("1");
  await type("234123412346");
  await clerk.waitForTimeout(400);
  await press("Enter");
  await clerk.waitForSelector("#done .issued-number");
  assert.ok(keys <= 60, `${keys} keys`);
  assert.ok(Date.now() - started < 20_000);
  assert.equal(await clerk.evaluate(() => document.activeElement.id), "mobile", "ready for the next person");
  number = (await clerk.textContent("#done .digits")).replaceAll(" ", "");
});

test("what is wrong comes back with everything that was typed", async () => {
  await clerk.goto(`${demo.address}/office`);
  await clerk.fill("#mobile", "12345");
  await clerk.fill("#name", "Ram");
  await clerk.fill("#id_number", "234123412364");
  await clerk.click("button.main");
  await clerk.waitForSelector(".error-summary:focus");
  assert.match(await clerk.title(), /^त्रुटि:/);
  assert.equal(await clerk.inputValue("#name"), "Ram");
  assert.match(await clerk.textContent("#id_number-fault"), /अंक ग़लत/);
  assert.match(await clerk.textContent("#mobile-fault"), /दस अंक/);
});

for (const [paper, pages] of [
  ["58", 1],
  ["80", 1],
  ["a4", 1],
]) {
  test(`the slip on ${paper} is one page, whole, and reads back at 203 dots an inch`, async () => {
    await clerk.goto(`${demo.address}/office/slips?numbers=${number}&paper=${paper}`);
    const clipped = await clerk.$$eval(
      ".slip",
      (slips) => slips.filter((slip) => slip.scrollHeight > slip.clientHeight + 1).length,
    );
    assert.equal(clipped, 0, "nothing is cut off");
    code = (await clerk.textContent(".code b")).trim();
    const pdf = join(demo.folder, `slip-${paper}.pdf`);
    await clerk.pdf({ path: pdf, preferCSSPageSize: true });
    assert.match(execFileSync("pdfinfo", [pdf], { encoding: "utf8" }), new RegExp(`Pages:\\s+${pages}\\n`));
    execFileSync("pdftoppm", ["-r", "203", "-gray", "-png", "-singlefile", pdf, join(demo.folder, `slip-${paper}`)]);
    const read = execFileSync("zbarimg", ["-q", "--raw", join(demo.folder, `slip-${paper}.png`)], { encoding: "utf8" }).trim();
    assert.match(read, /\/T\/[A-Z2-7]+$/);
  });
}

test("the gate's camera reads the printed slip and admits, and then not again", async () => {
  const film = join(demo.folder, "slip.y4m");
  const picture = join(demo.folder, "qr.png");
  await clerk.goto(`${demo.address}/office/slips?numbers=${number}&paper=58`);
  await clerk.locator(".qr").screenshot({ path: picture, scale: "device" });
  makeFilm(picture, film);
  const officer = await logIn(await browser.newContext(), "district");
  await officer.goto(`${demo.address}/district/gates`);
  await officer.selectOption("#centre", { label: await officer.textContent('#centre option:has-text("मेकाहारा")') });
  await officer.click(".search:has(#centre) button");
  await officer.fill("#name", "Gate A");
  await officer.click("form.narrow button");
  const enrol = await officer.getAttribute("#enrol-link", "href");

  const phone = await openBrowser(film);
  try {
    const context = await phone.newContext({ viewport: { width: 360, height: 740 }, permissions: ["camera"] });
    const gate = await openPage(context);
    await gate.goto(enrol);
    await gate.getByText("गेट शुरू करें").click();
    await gate.waitForSelector('[data-verdict="admitted"]');
    assert.match(await gate.textContent(".verdict"), /1954|जन्म/);
    assert.match(await gate.textContent(".verdict"), /…2346/);
    await gate.waitForSelector('.state[data-waiting="0"]');
    await gate.click("button.next");
    // The same slip, still before the camera, is not a second person.
    await gate.waitForTimeout(1_000);
    assert.equal(await gate.$(".verdict"), null);
    await gate.getByText("नंबर टाइप करें").click();
    for (const digit of number) await gate.locator("button.digit", { hasText: digit }).click();
    await gate.click(".keypad .next");
    await gate.waitForSelector('[data-verdict="already_admitted"]');
    assert.doesNotMatch(await gate.textContent(".verdict"), /2346/, "nothing personal on a refusal");
  } finally {
    await phone.close();
  }
});

test("the citizen finds the token by its number, and it says that they have entered", async () => {
  const page = await openPage(await browser.newContext({ viewport: { width: 360, height: 740 }, javaScriptEnabled: false }));
  await page.goto(`${demo.address}/find`);
  await page.fill("#number", number);
  await page.fill("#birth_year", "1999");
  await page.click("main form button");
  assert.match(await page.textContent(".error-summary"), /कोई टोकन नहीं मिला/);
  await page.fill("#birth_year", "1954");
  await page.click("main form button");
  await page.waitForURL("**/t/*");
  assert.match(await page.textContent("h1"), /प्रवेश कर चुके/);
  assert.doesNotMatch(await page.textContent("main"), /फूलमती/);
});

test("another person takes another time, and then cancels, with the code from the slip", async () => {
  const clerkPage = clerk;
  await clerkPage.goto(`${demo.address}/office?mobile=9876543210`);
  await clerkPage.waitForSelector('[name="person"]:checked');
  await clerkPage.focus("#mobile");
  await clerkPage.keyboard.press("Enter");
  await clerkPage.keyboard.press("Enter");
  await clerkPage.waitForSelector("#done .issued-number");
  const theirs = (await clerkPage.textContent("#done .digits")).replaceAll(" ", "");
  await clerkPage.goto(`${demo.address}/office/slips?numbers=${theirs}&paper=58`);
  code = (await clerkPage.textContent(".code b")).trim();
  const before = await clerkPage.textContent(".call");

  const page = await openPage(await browser.newContext({ viewport: { width: 360, height: 740 }, javaScriptEnabled: false }));
  await page.goto(`${demo.address}/find`);
  await page.fill("#number", theirs);
  await page.fill("#birth_year", "1949");
  await page.click("main form button");
  await page.click('a[href$="/change"]');
  await page.click("label.choice");
  await page.fill("#code", code === "0000" ? "0001" : "0000");
  await page.click("main form button");
  assert.match(await page.textContent(".error-summary"), /कोशिशें बाकी: 4/);
  await page.fill("#code", code);
  await page.click("main form button");
  assert.match(await page.textContent(".done"), /समय बदल गया/);
  assert.notEqual(await page.textContent(".call b"), before);
  await page.click('a[href$="/cancel"]');
  await page.fill("#code", code);
  await page.click("main form button");
  assert.match(await page.textContent("h1"), /रद्द/);
});
