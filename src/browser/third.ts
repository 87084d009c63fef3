// What a slip says in a district's third language. A line is there when each of its words is; else the Hindi says it.

import { clock, dateOf, dayPart } from "./when";

/** A third language, as the server gives it. */
export interface Third {
  district: number;
  code: string;
  name: string;
  direction: "ltr" | "rtl";
  /** In place of the English. */
  instead: boolean;
  words: Record<string, string>;
}

/** What a slip is made of. */
export interface OnSlip {
  starts: number;
  ends: number;
  /** The gate's letter; empty where there is one only. */
  gate: string;
  birth_year: number;
  id_type: string;
  id_end: string;
  dose: number;
  needs: string[];
}

/** The lines, by the names of the slip's places. */
export function lines(third: Third, slip: OnSlip): Record<string, string> {
  const { words } = third;
  const all = (...keys: string[]) => (keys.every((key) => words[key]) ? keys.map((key) => words[key] ?? "") : null);
  const one = (key: string) => words[key] ?? "";
  const { weekday, date, month } = dateOf(slip.starts);
  const day = all(`weekday_${weekday || 7}`, `month_${month + 1}`);
  const parts = all("part_morning", "part_noon", "part_evening", "part_night") !== null;
  const about = all("born", `id_${slip.id_type}`, "dose");
  const needs = all(...slip.needs.map((need) => `need_${need}`));
  return {
    title: one("title"),
    when: day && parts ? `${day[0]} ${date} ${day[1]}\n${windowOf(third, slip.starts, slip.ends)}` : "",
    gate: slip.gate && one("gate") ? `${one("gate")} ${slip.gate}` : "",
    about: about ? `${about[0]} ${slip.birth_year} · ${about[1]} …${slip.id_end} · ${about[2]} ${slip.dose}` : "",
    needs: needs?.join(" · ") ?? "",
    secret_code: one("secret_code"),
    bring: one("bring"),
    enquiries: one("enquiries"),
  };
}

function windowOf(third: Third, from: number, until: number): string {
  const part = (at: number) => third.words[`part_${dayPart(at)}`] ?? "";
  const start = `${part(from)} ${clock(from)}`;
  return part(from) === part(until) ? `${start}–${clock(until)}` : `${start} – ${part(until)} ${clock(until)}`;
}
