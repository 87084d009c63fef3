// A gatekeeper's morning, without screen and camera: what is decided, stored and sent.

import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ClockWatch } from "../../src/browser/clock";
import { type Asking, Gatekeeper } from "../../src/browser/gatekeeper";
import { laneCode, laneText, readLaneText, withMoves } from "../../src/browser/lanes";
import { type Facts, faults, stateLine } from "../../src/browser/readiness";
import { type Base, Store, type StoredToken } from "../../src/browser/store";
import { turnedBack } from "../../src/browser/ready_screen";
import { enrol, sync } from "../../src/browser/sync";
import { gateText } from "../../src/browser/text";
import lanes from "../vectors/lanes.json";
import type { Claims } from "../../src/browser/token";
import tokens from "../vectors/tokens.json";

/** Inside the first vector's slot: 30 March 2021, 11:07 in India. */
const NOW = 1_617_082_200 + 7 * 60;
const SLIP = tokens.cases[0]?.text ?? "";
const FORGED = tokens.cases.find((row) => row.name === "a changed number")?.text ?? "";
const claims = tokens.cases[0]?.claims ?? { number: "", slot: 0, centre: 0, starts: 0, minutes: 0 };

const base: Base = {
  version: "1",
  gate: {
    id: 1,
    name: "Gate A",
    centre: 17,
    lanes: [0],
    lane_epochs: [[0, 1]],
    lane_holders: [[0, "Gate A"]],
    lenient: false,
    phones: [[2, "Gate B"]],
    lane_key: lanes.key,
    desk_phone: "0771-4000002",
    supervisor_phone: "0771-4000503",
  },
  keys: tokens.keys,
  early_minutes: 60,
  late_minutes: null,
  running_late_minutes: 0,
  slots: [{ id: claims.slot, call: 2, starts: claims.starts, minutes: 60, closes: NOW + 6 * 3600, stopped: false, lanes: 1 }],
  centres: [],
};

let store: Store;
let keeper: Gatekeeper;
let count = 0;

beforeEach(async () => {
  store = await Store.open(`gate-${count++}`);
  await store.set("secret", "s");
  let ids = 0;
  keeper = new Gatekeeper(
    store,
    base,
    0,
    () => NOW,
    () => `scan-${++ids}`,
  );
  keeper.clockProved = true;
});

afterEach(() => {
  store.close();
  vi.unstubAllGlobals();
});

test("a genuine slip is admitted once, link or no link", async () => {
  const first = await keeper.scanned(SLIP);
  expect([first.verdict, first.call_number, first.claims?.holder?.id_end]).toEqual(["admitted", "02-042", "4821"]);
  const again = await keeper.scanned(SLIP);
  expect([again.verdict, again.known?.admitted_at, again.known?.admitted_gate]).toEqual(["already_admitted", NOW, "Gate A"]);
  expect(await store.countUnsent()).toBe(2);
});

test("only a token not heard of goes up with its code, and other people's codes are never kept", async () => {
  await keeper.scanned(SLIP);
  await keeper.scanned(SLIP);
  await keeper.scanned("upi://pay?pa=someone@example");
  await keeper.scanned(FORGED);
  const kept = await store.unsent(10);
  expect(kept.map((scan) => [scan.verdict, scan.qr === undefined])).toEqual([
    ["admitted", false],
    ["already_admitted", true],
    ["not_ours", true],
    ["not_genuine", false],
  ]);
  expect(JSON.stringify(kept)).not.toContain("upi");
});

test("a practice slip is named at a real gate, and a real one in practice", async () => {
  const practice = tokens.cases.find((row) => row.name === "a practice slip")?.text ?? "";
  const stray = await keeper.scanned(practice);
  expect([stray.verdict, stray.stray, stray.scan.number, stray.scan.qr]).toEqual(["not_ours", "practice", undefined, undefined]);
  const practising = new Gatekeeper(store, { ...base, keys: [{ kid: 0, public: tokens.keys[0]?.public ?? "" }] }, 0, () => NOW);
  expect([(await practising.scanned(SLIP)).stray, (await practising.scanned(practice)).stray]).toEqual(["real", undefined]);
});

