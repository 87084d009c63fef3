// The counter without a link: the same form, decided, signed and printed here. What is done is sent as soon as the server is heard.

import { words, refusal, vaccine } from "./alone_text";
import { Desk } from "./desk";
import { type DeskRecord, DeskStore } from "./desk_store";
import { fill } from "./desk_slip";
import { syncDesk } from "./desk_sync";
import { el } from "./dom";
import { forget, keep, restore } from "./draft";
import { clearFaults, showFaults } from "./faults";
import { firstEmpty, moveSlot, nextWhose } from "./form_keys";
import { spaced } from "./number";
import { type Fault, type Read, readBirthYear, readId, readLocality, readMobile, readName } from "./person";
import type { Refusal } from "./rules";
import { day, dayOf, hours, time, type Lang } from "./when";

/** The last slip was asked for, or the server was heard, since this tab was opened. */
const AWAKE = "baari-desk-awake";

/** How often the server is tried, in milliseconds. */
const TRY_MS = 10_000;

const lang = document.documentElement.lang as Lang;
const t = words(lang);
const form = document.querySelector<HTMLFormElement>("#counter") as HTMLFormElement;
const status = document.querySelector<HTMLElement>("#alone p") as HTMLElement;
const done = document.querySelector<HTMLElement>("#done") as HTMLElement;

let desk: Desk;
let since = 0;
let heard = false;

function value(name: string): string {
  return String(new FormData(form).get(name) ?? "").trim();
}

/** What was typed, or every field that is wrong. */
function read(now: number): { wish: Parameters<Desk["issue"]>[0] } | { faults: [string, Fault][] } {
  const faults: [string, Fault][] = [];
  const take = <T>(field: string, read: Read<T>): T | undefined => {
    if ("fault" in read) faults.push([field, read.fault]);
    return "value" in read ? read.value : undefined;
  };
  const chosen = (field: string): Read<string> => (value(field) ? { value: value(field) } : { fault: "missing" });
  const year = new Date(dayOf(now) * 86_400_000).getUTCFullYear();
  const mobile = take("mobile", readMobile(value("mobile"))) ?? null;
  const name = take("name", readName(value("name"))) ?? "";
  const birth_year = take("age", readBirthYear(value("age"), year)) ?? 0;
  const gender = take("gender", chosen("gender")) ?? "";
  const locality = take("locality", readLocality(value("locality"))) ?? null;
  const id_number = take("id_number", readId(value("id_type"), value("id_number"))) ?? "";
  const given = /^(\d\d)-(\d\d)-(\d{4})$/.exec(value("earlier_date"));
  if (value("earlier_date") && !value("earlier_vaccine")) faults.push(["earlier_vaccine", "choice"]);
  if (value("earlier_vaccine") && !given) faults.push(["earlier_date", "day"]);
  if (!value("slot")) faults.push(["slot", "choice"]);
  if (faults.length > 0) return { faults };
  const ticked = [...new FormData(form).keys()].filter((key) => key.startsWith("need_")).map((key) => key.slice(5));
  const earlier: [string, string] | null =
    value("earlier_vaccine") && given ? [value("earlier_vaccine"), `${given[3]}-${given[2]}-${given[1]}`] : null;
  const person = {
    mobile,
    mobile_of: value("mobile_of") || "own",
    name,
    birth_year,
    gender,
    category: value("category") || "citizen",
    certificate: value("certificate") !== "",
    language: value("language") || "hi",
    needs: ticked.join(","),
    locality,
    id_type: value("id_type"),
    earlier,
  };
  return { wish: { slot: Number(value("slot")), person, id_number, by: form.dataset.who ?? "" } };
}

/** The district's own language stands in the choice too. */
async function offerThird(): Promise<void> {
  const base = await desk.store.get("base");
  const third = base?.thirds?.find((third) => third.district === base.district);
  const choice = form.querySelector<HTMLSelectElement>("#language");
  if (!third || !choice || choice.querySelector(`[value="${third.code}"]`)) return;
  choice.append(el("option", { value: third.code, lang: third.code, dir: third.direction }, third.name));
}

/** The slots that this desk may give out of, the soonest chosen. */
async function showSlots(): Promise<void> {
  const advice = document.getElementById("advice");
  const chosen = value("slot");
  const base = await desk.store.get("base");
  const all = await desk.choices();
  // As at the counter with a link: a slot that is half over is there to be chosen, and not by itself.
  const now = await desk.now();
  const inTime = all.find(({ slot }) => now <= slot.starts + slot.minutes * 30);
  const best = (inTime ?? all[0])?.slot.id;
  const choices = all.filter(({ slot }, at) => at < 6 || slot.id === best);
  const rows = choices.map(({ slot, free }) => {
    const centre = base?.centres.find((centre) => centre.id === slot.centre);
    const name = lang === "hi" ? centre?.name_hi : centre?.name_en;
    const input = el("input", { type: "radio", name: "slot", value: String(slot.id) });
    input.checked = chosen ? chosen === input.value : slot.id === best;
    const window = hours(slot.starts, slot.starts + slot.minutes * 60, lang);
    const what = `${name ?? ""} · ${vaccine(slot.vaccine, lang)} · ${free} ${t.free_word}`;
    const text = el("span", {}, el("b", {}, `${day(slot.starts, lang)}, ${window}`), el("span", {}, what));
    return el("label", { class: "choice" }, input, text);
  });
  const list = el("fieldset", { class: "slots" }, el("legend", {}, t.next_slots), ...rows);
  advice?.replaceChildren(rows.length > 0 ? list : el("p", { class: "fault" }, t.no_slot));
  if (rows.length > 0 && !value("slot")) list.querySelector<HTMLInputElement>("input")?.click();
}

