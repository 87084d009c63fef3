// How fast the gate decides and opens on a slow phone without a link: its real page in a real browser, slowed six times. And with a
// link that takes 300 ms there and back, where lanes are lenient; and how many bytes a sync takes after one token has changed.
//
// The slowing is the browser's own and holds back the page's main thread only. That is where the app decodes, decides and
// draws; a worker, if it ever gets one, would not be slowed, so then this program refuses to give a figure.

import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "uqr";
import { makeFilm, openBrowser, openPage, startDemo } from "../tests/e2e/support.mjs";

const PROGRAM = "target/release/baari";
const KEPT = "target/bench.jsonl";
const SLOWER = 6;
const VERDICTS = 100;
const LENIENT = 40;
const ROUND_TRIP_MS = 300;
const STARTS = 10;
const CENTRE = "RPR-MEKAHARA";
const START = "गेट शुरू करें";
const NAMES = ["gate_verdict_p50_ms", "gate_verdict_p95_ms", "gate_verdict_lenient_ms", "gate_sync_bytes", "gate_cold_start_ms"];

const only = (process.argv[2] ?? process.env.ONLY ?? "").replace(/^ONLY=/, "");
const wanted = NAMES.filter((name) => name.startsWith(only));

/** Prints a figure and keeps it. */
function figure(name, value, unit = "ms") {
  if (!wanted.includes(name)) return;
  const line = JSON.stringify({ name, value: Math.round(value * 10) / 10, unit });
  console.log(line);
  appendFileSync(KEPT, `${line}\n`);
}

/** The value that so many percent do not exceed. */
function atMost(percent, values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor((sorted.length * percent) / 100), sorted.length - 1)];
}

/** Slots of the centre, the earliest first. */
async function slotsOf(demo) {
  const { slots } = await (await fetch(`${demo.address}/api/v1/slots`)).json();
  return slots.filter((slot) => slot.centre === CENTRE).toSorted((a, b) => (a.starts_at < b.starts_at ? -1 : 1));
}

/** Gives the centre a second session today, so that a hundred people may enter within the hour. */
async function addPlaces(demo, headers) {
  const today = (await slotsOf(demo))[0].starts_at.slice(0, 10);
  const head = "centre,date,vaccine,doses,min_age,max_age,opens,closes,slot_minutes,capacity,shares,issue_from,issue_until";
  const row = `${CENTRE},${today},covaxin,1 2,18,120,10:00,17:00,60,700,,${today} 00:00,${today} 17:00`;
  const body = new FormData();
  body.append("file", new Blob([`${head}\n${row}\n`]), "sessions.csv");
  body.append("apply", "yes");
  await fetch(`${demo.address}/district/import`, { method: "POST", headers, body });
}

/** Lets the gates admit each other's lanes, or not, and waits until the phone has heard of it. */
async function setLenient(demo, headers, gate, lenient) {
  const centre = await gate.evaluate(readBase).then((base) => base.gate.centre);
  const body = new URLSearchParams({ centre: String(centre), lenient: lenient ? "yes" : "no" });
  await fetch(`${demo.address}/district/lanes/policy`, { method: "POST", headers, body, redirect: "manual" });
  while ((await gate.evaluate(readBase)).gate.lenient !== lenient) await gate.waitForTimeout(500);
}

/** Runs inside the gate's page: what it has heard that changes seldom. */
function readBase() {
  return new Promise((done) => {
    const open = indexedDB.open("baari-gate");
    open.onsuccess = () => {
      const base = open.result.transaction("meta").objectStore("meta").get("base");
      base.onsuccess = () => {
        open.result.close();
        done(base.result);
      };
    };
  });
}

/** A zone office's key. */
function addKey(demo) {
  const add = ["key", "add", "gates", "--role", "clerk", "--place", "RPR-Z2", "--data", demo.folder];
  return execFileSync(PROGRAM, add, { encoding: "utf8" }).trim();
}

/** Issues tokens to people from a number on, most of them for slots that may enter now and each fifth for another day: the texts of their codes. */
async function issueTokens(demo, key, count, first = 0) {
  const open = await slotsOf(demo);
  const codes = [];
  for (let person = first; codes.length < count; person += 1) {
    if (!open.length) throw new Error(`there are places for ${codes.length} tokens only`);
    const digits = String(person).padStart(7, "0");
    const slot = codes.length % 5 === 4 ? open.at(-1) : open[0];
    const response = await fetch(`${demo.address}/api/v1/tokens`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "idempotency-key": `gate ${person}`, "content-type": "application/json" },
      body: JSON.stringify({
        slot: slot.slot,
        person: {
          name: "Sita Verma",
          birth_year: 1950,
          gender: "female",
          mobile: `612${digits}`,
          id_type: "voter_id",
          id_number: `ZZG${digits}`,
        },
      }),
    });
    const answer = await response.json();
    if (response.status === 201) codes.push(answer.qr);
    else if (answer.code === "no_place") open.splice(open.indexOf(slot), 1);
    else throw new Error(`a token was refused: ${JSON.stringify(answer)}`);
  }
  return codes;
}

