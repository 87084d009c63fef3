// The centre's page without a link: the same form and the same rooms, out of the day that was heard last and what was done here since.

import { vaccine, words } from "./alone_text";
import {
  type About,
  type CentreDay,
  type CentreRecord,
  type Deed,
  type Dose,
  type Now,
  type Person,
  type Vial,
  calledElsewhere,
  calledTo,
  isFull,
  isRefused,
  missed,
  numberOf,
  waiting,
  yieldsToFact,
} from "./centre_day";
import { clock, dayOfText, formDay, readBatch, readDose } from "./centre_dose";
import { type Press, type Row, fillList, showCount } from "./centre_rows";
import { CentreStore } from "./centre_store";
import { type Heard, syncCentre } from "./centre_sync";
import { centreWords, refusal } from "./centre_text";
import { CentreWork } from "./centre_work";
import { el } from "./dom";
import { drafted, fillIn, forget, keep } from "./draft";
import { clearFaults, showFaults } from "./faults";
import { parseNumber, spaced } from "./number";
import type { Refusal } from "./rules";
import { idName } from "./text";
import { watchTimers } from "./timers";
import { type Claims, PRACTICE_KID, readSlip } from "./token";
import { type Lang, time } from "./when";

/** How often the server is tried, in milliseconds. */
const TRY_MS = 10_000;

const lang = document.documentElement.lang as Lang;
const [t, c] = [words(lang), centreWords(lang)];
const get = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const [find, form, home] = [get<HTMLFormElement>("find"), get<HTMLFormElement>("dose"), get<HTMLFormElement>("home")];
const newVial = get<HTMLFormElement>("new-vial");
const [card, done, search] = [get("card"), get("done"), get<HTMLInputElement>("q")];
const status = document.querySelector<HTMLElement>("#alone p") as HTMLElement;
const tabs = new BroadcastChannel("baari-centre");

let work: CentreWork;
let since = 0;
let offset = 0;
let heard: Heard = "silent";

function value(of: HTMLFormElement, name: string): string {
  return String(new FormData(of).get(name) ?? "");
}

/** Does something, tells what came of it, and shows how it stands now. */
async function act(deed: Deed, told: string): Promise<boolean> {
  return settle(await work.do(deed), told);
}

async function settle(outcome: CentreRecord | Refusal, told: string): Promise<boolean> {
  const refused = "code" in outcome;
  if (refused) {
    get("despite").hidden = !yieldsToFact(outcome);
    showFaults(form, [], refusal(outcome, lang), lang);
  } else {
    clearFaults();
    const name = outcome.call || spaced(numberOf(outcome.deed) ?? "");
    done.replaceChildren(...(told ? [el("p", { class: "done" }, told, " ", el("b", { class: "digits" }, name))] : []));
    tabs.postMessage("done");
  }
  await show();
  return !refused;
}

/** Whom the typed text means: a number, a code, a call number of today. */
function sought(text: string, now: Now): { number: string; claims?: Claims } | { fault: string } {
  const slip = text.includes("/") ? readSlip(text) : null;
  if (typeof slip === "string" || slip?.kid === PRACTICE_KID) return { fault: c.foreign };
  if (slip) return { number: slip.claims.number, claims: slip.claims };
  const call = /^0?(\d{1,2})[- ]0*(\d{1,4})$|^(\d\d)(\d{3})$/.exec(text);
  if (call) {
    const wanted = `${(call[1] ?? call[3] ?? "").padStart(2, "0")}-${(call[2] ?? call[4] ?? "").padStart(3, "0")}`;
    const person = [...now.people.values()].find((row) => row.call === wanted);
    return person ? { number: person.number } : { fault: c.no_such };
  }
  const read = parseNumber(text);
  return "number" in read ? read : { fault: read.fault === "length" ? c.length : c.check_digit };
}

