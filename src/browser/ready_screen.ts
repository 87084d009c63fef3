// The screen between two people: the camera, the counters, the last scans, and what somebody should look at.

import { el } from "./dom";
import { spaced } from "./number";
import type { Conflict, StoredScan } from "./store";
import { HEADLINES, gateText } from "./text";
import { type Lang, time } from "./when";

interface Ready {
  lang: Lang;
  /** Of today. */
  scans: StoredScan[];
  /** The last few, newest first. */
  last: StoredScan[];
  /** Those that the server did not take. */
  refused: StoredScan[];
  conflicts: Conflict[];
  view: HTMLElement;
  acts: HTMLElement[];
}

export function readyScreen({ lang, scans, last, refused, conflicts, view, acts }: Ready): HTMLElement {
  const t = gateText(lang);
  const entered = scans.filter((scan) => scan.verdict === "admitted" && scan.kind !== "re_entry").length;
  const taken = scans.filter((scan) => scan.kind === "undo" || scan.kind === "wrong_person").length;
  return el(
    "section",
    { class: "scan", lang },
    el("h1", { class: "hidden" }, t.hold),
    view,
    el("div", { class: "acts" }, ...acts),
    el(
      "p",
      { class: "counts" },
      el("b", {}, String(entered - taken)),
      ` ${t.entered} · `,
      el("b", {}, String(turnedBack(scans))),
      ` ${t.turned_back}`,
    ),
    conflicts.length > 0 && el("h2", {}, t.conflicts),
    conflicts.length > 0 &&
      el("ol", { class: "last conflicts", "aria-label": t.conflicts }, ...conflicts.map((row) => conflict(row, lang))),
    refused.length > 0 && el("h2", {}, t.refused_list),
    refused.length > 0 &&
      el("ol", { class: "last refused", "aria-label": t.refused_list }, ...refused.map((scan) => line(scan, lang))),
    el("ol", { class: "last", "aria-label": t.last }, ...last.map((scan) => line(scan, lang))),
  );
}

/** How many people were turned back, each once; whoever was let in after all was not. */
export function turnedBack(scans: StoredScan[]): number {
  const last = new Map<string, StoredScan>();
  for (const scan of scans) if (scan.verdict || scan.kind === "no_token") last.set(scan.number ?? scan.id, scan);
  return [...last.values()].filter((scan) => scan.verdict !== "admitted").length;
}

function line(scan: StoredScan, lang: Lang): HTMLElement {
  const t = gateText(lang);
  const word =
    scan.kind === "undo" ? t.undone : scan.kind === "no_token" ? t.no_token : HEADLINES[scan.verdict ?? "wrong_person"][lang];
  const refused = scan.outcome ? ` – ${t.refused_rows}: ${scan.outcome}` : "";
  const number = scan.call_number || (scan.number ? spaced(scan.number) : "");
  return el("li", {}, `${time(scan.at, lang)} · ${number} ${word}${refused}`);
}

function conflict({ number, gate, at, first_gate, first_at }: Conflict, lang: Lang): HTMLElement {
  const first = first_at ? `${first_gate ?? "?"} ${time(first_at, lang)} · ` : "";
  return el("li", {}, `${spaced(number)} · ${first}${gate ?? "?"} ${time(at, lang)}`);
}
