// Every page, in both languages, one of them in the dark, before the page checker.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { faultsOf, logInAs, openBrowser, startDemo } from "./support.mjs";

let demo, browser;

/** The addresses that were looked at. */
const looked = new Set();

/** Pages that other stories look at, and addresses that are no pages. */
const ELSEWHERE = [
  // Parts of pages, and what brings them up to date.
  ...["/t/{link}/turn", "/centre/{code}/calls", "/centre/rooms", "/demo/state", "/demo/person"],
  // Papers, which the stories of the counter, the day and practice print.
  ...["/office/slips", "/office/printer/test"],
  // Where the local authority is: the stories of TLS.
  ...["/tls", "/tls/baari-ca.crt"],
  // A move and what was set up: the stories of the district and of setting up.
  ...["/district/moves/{id}", "/district/moves/{id}/notice", "/district/moves/{id}/calls"],
  ...["/district/import/{import}", "/district/import/{import}/undo"],
  // Counters without a link, and their slips: the stories of the desks.
  ...["/office/alone", "/office/alone/slip/{paper}", "/office/alone/kept.json", "/centre/alone/kept.json", "/centre/sw.js"],
  // Paper forms: the stories of the list.
  ...["/centre/forms/{pack}", "/centre/forms/{pack}/print", "/centre/forms/{pack}/file", "/centre/forms/{pack}/key"],
  // The gate: the stories of the gates.
  ...["/gate", "/gate/kept.json", "/gate/sw.js", "/gate/manifest.webmanifest", "/office/sw.js"],
  // Files and redirections.
  ...[
    "/T/{code}",
    "/district/doses/{file}",
    "/district/moves/{id}/{file}",
    "/district/links/{file}",
    "/district/closings/{file}",
    "/district/month/{file}",
    "/district/import/template/{name}",
    "/district/journal.csv",
    "/district/language/texts.csv",
    "/clips/{district}/{word}",
    "/district/import/camp/template.csv",
  ],
  ...["/api/openapi.json", "/static/{hash}/{*name}", "/.well-known/jwks.json"],
];

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Which of the two schemes of colours a language is looked at in. */
const SCHEMES = { hi: "light", en: "dark" };

/** Looks at pages in both languages at once. */
async function lookAt(paths, options) {
  const faults = [];
  for (const path of paths) {
    looked.add(path.split("?")[0]);
    const look = async ([lang, colorScheme]) => {
      const address = `${demo.address}${path}${path.includes("?") ? "&" : "?"}lang=${lang}`;
      // A page for when the link is cut leaves by itself where it is not.
      const cut = path.endsWith("/alone");
      const found = await faultsOf(browser, address, { ...options, cut, colorScheme });
      faults.push(...found.map((fault) => `${path} ${lang} ${colorScheme}: ${fault}`));
    };
    await Promise.all(Object.entries(SCHEMES).map(look));
  }
  assert.deepEqual(faults, []);
}

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
  const text = async (address) => {
    await page.goto(demo.address + address);
    return page.textContent("main");
  };
  return { cookies, links, text };
}

test("pages for everybody weigh at most 14 KB in one request", async () => {
  const { links } = await cookiesOf("operator");
  const number = /\d{10}/.exec(await links("/office/register", /tokens\/\d{10}/))[0];
  const slip = await fetch(`${demo.address}/demo/state`).then((answer) => answer.json());
  const own = await fetch(slip.next[0].replace(/^HTTP:\/\/[^/]+/, demo.address), { redirect: "manual" });
  assert.equal(own.status, 303);
  assert.match(number, /^\d{10}$/);
  const token = new URL(own.headers.get("location"), demo.address).pathname;
  const { text } = await cookiesOf("district");
  const [, dosed] = /is on the national portal[^]*?(\/t\/[0-9a-z]{10})/.exec(await text("/district/messages?lang=en"));
  const own_pages = [token, `${token}/change`, `${token}/cancel`, dosed, `${dosed}/wrong`, `${dosed}/dose/1`, "/V/AAAA"];
  await lookAt(["/", "/c/RPR-MEKAHARA", "/find", "/offices", ...own_pages, "/login", "/no-such-page"], { mostKilobytes: 14 });
});