/** Puts somebody's card on the desk, with what was used last. */
async function choose(number: string, claims?: Claims): Promise<void> {
  clearFaults();
  done.replaceChildren();
  const [now, at] = [await work.day(), await work.now()];
  const today = await work.store.today(at);
  const person = now.people.get(number) ?? { number, call: "", state: "issued" as const };
  const has_had = person.state === "vaccinated" || person.state === "left";
  const [call, name] = card.querySelectorAll<HTMLElement>("h2 > *");
  if (call && name) [call.textContent, name.textContent] = [person.call || spaced(number), person.about?.name ?? ""];
  get("about").textContent = about(person, claims, today ? await work.store.get("centre") : undefined);
  form.reset();
  home.reset();
  // What the kept page itself says of the time is as old as the page.
  for (const [field, text] of [
    ["date", formDay(at)],
    ["time", clock(at)],
  ] as const) {
    form.querySelector<HTMLInputElement>(`[name="${field}"]`)?.setAttribute("placeholder", text);
  }
  get("despite").hidden = true;
  for (const of of [form, home]) fillIn(of, [["token", number]]);
  (home.closest("details") as HTMLElement).hidden = form.hidden = has_had;
  const records = await work.store.records();
  const last = records.filter(({ deed }) => deed.kind === "dose").at(-1)?.deed as Dose | undefined;
  showVials(now.vials, last?.vial ?? today?.last?.vial ?? "");
  const used = last ?? today?.last;
  fillIn(form, [
    ["vaccine", used?.vaccine ?? person.about?.vaccine ?? "covishield"],
    ["batch", used?.batch ?? ""],
    ["vaccinator", used?.vaccinator ?? ""],
  ]);
  card.hidden = false;
  if (!has_had) get("code").focus();
}

/** What help somebody needs, as the page says it. */
function needs(about: About | undefined): string {
  const words = get("about").dataset;
  return (about?.needs?.split(",") ?? []).map((need) => words[need] ?? need).join(", ");
}

/** What the vaccinator must see of somebody, and what is unusual about them. */
function about(person: Person, claims: Claims | undefined, centre: number | undefined): string {
  const { about, state, waits } = person;
  const holder = about ?? claims?.holder;
  const known = about ? [] : [person.state === "issued" && c.unheard];
  const parts = [
    holder && `${c.born} ${holder.birth_year} · ${idName(holder.id_type, lang)} …${holder.id_end}`,
    (about ?? claims) && `${c.dose} ${about?.dose ?? claims?.dose}`,
    about && vaccine(about.vaccine, lang),
    needs(about),
    (state === "vaccinated" || state === "left") && c.has_had,
    about && !waits && c.not_inside,
    ...known,
    claims && centre !== undefined && claims.centre !== centre && c.other_centre,
  ];
  return parts.filter(Boolean).join(" · ");
}

/** Opens a vial; it stands chosen for the next dose. */
async function openVial(): Promise<void> {
  const read = readBatch(value(newVial, "batch"));
  if ("fault" in read) return showFaults(newVial, [["new-batch", read.fault]], null, lang);
  const outcome = await work.do({ kind: "open_vial", vaccine: value(newVial, "vaccine"), batch: read.value });
  if ((await settle(outcome, c.vial_opened)) && "id" in outcome && !card.hidden) showVials((await work.day()).vials, outcome.id);
  void talk();
}

/** The open vials, each with what can be done with it. The keys are the chosen one's, or the newest's. */
function listVials(vials: Vial[], today: CentreDay | undefined): void {
  const chosen = value(form, "vial") || vials.at(-1)?.id;
  fillList(
    "open-vials",
    vials.map((vial): Row => {
      const close = (how: "discarded" | "returned") => () =>
        void act({ kind: "close_vial", vial: vial.id, how }, c.vial_closed_now);
      const facts = `${vaccine(vial.vaccine, lang)} · ${get("open-vials").dataset.left} ${vial.left} · ${get("open-vials").dataset.until} ${time(vial.good_until, lang)}`;
      const presses = { discard: close("discarded"), ...(isFull(today, vial) ? { return: close("returned") } : {}) };
      return { call: vial.batch, about: facts, presses, hasKeys: vial.id === chosen };
    }),
  );
}

/** The vials that a dose can be drawn from. */
function showVials(vials: Vial[], chosen: string): void {
  const template = get<HTMLTemplateElement>("vial");
  const rows = vials.map((vial) => {
    const row = template.content.firstElementChild?.cloneNode(true) as HTMLElement;
    const input = row.querySelector("input") as HTMLInputElement;
    [input.value, input.checked] = [vial.id, vial.id === chosen];
    const texts = {
      b: `${vaccine(vial.vaccine, lang)} ${vial.batch}`,
      ".left": String(vial.left),
      ".until": time(vial.good_until, lang),
    };
    for (const [selector, text] of Object.entries(texts)) (row.querySelector(selector) as HTMLElement).textContent = text;
    return row;
  });
  get("vials").replaceChildren(...rows);
}

