// A centre's day as its page knows it without a link: what the server said last, with what was done here since played on it. No
// screen and no store here: tests call this directly.

import { type Campaign, type Refusal, type VialRule, checkJab, dayText } from "./rules";

/** A centre's day, as the server says it. */
export interface CentreDay {
  version: string;
  day: string;
  name_en: string;
  name_hi: string;
  campaign: Campaign;
  people: Person[];
  sitting: Sitting[];
  vials: Vial[];
  last: { vial: string | null; vaccine: string; batch: string; vaccinator: string } | null;
}

export interface Person {
  number: string;
  /** Empty for somebody of whom this page has not heard. */
  call: string;
  state: "issued" | "admitted" | "vaccinated" | "left" | "cancelled";
  /** Only of those who may still come to the vaccinator. */
  about?: About;
  waits?: Waits;
}

export interface About {
  name: string;
  birth_year: number;
  id_type: string;
  id_end: string;
  dose: number;
  vaccine: string;
  /** Help that they need, such as `wheelchair,sight`. */
  needs?: string;
  booked_on: string;
  doses: { number: number; vaccine: string; given_on: string }[];
}

export interface Waits {
  entered: number;
  /** The moment that counts in the queue. */
  counts_from: number;
  stage: Stage | null;
  state: TurnState | null;
  counter: number | null;
  times: number;
  called_at: number | null;
}

export type Stage = "check" | "dose";
export type TurnState = "called" | "missed" | "passed";

/** Somebody in the observation room. */
export interface Sitting {
  dose: string | null;
  number: string | null;
  call: string | null;
  name: string;
  ends_at: number;
}

/** An open vial. One that was opened here is known by its record's id. */
export interface Vial {
  id: string;
  vaccine: string;
  batch: string;
  left: number;
  good_until: number;
}

/** A dose as it was typed; the day and the time of the jab are always there. */
export interface Dose {
  token: string;
  vaccine: string;
  batch: string;
  vial: string;
  vaccinator: string;
  date: string;
  time: string;
  code: string;
  no_code: string;
  despite?: string;
}

/** What can be done here. */
export type Deed =
  | { kind: "call"; number: string; counter: number; stage: Stage; state: TurnState }
  | ({ kind: "dose"; given_at: number } & Dose)
  | { kind: "no_dose"; number: string; reason: string; earliest: string | null }
  | { kind: "open_vial"; vaccine: string; batch: string }
  | { kind: "close_vial"; vial: string; how: "discarded" | "returned" }
  | { kind: "left"; number: string | null; dose: string | null; why: string | null };

/** One thing that was done here, and how far it is. */
export interface CentreRecord {
  seq?: number;
  id: string;
  at: number;
  by: string;
  centre: number;
  deed: Deed;
  /** What was called in the hall, or the batch of a vial: to name the record by. */
  call: string;
  /** An index cannot be over booleans. */
  sent: 0 | 1;
  outcome?: string;
  /** Why it was not taken, as the server says it. */
  said?: string;
}

/** The server has it, or it needs no doing any more. */
const TAKEN = new Set(["stored", "known", "over"]);

/** Whether the server did not take a record. */
export function isRefused(record: CentreRecord): boolean {
  return record.sent === 1 && record.outcome !== undefined && !TAKEN.has(record.outcome);
}

const OBSERVATION = 30 * 60;

/** Whom a deed is about; nothing where somebody without a token leaves, and where it is a vial. */
export function numberOf(deed: Deed): string | null {
  if (deed.kind === "open_vial" || deed.kind === "close_vial") return null;
  return deed.kind === "dose" ? deed.token : deed.number;
}

/** Whether nothing was drawn from a vial yet, as far as this page knows. */
export function isFull(today: CentreDay | undefined, vial: Vial): boolean {
  return vial.left === ruleOf(today, vial.vaccine)?.doses;
}

function ruleOf(today: CentreDay | undefined, vaccine: string): VialRule | undefined {
  return today?.campaign.vials.find((rule) => rule.vaccine === vaccine);
}

/** The day as it stands here. */
export interface Now {
  people: Map<string, Person>;
  sitting: Sitting[];
  vials: Vial[];
}