test("whoever is let in after all was not turned back, and nobody is counted twice", async () => {
  const elsewhere = new Gatekeeper(store, { ...base, gate: { ...base.gate, lanes: [] } }, 0, () => NOW);
  await elsewhere.scanned(SLIP);
  const refused = await elsewhere.scanned(SLIP);
  await keeper.noToken("lost");
  await keeper.scanned(FORGED);
  expect(turnedBack(await store.since(0, 17))).toBe(3);
  await elsewhere.letIn(refused, "admit_anyway", "weak");
  expect(turnedBack(await store.since(0, 17))).toBe(2);
});

test("an undo and a card that does not match give the token back", async () => {
  const first = await keeper.scanned(SLIP);
  await keeper.takeBack(first, "undo");
  const second = await keeper.scanned(SLIP);
  expect(second.verdict).toBe("admitted");
  const back = await keeper.takeBack(second, "wrong_person");
  expect([back.verdict, back.scan.reverses]).toEqual(["wrong_person", second.scan.id]);
  expect((await store.token(claims.number))?.state).toBe("issued");
});

test("until the clock is confirmed nobody is turned back for the time", async () => {
  const late = new Gatekeeper(store, base, 0, () => NOW + 86_400);
  expect((await late.scanned(SLIP)).verdict).toBe("admitted");
});

