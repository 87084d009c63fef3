// Every page, in both languages, before the page checker.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { faultsOf, logInAs, openBrowser, startDemo } from "./support.mjs";

let demo, browser;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

async function cookiesOf(username) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await logInAs(page, demo.address, username);
  const cookies = await context.cookies();
  const links = async (address, pattern) => {
    await page.goto(demo.address + address);
    return page
      .$$eval("a", (all) => all.map((a) => a.getAttribute("href")))
      .then((all) => all.find((href) => pattern.test(href)));
  };
  return { cookies, links };
}

test("pages for everybody weigh at most 14 KB in one request", async () => {
  const { links } = await cookiesOf("operator");
  const number = /\d{10}/.exec(await links("/office/register", /tokens\/\d{10}/))[0];
  const slip = await fetch(`${demo.address}/demo/state`).then((answer) => answer.json());
  const own = await fetch(slip.next[0].replace(/^HTTP:\/\/[^/]+/, demo.address), { redirect: "manual" });
  assert.equal(own.status, 303);
  assert.match(number, /^\d{10}$/);
  const token = new URL(own.headers.get("location"), demo.address).pathname;
  for (const path of [
    "/",
    "/c/RPR-MEKAHARA",
    "/find",
    "/offices",
    token,
    `${token}/change`,
    `${token}/cancel`,
    "/login",
    "/no-such-page",
  ]) {
    for (const lang of ["hi", "en"]) {
      assert.deepEqual(
        await faultsOf(browser, `${demo.address}${path}?lang=${lang}`, { mostKilobytes: 14 }),
        [],
        `${path} ${lang}`,
      );
    }
  }
});

test("the counter, the register and a token", async () => {
  const { cookies, links } = await cookiesOf("clerk-z2");
  const token = await links("/office/register", /tokens\/\d{10}/);
  const errands = [
    "/office/printer",
    "/office/enquiry",
    "/office/list",
    "/office/turned-back",
    "/office/waiting",
    "/office/waiting?show=settled",
    "/switch",
    `${token}/mend`,
    "/office/register?q=Ram",
  ];
  for (const path of ["/office", "/office/register", token, "/password", "/demo", "/api", ...errands]) {
    for (const lang of ["hi", "en"]) {
      assert.deepEqual(
        await faultsOf(browser, `${demo.address}${path}${path.includes("?") ? "&" : "?"}lang=${lang}`, { cookies }),
        [],
        `${path} ${lang}`,
      );
    }
  }
});

test("the officer's pages", async () => {
  const { cookies } = await cookiesOf("district");
  for (const path of [
    "/district",
    "/district/portal",
    "/district/portal/differences",
    "/district/import",
    "/district/import/camp",
    "/district/gates",
    "/office/late",
    "/district/conflicts",
    "/district/alarms",
    "/district/doses?round=2&date=03-03-2021&time=17:00",
    "/district/doses?date=31-02-2021",
    "/district/planning",
    "/district/links",
    "/district/planning?people=x",
    "/district/scans",
    "/district/journal",
    "/district/journal?person=12",
    "/district/users",
    "/district/users/1",
  ]) {
    for (const lang of ["hi", "en"]) {
      const address = `${demo.address}${path}${path.includes("?") ? "&" : "?"}lang=${lang}`;
      assert.deepEqual(await faultsOf(browser, address, { cookies }), [], `${path} ${lang}`);
    }
  }
});

test("inside the centre", async () => {
  const { cookies, links } = await cookiesOf("operator");
  const waiting = await links("/centre", /\/centre\?q=\d{10}/);
  const record = await links("/centre", /\/centre\/doses\/[0-9a-f-]{36}/);
  for (const path of [
    "/centre",
    waiting,
    "/centre?q=99-999",
    record,
    "/centre/backlog",
    "/centre/events",
    "/centre/standby",
    "/centre/forms",
  ]) {
    for (const lang of ["hi", "en"]) {
      const address = `${demo.address}${path}${path.includes("?") ? "&" : "?"}lang=${lang}`;
      assert.deepEqual(await faultsOf(browser, address, { cookies }), [], `${path} ${lang}`);
    }
  }
});

test("help, and the door to practice and what is behind it", async () => {
  const { cookies } = await cookiesOf("clerk-z2");
  const context = await browser.newContext();
  await context.addCookies(cookies);
  const page = await context.newPage();
  await page.goto(`${demo.address}/practice`);
  await page.click('form[action="/practice/begin"] button:not([name])');
  await page.waitForURL(/practice.office/);
  const inside = await context.cookies();
  await context.close();
  const helps = ["clerk", "gatekeeper", "operator", "officer", "citizen"].map((reader) => `/help/${reader}`);
  for (const path of [...helps, "/gate/help", "/practice", "/practice/office", "/practice/office/register", "/practice/"]) {
    for (const lang of ["hi", "en"]) {
      const faults = await faultsOf(browser, `${demo.address}${path}?lang=${lang}`, { cookies: inside });
      assert.deepEqual(faults, [], `${path} ${lang}`);
    }
  }
});