test("the counter, the register and a token", async () => {
  const { cookies, links } = await cookiesOf("clerk-z2");
  const token = await links("/office/register", /tokens\/\d{10}/);
  const errands = [
    "printer",
    "enquiry",
    "list",
    "turned-back",
    "waiting",
    "waiting?show=settled",
    "alone",
    "messages",
    "messages/calls",
    "register?q=Ram",
  ];
  const own = [
    token,
    `${token}?by_hand=yes`,
    `${token}/mend`,
    "/password",
    "/switch",
    "/demo",
    "/demo/newspaper",
    "/api",
    "/no-such-page",
  ];
  await lookAt(["/office", "/office/register", ...errands.map((errand) => `/office/${errand}`), ...own], { cookies });
});

test("the officer's pages", async () => {
  const { cookies, links } = await cookiesOf("district");
  const figures = [
    "doses?round=2&date=03-03-2021&time=17:00",
    "doses?date=31-02-2021",
    "planning",
    "planning?people=x",
    "links",
    "scans",
    "given",
  ];
  const portal = ["portal", "portal/differences", "backlog", "backlog/roll", "messages", "objections", "conflicts"];
  const days = ["closings", "closings?date=2021-03-29", "month", "month?by=operator", "month?month=x"];
  const log = ["journal", "journal?person=12", "users", "users/1"];
  const refused = await links("/district/portal", /portal\/[0-9a-f-]{36}/);
  const officer = [...figures, ...portal, ...days, ...log, "gates", "desks", "alarms", "import/camp"].map(
    (page) => `/district/${page}`,
  );
  await lookAt(["/district", ...officer, refused, "/office/late", "/centre/events", "/no-such-page"], { cookies });
});

test("setting up", async () => {
  const { cookies, links } = await cookiesOf("district");
  const session = await links("/district/sessions", /sessions\/\d+$/);
  const centre = await links("/district/sessions", /close\?centre=/);
  const forms = ["zones", "centres", "centres/new", "centres/edit?code=RPR-MEKAHARA", "users/new"];
  const days = ["sessions", "sessions/new", "copy", "holidays", "import", "language"].map((page) => `/district/${page}`);
  const own = [session, `${session}/window`, `${session}/stop`, `${session}/fewer?places=3`, centre.replace("&amp;", "&")];
  await lookAt([...forms.map((form) => `/district/field/${form}`), ...days, ...own], { cookies });
  const state = await cookiesOf("state");
  await lookAt(["/district", "/district/field/districts", "/district/language", "/district/messages/token_issued"], {
    cookies: state.cookies,
  });
});

test("inside the centre", async () => {
  const { cookies, links } = await cookiesOf("operator");
  const waiting = await links("/centre", /\/centre\?q=\d{10}/);
  const record = await links("/centre", /\/centre\/doses\/[0-9a-f-]{36}/);
  const rooms = ["alone", "backlog", "backlog/roll", "events", "standby", "forms", "hall", "RPR-MEKAHARA/display"].map(
    (page) => `/centre/${page}`,
  );
  const day = ["opening", "closing", "closing?date=2021-03-29", "closing/people?date=2021-03-29&of=all"].map(
    (page) => `/centre/${page}`,
  );
  const mend = await links(record, /office\/people\//);
  await lookAt(["/centre", waiting, "/centre?q=99-999", record, mend, ...rooms, ...day], { cookies });
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
  const behind = ["/practice", "/practice/codes", "/practice/office", "/practice/office/register", "/practice/"];
  await lookAt([...helps, "/gate/help", ...behind], { cookies: inside });
});

test("no page is forgotten", () => {
  const all = ["src/routes.rs", "src/pages/practice.rs", "src/pages/demo/mod.rs"]
    .map((file) => readFileSync(file, "utf8"))
    .join("");
  const pages = [...all.matchAll(/\.route\("([^"]+)", get\(/g)].map(([, path]) => path);
  const asked = pages.filter((path) => !/^\/(api\/v1|sms|metrics|healthz|readyz)/.test(path) && !ELSEWHERE.includes(path));
  const isLooked = (path) => {
    const pattern = new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{[^}]+\}/g, "[^/]+")}$`);
    return [...looked].some((address) => pattern.test(address));
  };
  assert.ok(pages.length > 60, `${pages.length} addresses were found`);
  assert.deepEqual(
    asked.filter((path) => !isLooked(path)),
    [],
  );
});