/** Prints slips on this PC's paper. */
async function print(records: DeskRecord[]): Promise<void> {
  const base = await desk.store.get("base");
  const paper = (await desk.store.get("paper")) ?? "58";
  if (!base) return;
  document.getElementById("slip")?.remove();
  const frame = el("iframe", { id: "slip", title: t.issued, src: `/office/alone/slip/${paper}` });
  frame.addEventListener("load", () => {
    const page = frame.contentDocument;
    if (!page || fill(page, records, base) === 0) return;
    frame.dataset.filled = "yes";
    frame.contentWindow?.print();
    // The printer's window had the keys: the clerk types on.
    if (document.activeElement === frame) document.getElementById("mobile")?.focus();
    for (const { seq } of records) void desk.store.notePrinted(seq);
  });
  done.querySelector(".issued-now")?.append(frame);
}

function showIssued(record: DeskRecord): void {
  const { person } = record;
  const code = el("p", {}, `${t.secret_code} `, el("b", { class: "digits" }, record.code ?? ""));
  const box = el(
    "div",
    { class: "issued-now", role: "status" },
    el("p", { class: "done" }, t.issued),
    el("p", { class: "issued-number" }, el("b", {}, record.call_number), el("span", { class: "digits" }, spaced(record.number))),
    el("p", { lang: "und" }, person?.name),
    code,
  );
  done.querySelector(".issued-now")?.remove();
  done.prepend(box);
}

/** What was made here today. */
async function showToday(): Promise<void> {
  const sought = (document.querySelector<HTMLInputElement>("#sought")?.value ?? "").trim().toLowerCase();
  const digits = sought.replace(/\D/g, "");
  const fits = ({ number, call_number, person }: DeskRecord) =>
    !sought ||
    person?.name.toLowerCase().includes(sought) ||
    call_number === sought ||
    (digits.length > 3 && (number.includes(digits) || person?.mobile?.includes(digits)));
  const records = (await desk.today()).filter(fits);
  const state = (record: DeskRecord) => {
    if (record.cancelled) return t.cancelled;
    if (record.sent === 0) return t.unsent;
    return record.outcome === "held" ? t.held : t.sent;
  };
  const row = (record: DeskRecord) => {
    const away: HTMLElement = el("button", { type: "button", class: "quiet", onclick: () => askWhy(record, away) }, t.cancel);
    return el(
      "li",
      {},
      el("b", { class: "digits" }, record.call_number),
      ` ${record.person?.name ?? ""} · ${spaced(record.number)} · ${state(record)} `,
      !record.cancelled && el("button", { type: "button", class: "quiet", onclick: () => void print([record]) }, t.print),
      !record.cancelled && away,
    );
  };
  const list = records.length > 0 ? el("ul", { class: "plain" }, ...records.map(row)) : el("p", {}, t.none_today);
  list.id = "today";
  document.getElementById("today")?.replaceWith(list);
}

/** Asks why, beside the token, and cancels it. */
function askWhy(record: DeskRecord, button: HTMLElement): void {
  const reason = el("input", { name: "reason", maxlength: "100", "aria-label": t.cancel_why, placeholder: t.cancel_why });
  const asking = el("form", { class: "line", novalidate: true }, reason, el("button", { class: "quiet" }, t.cancel));
  asking.addEventListener("submit", (event) => {
    event.preventDefault();
    const why = reason.value.trim();
    if (!why) return reason.focus();
    void desk.cancel(record.number, why, form.dataset.who ?? "").then(async () => {
      await showToday();
      await talk();
    });
  });
  button.replaceWith(asking);
  reason.focus();
}

async function submit(): Promise<void> {
  const asked = read(await desk.now());
  if ("faults" in asked) return showFaults(form, asked.faults, null, lang);
  const key = form.querySelector<HTMLInputElement>('[name="key"]')?.value;
  const answer = await desk.issue({ ...asked.wish, ...(key ? { key } : {}) });
  if ("code" in answer && !("number" in answer && "cose" in answer))
    return showFaults(form, [], refusal(answer as Refusal, lang), lang);
  const record = answer as DeskRecord;
  clearFaults();
  forget(form);
  form.reset();
  // At once, and never later: whoever types fast is at the next person already.
  document.getElementById("mobile")?.focus();
  showIssued(record);
  await print([record]);
  await showSlots();
  await showToday();
  await showState();
  void talk();
}

