// A centre's work without a link: what is shown, what is checked, what is kept until the server has it.

import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  type CentreDay,
  type CentreRecord,
  type Deed,
  type Person,
  calledElsewhere,
  calledTo,
  missed,
  play,
  waiting,
} from "../../src/browser/centre_day";
import { readDose } from "../../src/browser/centre_dose";
import { CentreStore } from "../../src/browser/centre_store";
import { syncCentre } from "../../src/browser/centre_sync";
import { CentreWork } from "../../src/browser/centre_work";
import { dayText } from "../../src/browser/rules";
import booking from "../vectors/booking.json";

/** 30 March 2021, 10:30 in India. */
const NOW = 1617080400;
const [FIRST, SECOND, THIRD, STRANGER] = ["4821093753", "4821093728", "4821093766", "1234567895"] as const;

function person(number: string, serial: number, more: Partial<Person> = {}): Person {
  const about = {
    name: "राम प्रसाद",
    birth_year: 1954,
    id_type: "voter_id",
    id_end: "0001",
    dose: 1,
    vaccine: "covishield",
    booked_on: "2021-03-29",
    doses: [],
  };
  const entered = NOW - 3600 + serial * 60;
  const turn = { stage: null, state: null, counter: null, times: 0, called_at: null };
  return { number, call: `02-00${serial}`, state: "admitted", about, waits: { entered, counts_from: entered, ...turn }, ...more };
}

function day(people: Person[]): CentreDay {
  const campaign = booking.campaign;
  return {
    version: "1",
    day: "2021-03-30",
    name_en: "Mekahara",
    name_hi: "मेकाहारा",
    campaign,
    people,
    sitting: [],
    vials: [],
    last: null,
  };
}

const dose = (token: string, more = {}): Deed => ({
  kind: "dose",
  given_at: NOW,
  token,
  vaccine: "covishield",
  batch: "B1",
  vial: "",
  vaccinator: "S. Devi",
  date: "2021-03-30",
  time: "10:30",
  code: "1234",
  no_code: "",
  ...more,
});

let store: CentreStore;
let work: CentreWork;
let count = 0;
let clock = NOW;

/** The browser's locks, as far as one process can be two tabs. */
const locks = new Map<string, Promise<unknown>>();
const request = (name: string, act: () => Promise<unknown>) => {
  const turn = (locks.get(name) ?? Promise.resolve()).then(act);
  locks.set(
    name,
    turn.catch(() => undefined),
  );
  return turn;
};

beforeEach(async () => {
  vi.stubGlobal("navigator", { locks: { request } });
  clock = NOW;
  store = await CentreStore.open(`centre-${count++}`);
  work = new CentreWork(store, () => clock);
  const today = day([person(FIRST, 1), person(SECOND, 2), person(THIRD, 3, { state: "issued" })]);
  await store.takeIn(new Map(), { today, who: "asha", centre: 1, offset: 0, heard_at: NOW }, NOW);
});

afterEach(() => {
  store.close();
  vi.unstubAllGlobals();
});

/** A server that answers so; what it was sent. */
function answering(say: (record: CentreRecord) => object | null, more: object = {}, status = 200): CentreRecord[][] {
  const heard: CentreRecord[][] = [];
  vi.stubGlobal("fetch", async (_: string, { body }: { body: string }) => {
    const { records } = JSON.parse(body) as { records: CentreRecord[] };
    heard.push(records);
    const answers = records.map((record) => {
      const said = say(record);
      if (!said) throw new TypeError("no link");
      return { id: record.id, said: null, ...said };
    });
    const down = { server_time: NOW, who: "asha", centre: 1, answers, ...more };
    return new Response(JSON.stringify(down), { status, headers: { "content-type": "application/json" } });
  });
  return heard;
}

test("people are called in their order, again, and after they were missed", async () => {
  const next = async () => ((await work.callNext()) as CentreRecord | null)?.call;
  expect(await next()).toBe("02-001");
  await work.do({ kind: "call", number: FIRST, counter: 1, stage: "dose", state: "missed" });
  expect([await next(), await next()]).toEqual(["02-002", undefined]);
  expect(missed(await work.day()).map(({ call }) => call)).toEqual(["02-001"]);
  await work.do({ kind: "call", number: FIRST, counter: 1, stage: "dose", state: "called" });
  const called = calledTo(await work.day(), 1, "dose");
  expect(called.map(({ call }) => call).sort()).toEqual(["02-001", "02-002"]);
  expect(called.find(({ number }) => number === FIRST)?.waits?.times).toBe(2);
  // Another counter sees where they are.
  expect(calledElsewhere(await work.day(), 2, "dose").length).toBe(2);
});

