// What the stories share: a demo server of their own, a browser, a camera that shows a made film, the page checker.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const BROWSER = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the demo on a free port with an empty folder; `stop` ends it and removes the folder, `kill` ends it as power does. */
export async function startDemo(
  options = [],
  program = "target/debug/baari",
  folder = mkdtempSync(join(tmpdir(), "baari-story-")),
) {
  const server = spawn(program, ["demo", "--data", folder, "--listen", "127.0.0.1:0", ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  const address = await new Promise((found, failed) => {
    server.stdout.on("data", (chunk) => {
      printed += chunk;
      const line = /listening on (\S+)/.exec(printed);
      if (line) found(line[1]);
    });
    server.on("exit", (code) => failed(new Error(`the server ended with ${code}`)));
  });
  const stop = () =>
    new Promise((done) => {
      server.removeAllListeners("exit");
      server.on("exit", () => {
        rmSync(folder, { recursive: true, force: true });
        done();
      });
      server.kill("SIGTERM");
    });
  const kill = () =>
    new Promise((done) => {
      server.removeAllListeners("exit");
      server.on("exit", done);
      server.kill("SIGKILL");
    });
  return { address, folder, printed, stop, kill, state: async () => (await fetch(`${address}/demo/state`)).json() };
}

/** A browser; with a film, its camera shows that; with a home, it trusts the certificates kept there. */
export function openBrowser(film, home) {
  const camera = film
    ? ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-video-capture=${film}`]
    : [];
  const env = home ? { ...process.env, HOME: home } : process.env;
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: [...BROWSER, ...camera], env });
}

/** A page that fails the story on any script error. */
export async function openPage(context) {
  const page = await context.newPage();
  watch(page);
  return page;
}

/** Logs one of the demo's people in. */
export async function logInAs(page, address, username) {
  await page.goto(`${address}/login`);
  await page.fill("#username", username);
  await page.fill("#password", "baari-demo");
  await page.press("#password", "Enter");
  await page.waitForURL((url) => url.pathname !== "/login");
}

export function watch(page) {
  page.on("pageerror", (error) => {
    // What Chromium says of a page that was left while it waited for a lock: nobody is there any more whom it could hurt.
    if (!error.message.includes("callback is no longer runnable")) throw error;
  });
}

/** Somebody's token, made at the counter: its number, and the call number and the code on the slip. */
export async function issue(demo, clerk, name, mobile, card, needs = []) {
  await clerk.goto(`${demo.address}/office`);
  await clerk.fill("#mobile", mobile);
  await clerk.waitForTimeout(400);
  await clerk.fill("#name", name);
  await clerk.fill("#age", "67");
  await clerk.check('input[name="gender"][value="female"]');
  await clerk.selectOption("#id_type", "voter_id");
  await clerk.fill("#id_number", card);
  if (needs.length) await clerk.click("details:has(#language) summary");
  for (const need of needs) await clerk.check(`[name="need_${need}"]`);
  await clerk.waitForTimeout(400);
  await clerk.click("button.main");
  await clerk.waitForSelector("#done .issued-number");
  const number = (await clerk.textContent("#done .digits")).replaceAll(" ", "");
  await clerk.goto(`${demo.address}/office/slips?numbers=${number}&paper=58`);
  const call = (await clerk.textContent(".call")).match(/\d\d-\d{3}/)[0];
  return { number, call, code: (await clerk.textContent(".code b")).trim() };
}

/** A phone at the gate admits people. */
export async function admit(demo, numbers) {
  const opened = await fetch(`${demo.address}/demo/gate`, {
    method: "POST",
    redirect: "manual",
    headers: { origin: demo.address },
  });
  const code = opened.headers.get("location").split("#")[1];
  const post = async (path, body, secret) => {
    const headers = { "content-type": "application/json", ...(secret ? { authorization: `Bearer ${secret}` } : {}) };
    return (await fetch(demo.address + path, { method: "POST", headers, body: JSON.stringify(body) })).json();
  };
  const { secret } = await post("/api/gate/enrol", { code });
  const { server_time: at } = await post("/api/gate/sync", { phone_time: 0 }, secret);
  const scan = (number) => ({
    id: crypto.randomUUID(),
    kind: "scan",
    number,
    revision: 1,
    verdict: "admitted",
    at,
    clock_proved: true,
  });
  const { answers } = await post("/api/gate/sync", { phone_time: at, scans: numbers.map(scan) }, secret);
  assert.deepEqual(
    answers.map((answer) => answer.outcome),
    numbers.map(() => "stored"),
  );
}

/** The number of a slip, as its holder reads it. */
export async function numberOf(demo, slip) {
  const page = await fetch(slip.replace(/^HTTPS?:\/\/[^/]+/, demo.address));
  return /\d{4} \d{4} \d{2}/.exec(await page.text())[0].replaceAll(" ", "");
}

/** A film of a picture lying on a table, for the fake camera. */
export function makeFilm(picture, film) {
  const scene =
    "scale=520:-1:flags=neighbor,rotate=0.05:fillcolor=gray:ow=iw*1.1:oh=ih*1.1,pad=1280:720:(ow-iw)/2:(oh-ih)/2:gray";
  const options = ["-y", "-loglevel", "error", "-loop", "1", "-i", picture, "-t", "2", "-r", "10", "-vf", scene];
  execFileSync("ffmpeg", [...options, "-pix_fmt", "yuv420p", film]);
}

/** Faults of a page: axe, sideways scrolling at 320 px, small text, Devanagari, weight. */
export async function faultsOf(
  browser,
  address,
  { cookies = [], width = 320, mostKilobytes = 60, cut = false, colorScheme = "light" } = {},
) {
  const context = await browser.newContext({ viewport: { width, height: 640 }, bypassCSP: true, colorScheme });
  await context.addCookies(cookies);
  if (cut) await context.route("**/api/**", (route) => route.abort());
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  let bytes = 0;
  session.on("Network.loadingFinished", (event) => {
    bytes += event.encodedDataLength;
  });
  const faults = [];
  page.on("request", (request) => {
    if (!request.url().startsWith("data:") && new URL(request.url()).host !== new URL(address).host)
      faults.push(`third party: ${request.url()}`);
  });
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  await page.goto(address, { waitUntil: "load" });
  await page.waitForTimeout(200);
  if (bytes > mostKilobytes * 1024) faults.push(`weighs ${bytes} bytes`);
  await page.addScriptTag({ path: AXE });
  faults.push(...(await page.evaluate(checkPage)));
  faults.push(...(await focusFaults(page)));
  // Text spacing that people set for themselves (WCAG 1.4.12) pushes nothing out of the page.
  const spacing = "*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}";
  await page.addStyleTag({ content: `${spacing}p{margin-bottom:2em!important}` });
  if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth))
    faults.push("text spacing scrolls sideways");
  await context.close();
  return faults;
}

/** Tab stops that do not show where the focus is. A browser shows it as by keyboard once somebody has pressed Tab. */
async function focusFaults(page) {
  await page.keyboard.press("Tab");
  return page.evaluate(() => {
    const reached = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
    const stops = [...document.querySelectorAll(reached)].filter(
      (element) => element.tabIndex >= 0 && !element.disabled && element.getClientRects().length,
    );
    const faults = [];
    for (const element of stops.slice(0, 60)) {
      element.focus({ preventScroll: true });
      if (document.activeElement !== element) continue;
      const style = getComputedStyle(element);
      const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
      const shows = ring || style.boxShadow !== "none";
      if (!shows) faults.push(`no focus ring: ${element.id || element.textContent.trim().slice(0, 30)}`);
    }
    return faults;
  });
}

/** Runs inside the page. */
async function checkPage() {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await window.axe.run(document, { runOnly: { type: "tag", values: tags } });
  const faults = violations.map((row) => `axe ${row.id}: ${row.nodes[0].target.join(" ")}`);
  if (document.documentElement.scrollWidth > window.innerWidth) faults.push("scrolls sideways");
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = words.nextNode(); node; node = words.nextNode()) {
    const text = node.data.trim();
    const element = node.parentElement;
    if (!text || !element.getClientRects().length || /^(SCRIPT|STYLE|NOSCRIPT)$/.test(element.tagName)) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    if (size < 16) faults.push(`text of ${size} px: ${text.slice(0, 30)}`);
    const lang = element.closest("[lang]")?.lang ?? "";
    const devanagari = /[\u0900-\u097f]/.test(text);
    if (devanagari && parseFloat(style.lineHeight) / size < 1.34) faults.push(`tight Devanagari: ${text.slice(0, 30)}`);
    if (devanagari && lang === "en") faults.push(`Hindi under lang=en: ${text.slice(0, 30)}`);
    if (!devanagari && lang === "hi" && /[A-Za-z]{4,}\s+[A-Za-z]{4,}/.test(text))
      faults.push(`English under lang=hi: ${text.slice(0, 40)}`);
  }
  for (const element of document.querySelectorAll(
    "button,input:not([type=hidden]):not([type=radio]):not([type=checkbox]),select,summary",
  )) {
    const box = element.getBoundingClientRect();
    if (box.height > 0 && box.height < 44)
      faults.push(`a target ${Math.round(box.height)} px high: ${element.id || element.textContent.trim()}`);
  }
  const alert = document.querySelector(".error-summary:not([hidden])");
  if (alert && document.activeElement !== alert) faults.push("the error summary has no focus");
  if (alert && !/^(त्रुटि|Error)/.test(document.title)) faults.push("the title does not say that there is an error");
  return [...new Set(faults)];
}
