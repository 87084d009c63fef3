// A third language: an officer sets it up, the slip and a message have it, the hall says it, and a desk without a link prints it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { CARDS, issue, makeDesk } from "./desks.mjs";
import { startLink } from "./link.mjs";
import { admit, faultsOf, logInAs, numberOf, openBrowser, openPage, startDemo } from "./support.mjs";

let demo, link, browser, officer, clerk;

/** Every text that stands on a slip of somebody with an Aadhaar card, at any hour of the demo's days. */
const URDU = {
  "slip.title": "ویکسین ٹوکن",
  "slip.gate": "گیٹ",
  "slip.born": "پیدائش",
  "slip.dose": "خوراک",
  "slip.id_aadhaar": "آدھار",
  "slip.secret_code": "خفیہ کوڈ",
  "slip.bring": "یہ پرچی اور وہی فوٹو شناختی کارڈ ساتھ لائیں جس سے ٹوکن بنا۔",
  "slip.enquiries": "پوچھ گچھ",
  "slip.need_wheelchair": "وہیل چیئر",
  "slip.weekday_2": "منگل",
  "slip.weekday_3": "بدھ",
  "slip.month_3": "مارچ",
  "slip.part_morning": "صبح",
  "slip.part_noon": "دوپہر",
  "slip.part_evening": "شام",
  "slip.part_night": "رات",
};

before(async () => {
  demo = await startDemo();
  link = await startLink(demo.address);
  browser = await openBrowser();
  [officer, clerk] = [await logIn("district"), await logIn("clerk-z2")];
});

after(async () => {
  await browser?.close();
  await link?.stop();
  await demo?.stop();
});

async function logIn(username) {
  const page = await openPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }));
  await logInAs(page, demo.address, username);
  return page;
}

/** Says which language it is. */
async function setLanguage(code, name, direction, on_slip) {
  await officer.goto(`${demo.address}/district/language?lang=en`);
  await officer.fill("#code", code);
  await officer.fill("#name", name);
  await officer.check(`[name="direction"][value="${direction}"]`);
  await officer.check(`[name="on_slip"][value="${on_slip}"]`);
  await officer.click('button:text-is("Save")');
  await officer.waitForSelector(".done");
}

/** Somebody's token, made at the counter; its number. */
async function issueTo(name, card, language) {
  await clerk.goto(`${demo.address}/office?lang=en`);
  await clerk.fill("#mobile", "9876501234");
  await clerk.waitForTimeout(400);
  if (await clerk.isVisible('[name="person"]')) await clerk.check('[name="person"][value=""]');
  await clerk.fill("#name", name);
  await clerk.fill("#age", "67");
  await clerk.check('input[name="gender"][value="female"]');
  await clerk.fill("#id_number", card);
  await clerk.click("details:has(#language) summary");
  await clerk.check('[name="need_wheelchair"]');
  await clerk.selectOption("#language", language);
  await clerk.waitForTimeout(400);
  await clerk.click("button.main");
  await clerk.waitForSelector("#done .issued-number");
  return (await clerk.textContent("#done .digits")).replaceAll(" ", "");
}

test("a few words of Chhattisgarhi stand on the slip, and the person's message is in it", async () => {
  await setLanguage("hne", "छत्तीसगढ़ी", "ltr", "beside");
  await officer.fill('[id="slip.title"]', "टीका के टोकन");
  await officer.fill('[id="message.token_issued"]', "{name} ({born}): तोर टोकन {number}, {day}, {time}, {centre}। कोड {code}");
  await officer.click('button:text-is("Save the texts")');
  await officer.waitForSelector(".done");
  assert.match(await officer.textContent("#texts + p"), /^\d+ \/ \d+ texts are missing/);
  const number = await issueTo("Sita Bai", CARDS[0], "hne");
  await clerk.goto(`${demo.address}/office/slips?numbers=${number}&paper=58`);
  assert.match(await clerk.textContent(".slip header"), /टीकाकरण टोकन\s*टीका के टोकन\s*Vaccination token/);
  assert.equal(await clerk.getAttribute(".slip header .third", "lang"), "hne");
  await officer.goto(`${demo.address}/district/messages?lang=en`);
  assert.match(await officer.textContent("table tbody"), /Sita \(1954\): तोर टोकन/);
  const cookies = await officer.context().cookies();
  for (const lang of ["hi", "en"]) {
    const options = { cookies, mostKilobytes: 80 };
    assert.deepEqual(await faultsOf(browser, `${demo.address}/district/language?lang=${lang}`, options), [], lang);
  }
});