test("where papers are looked at, calling the next one lets the one before pass", async () => {
  await store.set("stage", "check");
  await work.callNext();
  await work.callNext();
  const now = await work.day();
  expect(calledTo(now, 1, "check").map(({ call }) => call)).toEqual(["02-002"]);
  expect(waiting(now, "dose").map(({ call }) => call)).toEqual(["02-001"]);
});

test("a dose is recorded once, whichever tab it is typed in, and the person sits and leaves", async () => {
  const other = new CentreWork(store, () => clock);
  const both = await Promise.all([work.do(dose(FIRST)), other.do(dose(FIRST))]);
  expect(both.map((outcome) => ("code" in outcome ? outcome.code : outcome.call)).sort()).toEqual(["02-001", "dose_recorded"]);
  expect(await work.do({ kind: "no_dose", number: FIRST, reason: "fever", earliest: "2021-04-13" })).toEqual({
    code: "not_waiting",
  });
  expect((await work.day()).sitting).toEqual([
    { dose: null, number: FIRST, call: "02-001", name: "राम प्रसाद", ends_at: NOW + 1800 },
  ]);
  await work.do({ kind: "left", number: FIRST, dose: null, why: null });
  expect((await work.day()).sitting).toEqual([]);
  expect(await work.do({ kind: "left", number: FIRST, dose: null, why: null })).toEqual({ code: "not_waiting" });
  // Whoever the page has not heard of is recorded by number.
  expect(await work.do(dose(STRANGER))).toMatchObject({ sent: 0, by: "asha", centre: 1, call: "" });
  expect(await work.do(dose(THIRD))).toMatchObject({ call: "02-003" });
});

test("a vial is opened, drawn from and thrown away; one that was drawn from is not put back", async () => {
  const open: Deed = { kind: "open_vial", vaccine: "covishield", batch: "4120Z900" };
  const [drawn, unused] = [(await work.do(open)) as CentreRecord, (await work.do(open)) as CentreRecord];
  expect(drawn).toMatchObject({ call: "4120Z900", sent: 0 });
  await work.do(dose(FIRST, { vial: drawn.id }));
  const left = async () => (await work.day()).vials.map(({ id, left, good_until }) => [id, left, good_until]);
  const until = NOW + 4 * 3600;
  expect(await left()).toEqual([
    [drawn.id, 9, until],
    [unused.id, 10, until],
  ]);
  const close = (vial: string, how: "discarded" | "returned") => work.do({ kind: "close_vial", vial, how });
  expect(await close(drawn.id, "returned")).toEqual({ code: "vial_closed" });
  expect(await close(unused.id, "returned")).toMatchObject({ call: "4120Z900" });
  expect(await close(drawn.id, "discarded")).toMatchObject({ sent: 0 });
  expect(await left()).toEqual([]);
  expect(await close(drawn.id, "discarded")).toEqual({ code: "vial_closed" });
});

test("product and interval are checked, and a rule yields to a dose that was given", async () => {
  const about = { ...person(FIRST, 1).about, dose: 2, doses: [{ number: 1, vaccine: "covaxin", given_on: "2021-03-01" }] };
  await store.set("today", day([person(FIRST, 1, { about: about as NonNullable<Person["about"]> })]));
  expect(await work.do(dose(FIRST))).toEqual({ code: "other_vaccine", vaccine: "covaxin" });
  expect(await work.do(dose(FIRST, { vaccine: "covaxin", despite: "yes" }))).toMatchObject({ sent: 0 });
});

