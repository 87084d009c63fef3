// Above everything else: what the phone knows, in one line, and what is not ready.

import { el } from "./dom";
import { type Facts, faults, stateLine } from "./readiness";
import type { Base } from "./store";
import { gateText } from "./text";
import type { Lang } from "./when";

export function centreName(base: Base | undefined, lang: Lang, id = base?.gate.centre): string {
  const centre = base?.centres.find((row) => row.id === id);
  return (lang === "hi" ? centre?.name_hi : centre?.name_en) ?? "";
}

interface Bar {
  facts: Facts;
  lang: Lang;
  /** Takes a new version of the app, when there is one. */
  update: (() => void) | null;
  switchLang(): void;
}

/** One line says what the phone knows. */
export function topBar({ facts, lang, update, switchLang }: Bar): HTMLElement {
  const t = gateText(lang);
  const { base, alone, waiting } = facts;
  return el(
    "header",
    { class: `bar ${alone ? "alone" : "fresh"}`, lang },
    el("p", {}, el("b", { lang: "und" }, base.gate.name), ` · ${centreName(base, lang)}`),
    el("p", { class: "state", role: "status", "data-waiting": String(waiting) }, stateLine(facts, t, lang)),
    update && el("button", { class: "update", onclick: update }, t.update),
    el("button", { class: "lang", lang: lang === "hi" ? "en" : "hi", onclick: switchLang }, t.other_language),
  );
}

/** What is not ready, in red; nothing when all is. */
export function problems(facts: Facts, lang: Lang): HTMLElement[] {
  const t = gateText(lang);
  const to = facts.base.gate.moving_to;
  const said = to ? [t.moving(centreName(facts.base, lang, to))] : faults(facts, t);
  return said.length ? [el("ul", { class: "problems", role: "alert", lang }, ...said.map((text) => el("li", {}, text)))] : [];
}