/** Opens an enrolled gate that has heard everything and is kept on the phone. */
async function openGate(context, demo, through = demo.address) {
  const opened = await fetch(`${demo.address}/demo/gate`, { method: "POST", redirect: "manual" });
  const gate = await openPage(context);
  const { pathname, search, hash } = new URL(opened.headers.get("location"), demo.address);
  await gate.goto(through + pathname + search + hash);
  await gate.waitForSelector(".bar.fresh");
  await gate.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    while (active.state !== "activated") await new Promise((changed) => setTimeout(changed, 50));
  });
  return gate;
}

async function slow(context, page) {
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  return session;
}

/** How long an answer takes at least. */
async function delay(session, latency) {
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency,
    downloadThroughput: -1,
    uploadThroughput: -1,
  });
}

/** A door before the server that counts what goes through, both ways. */
async function countingDoor(demo) {
  const door = { bytes: 0 };
  const count = (part) => (door.bytes += part.length);
  const server = createServer((phone) => {
    const { port, hostname } = new URL(demo.address);
    const inside = connect(Number(port), hostname);
    phone.on("data", count).pipe(inside).on("data", count).pipe(phone);
    for (const end of [phone, inside]) end.on("error", () => undefined);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  door.address = `http://127.0.0.1:${server.address().port}`;
  door.close = () => server.close();
  return door;
}

/** Bytes over the wire, both ways and with all headers, of the sync that brings one changed token. Plain HTTP: TLS adds its own. */
async function measureSync(context, demo, key) {
  const door = await countingDoor(demo);
  const gate = await openGate(context, demo, door.address);
  await gate.waitForTimeout(12_000);
  const found = new Promise((told) => {
    let before = door.bytes;
    gate.on("requestfinished", async (request) => {
      if (!request.url().endsWith("/api/gate/sync")) return;
      const answer = await (await request.response()).json();
      const took = door.bytes - before;
      before = door.bytes;
      if (answer.tokens.length === 1) told(took);
    });
  });
  await issueTokens(demo, key, 1, 500_000);
  const bytes = await found;
  await gate.close();
  door.close();
  return bytes;
}

function refuseWorkers(page) {
  if (page.workers().length) throw new Error("the gate has a worker, which is not slowed: the figure would be too good");
}

/** Runs inside the gate's page: notes when a frame comes in and when the verdict on it is painted. */
function watchVerdicts() {
  const channel = new BroadcastChannel("baari-demo");
  let handedOver = 0;
  channel.addEventListener("message", ({ data }) => {
    if (data.frame) handedOver = performance.now();
  });
  window.verdicts = [];
  const painted = (verdict) =>
    requestAnimationFrame(() => {
      // A frame's callbacks run before it is drawn: what is posted from one runs after.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.verdicts.push({ verdict, took: performance.now() - handedOver });
      port2.postMessage(null);
    });
  const added = (node) => node.dataset?.verdict && painted(node.dataset.verdict);
  new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(added))).observe(document, {
    childList: true,
    subtree: true,
  });
}

/** Runs inside a page of its own, which is not slowed: draws a slip on a table as the camera would see it, and hands it over. */
function hand({ data, size }) {
  const canvas = document.createElement("canvas");
  // What the app takes from a camera of 1280 by 720.
  Object.assign(canvas, { width: 1280, height: 720 });
  const context = canvas.getContext("2d");
  const table = context.createLinearGradient(0, 0, 1280, 720);
  table.addColorStop(0, "#9b8f80");
  table.addColorStop(1, "#6f665c");
  context.fillStyle = table;
  context.fillRect(0, 0, 1280, 720);
  context.setTransform(1, 0.05, -0.05, 1, 420, 120);
  context.scale(440 / size, 440 / size);
  context.fillStyle = "#f0ece4";
  context.fillRect(0, 0, size, size);
  context.fillStyle = "#1c1b1a";
  data.forEach((row, y) => row.forEach((dark, x) => dark && context.fillRect(x, y, 1.02, 1.02)));
  window.channel ??= new BroadcastChannel("baari-demo");
  window.channel.postMessage({ frame: context.getImageData(0, 0, 1280, 720) });
}