test("what is typed of a dose is read, or every field that is wrong is named", () => {
  const typed = {
    token: FIRST,
    vaccine: "covishield",
    batch: " 4120z001 ",
    vial: "",
    vaccinator: "S.  Devi",
    date: "",
    time: "",
    code: "१२३४",
    no_code: "",
  };
  expect(readDose(typed, NOW + 25)).toEqual({
    dose: { ...typed, batch: "4120Z001", vaccinator: "S. Devi", date: "2021-03-30", time: "10:30", code: "1234" },
    given_at: NOW,
  });
  const wrong = { ...typed, batch: "", vaccinator: "x".repeat(61), time: "10:45", code: "12" };
  expect(readDose(wrong, NOW)).toEqual({
    faults: [
      ["batch", "missing"],
      ["vaccinator", "too_long"],
      ["code", "code"],
      ["time", "not_yet"],
    ],
  });
  expect(readDose({ ...typed, date: "29-03-2021" }, NOW)).toEqual({ faults: [["time", "missing"]] });
});

test("everything is sent in order, a refused one stays and blocks nobody, and a lost answer does no harm", async () => {
  await work.do(dose(FIRST));
  await work.do(dose(SECOND));
  await work.do(dose(STRANGER));
  answering(() => null);
  expect(await syncCentre(store)).toBe("silent");
  expect(await store.countUnsent()).toBe(3);
  const heard = answering(({ deed }) =>
    deed.kind === "dose" && deed.token === SECOND ? { outcome: "wrong_code", said: "Wrong" } : { outcome: "stored" },
  );
  expect(await syncCentre(store)).toBe("fresh");
  expect(heard[0]?.map(({ deed }) => deed.kind === "dose" && deed.token)).toEqual([FIRST, SECOND, STRANGER]);
  const [refused] = await store.refused();
  expect([refused?.call, refused?.said, await store.countUnsent()]).toEqual(["02-002", "Wrong", 0]);
  // The code of what the server has is forgotten.
  const codes = (await store.records()).map(({ deed }) => deed.kind === "dose" && deed.code);
  expect(codes).toEqual(["", "1234", ""]);
  // Once it is on record all the same, it is settled.
  const { about: _about, waits: _waits, ...row } = person(SECOND, 2, { state: "vaccinated" });
  answering(() => ({ outcome: "stored" }), { today: day([row]) });
  await syncCentre(store);
  expect(await store.refused()).toEqual([]);
});

test("what the server cannot say yet is sent again", async () => {
  await work.do(dose(FIRST));
  answering(() => ({ outcome: "outcome_unknown" }));
  expect(await syncCentre(store)).toBe("silent");
  expect(await store.countUnsent()).toBe(1);
});

test("when the log-in has ended people are forgotten, and what was done stays for the next one of that centre", async () => {
  await work.do(dose(FIRST));
  answering(() => ({}), {}, 401);
  expect(await syncCentre(store)).toBe("ended");
  expect([await store.get("today"), await store.get("who"), await store.countUnsent()]).toEqual([undefined, undefined, 1]);
  expect(await work.do(dose(SECOND))).toEqual({ code: "logged_out" });
  // Somebody of another centre sends nothing of it.
  const elsewhere = answering(() => ({ outcome: "stored" }), { centre: 2, who: "mohan", today: day([]) });
  await syncCentre(store);
  expect([elsewhere.flat(), await store.countUnsent()]).toEqual([[], 1]);
  const back = answering(() => ({ outcome: "stored" }), { today: day([]) });
  await syncCentre(store);
  await syncCentre(store);
  expect([back.flat().length, await store.countUnsent()]).toEqual([1, 0]);
});

test("a day that is over is forgotten", async () => {
  clock = NOW + 86_400;
  expect((await work.day()).people.size).toBe(0);
  expect(await store.get("today")).toBeUndefined();
});

test("what is drawn from a vial is gone from it", async () => {
  const vial = { id: "v1", vaccine: "covishield", batch: "B1", left: 10, good_until: NOW + 3600 };
  await store.set("today", { ...day([person(FIRST, 1)]), vials: [vial] });
  await work.do(dose(FIRST, { vial: "v1" }));
  expect((await work.day()).vials.map(({ left }) => left)).toEqual([9]);
});

test("a record that is sent is not played on the day again", () => {
  const record = { id: "1", at: NOW, by: "asha", centre: 1, call: "02-001", deed: dose(FIRST) };
  expect(
    play(day([person(FIRST, 1)]), [{ ...record, sent: 1, outcome: "wrong_code" }], dayText(record.at)).people.get(FIRST)?.state,
  ).toBe("admitted");
  expect(play(day([person(FIRST, 1)]), [{ ...record, sent: 0 }], dayText(record.at)).people.get(FIRST)?.state).toBe("vaccinated");
});
