// A camp's list goes to the server in pieces, so that a bar can show how far it is and a file of any length fits. Without this the
// form sends it as a whole.

import { records } from "./csv";
import { at } from "./own";

/** Rows in one request: a moment's work for the server. */
const PIECE = 1_000;

/** How often a piece is tried before the file stops, and the first pause, in milliseconds. */
const TRIES = 5;
const PAUSE = 1_000;

interface Answer {
  fault?: string;
  counts: Record<string, number>;
  csv: string;
}

const find = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;

/** Sends one piece, again where no answer came: the same row is never recorded twice. */
async function send(name: string, csv: string): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await fetch(at(`/district/import/camp/piece?name=${encodeURIComponent(name)}`), {
        method: "POST",
        headers: { "content-type": "text/csv" },
        body: csv,
      });
      if (answer.ok && !answer.redirected) return (await answer.json()) as Answer;
      if (answer.status < 500 && answer.status !== 429) throw new RangeError(String(answer.status));
    } catch (error) {
      if (error instanceof RangeError) throw error;
    }
    if (tries === TRIES) throw new Error("no answer");
    await new Promise((go) => setTimeout(go, PAUSE * tries));
  }
}

const title = document.title;

/** Says what is wrong, in the title too, as every page does; or that nothing is. */
function tell(fault: string): void {
  const box = find("fault");
  box.querySelector("p")!.textContent = fault;
  box.className = fault && "error-summary";
  box.hidden = !fault;
  document.title = fault ? `${find("camp").dataset.error} ${title}` : title;
  if (fault) box.focus();
}

async function take(file: File, stopped: string): Promise<void> {
  const [heading, ...rows] = records(await file.text());
  const counts: Record<string, number> = {};
  const answers: string[] = [];
  const show = (): void => {
    for (const shown of document.querySelectorAll<HTMLElement>("[data-count]"))
      shown.textContent = (counts[shown.dataset.count ?? ""] ?? 0).toLocaleString("en-IN");
    (find("bar") as HTMLProgressElement).value = rows.length ? (counts.rows ?? 0) / rows.length : 0;
  };
  find("outcome-title").textContent = file.name;
  find("of").textContent = rows.length.toLocaleString("en-IN");
  for (const id of ["outcome", "going", "how-far"]) find(id).hidden = false;
  find("end").hidden = true;
  tell("");
  show();
  try {
    for (let from = 0; from === 0 || from < rows.length; from += PIECE) {
      const piece = [heading ?? "", ...rows.slice(from, from + PIECE)].join("\n");
      const { fault, counts: more, csv } = await send(file.name, piece);
      if (fault) {
        find("outcome").hidden = true;
        return tell(fault);
      }
      for (const [name, count] of Object.entries(more)) counts[name] = (counts[name] ?? 0) + count;
      answers.push(from === 0 ? csv : csv.slice(csv.indexOf("\n") + 1));
      show();
    }
  } catch {
    tell(stopped);
    return;
  } finally {
    const link = find("answers") as HTMLAnchorElement;
    if (link.href.startsWith("blob:")) URL.revokeObjectURL(link.href);
    link.href = URL.createObjectURL(new Blob(["\ufeff", ...answers], { type: "text/csv" }));
    link.download = file.name.replace(/(\.csv)?$/i, ".answers.csv");
  }
  find("going").hidden = true;
  find("end").hidden = false;
}

const form = document.querySelector<HTMLFormElement>("#camp");
let taking = false;

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const file = form.querySelector<HTMLInputElement>("#file")?.files?.[0];
  if (!file) return tell(form.dataset.none ?? "");
  if (taking) return;
  taking = true;
  const button = form.querySelector("button");
  if (button) button.disabled = true;
  void take(file, form.dataset.stopped ?? "").finally(() => {
    taking = false;
    if (button) button.disabled = false;
  });
});

// Leaving the page would stop the file half-way.
addEventListener("beforeunload", (event) => {
  if (taking) event.preventDefault();
});
