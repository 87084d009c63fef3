// The counter's keys: Enter goes to the next empty field and then issues, digits pick from lists, arrows choose the slot.
// The server decides everything; this only saves the clerk's hands.

import { forget, forgetOf, keep, restore } from "./draft";
import { firstEmpty, moveSlot, nextWhose } from "./form_keys";
import { digitsOf, parseNumber } from "./number";
import { at } from "./own";

const form = document.querySelector<HTMLFormElement>("#counter");
const slip = document.querySelector<HTMLIFrameElement>("#slip");
const STARTED = "baari-counter-started";

/** The first free place of the sheet of six in this PC's printer. */
const PLACE = "baari-place";

function input(id: string): HTMLInputElement | null {
  return document.querySelector<HTMLInputElement>(`#${id}`);
}

/** How often each piece of page was asked for. */
const turns = new Map<string, number>();

/** Puts a piece of page from the server in place of the one with the same id. */
async function replace(id: string, path: string): Promise<void> {
  const typed = new URLSearchParams(new FormData(form as HTMLFormElement) as unknown as Record<string, string>);
  const turn = (turns.get(id) ?? 0) + 1;
  turns.set(id, turn);
  const response = await fetch(at(path), { method: "POST", body: typed });
  const html = response.ok && !response.redirected ? await response.text() : "";
  const piece = new DOMParser().parseFromString(html, "text/html").getElementById(id);
  // An answer that was overtaken by a newer question is dropped.
  if (piece && turns.get(id) === turn) document.getElementById(id)?.replaceWith(piece);
}

let people: Promise<void> = Promise.resolve();

async function lookUpPeople(): Promise<void> {
  await replace("people", "/office/people");
  showPicked();
  await refreshAdvice();
}

/** A known person needs no details. */
function showPicked(): void {
  const picked = form?.querySelector<HTMLInputElement>('[name="person"]:checked, [name="person"][type="hidden"]');
  const details = document.getElementById("details");
  if (details) details.hidden = Boolean(picked?.value);
  showCare(picked ?? null);
}

/** What help somebody on record needs, and their language, stand in the form as soon as they are picked. */
function showCare(picked: HTMLInputElement | null): void {
  const cared = input("cared");
  const whose = picked?.value ?? "";
  if (!cared || cared.value === whose || (whose && picked?.dataset.needs === undefined)) return;
  cared.value = whose;
  const needs = (picked?.dataset.needs ?? "").split(",");
  for (const box of form?.querySelectorAll<HTMLInputElement>('[name^="need_"]') ?? []) {
    box.checked = needs.includes(box.name.slice("need_".length));
  }
  const language = document.querySelector<HTMLSelectElement>("#language");
  if (language) language.value = picked?.dataset.language ?? language.options[0]?.value ?? "";
  const care = document.querySelector<HTMLDetailsElement>("#care");
  if (care) care.open = needs[0] !== "";
}

let adviceTimer = 0;

function refreshAdvice(): Promise<void> {
  clearTimeout(adviceTimer);
  return replace("advice", "/office/advice");
}

function refreshAdviceSoon(): void {
  clearTimeout(adviceTimer);
  adviceTimer = window.setTimeout(() => void refreshAdvice(), 120);
}

/** Whether nobody has been begun, and some of the family are in the list. */
function familyIsComplete(): boolean {
  const begun = ["name", "age", "id_number"].some((id) => input(id)?.value.trim());
  const picked = form?.querySelector<HTMLInputElement>('[name="person"]:checked')?.value;
  return Boolean(input("members")?.value) && document.querySelector(".family li") !== null && !begun && !picked;
}

/** A slip's code that a scanner typed into this field opens its token: known by its form, not by how fast it came. */
function openSlip(field: HTMLInputElement): boolean {
  if (!/\/t\/[a-z2-7]{100,}/i.test(field.value) && !isOnSlip(field)) return false;
  location.assign(at(`/office/register?q=${encodeURIComponent(field.value)}`));
  return true;
}

/** A token's number, or a call number, in the first field. What may be a mobile number is one. */
function isOnSlip(field: HTMLInputElement): boolean {
  const isCall = /^\s*\d\d-\d{3}\s*$/.test(field.value);
  return (
    field.id === "mobile" && (isCall || (/^[0-5]/.test(digitsOf(field.value) ?? "") && "number" in parseNumber(field.value)))
  );
}

async function enter(event: KeyboardEvent): Promise<void> {
  const target = event.target as HTMLElement;
  if (target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement || target.tagName === "SUMMARY") return;
  event.preventDefault();
  if (target instanceof HTMLInputElement && target.type === "text" && openSlip(target)) return;
  if (target.id === "mobile" && target instanceof HTMLInputElement && target.value.trim() !== "") {
    if (asksByName(target.value)) people = lookUpPeople();
    await people;
    const picked = form?.querySelector<HTMLInputElement>('[name="person"]:checked');
    if (picked) return void (picked.value ? picked.focus() : input("name")?.focus());
  }
  const undecided = form?.querySelector<HTMLInputElement>('[name="same"]');
  if (undecided && !form?.querySelector('[name="same"]:checked')) return undecided.focus();
  const empty = familyIsComplete() ? null : firstEmpty(form);
  if (empty) empty.focus();
  else submitOnce();
}

