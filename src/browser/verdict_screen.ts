// The verdict fills the screen: word, colour, shape, what to compare, what to tell the person, what can be done.

import { type Gatekeeper, type Shown, UNDO_SECONDS } from "./gatekeeper";
import { drawing, el } from "./dom";
import { SHAPES, lookOf } from "./signal";
import type { Base } from "./store";
import { newSlot } from "./sync";
import { HEADLINES, STRAY_HEADLINES, gateText, idName } from "./text";
import { laneOf } from "./verdict";
import { type Lang, day, time } from "./when";

export interface Surroundings {
  keeper: Gatekeeper;
  base: Base;
  lang: Lang;
  secret: string;
  /** Does one act, and shows its verdict in place of this one; or says that it could not be stored. */
  act(make: () => Promise<Shown>): void;
  /** Does it, and goes back to the camera. */
  undo(make: () => Promise<Shown>): void;
  /** Back to the camera. */
  next(): void;
}

export function verdictScreen(shown: Shown, here: Surroundings): HTMLElement {
  const headline = shown.stray ? STRAY_HEADLINES[shown.stray] : HEADLINES[shown.verdict];
  const look = lookOf(shown.verdict);
  const t = gateText(here.lang);
  return el(
    "section",
    { class: `verdict ${look}`, role: "alert", "data-verdict": shown.verdict },
    drawing(SHAPES[look], ""),
    el("h1", { lang: "hi" }, headline.hi),
    el("p", { class: "english", lang: "en" }, headline.en),
    el("div", { class: "lines", lang: here.lang }, ...lines(shown, here).map((line) => el("p", {}, line))),
    ADMITTING.has(shown.verdict) ? null : calls(here),
    el(
      "div",
      { class: "acts", lang: here.lang },
      ...acts(shown, here),
      el("button", { class: "next", onclick: here.next }, t.next),
    ),
  );
}

/** The person goes in, here or at the next gate: nobody needs to be called. */
const ADMITTING = new Set(["admitted", "other_gate"]);

/** Whom to call about a refusal: the numbers are on the phone, so this works without the link. */
function calls({ base, lang }: Surroundings): HTMLElement {
  const t = gateText(lang);
  const call = (who: string, phone: string | undefined) =>
    phone && el("a", { href: `tel:${phone.replace(/[^0-9+]/g, "")}` }, `${who} `, el("span", { class: "digits" }, phone));
  const { supervisor_phone, desk_phone } = base.gate;
  return el("p", { class: "calls", lang }, call(t.call_supervisor, supervisor_phone), call(t.call_office, desk_phone));
}

/** What to compare, and what to tell the person. Nothing personal on a refusal. */
function lines(shown: Shown, { base, lang, keeper }: Surroundings): string[] {
  const t = gateText(lang);
  const place = shown.decision?.place ?? null;
  const when = place ? `${time(place.starts, lang)}` : "";
  const call = shown.call_number ? `${t.call} ${shown.call_number}` : "";
  switch (shown.verdict) {
    case "admitted":
    case "cannot_check": {
      const holder = shown.claims?.holder;
      const card = holder ? `${t.born} ${holder.birth_year} · ${idName(holder.id_type, lang)} …${holder.id_end}` : "";
      const dose = shown.claims ? `${t.dose} ${shown.claims.dose}` : "";
      return [card && `${t.compare}: ${card}`, [call, dose].filter(Boolean).join(" · "), shown.late ? t.late : ""].filter(
        Boolean,
      );
    }
    case "too_early":
    case "rescheduled": {
      const from = place ? Math.max(place.starts - base.early_minutes * 60, 0) : 0;
      return shown.verdict === "too_early" ? [t.come_at, time(from, lang), when] : [t.new_slot_done, when, call];
    }
    case "wrong_day":
      return place ? [t.token_day, `${day(place.starts, lang)}, ${when}`] : [];
    case "wrong_centre": {
      const centre = base.centres.find((row) => row.id === place?.centre);
      if (!centre) return [t.help_desk];
      return [t.go_to, lang === "hi" ? centre.name_hi : centre.name_en, lang === "hi" ? centre.address_hi : centre.address_en];
    }
    case "other_gate": {
      const lanes = base.slots.find((slot) => slot.id === place?.slot)?.lanes ?? 1;
      const lane = laneOf(shown.scan.number ?? "0", lanes);
      const holder = base.gate.lane_holders.find(([held]) => held === lane)?.[1];
      return [t.go_to, holder ?? `${t.gate} ${String.fromCharCode(65 + lane)}`];
    }
    case "already_admitted": {
      const { admitted_at, admitted_gate } = shown.known ?? {};
      if (!admitted_at) return [t.used_at];
      const date = Math.abs(keeper.now() - admitted_at) > 43_200 ? `${day(admitted_at, lang)}, ` : "";
      return [t.used_at, `${date}${time(admitted_at, lang)}${admitted_gate ? ` · ${admitted_gate}` : ""}`];
    }
    case "cancelled": {
      const at = shown.known?.cancelled_at;
      return [at ? `${t.cancelled_at} ${day(at, lang)}, ${time(at, lang)}` : "", t.help_desk].filter(Boolean);
    }
    case "not_genuine":
    case "wrong_person":
      return [t.supervisor];
    case "session_stopped":
      return [t.stopped];
    case "not_ours":
      return [shown.stray === "practice" ? t.practice_slip : shown.stray === "real" ? t.real_slip : t.ask_slip];
    case "no_token":
      return [t.zone_office];
    case "too_late":
      return [when];
  }
}

