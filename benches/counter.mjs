// How long a clerk waits with a million people on record: from Enter to the slip, and for people by mobile number or by name.

import { execFileSync } from "node:child_process";
import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { openBrowser, openPage, startDemo } from "../tests/e2e/support.mjs";

const PROGRAM = process.env.PROGRAM ?? "target/release/baari";
const PEOPLE = Number(process.env.PEOPLE ?? 1_000_000);
const KEPT = "target/bench.jsonl";
const ISSUED = 40;
const LOOKED_UP = 200;
const NAMES = ["counter_issue_p95_ms", "counter_lookup_p95_ms"];
const SOUNDS = [
  "Sushila",
  "रामलाल",
  "geeta",
  "Lakshmi",
  "Babulal sahu",
  "मीना 1950",
  "Krishna",
  "दिनेश",
  "Ashok Varma",
  "saraswati",
];

const only = (process.argv[2] ?? process.env.ONLY ?? "").replace(/^ONLY=/, "");
const wanted = NAMES.filter((name) => name.startsWith(only));

/** Prints a figure and keeps it. */
function figure(name, values) {
  if (!wanted.includes(name)) return;
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(Math.floor(sorted.length * 0.95), sorted.length - 1)];
  const line = JSON.stringify({ name, value: Math.round(value * 10) / 10, unit: "ms", people: PEOPLE });
  console.log(line);
  appendFileSync(KEPT, `${line}\n`);
}

/** Puts people on record, by the names of those who are there, each with a number and a card of their own. */
function fill(folder) {
  const file = join(
    folder,
    readdirSync(folder).find((name) => /\.(db|sqlite)$/.test(name)),
  );
  const sql = `pragma busy_timeout = 60000; pragma foreign_keys = off; pragma synchronous = off; pragma cache_size = -2000000; begin immediate;
    create temp table known as select row_number() over () - 1 as at, name, name_key, gender from beneficiary;
    create unique index temp.known_at on known (at);
    insert into beneficiary (id, mobile, mobile_of, name, name_key, birth_year, gender, category, certificate, language, needs, made_at)
    with recursive n (i) as (select 1 union all select i + 1 from n where i < ${PEOPLE})
    select randomblob(16), '6' || printf('%09d', abs(random()) % 1000000000), 'own', name, name_key, 1934 + abs(random()) % 40, gender,
      'citizen', false, 'hi', '', 0 from n join known on at = i % (select count(*) from known);
    insert into identity (hash, beneficiary_id, type, id_end) select randomblob(32), id, 'voter_id', '0001' from beneficiary where made_at = 0;
    commit; pragma optimize;`;
  execFileSync("sqlite3", [file, sql], { stdio: ["ignore", "ignore", "inherit"] });
  const query = "select mobile from beneficiary where made_at = 0 order by id limit 100";
  return execFileSync("sqlite3", [file, query], { encoding: "utf8" }).trim().split("\n");
}

/** How long the list of people takes to come, in milliseconds. */
async function lookUp(demo, cookie, text) {
  const began = performance.now();
  const answer = await fetch(`${demo.address}/office/people`, {
    method: "POST",
    headers: { cookie, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ mobile: text }),
  });
  await answer.text();
  if (!answer.ok) throw new Error(`no answer for ${text}`);
  return performance.now() - began;
}

/** From Enter in the last field to the first paint of the slip, in milliseconds. */
async function issue(page, person) {
  await page.waitForSelector("#mobile:focus");
  await page.fill("#name", "Sita Verma");
  await page.fill("#age", String(1935 + (person % 25)));
  await page.check('[name="gender"][value="female"]');
  await page.selectOption("#id_type", "voter_id");
  await page.fill("#id_number", `ZZB${String(person).padStart(7, "0")}`);
  await page.waitForTimeout(400);
  await page.evaluate(() => {
    addEventListener("keydown", () => sessionStorage.setItem("enter", String(performance.timeOrigin + performance.now())), {
      once: true,
      capture: true,
    });
  });
  await page.press("#id_number", "Enter");
  await page.waitForSelector("#slip, .likely");
  if (await page.$(".likely")) {
    await page.check('[name="same"][value="none"]');
    await page.press('[name="same"][value="none"]', "Enter");
    await page.waitForSelector("#slip");
    return null;
  }
  const frame = await (await page.$("#slip")).contentFrame();
  await frame.waitForSelector(".slip");
  return frame.evaluate(async () => {
    const paints = () => performance.getEntriesByName("first-contentful-paint");
    while (!paints().length) await new Promise((done) => setTimeout(done, 5));
    return performance.timeOrigin + paints()[0].startTime - Number(sessionStorage.getItem("enter"));
  });
}

async function measure() {
  const demo = await startDemo([], PROGRAM);
  let browser;
  try {
    process.stderr.write(`counter: ${PEOPLE} people on record\n`);
    const mobiles = fill(demo.folder);
    browser = await openBrowser();
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await openPage(context);
    await page.goto(`${demo.address}/login`);
    await page.fill("#username", "clerk-z2");
    await page.fill("#password", "baari-demo");
    await page.press("#password", "Enter");
    await page.waitForSelector("#mobile");
    const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
    const looked = [];
    for (let n = 0; n < LOOKED_UP; n += 1) {
      looked.push(await lookUp(demo, cookie, n % 2 ? SOUNDS[(n >> 1) % SOUNDS.length] : mobiles[(n >> 1) % mobiles.length]));
    }
    figure("counter_lookup_p95_ms", looked);
    const issued = [];
    for (let person = 0; issued.length < ISSUED && person < 2 * ISSUED; person += 1) {
      const took = await issue(page, person);
      if (took !== null) issued.push(took);
    }
    figure("counter_issue_p95_ms", issued);
  } finally {
    await browser?.close();
    await demo.stop();
  }
}

if (wanted.length) await measure();