async function record(): Promise<void> {
  const typed = Object.fromEntries([...new FormData(form)].map(([name, text]) => [name, String(text)]));
  const at = await work.now();
  const vial = (await work.day()).vials.find((row) => row.id === typed.vial);
  const { token = "", code = "", no_code = "", vaccinator = "", date = "", time = "", vaccine = "", batch = "", despite } = typed;
  const given = vial ? { vial: vial.id, vaccine: vial.vaccine, batch: vial.batch } : { vial: "", vaccine, batch };
  const dose = { token, code, no_code, vaccinator, date, time, ...given, ...(despite ? { despite } : {}) };
  const read = readDose(dose, at);
  if ("faults" in read) return showFaults(form, read.faults, null, lang);
  if (await act({ kind: "dose", given_at: read.given_at, ...read.dose }, c.recorded)) putAway();
}

async function sendHome(): Promise<void> {
  const reason = value(home, "reason");
  // Who refused, or went away, does not come again: the page says no days of it.
  const days = home.querySelector<HTMLOptionElement>(`option[value="${reason}"]`)?.dataset.days;
  const typed = value(home, "earliest").trim();
  const text = typed || formDay((await work.now()) + Number(days) * 86_400);
  const earliest = days ? dayOfText(text) : null;
  if (days && !earliest) return showFaults(home, [["earliest", "day"]], null, lang);
  if (await act({ kind: "no_dose", number: value(home, "token"), reason, earliest }, c.sent_home)) putAway();
}

/** The desk is free for the next one. */
function putAway(): void {
  for (const of of [form, home]) forget(of);
  card.hidden = true;
  search.value = "";
  search.focus();
  void talk();
}

/** The rooms, as they stand here. */
async function show(): Promise<void> {
  const [now, records] = [await work.day(), await work.store.records()];
  const [counter, stage] = [(await work.store.get("counter")) ?? 1, (await work.store.get("stage")) ?? "dose"];
  offset = (await work.store.get("offset")) ?? 0;
  const today = await work.store.today(await work.now());
  get("centre").textContent = today ? `: ${lang === "hi" ? today.name_hi : today.name_en}` : "";
  get("counter").textContent = String(counter);
  const row = (person: Person, ...presses: Press[]): Row => {
    const { number, call, about } = person;
    const to = (state: "called" | "missed" | "passed") => () => void act({ kind: "call", number, counter, stage, state }, "");
    const all: Record<Press, () => void> = {
      record: () => void choose(number),
      passed: to("passed"),
      this: to("called"),
      again: to("called"),
      missed: to("missed"),
      left: () => undefined,
      discard: () => undefined,
      return: () => undefined,
    };
    const facts = about ? [about.birth_year, `${c.dose} ${about.dose}`, needs(about)].filter(Boolean).join(" · ") : "";
    const label = call || spaced(number);
    return {
      call: label,
      name: about?.name ?? "",
      about: facts,
      presses: Object.fromEntries(presses.map((press) => [press, all[press]])),
    };
  };
  const first: Press = stage === "check" ? "passed" : "record";
  fillList(
    "called",
    calledTo(now, counter, stage).map((person) => row(person, first, "again", "missed")),
  );
  fillList(
    "waiting",
    waiting(now, stage).map((person) => row(person, "this", ...(stage === "dose" ? (["record"] as const) : []))),
  );
  fillList(
    "missed",
    missed(now).map((person) => row(person, "this")),
  );
  fillList(
    "elsewhere",
    calledElsewhere(now, counter, stage).map((person) => row(person, "this", ...(stage === "dose" ? (["record"] as const) : []))),
  );
  fillList(
    "sitting",
    now.sitting.map(({ dose, number, call, name, ends_at }): Row => {
      const leave = (why: string | null) => void act({ kind: "left", number, dose, why }, "");
      const over = ends_at <= Date.now() / 1000 - offset;
      const until = { at: ends_at, behind: offset, key: dose ?? number ?? "", early: leave };
      const label = call ?? (number ? spaced(number) : "–");
      return { call: label, name, ...(over ? { presses: { left: () => leave(null) } } : { until }) };
    }),
  );
  showCount(get("gone-title"), [...now.people.values()].filter(({ state }) => state === "left").length);
  const shown = records.filter(({ deed }) => deed.kind !== "call").reverse();
  fillList(
    "log",
    shown.map((record): Row => ({
      call: record.call || spaced(numberOf(record.deed) ?? ""),
      about: `${get("log").dataset[record.deed.kind]} ${time(record.at, lang)} · ${stands(record)}`,
    })),
  );
  listVials(now.vials, today);
  await showState();
}

