// A gatekeeper's morning, without screen and camera: what is decided, stored and sent.

import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Desk } from "../../src/browser/desk";
import { type Base, Store, type StoredToken } from "../../src/browser/store";
import { sync } from "../../src/browser/sync";
import tokens from "../vectors/tokens.json";

/** Inside the first vector's slot: 30 March 2021, 11:07 in India. */
const NOW = 1_617_082_200 + 7 * 60;
const SLIP = tokens.cases[0]?.text ?? "";
const FORGED = tokens.cases.find((row) => row.name === "a changed number")?.text ?? "";
const claims = tokens.cases[0]?.claims ?? { number: "", slot: 0, centre: 0, starts: 0, minutes: 0 };

const base: Base = {
  version: "1",
  gate: { name: "Gate A", centre: 17, lanes: [0], lane_holders: [[0, "Gate A"]], desk_phone: "0771-4000002" },
  keys: tokens.keys,
  early_minutes: 60,
  late_minutes: null,
  running_late_minutes: 0,
  slots: [{ id: claims.slot, call: 2, starts: claims.starts, minutes: 60, closes: NOW + 6 * 3600, stopped: false, lanes: 1 }],
  centres: [],
};

let store: Store;
let desk: Desk;
let count = 0;

beforeEach(async () => {
  store = await Store.open(`gate-${count++}`);
  let ids = 0;
  desk = new Desk(
    store,
    base,
    0,
    () => NOW,
    () => `scan-${++ids}`,
  );
  desk.clockProved = true;
});

afterEach(() => {
  store.close();
  vi.unstubAllGlobals();
});

test("a genuine slip is admitted once, link or no link", async () => {
  const first = await desk.scanned(SLIP);
  expect([first.verdict, first.call_number, first.claims?.holder?.id_end]).toEqual(["admitted", "02-042", "4821"]);
  const again = await desk.scanned(SLIP);
  expect([again.verdict, again.known?.admitted_at, again.known?.admitted_gate]).toEqual(["already_admitted", NOW, "Gate A"]);
  expect(await store.countUnsent()).toBe(2);
});

test("only a token not heard of goes up with its code, and other people's codes are never kept", async () => {
  await desk.scanned(SLIP);
  await desk.scanned(SLIP);
  await desk.scanned("upi://pay?pa=someone@example");
  await desk.scanned(FORGED);
  const kept = await store.unsent(10);
  expect(kept.map((scan) => [scan.verdict, scan.qr === undefined])).toEqual([
    ["admitted", false],
    ["already_admitted", true],
    ["not_ours", true],
    ["not_genuine", false],
  ]);
  expect(JSON.stringify(kept)).not.toContain("upi");
});

test("an undo and a card that does not match give the token back", async () => {
  const first = await desk.scanned(SLIP);
  await desk.takeBack(first, "undo");
  const second = await desk.scanned(SLIP);
  expect(second.verdict).toBe("admitted");
  const back = await desk.takeBack(second, "wrong_person");
  expect([back.verdict, back.scan.reverses]).toEqual(["wrong_person", second.scan.id]);
  expect((await store.token(claims.number))?.state).toBe("issued");
});

test("until the clock is confirmed nobody is turned back for the time", async () => {
  const late = new Desk(store, base, 0, () => NOW + 86_400);
  expect((await late.scanned(SLIP)).verdict).toBe("admitted");
});

test("the phone keeps nothing about the person", async () => {
  await desk.scanned(SLIP);
  const everything = JSON.stringify([await store.unsent(10), await store.token(claims.number)]);
  for (const personal of ["1954", "birth", 'name":"', "mobile"]) expect(everything).not.toContain(personal);
});

/** A server that answers each call with the next of these. */
function server(...answers: (object | "cut" | "captive")[]): { bodies: { scans: { id: string }[] }[] } {
  const bodies: { scans: { id: string }[] }[] = [];
  vi.stubGlobal("fetch", async (_: string, { body }: { body: string }) => {
    bodies.push(JSON.parse(body));
    const answer = answers.shift();
    if (answer === "cut" || answer === undefined) throw new TypeError("network");
    if (answer === "captive") return new Response("<html>log in</html>", { headers: { "content-type": "text/html" } });
    return Response.json(answer);
  });
  return { bodies };
}

const down = { server_time: NOW, epoch: "e", cursor: 5, more: false, answers: [], tokens: [] };

test("what was not acknowledged is sent again, what was is not", async () => {
  await store.set("secret", "s");
  await desk.scanned(SLIP);
  await desk.scanned(SLIP);
  const { bodies } = server(
    "cut",
    "captive",
    { ...down, answers: [] },
    {
      ...down,
      answers: [
        { id: "scan-1", outcome: "stored" },
        { id: "scan-2", outcome: "id_reused" },
      ],
    },
  );
  for (let i = 0; i < 3; i++) expect((await sync(store)).kind).toBe("silent");
  expect(await store.countUnsent()).toBe(2);
  expect((await sync(store)).kind).toBe("fresh");
  expect(bodies.map((body) => body.scans.map((scan) => scan.id))).toEqual(Array(4).fill(["scan-1", "scan-2"]));
  expect(await store.countUnsent()).toBe(0);
  expect((await store.last(2)).map((scan) => scan.outcome)).toEqual(["id_reused", undefined]);
});

test("what this phone did and has not sent outlives what the server says", async () => {
  await store.set("secret", "s");
  await desk.scanned(SLIP);
  const stale: StoredToken = { ...claims, revision: 1, call_number: "02-042", state: "issued" };
  await store.takeIn(new Map(), [stale], {}, false, NOW);
  expect((await store.token(claims.number))?.state).toBe("admitted");
});

test("a revoked phone is told so", async () => {
  await store.set("secret", "s");
  vi.stubGlobal("fetch", async () => Response.json({}, { status: 403 }));
  expect((await sync(store)).kind).toBe("revoked");
});