/** One line says how it stands. */
async function showState(): Promise<void> {
  const [unsent, free] = [await desk.store.countUnsent(), (await desk.store.free()).length];
  const counts = [t.places(free), ...(unsent > 0 ? [t.to_send(unsent)] : [])].join(" · ");
  if (heard && unsent === 0) {
    status.replaceChildren(`${t.back} `, el("a", { class: "button", href: "/office" }, t.go_on));
  } else {
    const from = (await desk.store.get("heard_at")) ?? since;
    status.replaceChildren(el("b", {}, t.since(time(from, lang))), ` · ${counts}`, el("br"), t.alone);
  }
}

/** Tries the server: sends what waits, and goes back to it when nobody has begun to type. */
async function talk(): Promise<void> {
  const before = await desk.store.countUnsent();
  const standing = await syncDesk(desk);
  heard = standing !== "silent" && standing !== "none";
  if (heard) sessionStorage.setItem(AWAKE, "yes");
  await showState();
  if (before > 0 && heard) await showToday();
  const begun = ["mobile", "name", "age", "id_number"].some((field) => value(field) !== "");
  if (heard && !begun && !document.querySelector(".issued-now")) location.assign("/office");
}

/** Whether this desk may issue, or what stands against it. */
async function obstacle(): Promise<string | null> {
  const [secret, standing, who] = [await desk.store.get("secret"), await desk.store.get("standing"), await desk.store.get("who")];
  if (!secret || !standing) return t.not_a_desk;
  if (standing === "waiting") return t.waiting;
  if (standing === "ended") return t.ended;
  if (standing === "copied") return t.copied;
  return who ? null : t.nobody;
}

/** After a restart: the last slip that lies there must be one that this memory knows. */
async function askLastSlip(): Promise<void> {
  const input = el("input", { id: "last-slip", inputmode: "text", maxlength: "8", autocomplete: "off" });
  const wrong = el("p", { class: "fault", role: "alert", hidden: true }, t.last_slip_wrong);
  const asking = el(
    "form",
    { class: "last-slip", novalidate: true },
    el("label", { for: "last-slip" }, t.last_slip),
    el("p", { class: "hint" }, t.last_slip_why),
    wrong,
    input,
    el("button", { class: "main" }, t.last_slip_go),
  );
  form.hidden = true;
  form.before(asking);
  input.focus();
  await new Promise<void>((known) => {
    asking.addEventListener("submit", (event) => {
      event.preventDefault();
      void desk.knows(input.value).then((knows) => {
        wrong.hidden = knows;
        if (knows) known();
      });
    });
  });
  asking.remove();
  form.hidden = false;
  sessionStorage.setItem(AWAKE, "yes");
}

function enter(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement || target.tagName === "SUMMARY") return;
  event.preventDefault();
  const empty = firstEmpty(form);
  if (empty) empty.focus();
  else form.requestSubmit();
}

/** A digit picks the gender. */
function pick(event: KeyboardEvent): void {
  const target = event.target as HTMLInputElement;
  if (target.type !== "radio" || target.name !== "gender" || !/^[1-9]$/.test(event.key)) return;
  const radio = form.querySelectorAll<HTMLInputElement>('[name="gender"]')[Number(event.key) - 1];
  if (!radio) return;
  event.preventDefault();
  radio.checked = true;
  (firstEmpty(form) ?? radio).focus();
}

async function open(): Promise<void> {
  desk = new Desk(await DeskStore.open());
  await desk.spoil();
  since = await desk.now();
  form.dataset.who = (await desk.store.get("who")) ?? "";
  const against = await obstacle();
  if (against) {
    form.hidden = true;
    status.textContent = against;
  } else if (!sessionStorage.getItem(AWAKE) && (await desk.hasPrinted())) {
    await askLastSlip();
  }
  await offerThird();
  restore(form);
  done.append(
    el("h2", {}, t.today),
    el("input", { id: "sought", type: "search", placeholder: t.search, "aria-label": t.search, oninput: () => void showToday() }),
    el("p", { id: "today" }, t.none_today),
  );
  await showSlots();
  await showToday();
  if (!against) {
    await showState();
    document.getElementById("mobile")?.focus();
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter") enter(event);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") moveSlot(form, event);
    else pick(event);
  });
  form.addEventListener("input", () => keep(form));
  addEventListener("keydown", (event) => {
    if (event.key === "F2") location.assign("/office");
    else if (event.key === "F7") nextWhose();
    else if (event.key === "F8") document.querySelector<HTMLIFrameElement>("#slip")?.contentWindow?.print();
    else return;
    event.preventDefault();
  });
  await talk();
  setInterval(() => void talk(), TRY_MS);
}

void open();