/** How far a record is. */
function stands(record: CentreRecord): string {
  if (record.sent === 0) return c.waits_to_be_sent;
  return isRefused(record) ? (record.said ?? "") : record.outcome === "known" ? c.known : c.sent;
}

/** One line says how it stands. */
async function showState(): Promise<void> {
  const [unsent, refused, who] = [
    await work.store.countUnsent(),
    (await work.store.refused()).length,
    await work.store.get("who"),
  ];
  const counts = [...(unsent > 0 ? [t.to_send(unsent)] : []), ...(refused > 0 ? [c.not_taken(refused)] : [])].map(
    (text) => ` · ${text}`,
  );
  const log_in = el("a", { class: "button", href: "/login?next=/centre" }, c.log_in);
  for (const part of [find, get("next")]) part.hidden = who === undefined;
  if (heard === "ended") status.replaceChildren(c.ended, ...counts, " ", log_in);
  else if (heard === "fresh" && unsent === 0)
    status.replaceChildren(`${t.back} `, el("a", { class: "button", href: "/centre" }, t.go_on));
  else {
    const from = (await work.store.get("heard_at")) ?? since;
    const line = el("b", {}, t.since(time(from, lang)));
    status.replaceChildren(line, ...counts, el("br"), who === undefined ? c.nobody : c.going_on);
  }
}

/** Tries the server: sends what waits, and goes back to it when nobody is at work. */
async function talk(): Promise<void> {
  heard = await syncCentre(work.store);
  await show();
  if (heard === "fresh" && card.hidden && search.value === "" && (await work.store.countUnsent()) === 0)
    location.assign("/centre");
}

/** What was typed into a form that was sent, or not yet, when the link went. */
async function takeUp(): Promise<void> {
  for (const of of [form, home]) {
    const typed = drafted(of);
    forget(of);
    const number = typed.find(([name]) => name === "token")?.[1];
    if (!number) continue;
    await choose(number);
    fillIn(of, typed);
    if (of === home) (home.closest("details") as HTMLDetailsElement).open = true;
  }
}

function listen(): void {
  find.addEventListener("submit", (event) => {
    event.preventDefault();
    void work.day().then((now) => {
      const found = sought(search.value.trim(), now);
      if ("number" in found) return choose(found.number, found.claims);
      card.hidden = true;
      showFaults(find, [], found.fault, lang);
      return undefined;
    });
  });
  for (const [of, send] of [
    [form, record],
    [home, sendHome],
  ] as const) {
    of.addEventListener("submit", (event) => {
      event.preventDefault();
      void send();
    });
    of.addEventListener("input", () => keep(of));
  }
  newVial.addEventListener("submit", (event) => {
    event.preventDefault();
    void openVial();
  });
  get("next").addEventListener("click", () => {
    void work.callNext().then((outcome) => {
      if (outcome) return settle(outcome, "");
      done.replaceChildren(el("p", { class: "done" }, c.nobody_waits));
      return undefined;
    });
  });
  addEventListener("keydown", (event) => {
    if (event.key === "F4") search.focus();
    else if (event.key === "F6") get("next").click();
    else if (event.key === "F8") newVial.requestSubmit();
    else if (event.key === "F7" || event.key === "F9")
      document.querySelector<HTMLButtonElement>(`#open-vials [data-key="${event.key}"]`)?.click();
    else return;
    event.preventDefault();
  });
  tabs.addEventListener("message", () => void show());
}

async function open(): Promise<void> {
  work = new CentreWork(await CentreStore.open());
  since = await work.now();
  listen();
  await show();
  await takeUp();
  if (card.hidden) search.focus();
  watchTimers(
    () => offset,
    () => void show(),
  );
  await talk();
  setInterval(() => void talk(), TRY_MS);
}

void open();