test("Urdu runs from right to left, on every paper, and nothing is cut off", async () => {
  await officer.goto(`${demo.address}/district/language?lang=en`);
  await officer.check("#sure");
  await officer.click('button:text-is("Take it away")');
  await officer.waitForSelector(".done");
  await setLanguage("ur", "اردو", "rtl", "beside");
  const rows = Object.entries(URDU).map(([key, text]) => `${key},${text}`);
  const file = { name: "urdu.csv", mimeType: "text/csv", buffer: Buffer.from(["key,text", ...rows].join("\n")) };
  await officer.setInputFiles("#file", file);
  await officer.click('button:text-is("Check the file")');
  await officer.click('button:text-is("Take it in")');
  await officer.waitForSelector(".done");
  const number = await issueTo("Ram Bai", CARDS[1], "ur");
  for (const paper of ["58", "80", "a4", "large"]) {
    await clerk.goto(`${demo.address}/office/slips?numbers=${number}&paper=${paper}`);
    await clerk.emulateMedia({ media: "print" });
    const third = clerk.locator(".slip .when .third");
    assert.match(await third.textContent(), /^(منگل|بدھ) 3\d مارچ\n/, paper);
    assert.equal(await third.evaluate((line) => getComputedStyle(line).direction), "rtl", paper);
    const english = await clerk.locator('.slip [data-english="title"]').count();
    assert.equal(english, ["a4", "large"].includes(paper) ? 0 : 1, paper);
    const cut = await clerk.$$eval(".slip, .slip *", (all) => {
      const slip = all[0].getBoundingClientRect();
      const out = (box) => box.left < slip.left - 1 || box.right > slip.right + 1 || box.bottom > slip.bottom + 1;
      return all
        .filter((part) => part.getClientRects().length && out(part.getBoundingClientRect()))
        .map((part) => part.outerHTML);
    });
    assert.deepEqual(cut, [], paper);
    const pdf = (await clerk.pdf({ preferCSSPageSize: true })).toString("latin1");
    assert.equal(pdf.match(/\/Type\s*\/Page\b(?!s)/g).length, 1, `${paper} takes one page`);
  }
  await clerk.emulateMedia({ media: "screen" });
});

test("a desk without a link prints what the server prints", async () => {
  const page = await openPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }));
  await makeDesk({ page, address: link.address, officer, office: demo.address }, "Counter 1", 5);
  link.cut();
  await page.goto(`${link.address}/office`);
  await page.waitForSelector("#alone b");
  assert.equal(await page.locator('#language option[value="ur"]').textContent(), "اردو");
  await issue(page, "Mohan Bai", CARDS[2]);
  const frame = page.frameLocator("#slip");
  await frame.locator(".slip .when .third").waitFor();
  const lines = (of) => of.locator(".third").evaluateAll((all) => all.map((one) => [one.textContent, one.lang, one.dir]));
  const alone = await lines(frame.locator(".slip"));
  const number = (await frame.locator(".slip .number").textContent()).replaceAll(" ", "");
  link.mend();
  await page.waitForFunction(() => /link is back|आ गया/.test(document.querySelector("#alone")?.textContent ?? ""), null, {
    timeout: 30_000,
  });
  await clerk.goto(`${demo.address}/office/slips?numbers=${number}&paper=58`);
  assert.deepEqual(alone, await lines(clerk.locator(".slip")));
  assert.ok(alone.length >= 7, JSON.stringify(alone));
  await page.context().close();
});

test("the hall says a call in Hindi, English and then Urdu", async () => {
  await officer.goto(`${demo.address}/district/language?lang=en`);
  const words = ["number", "counter", ..."0123456789"];
  const recording = (word) => ({
    name: `${word}.mp3`,
    mimeType: "audio/mpeg",
    buffer: readFileSync(`static/clips/hi-${word}.mp3`),
  });
  await officer.setInputFiles("#clips", words.map(recording));
  await officer.click('button:text-is("Take the recordings in")');
  await officer.waitForSelector(".done");
  assert.match(await officer.textContent("#recordings ~ p:nth-of-type(2), main"), /All twelve words are there/);
  const display = await openPage(await browser.newContext({ viewport: { width: 1280, height: 720 } }));
  const said = [];
  display.on("request", (request) => {
    const clip = /clips\/(?:\d+\/)?([^/?]*?)(?:\.mp3)?(?:\?v=\d+)?$/.exec(request.url());
    if (clip) said.push(request.url().includes("?v=") ? `ur-${clip[1]}` : clip[1]);
  });
  await display.goto(`${demo.address}/centre/RPR-MEKAHARA/display`);
  await display.click("#start");
  await display.click("#test");
  await display.waitForFunction(() =>
    performance.getEntriesByType("resource").some(({ name }) => /clips\/\d+\/counter/.test(name)),
  );
  await display.waitForTimeout(500);
  const call = (lang) => ["number", ..."01234", "counter", "5"].map((word) => `${lang}-${word}`);
  assert.deepEqual(said, ["hi", "en", "ur"].flatMap(call));
  // Somebody who is called for is shown too.
  const [entered] = (await demo.state()).next;
  await admit(demo, [await numberOf(demo, entered)]);
  const operator = await logIn("operator");
  await operator.goto(`${demo.address}/centre/hall?counter=7&stage=dose`);
  await operator.click("button[value=next]");
  await display.waitForSelector("#now .number");
});
