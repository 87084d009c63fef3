// The waiting list by keyboard alone: a full zone, one key, and the place that becomes free. Forms for a place without power, on paper.

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

test("forms for a camp: two to a page of A4, nothing cut off, each code reads back", async () => {
  const page = await openPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }));
  await logInAs(page, demo.address, "operator");
  await page.goto(`${demo.address}/centre/forms`);
  const slot = await page.$$eval("#slot option", (all) => all.at(-1).value);
  await page.selectOption("#slot", slot);
  await page.focus("#forms");
  await page.keyboard.type("5");
  await page.keyboard.press("Enter");
  await page.waitForURL(/centre\/forms\/\d+$/);
  await page.goto(`${page.url()}/print`);
  const clipped = await page.$$eval(
    ".form, .main, .stub",
    (all) => all.filter((box) => box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1).length,
  );
  assert.equal(clipped, 0, "something is cut off");
  const pdf = join(demo.folder, "forms.pdf");
  await page.pdf({ path: pdf, preferCSSPageSize: true });
  assert.match(execFileSync("pdfinfo", [pdf], { encoding: "utf8" }), /Pages:\s+3\b/);
  execFileSync("pdftoppm", ["-r", "203", "-gray", "-png", pdf, join(demo.folder, "forms")]);
  const pictures = [1, 2, 3].map((at) => join(demo.folder, `forms-${at}.png`));
  const codes = execFileSync("zbarimg", ["-q", "--raw", ...pictures], { encoding: "utf8" })
    .trim()
    .split("\n");
  assert.equal(new Set(codes).size, 5);
  assert.ok(codes.every((code) => /\/T\/[A-Z2-7]+$/.test(code)));
});

test("forms are keyed in one after the other by keyboard alone", async () => {
  const page = await openPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }));
  await logInAs(page, demo.address, "operator");
  await page.goto(`${demo.address}/centre/forms?lang=en`);
  await page.focus("#forms");
  await page.keyboard.type("3");
  await page.keyboard.press("Enter");
  await page.waitForURL(/centre\/forms\/\d+$/);
  const bundle = page.url();
  await page.goto(`${bundle}/print`);
  const codes = await page.$$eval(".code b", (all) => all.map((code) => code.textContent));
  assert.equal(codes.length, 3);
  await page.goto(`${bundle}/key?lang=en`);
  let keys = 0;
  const type = async (...words) => {
    for (const word of words) {
      await (word.length > 1 && /^[A-Z][a-z]+$/.test(word) ? page.keyboard.press(word) : page.keyboard.type(word));
      keys += /^(Tab|Enter)$/.test(word) ? 1 : word.length;
    }
  };
  // What is half typed is there again when the log-in has run out meanwhile; an ID's number is not.
  await page.waitForSelector("#name:focus");
  await page.keyboard.type("Anand");
  await page.fill("#id_number", "CGR7000001");
  await page.context().clearCookies({ name: "baari_login" });
  await page.reload();
  await logInAs(page, demo.address, "operator");
  await page.goto(`${bundle}/key?lang=en`);
  assert.deepEqual([await page.inputValue("#name"), await page.inputValue("#id_number")], ["Anand", ""]);
  await page.fill("#name", "");
  for (const [at, code] of codes.entries()) {
    await page.waitForSelector("#name:focus");
    await page.keyboard.type(["Anand Rao", "Kiran Das", "Bhola Nag"][at]);
    keys += 9;
    await type(
      "Tab",
      "67",
      "Tab",
      "m",
      "Tab",
      "v",
      "Tab",
      `CGR${7_000_001 + at}`,
      "Tab",
      `970000001${at}`,
      "Tab",
      "Tab",
      "1105",
      "Tab",
      code,
    );
    // What is the same on the next form stands there already.
    if (at === 0) await type("Tab", "4120Z001", "Tab", "s devi");
    await type("Enter");
    await page.waitForFunction((left) => document.querySelector(".lead b")?.textContent === left, String(2 - at));
  }
  assert.match(await page.textContent("main"), /Every form of this bundle that was used is keyed in/);
  assert.ok(keys / 3 < 60, `${keys} keys for three forms`);
  console.log(`# ${Math.round(keys / 3)} keys a form`);
});

/** Gives every place away that the counter offers; returns the last token's number. */
async function fillUp(page) {
  let last = "";
  for (let card = 0; card < 400; card += 1) {
    const issued = await page.evaluate(async (card) => {
      const counter = new DOMParser().parseFromString(await (await fetch("/office")).text(), "text/html");
      const key = counter.querySelector('[name="key"]').value;
      const person = {
        name: `Ram ${"abcdefghijklmnop"[card % 16]}${"kltmnr"[card % 6]}`,
        age: String(61 + (card % 30)),
        gender: "male",
      };
      const id = { id_type: "voter_id", id_number: `XYZ${String(card).padStart(7, "0")}` };
      const typed = { ...person, ...id, key, mobile: "", same: "none" };
      const advice = new DOMParser().parseFromString(
        await (await fetch("/office/advice", { method: "POST", body: new URLSearchParams(typed) })).text(),
        "text/html",
      );
      const slot = advice.querySelector('[name="slot"]')?.value;
      if (!slot) return null;
      const done = await fetch("/office/tokens", { method: "POST", body: new URLSearchParams({ ...typed, slot }) });
      return new URL(done.url).searchParams.get("issued") ?? "";
    }, card);
    if (issued === null) return last;
    last = issued || last;
  }
  throw new Error("the zone never gets full");
}

test("a full zone: one key to the list, and the first of it gets what becomes free", async () => {
  const page = await openPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }));
  await logInAs(page, demo.address, "clerk-z2");
  const last = await fillUp(page);
  assert.match(last, /^\d{10}$/);

  await page.goto(`${demo.address}/office?lang=en`);
  for (const typed of ["9876511111", "Sita Bai", "67"]) {
    await page.keyboard.type(typed);
    await page.keyboard.press("Enter");
    await page.waitForTimeout(300);
  }
  await page.keyboard.press("2");
  await page.selectOption("#id_type", "voter_id");
  await page.focus("#id_number");
  await page.keyboard.type("XYZ9999999");
  await page.waitForSelector("#wait");
  assert.match(await page.textContent("#advice"), /Full:.*Mekahara/);
  await page.keyboard.press("F3");
  await page.waitForURL(/office\/waiting\?put=/);
  assert.match(await page.textContent("main"), /Sita Bai · 1954 · number 1 on the list/);
  // Enter goes on to the next person, with an empty counter.
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/office$/);
  assert.equal(await page.inputValue("#name"), "");

  await page.goto(`${demo.address}/office/tokens/${last}?lang=en`);
  await page.check('form[action$="/cancel"] [value="wish"]');
  await page.click('form[action$="/cancel"] button');
  await page.waitForLoadState();
  const settled = `${demo.address}/office/waiting?show=settled&lang=en`;
  for (let tries = 0; tries < 20; tries += 1) {
    await page.goto(settled);
    if (/Got a place/.test(await page.textContent("main"))) break;
    await page.waitForTimeout(500);
  }
  assert.match(await page.textContent("tbody"), /Sita Bai.*98765 11111.*Got a place/s);
  await page.click('tbody a[href*="/office/tokens/"]');
  assert.match(await page.textContent("main"), /Sita Bai/);
});
