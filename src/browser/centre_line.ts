// On every page of an operator: keeps the centre's page for when there is no link, sends what was done without one, shows what the
// server did not take, and forgets people when the operator leaves.

import { type CentreRecord, type Dose, type Stage, numberOf } from "./centre_day";
import { CentreStore } from "./centre_store";
import { type Heard, syncCentre } from "./centre_sync";
import { fillIn, forget } from "./draft";
import { inLock } from "./in_turn";
import { keepPage } from "./keep_page";
import { spaced } from "./number";

/** How often the server is told and asked, in milliseconds. */
const EVERY_MS = 30_000;

/** What stands in an address before the id of a refused record that is to be recorded on this page. */
const MEND = "#mend=";

const line = document.querySelector<HTMLElement>("#centre-line");

function part(name: string): HTMLElement | null {
  return line?.querySelector<HTMLElement>(`[data-line="${name}"]`) ?? null;
}

function showPart(name: string, shown: boolean): void {
  const element = part(name);
  if (element) element.hidden = !shown;
}

async function show(store: CentreStore, heard: Heard): Promise<void> {
  if (!line) return;
  const [unsent, refused] = [await store.countUnsent(), await store.refused()];
  showPart("fresh", heard === "fresh" && unsent === 0);
  showPart("silent", heard === "silent");
  showPart("unsent", unsent > 0);
  const count = part("unsent")?.querySelector("b");
  if (count) count.textContent = String(unsent);
  showPart("refused", refused.length > 0);
  part("refused")
    ?.querySelector("ul")
    ?.replaceChildren(...refused.map((record) => rowOf(store, record)));
  // What has to be seen to stands before everything else.
  line.classList.toggle("alone", refused.length > 0);
  if (refused.length > 0) document.querySelector("#main h1")?.after(line);
  line.hidden = false;
}

function rowOf(store: CentreStore, record: CentreRecord): HTMLElement {
  const row = line?.querySelector("template")?.content.firstElementChild?.cloneNode(true) as HTMLElement;
  const number = numberOf(record.deed) ?? "";
  const [name, why] = row.querySelectorAll<HTMLElement>("b, .wrong");
  if (name && why) [name.textContent, why.textContent] = [record.call || spaced(number), record.said ?? ""];
  row.querySelector("a")?.setAttribute("href", `/centre?q=${number}${MEND}${record.id}`);
  // A rule says the same again; a token of which the server had not heard may have reached it since.
  const again = row.querySelector('[data-press="again"]');
  if (record.outcome !== "not_found") again?.remove();
  again?.addEventListener("click", () => void store.sendAgain(record).then(() => talk(store)));
  row.querySelector('[data-press="settled"]')?.addEventListener("click", () => void store.settle(record).then(() => talk(store)));
  return row;
}

let leaving = false;

async function talk(store: CentreStore): Promise<void> {
  if (leaving) return;
  await show(store, await syncCentre(store));
}

/** Fills the dose's form with a record that was not taken. */
async function mend(store: CentreStore): Promise<void> {
  const form = document.querySelector<HTMLFormElement>("form#dose");
  const id = location.hash.startsWith(MEND) ? location.hash.slice(MEND.length) : "";
  const deed = (await store.refused()).find((record) => record.id === id)?.deed;
  if (!form || deed?.kind !== "dose") return;
  const fields: (keyof Dose)[] = ["vaccine", "batch", "vaccinator", "code", "no_code", "date", "time"];
  fillIn(
    form,
    fields.map((name) => [name, deed[name] ?? ""]),
  );
  for (const vial of form.querySelectorAll<HTMLInputElement>('[name="vial"]')) vial.checked = vial.value === "";
}

/** People are forgotten when somebody logs out, or somebody else sits down. Who would leave unsent records behind is told so first. */
function watchLeaving(store: CentreStore): void {
  let told = false;
  const leave = async (form: HTMLFormElement) => {
    if (form.action.endsWith("/logout") && !told) {
      if ((await store.countUnsent()) > 0) await syncCentre(store);
      told = (await store.countUnsent()) + (await store.refused()).length > 0;
      if (told) return tell();
    }
    // What is being heard at this moment must not come back after it was forgotten.
    leaving = true;
    await inLock("baari-centre-sync", () => store.forget());
    for (const draft of document.querySelectorAll<HTMLFormElement>("form#dose, form#home")) forget(draft);
    form.submit();
  };
  for (const form of document.querySelectorAll<HTMLFormElement>(
    'form:is([action="/logout"], [action="/switch"], [action="/login"])',
  )) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void leave(form);
    });
  }
}

function tell(): void {
  if (!line) return;
  document.querySelector("#main")?.prepend(line);
  line.hidden = false;
  showPart("leaving", true);
  part("leaving")?.focus();
}

async function open(): Promise<void> {
  const store = await CentreStore.open();
  const { counter, stage } = document.querySelector<HTMLElement>("#hall")?.dataset ?? {};
  if (counter) await store.set("counter", Number(counter));
  if (stage) await store.set("stage", stage as Stage);
  watchLeaving(store);
  void keepPage("centre");
  await mend(store);
  await talk(store);
  setInterval(() => void talk(store), EVERY_MS);
}

void open();
