// Reading what is typed of a dose, at a centre without a link. The same rules stand in src/pages/dose_form.rs; tests/vectors/doses.json
// holds both to one truth.

import type { Dose } from "./centre_day";
import { digitsOf } from "./number";
import type { Fault, Read } from "./person";
import { dayText } from "./rules";
import { startOfDay } from "./when";

/** By how much a clock may be ahead, in seconds. */
const AHEAD = 10 * 60;

const MOST_BATCH = 40;
const MOST_NAME = 60;

/** The minute of the day of `14:05`, `1405` or `9:05`, in either script's digits; `null` when it is none. */
export function minuteOfDay(text: string): number | null {
  const digits = /[-\t]/.test(text) ? null : digitsOf(text.replace(/[:.]/g, ""));
  if (!digits || digits.length < 3 || digits.length > 4) return null;
  const [hour, minute] = [Math.floor(Number(digits) / 100), Number(digits) % 100];
  return hour < 24 && minute < 60 ? hour * 60 + minute : null;
}

/** A moment's day as it is typed: `30-03-2021`. */
export function formDay(seconds: number): string {
  return dayText(seconds).split("-").reverse().join("-");
}

/** A moment's time as it is typed: `14:05`. */
export function clock(seconds: number): string {
  const minutes = Math.floor((seconds - startOfDay(seconds)) / 60);
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

/** The day of `30-03-2021`, as `2021-03-30`; `null` when there is no such day. */
export function dayOfText(text: string): string | null {
  const parts = /^(\d{1,2})[-/](\d{1,2})[-/](\d{4})$/.exec(text.trim());
  const iso = parts ? `${parts[3]}-${parts[2]?.padStart(2, "0")}-${parts[1]?.padStart(2, "0")}` : text.trim();
  const at = /^\d{4}-\d\d-\d\d$/.test(iso) ? Date.parse(iso) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(iso) ? iso : null;
}

/** A batch number as it is recorded, or what is wrong with it. */
export function readBatch(typed: string): Read<string> {
  const batch = line(typed.toUpperCase());
  if (!batch) return { fault: "missing" };
  return [...batch].length > MOST_BATCH ? { fault: "too_long" } : { value: batch };
}

function line(text: string): string {
  return text.split(/\s+/).filter(Boolean).join(" ");
}

/** The dose and when it was given, or every field that is wrong. */
export function readDose(typed: Dose, now: number): { dose: Dose; given_at: number } | { faults: [string, Fault][] } {
  const faults: [string, Fault][] = [];
  const batch = line(typed.batch.toUpperCase());
  const vaccinator = line(typed.vaccinator);
  for (const [field, text, most] of [
    ["batch", batch, MOST_BATCH],
    ["vaccinator", vaccinator, MOST_NAME],
  ] as const) {
    if (!text) faults.push([field, "missing"]);
    else if ([...text].length > most) faults.push([field, "too_long"]);
  }
  const code = digitsOf(typed.code) ?? "";
  if (typed.code.trim() ? code.length !== 4 : !typed.no_code) faults.push(["code", "code"]);
  const today = dayText(now);
  const date = typed.date.trim() ? dayOfText(typed.date) : today;
  if (!date) faults.push(["date", "day"]);
  // What is left out is now; a jab of another day has a time.
  const local = Math.floor((now - startOfDay(now)) / 60);
  const minute = typed.time.trim() ? minuteOfDay(typed.time) : date === today ? local : null;
  if (minute === null) faults.push(["time", typed.time.trim() ? "time" : "missing"]);
  const given_at = startOfDay(Date.parse(`${date ?? today}T12:00:00Z`) / 1000) + (minute ?? 0) * 60;
  if (date && minute !== null && given_at > now + AHEAD) faults.push([date > today ? "date" : "time", "not_yet"]);
  if (faults.length > 0) return { faults };
  const time = `${String(Math.floor((minute ?? 0) / 60)).padStart(2, "0")}:${String((minute ?? 0) % 60).padStart(2, "0")}`;
  const no_code = code ? "" : typed.no_code;
  return { dose: { ...typed, batch, vaccinator, code, no_code, date: date ?? today, time }, given_at };
}
