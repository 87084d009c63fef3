// The lists of a centre's page without a link: each row is made of the template that the server wrote.

import { showLeft } from "./timers";

export type Press = "record" | "passed" | "this" | "again" | "missed" | "left" | "discard" | "return";

export interface Row {
  call: string;
  name?: string;
  about?: string;
  presses?: Partial<Record<Press, () => void>>;
  /** Until when somebody is watched, by a clock so many seconds behind this PC's, and what they may leave before that for. */
  until?: { at: number; behind: number; key: string; early: (why: string) => void };
  /** Whether the keys that its buttons name are this row's. */
  hasKeys?: boolean;
}

const template = document.querySelector<HTMLTemplateElement>("#row");

/** Writes a list anew if anything about it has changed: whoever is at one of its buttons stays there. */
export function fillList(id: string, rows: Row[]): void {
  const list = document.getElementById(id);
  if (!list) return;
  const key = JSON.stringify(rows.map((row) => ({ ...row, presses: Object.keys(row.presses ?? {}) })));
  if (list.dataset.shown === key) return;
  list.dataset.shown = key;
  const focused = document.activeElement?.closest("li");
  const at = focused && list.contains(focused) ? focused.dataset.call : undefined;
  list.replaceChildren(...rows.map(rowOf));
  // An empty list gives way to its hint; one without a hint is not there at all.
  list.hidden = rows.length === 0;
  const hint = list.parentElement?.querySelector<HTMLElement>(".hint");
  if (hint) hint.hidden = rows.length > 0;
  else if (list.parentElement) list.parentElement.hidden = rows.length === 0;
  showCount(list, rows.length);
  if (at) list.querySelector<HTMLElement>(`li[data-call="${CSS.escape(at)}"] button:not([hidden])`)?.focus();
}

/** The number beside a list's heading. */
export function showCount(inside: Element | null, count: number): void {
  const number = inside?.closest("section")?.querySelector("h2 b");
  if (number) number.textContent = String(count);
}

function rowOf({ call, name = "", about = "", presses = {}, until, hasKeys = false }: Row): HTMLElement {
  const row = template?.content.firstElementChild?.cloneNode(true) as HTMLElement;
  row.dataset.call = call;
  const fill = (selector: string, text: string) => {
    const element = row.querySelector(selector);
    if (element) element.textContent = text;
  };
  fill("b", call || "–");
  fill("bdi", name);
  fill(".about", about);
  for (const button of row.querySelectorAll<HTMLButtonElement>("button[data-press]")) {
    const act = presses[button.dataset.press as Press];
    if (!act) button.remove();
    else {
      if (!hasKeys) {
        button.querySelector("kbd")?.remove();
        delete button.dataset.key;
      }
      button.setAttribute("aria-label", `${button.textContent?.trim()}: ${call || name}`);
      button.addEventListener("click", act);
    }
  }
  const timer = row.querySelector<HTMLElement>(".timer");
  if (!until) {
    timer?.remove();
    row.querySelector("details")?.remove();
  } else if (timer) {
    timer.dataset.until = String(until.at);
    timer.dataset.dose = until.key;
    showLeft(timer, until.behind);
    for (const why of row.querySelectorAll<HTMLButtonElement>("details button")) {
      why.addEventListener("click", () => until.early(why.value));
    }
  }
  return row;
}
