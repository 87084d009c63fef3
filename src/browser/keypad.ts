// Screens that ask: the number on the slip, why somebody has no token, what time it is.

import { el } from "./dom";
import { digitsOf, parseNumber, spaced } from "./number";
import { gateText } from "./text";
import { type Lang, time } from "./when";

interface Typing {
  lang: Lang;
  typed: string;
  /** What is typed now. */
  change(typed: string): void;
  /** A whole number with a right check digit. */
  done(number: string): void;
  close(): void;
}

/** The check digit is tested with every key. */
export function keypad({ lang, typed, change, done, close }: Typing): HTMLElement {
  const t = gateText(lang);
  const parsed = parseNumber(typed);
  const fault = typed.length < 10 ? t.bad_length : "fault" in parsed ? t.bad_digit : "";
  const press = (digit: string) => change((digitsOf(typed) + digit).slice(0, 10));
  const keys = "1234567890".split("").map((digit) => el("button", { class: "digit", onclick: () => press(digit) }, digit));
  const check = () => {
    if ("number" in parsed) done(parsed.number);
  };
  return el(
    "section",
    { class: "keypad", lang },
    el("h1", { class: "hidden" }, t.type_number),
    el("output", { class: "typed", "aria-live": "polite" }, spaced(typed.padEnd(10, "·"))),
    el("p", { class: "hint" }, fault),
    el("div", { class: "keys" }, ...keys, el("button", { onclick: () => change(typed.slice(0, -1)) }, t.erase)),
    el(
      "div",
      { class: "acts" },
      el("button", { class: "next", disabled: !("number" in parsed), onclick: check }, t.check),
      el("button", { onclick: close }, t.close),
    ),
  );
}

/** A question with a few answers, one touch each. */
export function question(
  lang: Lang,
  asked: string,
  hint: string,
  answers: [string, () => void][],
  close: () => void,
): HTMLElement {
  const t = gateText(lang);
  const buttons = answers.map(([text, act]) => el("button", { onclick: act }, text));
  return el(
    "section",
    { class: "message", lang },
    el("h1", {}, asked),
    hint && el("p", {}, hint),
    el("div", { class: "acts" }, ...buttons, el("button", { onclick: close }, t.close)),
  );
}

/** The gatekeeper's watch is right and the phone's clock is not: asks for day and time in India. */
export function clockForm(lang: Lang, now: number, set: (now: number) => void): HTMLElement {
  const t = gateText(lang);
  const india = new Date((now + 5.5 * 3600) * 1000).toISOString().slice(0, 16);
  const input = el("input", { type: "datetime-local", id: "clock", value: india });
  const done = () => {
    const typed = Date.parse(`${input.value}:00+05:30`) / 1000;
    if (Number.isFinite(typed)) set(typed);
  };
  return el(
    "div",
    { class: "confirm" },
    el("label", { for: "clock" }, t.set_clock),
    input,
    el("button", { onclick: done }, t.clock_right),
  );
}

/** Whether the phone's clock is right, with what it says. */
export function askClock(lang: Lang, now: number, right: (now: number) => void, wrong: () => void): HTMLElement {
  const t = gateText(lang);
  return el(
    "div",
    { class: "confirm", lang },
    el("p", {}, t.confirm_clock(time(now, lang))),
    el("button", { onclick: () => right(now) }, t.clock_right),
    el("button", { onclick: wrong }, t.clock_wrong),
  );
}

/** Why somebody came without a token. */
export function askNoToken(lang: Lang, done: (reason: string) => void, close: () => void): HTMLElement {
  const t = gateText(lang);
  const reasons = { lost: t.no_token_lost, never: t.no_token_never, companion: t.no_token_with };
  const answers = Object.entries(reasons).map(([reason, text]): [string, () => void] => [text, () => done(reason)]);
  return question(lang, t.no_token, t.why, answers, close);
}
