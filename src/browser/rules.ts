// May this person have this place, and this dose? What a desk and a centre decide without a link. The same rules stand in
// src/domain/booking.rs, dose.rs and campaign.rs; tests/vectors/booking.json and doses.json hold both to one truth.

import { dayOf } from "./when";

/** The rules, as the server writes them out. Days are `YYYY-MM-DD`. */
export interface Campaign {
  last_dose: number;
  eligible: { from: string; min_age: number; age_in_year?: number | null; certificate?: boolean; category?: string | null }[];
  intervals: { from: string; vaccine: string; min_days: number; max_days: number }[];
  people_per_mobile: { from: string; most: number }[];
  vials: VialRule[];
}

/** What a vial holds, and how many hours it is good once opened. */
export interface VialRule {
  vaccine: string;
  doses: number;
  hours: number;
}

/** A slot and what its session offers. Times are UTC seconds. */
export interface Offer {
  starts: number;
  minutes: number;
  vaccine: string;
  /** 1: first doses, 2: second, 3: both. */
  doses: number;
  min_age: number;
  max_age: number;
  issue_from: number;
  issue_until: number;
  stopped: boolean;
}

export interface Applicant {
  birth_year: number;
  category: string;
  certificate: boolean;
  /** Doses so far, oldest first. */
  doses: { number: number; vaccine: string; given_on: string }[];
}

/** A refusal by the code that the server uses, with what its sentence says beside it. */
export interface Refusal {
  code: string;
  from?: number | string | null;
  until?: number;
  min?: number;
  max?: number;
  dose?: number;
  vaccine?: string;
  earliest?: string;
  most?: number;
  number?: string;
  given_on?: string;
}

const DAY_MS = 86_400_000;

/** The day of a moment in India, as `YYYY-MM-DD`. */
export function dayText(seconds: number): string {
  return new Date(dayOf(seconds) * DAY_MS).toISOString().slice(0, 10);
}

function plus(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

function yearOf(day: string): number {
  return Number(day.slice(0, 4));
}

/** The dose that the applicant may have in this slot now, or why not. */
export function mayHave(campaign: Campaign, offer: Offer, applicant: Applicant, now: number): { dose: number } | Refusal {
  const today = dayText(now);
  const given = [...applicant.doses].sort((a, b) => a.number - b.number);
  const last = given.at(-1);
  const dose = (last?.number ?? 0) + 1;
  if (dose > campaign.last_dose) return { code: "course_complete" };
  return isDue(campaign, applicant, today) ?? isOpen(offer, now) ?? serves(campaign, offer, applicant, dose, today) ?? { dose };
}

/** Why somebody is not due today, whatever the slot. Who has had a dose was due then. */
export function isDue(campaign: Campaign, applicant: Applicant, today: string): Refusal | null {
  if (applicant.doses.length > 0) return null;
  const { birth_year, category } = applicant;
  const fits = (rule: Campaign["eligible"][number]) =>
    (!rule.category || rule.category === category) && (rule.age_in_year ?? yearOf(today)) - birth_year >= rule.min_age;
  const fitting = campaign.eligible.filter(fits);
  const inForce = fitting.filter((rule) => rule.from <= today);
  if (inForce.some((rule) => !rule.certificate)) return null;
  if (inForce.length > 0) return applicant.certificate ? null : { code: "certificate_needed" };
  const later = fitting.filter((rule) => rule.from > today && !rule.certificate).map((rule) => rule.from);
  return { code: "not_due", from: later.sort()[0] ?? null };
}

/** Why a slot cannot be given out by an office any more, or not yet. */
export function isOpen(offer: Offer, now: number): Refusal | null {
  if (now >= offer.starts + offer.minutes * 60) return { code: "slot_over" };
  if (offer.stopped) return { code: "session_stopped" };
  const { issue_from, issue_until } = offer;
  return now >= issue_from && now < issue_until ? null : { code: "outside_issue_window", from: issue_from, until: issue_until };
}

function serves(campaign: Campaign, offer: Offer, applicant: Applicant, dose: number, today: string): Refusal | null {
  if ((offer.doses & dose) === 0) return { code: "dose_not_served", dose };
  const day = dayText(offer.starts);
  const age = yearOf(day) - applicant.birth_year;
  if (age < offer.min_age || age > offer.max_age) return { code: "age_not_served", min: offer.min_age, max: offer.max_age };
  const last = [...applicant.doses].sort((a, b) => a.number - b.number).at(-1);
  if (!last) return null;
  if (last.vaccine !== offer.vaccine) return { code: "other_vaccine", vaccine: last.vaccine };
  const earliest = earliestAfter(campaign, last, today);
  return earliest && day < earliest ? { code: "too_soon", earliest } : null;
}

/** A dose as somebody says it was given. */
export interface Jab {
  number: number;
  vaccine: string;
  given_on: string;
  /** The day whose rule for the interval counts. */
  booked_on: string;
}

/** Why a dose does not go with those that the person has had. */
export function checkJab(campaign: Campaign, jab: Jab, doses: Applicant["doses"]): Refusal | null {
  if (jab.number < 1 || jab.number > campaign.last_dose) return { code: "course_complete" };
  const same = doses.find((dose) => dose.number === jab.number);
  if (same) return { code: "dose_recorded", dose: same.number, given_on: same.given_on };
  const other = doses.find((dose) => dose.vaccine !== jab.vaccine);
  if (other) return { code: "other_vaccine", vaccine: other.vaccine };
  if (jab.number === 1) return null;
  const before = doses.find((dose) => dose.number === jab.number - 1);
  if (!before) return { code: "dose_missing", dose: jab.number - 1 };
  const earliest = earliestAfter(campaign, before, jab.booked_on);
  return earliest && jab.given_on < earliest ? { code: "too_soon", earliest } : null;
}

/** The first day for the next dose, by the rule in force on a day. */
function earliestAfter(campaign: Campaign, last: Applicant["doses"][number], on: string): string | null {
  const rules = campaign.intervals.filter((rule) => rule.vaccine === last.vaccine);
  const rule = newest(rules, on);
  return rule ? plus(last.given_on, rule.min_days) : null;
}

/** How many people may hold live tokens under one mobile number. */
export function peoplePerMobile(campaign: Campaign, now: number): number {
  return newest(campaign.people_per_mobile, dayText(now))?.most ?? Number.POSITIVE_INFINITY;
}

/** The rule in force on a day: the newest that has begun; of two of one day the later in the list. */
function newest<T extends { from: string }>(rules: T[], day: string): T | undefined {
  return rules.filter((rule) => rule.from <= day).reduce<T | undefined>((a, b) => (a && a.from > b.from ? a : b), undefined);
}
