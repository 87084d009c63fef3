// The gatekeeper's acts: what each one decides and writes. No screen, no camera: tests call this directly.

import type { Base, Scan, ScanKind, Store, StoredToken } from "./store";
import { worth } from "./lease";
import { type Claims, PRACTICE_KID, type Slip, importKey, readSlip, verify } from "./token";
import { type Decision, type GateFacts, type Presented, type Signature, type SlotFacts, type Verdict, decide } from "./verdict";

/** How long an admission may be taken back, in seconds. */
export const UNDO_SECONDS = 60;

/** A verdict with everything that the screen says beside it. Personal data comes from the slip in front and is not kept. */
export interface Shown {
  scan: Scan;
  verdict: Verdict | "wrong_person" | "no_token";
  late: boolean;
  claims: Claims | null;
  known: StoredToken | null;
  call_number: string;
  decision: Decision | null;
  /** A slip of practice at a real gate, or the other way round. */
  stray?: "practice" | "real";
}

/** Asks the server about a token that is about to be admitted; `null`: it did not answer at once. */
export type Asking = (id: string, number: string) => Promise<{ token: StoredToken | null; taken_by: string | null } | null>;

export class Gatekeeper {
  private keys = new Map<number, Promise<CryptoKey>>();
  private last: Promise<unknown> = Promise.resolve();
  /** Confirmed by the server or by the gatekeeper since this page was opened. */
  clockProved = false;

  constructor(
    private readonly store: Store,
    private base: Base,
    private offset: number,
    private readonly phoneSeconds: () => number = () => Math.floor(Date.now() / 1000),
    private readonly makeId: () => string = () => crypto.randomUUID(),
    private readonly ask: Asking = async () => null,
  ) {}

  /** What the last sync brought. In turn: no act that has begun goes by the old base when this is done. */
  refresh(base: Base, offset: number): Promise<void> {
    return this.inTurn(async () => {
      if (base.version !== this.base.version) this.keys.clear();
      this.base = base;
      this.offset = offset;
    });
  }

  /** The gatekeeper says what time it is. */
  setTime(now: number): void {
    this.offset = this.phoneSeconds() - now;
    this.clockProved = true;
  }

  /** How far the phone's clock is ahead, in seconds. */
  ahead(): number {
    return this.offset;
  }

  /** The time by the best that this phone knows. */
  now(): number {
    return this.phoneSeconds() - this.offset;
  }

  /** Decides about the text of a QR code, and stores it. */
  scanned(text: string): Promise<Shown> {
    return this.inTurn(() => this.scannedInTurn(text));
  }

  private async scannedInTurn(text: string): Promise<Shown> {
    const slip = readSlip(text);
    if (typeof slip === "string") return this.write(slip === "foreign" ? "not_ours" : "not_genuine");
    const practice = slip.kid === PRACTICE_KID;
    if (practice !== this.base.keys.some((key) => key.kid === PRACTICE_KID))
      return { ...(await this.write("not_ours")), stray: practice ? "practice" : "real" };
    const known = (await this.store.token(slip.claims.number)) ?? null;
    const presented = await this.present(slip);
    // What the server cannot look up, or this phone could not check, is checked there.
    const checked = known && presented.kind === "slip" && presented.signature !== "unknown_key";
    const qr = checked ? {} : { qr: text };
    return this.settle(presented, slip.claims, known, { number: slip.claims.number, revision: slip.claims.revision, ...qr });
  }

  /** Decides about a typed number, and stores it. */
  typed(number: string): Promise<Shown> {
    return this.inTurn(() => this.typedInTurn(number));
  }

  private async typedInTurn(number: string): Promise<Shown> {
    const known = (await this.store.token(number)) ?? null;
    return this.settle({ kind: "typed", number }, null, known, { number, ...(known ? { revision: known.revision } : {}) });
  }

  /** Decides; where another gate might admit the same token, asks the server first, and decides by itself if it is silent. */
  private async settle(
    presented: Presented,
    claims: Claims | null,
    known: StoredToken | null,
    what: Partial<Scan> & { number: string },
  ): Promise<Shown> {
    const decision = this.judge(presented, known);
    if (!this.base.gate.lenient || decision.verdict !== "admitted") return this.keep(decision, claims, known, what);
    const id = this.makeId();
    await this.store.set("intent", { id, number: what.number, at: this.now() });
    const answer = await this.ask(id, what.number);
    let heard = answer?.token ?? known;
    if (heard && answer?.taken_by)
      heard = { ...heard, state: "admitted", admitted_at: this.now(), admitted_gate: answer.taken_by };
    const again = answer ? this.judge(presented, heard) : decision;
    const shown = await this.keep(again, claims, heard, { ...what, id });
    await this.store.set("intent", null);
    return shown;
  }

  /** Takes an admission back within the minute, or because the card does not match. */
  takeBack(shown: Shown, kind: "undo" | "wrong_person"): Promise<Shown> {
    return this.inTurn(() => this.takeBackInTurn(shown, kind));
  }

