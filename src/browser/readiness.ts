// What the phone knows, in one line, and what is not ready, before the first person stands there.

import type { GateText } from "./text";
import type { Base } from "./store";
import { type Lang, day, dayOf, time } from "./when";

/** After so long without a word from the server, what the phone knows of other gates is old. */
const OLD_SECONDS = 72 * 3600;

/** Less than this and a day's scans may not fit, in bytes. */
const LEAST_ROOM = 20 * 1024 * 1024;

export interface Facts {
  base: Base;
  now: number;
  /** When the server was last heard; 0: never. */
  heardAt: number;
  /** The last answer did not come. */
  alone: boolean;
  /** The server has never heard of this phone. */
  unknown: boolean;
  waiting: number;
  /** When the oldest scan that waits was made. */
  oldest: number | null;
  lanesUntil: number;
  /** Everything that the gate needs to open without a server is on the phone. */
  kept: boolean;
  /** Bytes that are left for it; `null`: the browser does not say. */
  room: number | null;
  /** Rows that the server did not take. */
  refused: number;
}

/** `Up to date`, `Working alone since 10:42 am, 37 to send, oldest 10:43 am`, `ready until tomorrow 5:00 pm` */
export function stateLine(facts: Facts, t: GateText, lang: Lang): string {
  const { heardAt, alone, waiting, oldest, now } = facts;
  const said = [!heardAt ? t.unheard : alone ? t.alone(at(heardAt, now, lang)) : t.fresh];
  const { running_late_minutes, late_until = 0 } = facts.base;
  if (now < late_until) said.push(t.running_late(running_late_minutes));
  if (waiting) said.push(t.to_send(waiting));
  if (waiting && oldest) said.push(t.oldest(at(oldest, now, lang)));
  const until = readyUntil(facts);
  if (until > now) said.push(t.ready_until(at(until, now, lang)));
  return said.join(", ");
}

/** The end of the last session that the phone can keep the gate of, should it never hear the server again. */
export function readyUntil({ base, now, lanesUntil }: Facts): number {
  const ends = base.slots.map((slot) => slot.closes).filter((closes) => closes > now && closes <= lanesUntil);
  return Math.max(0, ...ends);
}

/** What is not ready, in words that say what to do. */
export function faults(facts: Facts, t: GateText): string[] {
  const { base, now, heardAt, unknown, kept, room, refused } = facts;
  const today = base.slots.some((slot) => dayOf(slot.starts) === dayOf(now));
  const said: [boolean, string][] = [
    [unknown, t.unknown_phone],
    [!kept, t.not_kept],
    [base.keys.length === 0, t.no_keys],
    [!today, t.no_session_today],
    [base.gate.lanes.length === 0 && !base.gate.lenient, t.no_lane],
    [heardAt > 0 && now - heardAt > OLD_SECONDS, t.word_old],
    [room !== null && room < LEAST_ROOM, t.phone_full],
    [refused > 0, t.refused_count(refused)],
  ];
  return said.filter(([wrong]) => wrong).map(([, text]) => text);
}

function at(moment: number, now: number, lang: Lang): string {
  return dayOf(moment) === dayOf(now) ? time(moment, lang) : `${day(moment, lang)}, ${time(moment, lang)}`;
}
