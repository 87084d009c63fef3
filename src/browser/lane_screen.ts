// Handing a lane to another phone, with or without a link.

import { encode } from "uqr";
import { el } from "./dom";
import { question } from "./keypad";
import { type LaneMove, laneText } from "./lanes";
import type { Base } from "./store";
import { gateText } from "./text";
import type { Lang } from "./when";

interface Giving {
  base: Base;
  lang: Lang;
  /** Strikes the lane off, durably, before its code is shown; `null`: it is no longer this phone's. */
  give(lane: number, to: number): Promise<LaneMove | null>;
  show(screen: HTMLElement): void;
  close(): void;
}

export function laneLetter(lane: number): string {
  return String.fromCharCode(65 + lane);
}

/** Which of this phone's lanes goes to which other phone. */
export function laneScreen({ base, lang, give, show, close }: Giving): HTMLElement {
  const t = gateText(lang);
  const { lanes, phones } = base.gate;
  const own = t.lanes_own(lanes.map(laneLetter).join(", "));
  if (phones.length === 0) return question(lang, own, t.no_other_phone, [], close);
  const choices = lanes.flatMap((lane) =>
    phones.map(([to, name]): [string, () => void] => {
      const chosen = async () => {
        const move = await give(lane, to);
        if (!move) return show(question(lang, t.lane_gone_already(laneLetter(lane)), "", [], close));
        show(await codeScreen(base, lang, move, close));
      };
      return [t.give_lane(laneLetter(lane), name), () => void chosen()];
    }),
  );
  return question(lang, own, "", choices, close);
}

/** The code that the other phone scans. */
async function codeScreen(base: Base, lang: Lang, move: LaneMove, close: () => void): Promise<HTMLElement> {
  const t = gateText(lang);
  const text = await laneText(base, move);
  const { size, data } = encode(text, { border: 4 });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("class", "lane-code");
  svg.setAttribute("data-text", text);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", t.give_lane_show);
  const dark = data.flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : "")));
  svg.innerHTML = `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${dark.join("")}"/>`;
  return el(
    "section",
    { class: "message", lang },
    el("h1", {}, `${t.gate} ${laneLetter(move.lane)}`),
    svg,
    el("p", {}, t.give_lane_show),
    el("div", { class: "acts" }, el("button", { onclick: close }, t.close)),
  );
}