  private async takeBackInTurn(shown: Shown, kind: "undo" | "wrong_person"): Promise<Shown> {
    const token = shown.scan.number ? await this.store.token(shown.scan.number) : undefined;
    const scan = this.scan(kind, { ...numbersOf(shown.scan), reverses: shown.scan.id });
    const back: StoredToken | undefined = token && { ...token, state: "issued" };
    delete back?.admitted_at;
    delete back?.admitted_by;
    await this.store.record(scan, { call_number: shown.call_number }, back);
    return { ...shown, scan, verdict: "wrong_person" };
  }

  /** Lets somebody in by the gatekeeper's decision: again, unverified, or with a reason. */
  letIn(shown: Shown, kind: "re_entry" | "admit_anyway", reason: string): Promise<Shown> {
    return this.inTurn(() => this.letInInTurn(shown, kind, reason));
  }

  private async letInInTurn(shown: Shown, kind: "re_entry" | "admit_anyway", reason: string): Promise<Shown> {
    const { qr } = shown.scan;
    const scan = this.scan(kind, { ...numbersOf(shown.scan), ...(qr ? { qr } : {}), verdict: "admitted", reason });
    const token = kind === "re_entry" ? undefined : this.admitted(shown, scan);
    await this.store.record(scan, { call_number: shown.call_number }, token);
    return { ...shown, scan, verdict: "admitted", late: false };
  }

  /** Counts somebody who came without a token. */
  async noToken(reason: string): Promise<Shown> {
    const scan = this.scan("no_token", { reason });
    await this.store.record(scan, {});
    return { scan, verdict: "no_token", late: false, claims: null, known: null, call_number: "", decision: null };
  }

  /** One act after the other: two taps must not both read the store before either writes. */
  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.last.then(act);
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async present(slip: Slip): Promise<Presented> {
    const { number, revision, centre, slot, starts, minutes } = slip.claims;
    const known = this.base.keys.find((key) => key.kid === slip.kid);
    let signature: Signature = "unknown_key";
    if (known) {
      const key = this.keys.get(slip.kid) ?? importKey(known.public);
      this.keys.set(slip.kid, key);
      signature = (await verify(slip, await key)) ? "good" : "bad";
    }
    if (signature === "good" && known?.desk) signature = worth(slip, known, await this.store.get("leases"));
    return { kind: "slip", number, revision, centre, slot, starts, minutes, signature };
  }

  private judge(presented: Presented, known: StoredToken | null): Decision {
    const { base } = this;
    const facts: GateFacts = {
      centre: base.gate.centre,
      lanes: base.gate.lenient ? null : base.gate.lanes,
      now: this.now(),
      clock_proved: this.clockProved,
      early_minutes: base.early_minutes,
      late_minutes: base.late_minutes,
      running_late_minutes: this.now() < (base.late_until ?? 0) ? base.running_late_minutes : 0,
    };
    return decide(facts, presented, known, (slot): SlotFacts | null => base.slots.find((row) => row.id === slot) ?? null);
  }

  private async write(verdict: Verdict): Promise<Shown> {
    // The text of somebody else's code is never kept.
    return this.keep({ verdict, late: false, place: null }, null, null, {});
  }

  private async keep(decision: Decision, claims: Claims | null, known: StoredToken | null, what: Partial<Scan>): Promise<Shown> {
    const scan = this.scan("scan", { ...what, verdict: decision.verdict, late: decision.late });
    const shown: Shown = { scan, ...decision, claims, known, call_number: this.callNumber(claims, known), decision };
    const token = decision.verdict === "admitted" ? this.admitted(shown, scan) : undefined;
    await this.store.record(scan, { call_number: shown.call_number }, token);
    return shown;
  }

  /** The token as this phone knows it after an admission. */
  private admitted(shown: Shown, scan: Scan): StoredToken | undefined {
    const { claims, known, call_number } = shown;
    const admission = {
      state: "admitted" as const,
      admitted_at: scan.at,
      admitted_by: scan.id,
      admitted_gate: this.base.gate.name,
    };
    if (known) return { ...known, ...admission };
    if (!claims) return undefined;
    const { number, revision, centre, slot, starts, minutes } = claims;
    return { number, revision, centre, slot, starts, minutes, call_number, ...admission };
  }

  private callNumber(claims: Claims | null, known: StoredToken | null): string {
    if (known && (!claims || known.revision >= claims.revision)) return known.call_number;
    const call = this.base.slots.find((slot) => slot.id === claims?.slot)?.call;
    return claims && call ? `${String(call).padStart(2, "0")}-${String(claims.serial).padStart(3, "0")}` : "";
  }

  private scan(kind: ScanKind, what: Partial<Scan>): Scan {
    const { centre } = this.base.gate;
    return { id: this.makeId(), kind, late: false, at: this.now(), clock_proved: this.clockProved, centre, ...what };
  }
}

function numbersOf({ number, revision }: Scan): Partial<Scan> {
  return { ...(number ? { number } : {}), ...(revision ? { revision } : {}) };
}
