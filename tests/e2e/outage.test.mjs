// Many phones at once: a server that is killed while they send, and an outage of four hours after which all come back. The phones
// are simulated; the server is a process of its own.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { startDemo } from "./support.mjs";

const CENTRE = /Mekahara/i;

let demo, cookie, enrolled;

before(async () => {
  demo = await startDemo();
  await logIn();
  enrolled = await enrolPhones(40);
});

after(async () => {
  await demo?.stop();
  if (demo) rmSync(demo.folder, { recursive: true, force: true });
});

/** One call; `from` is the address that it comes from, `form` or `json` what it carries. */
function call(path, { form, json, from, headers = {} } = {}) {
  const body = form ? new URLSearchParams(form).toString() : json && JSON.stringify(json);
  const type = form ? "application/x-www-form-urlencoded" : "application/json";
  const all = { ...headers, ...(body ? { "content-type": type, "content-length": Buffer.byteLength(body) } : {}) };
  return new Promise((done, failed) => {
    const options = { method: body ? "POST" : "GET", headers: all, localAddress: from, timeout: 30_000 };
    const sent = request(demo.address + path, options, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part) => (text += part));
      answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, text }));
      answer.on("error", failed).on("aborted", () => failed(new Error("cut")));
    });
    sent.on("error", failed).on("timeout", () => sent.destroy(new Error("silent")));
    sent.end(body);
  });
}

async function logIn() {
  const answer = await call("/login", { form: { username: "district", password: "baari-demo" } });
  cookie = answer.headers["set-cookie"].find((row) => row.startsWith("baari_login")).split(";")[0];
}

const page = async (path, form) => (await call(path, { form, headers: { cookie } })).text;

async function enrolPhones(count) {
  const form = await page("/district/gates?lang=en");
  const options = [...form.matchAll(/<option value="(\d+)"[^>]*>([^<]+)</g)];
  const centre = Number(options.find(([, , name]) => CENTRE.test(name))[1]);
  const secrets = [];
  for (let n = 0; n < count; n++) {
    const [, key] = /name="key" value="([^"]+)"/.exec(await page("/district/gates"));
    const html = await page("/district/gates", { key, centre, name: `Phone ${n}` });
    const [, code] = /id="enrol-link" href="[^"#]*#([^"]+)"/.exec(html);
    const answer = await call("/api/gate/enrol", { json: { code }, from: `127.0.1.${n + 1}` });
    secrets.push(JSON.parse(answer.text).secret);
  }
  return { centre, secrets };
}

/** What the officer's page counts in the district today. */
async function counted() {
  const html = await page("/district?lang=en");
  const of = (what) => Number(new RegExp(`<b>([0-9,]+)</b> ${what}<`).exec(html)[1].replaceAll(",", ""));
  const conflicts = [...(await page("/district/conflicts?lang=en")).matchAll(/<article/g)].length;
  return { entered: of("arrived"), turnedBack: of("turned back"), conflicts };
}

/** Numbers of tokens that have not been admitted. */
async function numbers(count) {
  const html = await page(`/office/register?centre=${enrolled.centre}&state=issued`);
  const found = [...new Set([...html.matchAll(/\/office\/tokens\/(\d{10})/g)].map(([, number]) => number))];
  assert.ok(found.length >= count, `the demo has ${count} tokens that wait`);
  return found.slice(0, count);
}

/** A phone that has written scans: it sends until each is acknowledged, in order, whatever becomes of the answers. */
class Phone {
  heard = {};
  done = 0;
  constructor(secret, scans) {
    this.secret = secret;
    this.scans = scans;
  }

  async sendAll(batch) {
    while (this.done < this.scans.length) {
      const scans = this.scans.slice(this.done, this.done + batch);
      const answer = await this.sync(scans, this.scans.length - this.done - scans.length).catch(() => null);
      if (answer) {
        assert.deepEqual(
          answer.answers.map(({ id }) => id),
          scans.map(({ id }) => id),
        );
        for (const { outcome } of answer.answers) assert.equal(outcome, "stored");
        this.done += scans.length;
      } else {
        await new Promise((resume) => setTimeout(resume, 100 + 200 * Math.random()));
      }
    }
  }

  async sync(scans, waiting) {
    const json = { scans, ...this.heard, phone_time: (await now()) ?? 0, waiting };
    const answer = await call("/api/gate/sync", { json, headers: { authorization: `Bearer ${this.secret}` } });
    if (answer.status !== 200) throw new Error(`answered ${answer.status}`);
    const down = JSON.parse(answer.text);
    this.heard = { ...this.heard, cursor: down.cursor, epoch: down.epoch };
    if (down.base) this.heard = { ...this.heard, base: down.base.version, centre: down.base.gate.centre };
    return down;
  }
}

let serverTime = 0;
const now = async () => serverTime;

const foreign = (at) => ({ id: randomUUID(), kind: "scan", verdict: "not_ours", late: false, at, clock_proved: true });
const admitted = (number, at) => ({ ...foreign(at), number, revision: 1, verdict: "admitted" });

/** Phones with so many foreign codes each, spread over some seconds up to now, and one admission as long as there are tokens. */
async function phones(count, codes, seconds, tokens) {
  serverTime = (await new Phone(enrolled.secrets[0], []).sync([], 0)).server_time;
  return enrolled.secrets.slice(0, count).map((secret, n) => {
    const at = (k) => serverTime - seconds + Math.floor((seconds * k) / codes);
    const scans = Array.from({ length: codes }, (_, k) => foreign(at(k)));
    if (tokens[n]) scans.splice(n % codes, 0, admitted(tokens[n], at(n % codes)));
    return new Phone(secret, scans);
  });
}

test("the server is killed while twenty gates send, and started again: nothing is lost or doubled", async () => {
  const tokens = await numbers(20);
  const before = await counted();
  const senders = await phones(20, 100, 600, tokens);
  const sending = Promise.all(senders.map((phone) => phone.sendAll(5)));
  while (senders.reduce((sum, phone) => sum + phone.done, 0) < 300) await new Promise((resume) => setTimeout(resume, 5));
  await demo.kill();
  const acknowledged = senders.reduce((sum, phone) => sum + phone.done, 0);
  assert.ok(acknowledged < 2_020, `${acknowledged} of 2020 were acknowledged before`);
  await new Promise((resume) => setTimeout(resume, 500));
  demo = await startDemo([], undefined, demo.folder);
  await sending;
  await logIn();
  const expected = { entered: before.entered + 20, turnedBack: before.turnedBack + 2_000, conflicts: before.conflicts };
  assert.deepEqual(await counted(), expected);
  // Sent once more, all are answered as before and nothing changes.
  for (const phone of senders) phone.done = 0;
  await Promise.all(senders.map((phone) => phone.sendAll(200)));
  assert.deepEqual(await counted(), expected);
});

test("forty gates were down for four hours and come back at once", async () => {
  const tokens = await numbers(10);
  const before = await counted();
  for (let n = 0; n < 8; n++) await page("/demo/clock", { to: "plus_30", back: "/demo" });
  // Two of them admitted the same token.
  const senders = await phones(40, 60, 4 * 3600, [...tokens, tokens[0]]);
  await Promise.all(senders.map((phone) => phone.sendAll(200)));
  const { entered, turnedBack, conflicts } = await counted();
  assert.deepEqual([entered - before.entered, turnedBack - before.turnedBack], [10, 2_400]);
  assert.equal(conflicts - before.conflicts, 1);
  assert.match(await page("/district/conflicts?lang=en"), /Phone (0|10)</);
});