/** Letters in the field of the mobile number: somebody on record is looked for by name. */
function asksByName(text: string): boolean {
  return /\p{L}/u.test(text);
}

let sent = false;

/** Two Enters are one token: the form goes once, and its key makes even a second sending harmless. */
function submitOnce(button?: HTMLElement | null): void {
  if (sent) return;
  sent = true;
  form?.requestSubmit(button ?? form.querySelector<HTMLElement>("button.main"));
}

/** A digit picks from the list that has the focus: people, or gender. */
function pick(event: KeyboardEvent): void {
  const target = event.target as HTMLInputElement;
  if (target.type !== "radio" || !/^[0-9]$/.test(event.key)) return;
  const radios = [...(form?.querySelectorAll<HTMLInputElement>(`[name="${target.name}"]`) ?? [])];
  const chosen = ["person", "same"].includes(target.name) && event.key === "0" ? radios.at(-1) : radios[Number(event.key) - 1];
  if (!chosen) return;
  event.preventDefault();
  chosen.checked = true;
  chosen.dispatchEvent(new Event("change", { bubbles: true }));
  if (target.name === "person" && !chosen.value) input("name")?.focus();
  else if (["person", "same"].includes(target.name)) chosen.focus();
  else (firstEmpty(form) ?? chosen).focus();
}

function printSlip(): void {
  slip?.contentWindow?.print();
}

function startWatch(): void {
  if (!sessionStorage.getItem(STARTED)) sessionStorage.setItem(STARTED, String(Date.now()));
}

function stopWatch(): void {
  const started = Number(sessionStorage.getItem(STARTED));
  sessionStorage.removeItem(STARTED);
  const shown = document.getElementById("stopwatch");
  if (shown && started) shown.textContent = `· ${((Date.now() - started) / 1000).toFixed(1)} s`;
}

if (form) {
  form.addEventListener("keydown", (event) => {
    startWatch();
    if (event.key === "Enter") void enter(event);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") moveSlot(form, event);
    else pick(event);
  });
  form.addEventListener("submit", () => {
    sent = true;
    keep(form, true);
  });
  form.addEventListener("input", (event) => {
    const { id, value } = event.target as HTMLInputElement;
    keep(form);
    if (id === "mobile") {
      const mobile = /^(?:91|0)?([6-9]\d{9})$/.test(digitsOf(value.replace("+", "")) ?? "");
      // Another number's people are nobody to pick from.
      document.getElementById("people")?.replaceChildren();
      showPicked();
      turns.set("people", (turns.get("people") ?? 0) + 1);
      if (mobile) people = lookUpPeople();
    } else if (["age", "id_number", "earlier_date"].includes(id)) {
      refreshAdviceSoon();
    }
  });
  form.addEventListener("change", (event) => {
    const { name } = event.target as HTMLInputElement;
    keep(form);
    if (name === "person") showPicked();
    if (["person", "certificate", "category", "id_type", "earlier_vaccine"].includes(name)) void refreshAdvice();
  });
}

// Whoever has logged out leaves nothing half typed behind.
const left = /(?:^|; )baari_left=([^;]+)/.exec(document.cookie)?.[1];
if (left) {
  forgetOf(left);
  document.cookie = "baari_left=; Path=/office; Max-Age=0";
}

// What stands there already is what was typed last; else, what was half typed when the log-in ran out.
if (form) {
  if (slip && !document.querySelector(".error-summary")) forget(form);
  else restore(form);
}
const asked = input("mobile")?.value && !document.querySelector(".error-summary, .likely");
if (asked && !form?.querySelector('[type="hidden"][name="person"]')) people = lookUpPeople().then(afterFamily);

/** Whoever is left of the people on record comes next, or somebody new. */
function afterFamily(): void {
  if (!document.querySelector(".family li")) return;
  (form?.querySelector<HTMLInputElement>('[name="person"]:checked') ?? input("name"))?.focus();
}

addEventListener("keydown", (event) => {
  if (event.key === "F2") {
    if (form) forget(form);
    location.assign(at("/office"));
  } else if (event.key === "F4") location.assign(at("/office/register"));
  else if (event.key === "F3" && document.getElementById("wait")) submitOnce(document.getElementById("wait"));
  else if (event.key === "F6") submitOnce(document.getElementById("add"));
  else if (event.key === "F7") nextWhose();
  else if (event.key === "F8" && slip) printSlip();
  else if (event.key === "F8") document.getElementById("reprint")?.click();
  else if (event.key === "F9") location.assign(at("/switch"));
  else return;
  event.preventDefault();
});

if (slip) {
  stopWatch();
  document.getElementById("print")?.addEventListener("click", printSlip);
  // The demo's printer is a switch; elsewhere every new slip is printed.
  let printed = false;
  slip.addEventListener("load", () => {
    if (printed || slip.dataset.print !== "yes") return;
    printed = true;
    printSlip();
  });
  // A sheet of six lies in the printer until it is used up.
  const place = document.querySelector<HTMLSelectElement>("#place");
  if (place) {
    place.value = localStorage.getItem(PLACE) ?? "1";
    const load = () => {
      slip.src = `${slip.dataset.slips ?? ""}&place=${place.value}`;
    };
    place.addEventListener("change", load);
    load();
    const slips = Number(slip.dataset.count);
    localStorage.setItem(PLACE, String(((Number(place.value) - 1 + slips) % 6) + 1));
  }
}
