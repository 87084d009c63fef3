// A desk's acts without a link: what it decides, signs and keeps.

import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Desk, base64url, fromBase64url } from "../../src/browser/desk";
import { type DeskBase, type DeskRecord, DeskStore, type Place } from "../../src/browser/desk_store";
import { syncDesk } from "../../src/browser/desk_sync";
import { readSlip, importKey, verify } from "../../src/browser/token";
import booking from "../vectors/booking.json";

/** 30 March 2021, 10:30 in India. */
const NOW = 1617080400;
const SLOT = 7;

const person = {
  mobile: "9876543210",
  mobile_of: "own",
  name: "राम प्रसाद",
  birth_year: 1954,
  gender: "male",
  category: "citizen",
  certificate: false,
  language: "hi",
  needs: "",
  locality: null,
  id_type: "aadhaar",
  earlier: null,
};

const places: Place[] = [3, 4, 5].map((serial) => ({
  number: ["4821093753", "4821093728", "4821093766"][serial - 3] ?? "",
  slot: SLOT,
  serial,
  link: `link-${serial}`,
  code: "1234",
}));

let store: DeskStore;
let desk: Desk;
let point: string;
let count = 0;

beforeEach(async () => {
  store = await DeskStore.open(`desk-${count++}`);
  desk = new Desk(store, () => NOW);
  const keys = (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const box = (await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"])) as CryptoKeyPair;
  point = base64url(new Uint8Array(await crypto.subtle.exportKey("raw", keys.publicKey)));
  const base: DeskBase = {
    version: "1",
    desk: 1,
    name: "PC 1",
    kid: 5,
    box_key: base64url(new Uint8Array(await crypto.subtle.exportKey("raw", box.publicKey))),
    address: "https://baari.example",
    desk_phone: "0771",
    campaign: booking.campaign,
    slots: [
      {
        id: SLOT,
        centre: 17,
        call: 3,
        starts: NOW + 5400,
        minutes: 60,
        closes: NOW + 6 * 3600,
        lanes: 1,
        vaccine: "covishield",
        doses: 3,
        min_age: 18,
        max_age: 200,
        issue_from: NOW - 3600,
        issue_until: NOW + 6 * 3600,
        stopped: false,
      },
    ],
    centres: [],
    district: 1,
    thirds: [],
  };
  await store.set("keys", keys);
  await store.set("secret", "secret");
  await store.set("word", "first");
  await store.takeIn(new Map(), [], places, { base, standing: "active" }, NOW);
});

afterEach(() => {
  store.close();
  vi.unstubAllGlobals();
});

const issue = (id_number: string, more = {}) =>
  desk.issue({ slot: SLOT, person: { ...person, ...more }, id_number, by: "asha" }) as Promise<DeskRecord>;

/** A server that answers so. */
function answering(down: (up: { records: { id: string }[]; returned: string[]; call: string }) => object | null): object[] {
  const heard: object[] = [];
  vi.stubGlobal("fetch", async (_: string, { body }: { body: string }) => {
    const up = JSON.parse(body);
    heard.push(up);
    const said = down(up);
    if (!said) throw new TypeError("no link");
    const answers = up.records.map(({ id }: { id: string }) => ({ id, outcome: "stored" }));
    const all = { server_time: NOW, standing: "active", word: `after ${up.call}`, answers, places: [], give_back: [], ...said };
    return new Response(JSON.stringify(all), { headers: { "content-type": "application/json" } });
  });
  return heard;
}

test("a token of a lent place is one that any gate reads", async () => {
  const record = await issue("234123412346");
  expect([record.call_number, record.number, record.state, record.code]).toEqual(["03-003", "4821093753", "made", "1234"]);
  const slip = readSlip(record.qr ?? "");
  if (typeof slip === "string") throw new Error(slip);
  expect(slip.claims).toMatchObject({ slot: SLOT, serial: 3, centre: 17, dose: 1, issued: NOW, holder: { id_end: "2346" } });
  expect(await verify(slip, await importKey(point))).toBe(true);
  // The whole number of the ID is nowhere in what is kept.
  const kept = JSON.stringify(await store.records());
  expect(kept).not.toContain("234123412346");
  expect(fromBase64url(record.person?.id_sealed ?? "").length).toBe(65 + 12 + 12 + 16);
});

test("it refuses by the rules, and whom it has served itself", async () => {
  await issue("234123412346");
  expect(await issue("234123412346")).toMatchObject({ code: "has_token", number: "4821093753" });
  expect(await issue("234123412351", { birth_year: 1977 })).toMatchObject({ code: "not_due" });
  expect(await issue("234123412351", { birth_year: 1970 })).toMatchObject({ code: "certificate_needed" });
  expect((await store.free()).length).toBe(2);
  await issue("234123412351");
  await issue("234123412367");
  expect(await issue("234123412379")).toMatchObject({ code: "no_place" });
});

test("a draft without a signature is spoiled, and its place never used again", async () => {
  const taken = (await store.free())[0];
  if (!taken) throw new Error("no place");
  const draft: DeskRecord = {
    id: crypto.randomUUID(),
    kind: "issue",
    number: taken.number,
    at: NOW,
    by: "asha",
    state: "draft",
    sent: 0,
  };
  await store.take(draft);
  expect(await store.take({ ...draft, id: crypto.randomUUID() })).toBeNull();
  expect(await store.countUnsent()).toBe(0);
  await store.spoil();
  expect(await store.returned()).toEqual([taken.number]);
  expect((await issue("234123412346")).number).not.toBe(taken.number);
});

test("an unanswered call is made again under the same id, and what was struck off stays off", async () => {
  await issue("234123412346");
  let up = false;
  const wanted = places[2]?.number ?? "";
  const heard = answering(() => (up ? { places, give_back: [wanted] } : null));
  expect(await syncDesk(desk)).toBe("silent");
  up = true;
  expect(await syncDesk(desk)).toBe("active");
  const calls = heard as { call: string; word: string; returned: string[]; records: object[] }[];
  expect(calls.map((call) => call.call === calls[0]?.call)).toEqual([true, true, false]);
  expect(calls.map((call) => call.records.length)).toEqual([1, 1, 0]);
  expect(calls[2]?.returned).toEqual([wanted]);
  expect(calls[2]?.word).toBe(`after ${calls[1]?.call}`);
  // The server listed all three once more: the used one and the one that was given back are not free again.
  expect((await store.free()).map((place) => place.serial)).toEqual([4]);
  expect(await store.countUnsent()).toBe(0);
});

test("what the server has forgotten goes up again, and what it forgot to have lent is given to nobody", async () => {
  const [, second = "", third = ""] = places.map(({ number }) => number);
  const record = await issue("234123412346");
  let down: object = { epoch: "one", places, give_back: [second] };
  const heard = answering(() => down) as { records: { id: string; code: string }[]; returned: string[] }[];
  await syncDesk(desk);
  expect((await store.free()).map(({ number }) => number)).toEqual([third]);
  // Brought back from a copy that was made before the token, and before the third place was lent.
  heard.length = 0;
  down = { epoch: "two", places: places.slice(0, 2) };
  await syncDesk(desk);
  expect(heard.map(({ records, returned }) => [records.map(({ id, code }) => [id, code]), returned])).toEqual([
    [[], []],
    [[[record.id, "1234"]], [second]],
  ]);
  expect([await store.free(), await store.countUnsent()]).toEqual([[], 0]);
});

test("a browser that the server does not know keeps what it did, and may be a desk again under its key", async () => {
  const record = await issue("234123412346");
  answering(() => ({ epoch: "one" }));
  await syncDesk(desk);
  const [keys, secret] = [await store.get("keys"), await store.get("secret")];
  await store.disown();
  expect([await store.get("standing"), (await store.records()).map(({ id }) => id)]).toEqual([undefined, [record.id]]);
  expect([await store.get("keys"), await store.get("secret")]).toEqual([keys, secret]);
});

test("two tabs that talk at once use no word twice", async () => {
  // The browser's locks, as far as one process can be two tabs.
  let last: Promise<unknown> = Promise.resolve();
  const request = (_: string, act: () => Promise<unknown>) => {
    const turn = last.then(act);
    last = turn.catch(() => undefined);
    return turn;
  };
  vi.stubGlobal("navigator", { locks: { request } });
  await issue("234123412346");
  const heard = answering(() => ({})) as { word: string; call: string; records: object[] }[];
  expect(await Promise.all([syncDesk(desk), syncDesk(new Desk(store))])).toEqual(["active", "active"]);
  expect(heard.map((up) => up.word)).toEqual(["first", `after ${heard[0]?.call}`]);
  expect(heard.map((up) => up.records.length)).toEqual([1, 0]);
});

test("what is printed while the server answers stays as the server said", async () => {
  const record = await issue("234123412346");
  answering(() => ({}));
  await syncDesk(desk);
  // The printer's window was opened before.
  await store.notePrinted(record.seq);
  expect((await store.records())[0]).toMatchObject({ printed: true, sent: 1, outcome: "stored" });
});

test("a log-in page of somebody's hotspot is no answer", async () => {
  await issue("234123412346");
  vi.stubGlobal("fetch", async () => new Response("<html>", { headers: { "content-type": "text/html" } }));
  expect(await syncDesk(desk)).toBe("silent");
  expect(await store.countUnsent()).toBe(1);
});

test("cancelling is a record of its own, and the slip that lies there is known by its number", async () => {
  const record = await issue("234123412346");
  expect(await desk.knows("03-003")).toBe(true);
  expect(await desk.knows("03-004")).toBe(false);
  expect(await desk.cancel(record.number, "ill", "asha")).toBe(true);
  expect(await desk.cancel(record.number, "ill", "asha")).toBe(false);
  expect((await store.unsent(9)).map((row) => row.kind)).toEqual(["issue", "cancel"]);
  // The person may have another.
  expect((await issue("234123412346")).call_number).toBe("03-004");
});