/** Milliseconds from the frame that holds a code being handed to the reader until its verdict is painted, one a code. */
async function timeVerdicts(gate, hands, codes) {
  await gate.evaluate(() => (window.verdicts = []));
  for (const [at, code] of codes.entries()) {
    await hands.evaluate(hand, encode(code, { ecc: "M", border: 4 }));
    await gate.waitForFunction((count) => window.verdicts.length >= count, at + 1, { timeout: 20_000 });
    // The next person steps forward; what the gate does after a verdict is done by then.
    await gate.waitForTimeout(300);
  }
  refuseWorkers(gate);
  const seen = await gate.evaluate(() => window.verdicts);
  if (seen.length !== codes.length) throw new Error(`${codes.length} codes brought ${seen.length} verdicts`);
  const counts = new Map();
  for (const { verdict } of seen) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  process.stderr.write(`gate_verdict: ${[...counts].map(([verdict, count]) => `${count} ${verdict}`).join(", ")}\n`);
  return seen.map(({ took }) => took);
}

/** Runs inside a page before the app: presses the start button as soon as it is there, and times the camera's first frame. */
function watchStart(label) {
  let shown = 0;
  let pressed = 0;
  let watched = null;
  const look = () => {
    const start = [...document.querySelectorAll("button")].find((button) => button.textContent === label);
    if (!pressed && start) {
      shown = performance.now();
      pressed = performance.now();
      start.click();
    }
    const video = document.querySelector("video");
    if (pressed && video && video !== watched) {
      watched = video;
      video.requestVideoFrameCallback(() => {
        window.started = shown + performance.now() - pressed;
      });
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
}

/**
 * Milliseconds from the start of the navigation until the camera's first frame. The app waits for a finger on its start
 * button: the time until the button is there and the time from its press on are added, the finger's own is left out.
 */
async function timeStart(context, address) {
  const page = await openPage(context);
  try {
    await slow(context, page);
    await page.addInitScript(watchStart, START);
    await page.goto(`${address}/gate`);
    await page.waitForFunction(() => window.started, null, { timeout: 60_000 });
    refuseWorkers(page);
    return await page.evaluate(() => window.started);
  } finally {
    await page.close();
  }
}

async function measure() {
  const demo = await startDemo([], PROGRAM);
  const folder = mkdtempSync(join(tmpdir(), "baari-film-"));
  let browser;
  let stopped = false;
  try {
    const opened = await fetch(`${demo.address}/demo/as/state`, { method: "POST", redirect: "manual" });
    const officer = { cookie: opened.headers.get("set-cookie").split(";")[0] };
    await addPlaces(demo, officer);
    const key = addKey(demo);
    const codes = await issueTokens(demo, key, VERDICTS + LENIENT);
    const drawing = await openBrowser();
    const [picture, film] = [join(folder, "table.png"), join(folder, "table.y4m")];
    await (await drawing.newPage()).screenshot({ path: picture });
    await drawing.close();
    makeFilm(picture, film);
    browser = await openBrowser(film);
    const counted = await browser.newContext();
    figure("gate_sync_bytes", await measureSync(counted, demo, key), "bytes");
    await counted.close();
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, permissions: ["camera"] });
    const hands = await openPage(context);
    await hands.goto(`${demo.address}/healthz`);
    const gate = await openGate(context, demo);
    await gate.evaluate(watchVerdicts);
    const session = await slow(context, gate);
    await setLenient(demo, officer, gate, true);
    await delay(session, ROUND_TRIP_MS);
    process.stderr.write(`gate_verdict: ${LENIENT} codes, lenient, ${ROUND_TRIP_MS} ms there and back, ${SLOWER} times slower\n`);
    const lenient = await timeVerdicts(gate, hands, codes.slice(VERDICTS));
    await delay(session, 0);
    await setLenient(demo, officer, gate, false);
    figure("gate_verdict_lenient_ms", atMost(50, lenient));
    process.stderr.write(`gate_verdict_lenient: ${Math.round(atMost(95, lenient))} ms at the 95th\n`);
    await context.setOffline(true);
    await demo.stop();
    stopped = true;
    process.stderr.write(`gate_verdict: ${VERDICTS} codes, without a link, ${SLOWER} times slower\n`);
    const verdicts = await timeVerdicts(gate, hands, codes.slice(0, VERDICTS));
    await Promise.all([gate.close(), hands.close()]);
    figure("gate_verdict_p50_ms", atMost(50, verdicts));
    figure("gate_verdict_p95_ms", atMost(95, verdicts));
    const starts = [];
    for (let n = 0; n < STARTS; n += 1) starts.push(await timeStart(context, demo.address));
    process.stderr.write(`gate_cold_start: ${starts.map(Math.round).join(", ")} ms\n`);
    figure("gate_cold_start_ms", atMost(50, starts));
  } finally {
    await browser?.close();
    if (!stopped) await demo.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (wanted.length) await measure();