/** Plays what waits to be sent on the day. Of another day's records only the dose and who was sent home count: that day's hall is empty. */
export function play(today: CentreDay | undefined, records: CentreRecord[], day: string): Now {
  const people = new Map((today?.people ?? []).map((person) => [person.number, person]));
  const vials = new Map((today?.vials ?? []).map((vial) => [vial.id, vial]));
  let sitting = [...(today?.sitting ?? [])];
  for (const { id, deed, at, sent } of records) {
    if (sent === 1) continue;
    const isToday = dayText(at) === day;
    if (!isToday && (deed.kind === "call" || deed.kind === "left")) continue;
    const number = numberOf(deed);
    const person: Person | undefined = number ? (people.get(number) ?? { number, call: "", state: "issued" }) : undefined;
    if (deed.kind === "call" && person) {
      const waits = person.waits ?? {
        entered: at,
        counts_from: at,
        stage: null,
        state: null,
        counter: null,
        times: 0,
        called_at: null,
      };
      const times = (waits.stage === deed.stage ? waits.times : 0) + (deed.state === "called" ? 1 : 0);
      const called_at = deed.state === "called" ? at : waits.called_at;
      const { counter, stage, state } = deed;
      people.set(person.number, { ...person, state: "admitted", waits: { ...waits, stage, state, counter, times, called_at } });
    } else if (deed.kind === "dose" && person) {
      people.set(person.number, { ...person, state: "vaccinated" });
      const vial = vials.get(deed.vial);
      if (vial) vials.set(vial.id, { ...vial, left: vial.left - 1 });
      const { number, call, about } = person;
      if (isToday)
        sitting.push({ dose: null, number, call: call || null, name: about?.name ?? "", ends_at: deed.given_at + OBSERVATION });
    } else if (deed.kind === "no_dose" && person) {
      people.set(person.number, { ...person, state: "cancelled" });
    } else if (deed.kind === "open_vial") {
      const { doses = 0, hours = 0 } = ruleOf(today, deed.vaccine) ?? {};
      vials.set(id, { id, vaccine: deed.vaccine, batch: deed.batch, left: doses, good_until: at + hours * 3600 });
    } else if (deed.kind === "close_vial") {
      vials.delete(deed.vial);
    } else if (deed.kind === "left") {
      const leaves = (row: Sitting) => (deed.dose ? row.dose === deed.dose : row.number === deed.number);
      sitting = sitting.filter((row) => !leaves(row));
      if (person) people.set(person.number, { ...person, state: "left" });
    }
  }
  return { people, sitting: sitting.sort((a, b) => a.ends_at - b.ends_at), vials: [...vials.values()] };
}

/** Who waits for a stage, in the order of calling. Without a link nobody hears who has passed elsewhere: whoever has stands first, and the others are called too. */
export function waiting({ people }: Now, stage: Stage): Person[] {
  const passed = ({ waits }: Person) => waits?.stage === "check" && waits.state === "passed";
  const fits = (person: Person) => person.state === "admitted" && (!person.waits?.state || (stage === "dose" && passed(person)));
  const place = ({ waits, number }: Person): [number, number, string] => [waits?.counts_from ?? 0, waits?.entered ?? 0, number];
  return [...people.values()].filter(fits).sort((a, b) => {
    const [x, y] = [place(a), place(b)];
    return Number(passed(b)) - Number(passed(a)) || x[0] - y[0] || x[1] - y[1] || (x[2] < y[2] ? -1 : 1);
  });
}

/** Who was called to a counter, the last one first. */
export function calledTo({ people }: Now, counter: number, stage: Stage): Person[] {
  const here = ({ state, waits }: Person) =>
    state === "admitted" && waits?.state === "called" && waits.counter === counter && waits.stage === stage;
  return [...people.values()].filter(here).sort((a, b) => (b.waits?.called_at ?? 0) - (a.waits?.called_at ?? 0));
}

/** Who was called to another counter, as far as this page has heard. */
export function calledElsewhere({ people }: Now, counter: number, stage: Stage): Person[] {
  const there = ({ state, waits }: Person) =>
    state === "admitted" && waits?.state === "called" && (waits.counter !== counter || waits.stage !== stage);
  return [...people.values()].filter(there);
}

/** Who was called and did not come. */
export function missed({ people }: Now): Person[] {
  return [...people.values()].filter(({ state, waits }) => state === "admitted" && waits?.state === "missed");
}

/** Why a deed cannot be, as far as this page knows; `despite`: the dose has been given all the same. */
export function obstacle(today: CentreDay | undefined, now: Now, deed: Deed): Refusal | null {
  const number = numberOf(deed);
  const person = number ? now.people.get(number) : undefined;
  const has_had = person?.state === "vaccinated" || person?.state === "left";
  if (deed.kind === "left") {
    const sits = now.sitting.some((row) => (deed.dose ? row.dose === deed.dose : row.number === deed.number));
    return sits ? null : { code: "not_waiting" };
  }
  if (deed.kind === "open_vial") return null;
  if (deed.kind === "close_vial") {
    const vial = now.vials.find((row) => row.id === deed.vial);
    return vial && (deed.how === "discarded" || isFull(today, vial)) ? null : { code: "vial_closed" };
  }
  if (deed.kind !== "dose") return person?.state === "cancelled" || has_had ? { code: "not_waiting" } : null;
  if (has_had) return { code: "dose_recorded" };
  const about = person?.about;
  const jab = about && {
    number: about.dose,
    vaccine: deed.vaccine,
    given_on: dayText(deed.given_at),
    booked_on: about.booked_on,
  };
  const broken = jab && today ? checkJab(today.campaign, jab, about.doses) : null;
  const rule = broken ?? (person?.state === "cancelled" ? { code: "token_cancelled" } : null);
  return rule && deed.despite && yieldsToFact(rule) ? null : rule;
}

/** Whether a dose may be recorded despite a rule, because it has been given. */
export function yieldsToFact(rule: Refusal): boolean {
  return ["other_vaccine", "too_soon", "dose_missing", "token_cancelled"].includes(rule.code);
}
