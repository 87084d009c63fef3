// On every page of an office: whether this browser is a desk, and how much it could do without a link.

import { Desk } from "./desk";
import { DeskStore, type Standing } from "./desk_store";
import { askForDesk, syncDesk } from "./desk_sync";
import { keepPage } from "./keep_page";

/** How often the server is told and asked, in milliseconds. */
const EVERY_MS = 60_000;

const AWAKE = "baari-desk-awake";

const line = document.querySelector<HTMLElement>("#desk");

async function remember(desk: Desk): Promise<void> {
  const { store } = desk;
  const { who, paper } = line?.dataset ?? {};
  if (who) await store.set("who", who);
  if (paper) await store.set("paper", paper);
  const printed = [...document.querySelectorAll(".issued-number b")].map((number) => number.textContent ?? "");
  await desk.notePrinted(printed);
}

/** Whether a desk may be asked for: there is none here, or one that has ended and has nothing left to send. */
function mayAsk(standing: Standing | undefined, unsent: number): boolean {
  return !standing || ((standing === "ended" || standing === "copied") && unsent === 0);
}

async function show(desk: Desk): Promise<void> {
  if (!line) return;
  const standing = await desk.store.get("standing");
  const free = (await desk.store.free()).length;
  const unsent = await desk.store.countUnsent();
  for (const part of line.querySelectorAll<HTMLElement>("[data-standing]"))
    part.hidden = part.dataset.standing !== (standing ?? "none");
  const ask = line.querySelector<HTMLElement>("form.ask");
  if (ask) ask.hidden = !mayAsk(standing, unsent);
  for (const [name, count] of [
    ["places", free],
    ["unsent", unsent],
  ] as const) {
    const part = line.querySelector<HTMLElement>(`[data-count="${name}"]`);
    if (part) part.textContent = String(count);
    const whole = part?.closest<HTMLElement>("[data-when]");
    if (whole) whole.hidden = count === 0;
  }
  line.hidden = false;
}

async function talk(desk: Desk): Promise<void> {
  if (await desk.store.get("secret")) {
    const heard = await syncDesk(desk);
    if (heard !== "silent") sessionStorage.setItem(AWAKE, "yes");
    if (heard === "none") await desk.store.disown();
  }
  await show(desk);
}

async function open(): Promise<void> {
  if (!line) return;
  const desk = new Desk(await DeskStore.open());
  await remember(desk);
  const ask = line.querySelector<HTMLFormElement>("form.ask");
  ask?.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = String(new FormData(ask).get("name") ?? "").trim();
    void (async () => {
      if (!name) return ask.querySelector("input")?.focus();
      // A desk that has ended begins anew as another one, with another key.
      if ((await desk.store.get("standing")) && !(await desk.store.reset())) return show(desk);
      if ((await askForDesk(desk.store, name)) !== "asked") return ask.querySelector("input")?.focus();
      await remember(desk);
      await talk(desk);
      await keepPage("office");
    })();
  });
  await talk(desk);
  setInterval(() => void talk(desk), EVERY_MS);
  if (await desk.store.get("secret")) await keepPage("office");
}

void open();