function acts(shown: Shown, here: Surroundings): HTMLElement[] {
  const t = gateText(here.lang);
  const { keeper } = here;
  const button = (text: string, act: () => Promise<Shown>) => {
    const made = el("button", {}, text);
    made.addEventListener("click", () => here.act(act), { once: true });
    return made;
  };
  switch (shown.verdict) {
    case "admitted": {
      if (shown.scan.kind === "re_entry") return [];
      const back = el("button", { onclick: () => here.undo(() => keeper.takeBack(shown, "undo")) }, t.undo);
      setTimeout(() => back.remove(), UNDO_SECONDS * 1000);
      return [button(t.wrong_person, () => keeper.takeBack(shown, "wrong_person")), back];
    }
    case "already_admitted":
      return [button(t.re_entry, () => keeper.letIn(shown, "re_entry", "re_entry"))];
    case "cannot_check":
      return [button(t.unverified, () => keeper.letIn(shown, "admit_anyway", "unverified"))];
    case "other_gate":
      return [anyway(shown, here, { lane_gate_gone: t.lane_gone })];
    case "too_early":
    case "rescheduled":
      return [anyway(shown, here)];
    case "too_late":
      return [giveNewSlot(shown, here), anyway(shown, here)];
    case "wrong_day":
      return [giveNewSlot(shown, here)];
    default:
      return [];
  }
}

/** Asks for the reason first: it is stored with the scan. */
function anyway(shown: Shown, here: Surroundings, more: Record<string, string> = {}): HTMLElement {
  const t = gateText(here.lang);
  const reasons = { ...more, weak: t.reason_weak, centre: t.reason_centre, supervisor: t.reason_supervisor };
  const choices = Object.entries(reasons).map(([reason, text]) =>
    el("button", { onclick: () => here.act(() => here.keeper.letIn(shown, "admit_anyway", reason)) }, text),
  );
  return el("details", {}, el("summary", {}, t.anyway), el("p", {}, t.why), ...choices);
}

/** Turning back ends with a new slot in hand. */
function giveNewSlot(shown: Shown, here: Surroundings): HTMLElement {
  const t = gateText(here.lang);
  const box = el("div", { class: "new-slot", "aria-live": "polite" });
  const ask = async () => {
    box.replaceChildren(el("p", {}, t.new_slot_waiting));
    const answer = await newSlot(here.secret, shown.scan.id, shown.scan.number ?? "", here.lang);
    if (!answer) box.replaceChildren(el("p", {}, t.new_slot_silent));
    else if ("refused" in answer) box.replaceChildren(el("p", {}, answer.refused));
    else {
      const starts = Date.parse(answer.starts_at) / 1000;
      const when = `${day(starts, here.lang)}, ${time(starts, here.lang)}`;
      box.replaceChildren(el("p", {}, t.new_slot_done), el("p", { class: "big" }, `${when} · ${answer.call_number}`));
    }
  };
  box.append(el("button", { onclick: () => void ask() }, t.new_slot));
  return box;
}
