// The gate's decision, from what the gate holds. The same rules stand in src/domain/admission.rs; tests/vectors/verdicts.json
// holds both to one truth.

import { dayOf, startOfDay } from "./when";

export type Verdict =
  | "not_ours"
  | "not_genuine"
  | "cannot_check"
  | "cancelled"
  | "wrong_centre"
  | "already_admitted"
  | "wrong_day"
  | "session_stopped"
  | "rescheduled"
  | "too_early"
  | "too_late"
  | "other_gate"
  | "admitted";

/** What checking a signature said. */
export type Signature = "good" | "bad" | "unproved" | "unknown_key";

export type TokenState = "issued" | "admitted" | "vaccinated" | "left" | "cancelled";

export interface Place {
  centre: number;
  slot: number;
  /** UTC seconds. */
  starts: number;
  minutes: number;
}

export type Presented =
  | { kind: "foreign" }
  | ({ kind: "slip"; number: string; revision: number; signature: Signature } & Place)
  | { kind: "typed"; number: string };

export interface Known extends Place {
  revision: number;
  state: TokenState;
}

export interface SlotFacts {
  closes: number;
  stopped: boolean;
  lanes: number;
}

export interface GateFacts {
  centre: number;
  /** Lanes it holds, from 0; `null`: any. */
  lanes: number[] | null;
  now: number;
  /** While it is false, nobody is turned back for the time. */
  clock_proved: boolean;
  early_minutes: number;
  /** After the slot's end; `null`: until the session closes. */
  late_minutes: number | null;
  running_late_minutes: number;
}

export interface Decision {
  verdict: Verdict;
  late: boolean;
  /** The place that counted: the known newer one, else the slip's. */
  place: Place | null;
}

/** The lane of a token, for every revision and for a typed number. */
export function laneOf(number: string, lanes: number): number {
  return Math.floor(Number(number) / 10) % Math.max(lanes, 1);
}

export function decide(
  gate: GateFacts,
  presented: Presented,
  known: Known | null,
  slotFacts: (slot: number) => SlotFacts | null,
): Decision {
  if (presented.kind === "foreign") return { verdict: "not_ours", late: false, place: null };
  if (presented.kind === "slip" && presented.signature === "bad") return { verdict: "not_genuine", late: false, place: null };
  // Anybody can write a known number on a slip of their own: of such a one, nothing counts but the number.
  const forgeable = presented.kind === "slip" && presented.signature === "unknown_key";
  const slip = presented.kind === "slip" && !(forgeable && known) ? presented : null;
  const certain = slip?.signature === "good" || (known !== null && !forgeable);
  // A newer revision that the gate knows replaces the one on the slip.
  const newer = known && (!slip || known.revision >= slip.revision) ? known : null;
  const place = newer ?? slip;
  const answer = (verdict: Verdict, late = false): Decision => ({ verdict, late, place });
  if (!place) return answer("cannot_check");
  const state = known?.state ?? "issued";
  const facts = slotFacts(place.slot);

  if (state === "cancelled") return answer("cancelled");
  if (place.centre !== gate.centre) return answer("wrong_centre");
  if (state !== "issued") return answer("already_admitted");
  const timing = timingOf(gate, place, facts);
  if (gate.clock_proved && dayOf(place.starts) !== dayOf(gate.now)) return answer("wrong_day");
  if (facts?.stopped) return answer("session_stopped");
  if (gate.clock_proved && (timing === "early" || timing === "over")) {
    const replaced = slip && newer && newer.revision > slip.revision && slip.centre === gate.centre;
    if (replaced && dayOf(slip.starts) === dayOf(gate.now)) {
      const own = timingOf(gate, slip, slotFacts(slip.slot));
      if (own === "now" || own === "late") return answer("rescheduled");
    }
    return answer(timing === "early" ? "too_early" : "too_late");
  }
  const lane = laneOf(presented.number, facts?.lanes ?? 1);
  if (facts && gate.lanes && !gate.lanes.includes(lane)) return answer("other_gate");
  if (!certain) return answer("cannot_check");
  return answer("admitted", gate.clock_proved && timing === "late");
}

function timingOf(gate: GateFacts, place: Place, facts: SlotFacts | null): "early" | "now" | "late" | "over" {
  const delay = gate.running_late_minutes * 60;
  const ends = place.starts + place.minutes * 60 + delay;
  // A slot that this gate has not heard of counts until midnight: nobody is turned back for what the gate lacks.
  const closes = facts ? facts.closes + delay : startOfDay(place.starts) + 86_400;
  const latest = gate.late_minutes === null ? Math.max(closes, ends) : ends + gate.late_minutes * 60;
  if (gate.now < place.starts - gate.early_minutes * 60) return "early";
  if (gate.now <= ends) return "now";
  return gate.now <= latest ? "late" : "over";
}