test("the phone keeps nothing about the person", async () => {
  await keeper.scanned(SLIP);
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

test("a phone forgets its gate only with nothing left to send, and then writes nothing more", async () => {
  await keeper.scanned(SLIP);
  expect(await store.reset()).toBe(false);
  server({ ...down, answers: [{ id: "scan-1", outcome: "stored" }] });
  expect((await sync(store)).kind).toBe("fresh");
  expect(await store.reset()).toBe(true);
  await expect(keeper.scanned(SLIP)).rejects.toThrow("no gate");
  expect(await store.countUnsent()).toBe(0);
});

test("what was not acknowledged is sent again, what was is not", async () => {
  await keeper.scanned(SLIP);
  await keeper.scanned(SLIP);
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
  await keeper.scanned(SLIP);
  const stale: StoredToken = { ...claims, revision: 1, call_number: "02-042", state: "issued" };
  await store.takeIn(new Map(), [stale], {}, "nothing", NOW);
  expect((await store.token(claims.number))?.state).toBe("admitted");
});

test("what this phone only refused is as the server says", async () => {
  const issued: StoredToken = { ...claims, revision: 1, call_number: "02-042", state: "issued" };
  const elsewhere: StoredToken = { ...issued, centre: claims.centre + 1 };
  await store.takeIn(new Map(), [elsewhere], {}, "nothing", NOW);
  expect((await keeper.scanned(SLIP)).verdict).toBe("wrong_centre");
  await store.takeIn(new Map(), [{ ...issued, state: "admitted" }], {}, "nothing", NOW);
  expect((await store.token(claims.number))?.state).toBe("admitted");
});

test("a row that the server could not answer for is sent again", async () => {
  await keeper.scanned(SLIP);
  server({ ...down, answers: [{ id: "scan-1", outcome: "outcome_unknown" }] });
  expect((await sync(store)).kind).toBe("silent");
  expect(await store.countUnsent()).toBe(1);
});

test("a revoked phone hands over what it wrote; one that the server does not know keeps it", async () => {
  await keeper.scanned(SLIP);
  vi.stubGlobal("fetch", async () => Response.json({}, { status: 401 }));
  expect(await sync(store)).toEqual({ kind: "unknown" });
  expect(await store.countUnsent()).toBe(1);
  server({ ...down, revoked: true, answers: [{ id: "scan-1", outcome: "held" }] });
  expect(await sync(store)).toEqual({ kind: "revoked" });
  expect([await store.countUnsent(), await store.refused()]).toEqual([0, []]);
});

test("a phone that a restored server has forgotten enrols again, and sends what it wrote as the new gate", async () => {
  await store.set("base", base);
  await keeper.scanned(SLIP);
  server({ ...down, base, answers: [{ id: "scan-1", outcome: "stored" }] });
  await sync(store);
  const { bodies } = unknownOnce();
  expect(await enrol(store, "code")).toBe("enrolled");
  expect((await sync(store)).kind).toBe("fresh");
  expect(bodies.at(-1)).toMatchObject({ scans: [{ id: "scan-1" }] });
  // Whom it let in stays in.
  expect((await keeper.scanned(SLIP)).verdict).toBe("already_admitted");
});

/** A server that does not know the first caller, and enrols it. */
function unknownOnce(): { bodies: object[] } {
  const bodies: object[] = [];
  let known = false;
  vi.stubGlobal("fetch", async (path: string, { body }: { body: string }) => {
    const said = JSON.parse(body) as { secret: string; scans: { id: string }[] };
    bodies.push(said);
    known ||= path.includes("enrol");
    if (path.includes("enrol")) return Response.json({ secret: said.secret });
    if (!known) return Response.json({}, { status: 401 });
    return Response.json({ ...down, epoch: "new", base, answers: said.scans.map(({ id }) => ({ id, outcome: "stored" })) });
  });
  return { bodies };
}

test("a restored server makes nobody come in twice", async () => {
  await store.set("base", base);
  await keeper.scanned(SLIP);
  server({ ...down, answers: [{ id: "scan-1", outcome: "stored" }] }, { ...down, epoch: "restored" });
  await sync(store);
  await sync(store);
  expect((await keeper.scanned(SLIP)).verdict).toBe("already_admitted");
  // The copy has the token as it was before: what this phone did is newer until the server has heard of it again.
  const copied: StoredToken = { ...claims, revision: 1, call_number: "02-042", state: "issued" };
  await store.takeIn(new Map(), [copied], { epoch: "older still" }, "all", NOW);
  expect((await keeper.scanned(SLIP)).verdict).toBe("already_admitted");
  expect((await store.unsent(9)).map((scan) => scan.id)).toContain("scan-1");
});

test("a lane is gained only with the last of what others did there", async () => {
  const held = async () => (await store.get("base"))?.gate.lanes;
  const seen: unknown[] = [];
  vi.stubGlobal("fetch", async (_: string, { body }: { body: string }) => {
    seen.push([(JSON.parse(body) as { base?: string }).base, await held()]);
    return Response.json({ ...down, base, more: seen.length < 3 });
  });
  expect(await sync(store)).toMatchObject({ kind: "fresh", newBase: true });
  expect(seen).toEqual([
    [undefined, undefined],
    ["", []],
    ["", []],
  ]);
  expect(await held()).toEqual([0]);
});

test("what was acknowledged stays for 72 hours from then, however old it was", async () => {
  await keeper.scanned(SLIP);
  const late = NOW + 100 * 3600;
  await store.takeIn(new Map([["scan-1", "stored"]]), [], {}, "nothing", late);
  await store.takeIn(new Map(), [], {}, "nothing", late + 71 * 3600);
  expect(await store.last(9)).toHaveLength(1);
  await store.takeIn(new Map(), [], {}, "nothing", late + 73 * 3600);
  expect(await store.last(9)).toHaveLength(0);
});

test("a lane is given once, and only by the phone that holds it at that moment", async () => {
  await store.set("base", base);
  expect(await store.giveLane(0, 2)).toEqual({ lane: 0, epoch: 2, to: 2 });
  expect(await store.giveLane(0, 3)).toBeNull();
  const without = { ...base, version: "2", gate: { ...base.gate, lanes: [], lane_epochs: [[0, 1]] as [number, number][] } };
  await store.set("moves", []);
  await store.takeIn(new Map(), [], { base: without }, "nothing", NOW);
  expect(await store.giveLane(0, 2)).toBeNull();
});

test("lane codes are as written, and worth nothing to anybody else or twice", async () => {
  for (const { code, ...given } of lanes.cases) expect(await laneCode(lanes.key, given)).toBe(code);
  const given = { lane: 0, epoch: 2, to: 2 };
  const text = await laneText(base, given);
  const other: Base = { ...base, gate: { ...base.gate, id: 2, name: "Gate B", lanes: [], phones: [[1, "Gate A"]] } };
  const taken = await readLaneText(other, text);
  expect(taken).toMatchObject(given);
  expect(await readLaneText(base, text)).toBeNull();
  expect(await readLaneText({ ...other, gate: { ...other.gate, moving_to: 18 } }, text)).toBeNull();
  expect(await readLaneText(other, text.replace(/.$/, "x"))).toBeNull();
  if (!taken) throw new Error("no lane");
  const after = withMoves(other, [taken]);
  expect([after.gate.lanes, after.gate.lane_holders]).toEqual([[0], [[0, "Gate B"]]]);
  expect(await readLaneText(after, text)).toBeNull();
  // Whoever gave it sends people there, and the server's newer word counts more.
  expect(withMoves(base, [given]).gate).toMatchObject({ lanes: [], lane_holders: [[0, "Gate B"]] });
  const newer: Base = { ...base, gate: { ...base.gate, lane_epochs: [[0, 3]] } };
  expect(withMoves(newer, [given]).gate.lanes).toEqual([0]);
});

test("a clock that is set during a call is proved by no answer to it", async () => {
  const real = Date.now;
  vi.stubGlobal("fetch", async () => {
    Date.now = () => real() + 86_400_000;
    return Response.json(down);
  });
  const outcome = await sync(store);
  Date.now = real;
  expect(outcome).toMatchObject({ kind: "fresh", clock: false });
  expect(await store.get("offset")).toBeUndefined();
  server(down);
  expect(await sync(store)).toMatchObject({ kind: "fresh", clock: true });
});

test("a move is told until the server follows it, in whatever order it hears of several", async () => {
  await store.set("base", base);
  await store.set("moves", [{ lane: 0, epoch: 3, to: 1, code: "c" }]);
  // The move before this one is not known there yet: it is passed over.
  const moved: Base = { ...base, version: "2", gate: { ...base.gate, lane_epochs: [[0, 3]] } };
  const { bodies } = server("cut", down, { ...down, base: moved }, down);
  const kinds = [];
  for (let call = 0; call < 4; call++) kinds.push((await sync(store)).kind);
  expect(kinds).toEqual(["silent", "fresh", "fresh", "fresh"]);
  const told = { lanes: [{ lane: 0, epoch: 3 }] };
  expect(bodies).toMatchObject([told, told, told, { lanes: [] }]);
});

test("a phone that was moved forgets the other centre's tokens and lanes, and no scan", async () => {
  await store.set("base", base);
  await store.set("epoch", "e");
  await keeper.scanned(SLIP);
  await store.set("moves", [{ lane: 0, epoch: 2, to: 2 }]);
  const there: Base = { ...base, version: "2", gate: { ...base.gate, centre: 18, name: "Gate C" } };
  const token = { ...claims, number: "4821093756", centre: 18, call_number: "01-001", state: "issued" };
  const answers = [{ id: "scan-1", outcome: "stored" }];
  const { bodies } = server({ ...down, answers, base: there, tokens: [token] }, { ...down, cursor: 6 });
  // A lane that is given while the call is under way is the old centre's too.
  const first = sync(store);
  await store.set("moves", [{ lane: 0, epoch: 3, to: 2 }]);
  expect(await first).toMatchObject({ kind: "fresh", newBase: true });
  expect(await store.token(claims.number)).toBeUndefined();
  expect((await store.token(token.number))?.state).toBe("issued");
  expect([await store.countUnsent(), await store.get("moves"), (await store.last(1))[0]?.centre]).toEqual([0, [], 17]);
  expect([(await store.since(0, 17)).length, (await store.since(0, 18)).length]).toEqual([1, 0]);
  await sync(store);
  expect(bodies).toMatchObject([
    { centre: 17, scans: [{ centre: 17 }] },
    { centre: 18, scans: [] },
  ]);
});

test("under lenient lanes the server is asked first, and the phone decides when it is silent", async () => {
  const lenient: Base = { ...base, gate: { ...base.gate, lenient: true, lanes: [] } };
  const asked: string[] = [];
  let answer: Awaited<ReturnType<Asking>> = { token: null, taken_by: null };
  const asking: Asking = async (id, number) => {
    // What was asked about is on record before the answer comes, under the id that the scan will have.
    expect(await store.get("intent")).toMatchObject({ id, number });
    asked.push(id);
    return answer;
  };
  let ids = 0;
  const open = new Gatekeeper(
    store,
    lenient,
    0,
    () => NOW,
    () => `ask-${++ids}`,
    asking,
  );
  open.clockProved = true;
  const known: StoredToken = { ...claims, revision: 1, call_number: "02-042", state: "issued" };
  answer = { token: known, taken_by: "Gate B" };
  expect(await open.scanned(SLIP)).toMatchObject({ verdict: "already_admitted", known: { admitted_gate: "Gate B" } });
  answer = null;
  const admitted = await open.scanned(SLIP);
  expect([admitted.verdict, admitted.scan.id]).toEqual(["admitted", asked[1]]);
  expect(await store.get("intent")).toBeNull();
});

test("one line says what the phone knows, and what is not ready is said in words", () => {
  const facts: Facts = {
    base,
    now: NOW,
    heardAt: NOW - 1800,
    alone: true,
    unknown: false,
    waiting: 37,
    oldest: NOW - 1500,
    lanesUntil: NOW + 86_400,
    kept: true,
    room: null,
    refused: 0,
  };
  const t = gateText("en");
  expect(stateLine(facts, t, "en")).toBe("Working alone since 10:37 am, 37 to send, oldest 10:42 am, ready until 5:07 pm");
  expect(faults(facts, t)).toEqual([]);
  const bare: Facts = {
    ...facts,
    base: { ...base, keys: [], slots: [], gate: { ...base.gate, lanes: [] } },
    heardAt: NOW - 73 * 3600,
    kept: false,
    room: 1000,
    refused: 2,
  };
  expect(faults(bare, t)).toEqual([
    t.not_kept,
    t.no_keys,
    t.no_session_today,
    t.no_lane,
    t.word_old,
    t.phone_full,
    t.refused_count(2),
  ]);
  expect(stateLine(bare, t, "en")).not.toContain("ready until");
});

test("a clock that was set, and a phone that slept, are noticed once", () => {
  let [wall, ran] = [1_000_000, 0];
  const watch = new ClockWatch(
    () => wall,
    () => ran,
  );
  const pass = (seconds: number, set = 0) => {
    ran += seconds * 1000;
    wall += (seconds + set) * 1000;
    return watch.jumped();
  };
  expect([pass(1), pass(1, 86_400), pass(1), pass(300), pass(1), pass(1, -7), pass(1)]).toEqual([
    false,
    true,
    false,
    true,
    false,
    true,
    false,
  ]);
});

test("a desk's slip is worth what the desk was lent", async () => {
  const keys = base.keys.map((key) => ({ ...key, desk: true }));
  const kid = tokens.keys[0]?.kid ?? 0;
  const verdict = async (serials: [number, number][], true_at: number, revoked = false) => {
    const own = await Store.open(`gate-${count++}`);
    await own.set("secret", "s");
    await own.set("leases", { version: "1", true_at, serials: { [kid]: { [claims.slot]: serials } } });
    const keeper = new Gatekeeper(own, { ...base, keys: keys.map((key) => ({ ...key, revoked })) }, 0, () => NOW);
    keeper.clockProved = true;
    const shown = await keeper.scanned(SLIP);
    own.close();
    return shown.verdict;
  };
  const { serial, issued } = claims as Claims;
  expect(await verdict([[serial, serial]], issued + 60)).toBe("admitted");
  expect(await verdict([[serial + 1, serial + 9]], issued + 60)).toBe("not_genuine");
  expect(await verdict([[serial + 1, serial + 9]], issued - 60)).toBe("cannot_check");
  expect(await verdict([[serial, serial]], issued + 60, true)).toBe("cannot_check");
});

test("a lane that moves while a call is under way is told with the next one", async () => {
  await store.set("base", {
    ...base,
    gate: {
      ...base.gate,
      lanes: [0, 1],
      lane_epochs: [
        [0, 1],
        [1, 3],
      ],
    },
  });
  const [first, second] = [
    { lane: 0, epoch: 2, to: 2 },
    { lane: 1, epoch: 4, to: 2 },
  ];
  await store.addMove(first);
  vi.stubGlobal("fetch", async () => {
    await store.addMove(second);
    const epochs = [
      [0, 2],
      [1, 3],
    ];
    return Response.json({ ...down, base: { ...base, version: "2", gate: { ...base.gate, lanes: [1], lane_epochs: epochs } } });
  });
  await sync(store);
  expect(await store.get("moves")).toEqual([second]);
});

test("an enrolment whose answer was lost is asked for again with the same secret", async () => {
  await store.reset();
  const secrets: string[] = [];
  const codes = ["one", "one", "two"];
  vi.stubGlobal("fetch", async (_: string, { body }: { body: string }) => {
    const { secret } = JSON.parse(body) as { secret: string };
    secrets.push(secret);
    if (secrets.length === 1) throw new TypeError("network");
    return secrets.length === 2 ? Response.json({ secret: "a hotspot's" }) : Response.json({ secret });
  });
  const outcomes = [];
  for (const code of codes) outcomes.push(await enrol(store, code));
  expect(outcomes).toEqual(["silent", "silent", "enrolled"]);
  expect([secrets[0] === secrets[1], secrets[1] === secrets[2], (secrets[0] ?? "").length]).toEqual([true, false, 43]);
  expect(await store.get("secret")).toBe(secrets[2]);
});
