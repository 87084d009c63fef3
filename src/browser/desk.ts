// A desk: a clerk's browser that issues real places without a link, out of those that it was lent. No screen here: tests call this
// directly.

import { type DeskBase, type DeskRecord, type DeskSlot, type DeskStore, type TypedPerson } from "./desk_store";
import { Turns } from "./in_turn";
import { type Refusal, isOpen, mayHave, peoplePerMobile } from "./rules";
import { type Claims, envelope, qrText, toSign } from "./token";
import { dayOf } from "./when";

/** What is asked for. The ID's whole number is forgotten as soon as it is in its box. */
export interface Wish {
  slot: number;
  person: Omit<TypedPerson, "id_end" | "id_sealed">;
  id_number: string;
  by: string;
  /** The key of a form that was sent by the link and not answered. */
  key?: string;
}

/** A slot with what this desk may give out of it now. */
export interface Choice {
  slot: DeskSlot;
  free: number;
}

const HOUR = 3600;

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}

/** `03-042` */
export function callNumber(call: number, serial: number): string {
  return `${String(call).padStart(2, "0")}-${String(serial).padStart(3, "0")}`;
}

/** Closes a box around an ID's number that only the server opens: bound to one token. */
export async function seal(text: string, number: string, boxKey: string): Promise<string> {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const theirs = await crypto.subtle.importKey("raw", fromBase64url(boxKey), curve, false, []);
  const own = await crypto.subtle.generateKey(curve, true, ["deriveBits"]);
  const secret = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own.privateKey, 256);
  const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const info = new TextEncoder().encode("baari id 1");
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  const key = await crypto.subtle.deriveKey(how, material, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const bound = { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(number) };
  const body = new Uint8Array(await crypto.subtle.encrypt(bound, key, new TextEncoder().encode(text)));
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
  return base64url(new Uint8Array([...point, ...iv, ...body]));
}

export class Desk {
  /** Two tabs must not take the same place. */
  private readonly turns = new Turns("baari-desk");

  constructor(
    readonly store: DeskStore,
    private readonly seconds: () => number = () => Math.floor(Date.now() / 1000),
  ) {}

  /** The time by the best that this browser knows. */
  async now(): Promise<number> {
    return this.seconds() - ((await this.store.get("offset")) ?? 0);
  }

  /** Slots out of which somebody may have a place now, soonest first. */
  async choices(): Promise<Choice[]> {
    const [base, now, places] = [await this.store.get("base"), await this.now(), await this.store.free()];
    const free = (slot: DeskSlot) => places.filter((place) => place.slot === slot.id).length;
    const open = (base?.slots ?? []).filter((slot) => !isOpen(slot, now)).map((slot) => ({ slot, free: free(slot) }));
    return open.filter((choice) => choice.free > 0).sort((a, b) => a.slot.starts - b.slot.starts || a.slot.id - b.slot.id);
  }

  /** What a person may have in a slot, as far as this desk can know: the rules, and whom it has served itself. */
  async judge(slot: DeskSlot, person: Wish["person"], idEnd: string): Promise<{ dose: number } | Refusal> {
    const base = await this.store.get("base");
    if (!base) return { code: "no_place" };
    const now = await this.now();
    const doses = person.earlier ? [{ number: 1, vaccine: person.earlier[0], given_on: person.earlier[1] }] : [];
    const may = mayHave(base.campaign, slot, { ...person, doses }, now);
    if ("code" in may) return may;
    const served = (await this.store.records()).filter(
      (record) => record.kind === "issue" && record.state === "made" && !record.cancelled,
    );
    const same = (other: TypedPerson) =>
      other.id_type === person.id_type && other.id_end === idEnd && other.birth_year === person.birth_year;
    const own = served.find((record) => record.dose === may.dose && record.person && same(record.person));
    if (own) return { code: "has_token", number: own.number };
    if (person.mobile && person.mobile_of === "own") {
      const most = peoplePerMobile(base.campaign, now);
      const others = served.filter(({ person: other }) => other?.mobile === person.mobile && other.mobile_of === "own");
      if (others.length >= most) return { code: "mobile_full", most };
    }
    return may;
  }

  /** Issues a token: the place and a draft first, then the signature, then the token; only then is anything printed. */
  issue(wish: Wish): Promise<DeskRecord | Refusal> {
    return this.turns.take(() => this.issueInTurn(wish));
  }

  private async issueInTurn(wish: Wish): Promise<DeskRecord | Refusal> {
    const [base, keys, standing] = [await this.store.get("base"), await this.store.get("keys"), await this.store.get("standing")];
    const slot = base?.slots.find((slot) => slot.id === wish.slot);
    if (!base || !keys || !slot || base.kid === null || standing !== "active") return { code: "no_place" };
    const may = await this.judge(slot, wish.person, wish.id_number.slice(-4));
    if ("code" in may) return may;
    const record = await this.takePlace(wish, slot, base, may.dose);
    if (!record) return { code: "no_place" };
    const made = await this.sign(record, slot, base, keys);
    await this.store.put(made);
    await this.noteMade(made.at);
    return made;
  }

  /** Takes the first free place of a slot, with a draft of who is to have it. */
  private async takePlace(wish: Wish, slot: DeskSlot, base: DeskBase, dose: number): Promise<DeskRecord | null> {
    const at = await this.now();
    for (const place of (await this.store.free()).filter((place) => place.slot === slot.id)) {
      const id_sealed = await seal(wish.id_number, place.number, base.box_key);
      const taken = await this.store.take({
        id: crypto.randomUUID(),
        kind: "issue",
        number: place.number,
        at,
        by: wish.by,
        state: "draft",
        sent: 0,
        dose,
        slot: slot.id,
        call_number: callNumber(slot.call, place.serial),
        link: place.link,
        code: place.code,
        person: { ...wish.person, id_end: wish.id_number.slice(-4), id_sealed },
        ...(wish.key ? { key: wish.key } : {}),
      });
      // Struck off at this very moment, because the server wants it back: the next one.
      if (taken) return taken;
    }
    return null;
  }

  private async sign(record: DeskRecord, slot: DeskSlot, base: DeskBase, keys: CryptoKeyPair): Promise<DeskRecord> {
    const person = record.person as TypedPerson;
    const claims: Claims = {
      number: record.number,
      revision: 1,
      slot: slot.id,
      serial: Number(record.call_number?.split("-")[1]),
      centre: slot.centre,
      starts: slot.starts,
      minutes: slot.minutes,
      dose: record.dose ?? 1,
      issued: record.at,
      holder: { birth_year: person.birth_year, id_type: person.id_type, id_end: person.id_end },
    };
    const { header, payload, signed } = toSign(base.kid ?? 0, claims);
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, keys.privateKey, signed);
    const cose = envelope(header, payload, new Uint8Array(signature));
    return { ...record, state: "made", cose: base64url(cose), qr: qrText(base.address, cose) };
  }

  /** Strikes out what a crash left unsigned; never what another tab is just signing. */
  spoil(): Promise<void> {
    return this.turns.take(() => this.store.spoil());
  }

  /** Cancels a token that was made here. Its place is free when the server has heard of it. */
  cancel(number: string, reason: string, by: string): Promise<boolean> {
    return this.turns.take(async () => {
      const token = (await this.store.records()).find((record) => record.number === number && record.kind === "issue");
      if (!token || token.state !== "made" || token.cancelled) return false;
      const record: DeskRecord = {
        id: crypto.randomUUID(),
        kind: "cancel",
        number,
        at: await this.now(),
        by,
        state: "made",
        sent: 0,
        reason,
      };
      await this.store.cancel(token, record);
      return true;
    });
  }

  /** What was made here today, the newest first. */
  async today(): Promise<DeskRecord[]> {
    const day = dayOf(await this.now());
    const records = await this.store.records();
    return records.filter((record) => record.kind === "issue" && record.state === "made" && dayOf(record.at) === day).reverse();
  }

  /** Whether the slip that lies there as the last one is known here: else this memory is older than that slip. */
  async knows(callNumber: string): Promise<boolean> {
    const asked = callNumber.replace(/\s/g, "");
    const online = (await this.store.get("online")) ?? [];
    const own = (await this.store.records()).some((record) => record.call_number === asked);
    return own || online.includes(asked);
  }

  /** Whether any slip was ever printed here, as far as this memory goes. */
  async hasPrinted(): Promise<boolean> {
    const made = (await this.store.records()).some((record) => record.kind === "issue" && record.state === "made");
    return made || ((await this.store.get("online")) ?? []).length > 0;
  }

  /** A slip was printed here by the link. */
  async notePrinted(callNumbers: string[]): Promise<void> {
    const online = (await this.store.get("online")) ?? [];
    const fresh = callNumbers.filter((number) => !online.includes(number));
    if (fresh.length === 0) return;
    await this.store.set("online", [...online, ...fresh].slice(-200));
    for (const _ of fresh) await this.noteMade(await this.now());
  }

  /** Tokens made here in the last hour. */
  async pace(): Promise<number> {
    const now = await this.now();
    return ((await this.store.get("made")) ?? []).filter((at) => at > now - HOUR).length;
  }

  private async noteMade(at: number): Promise<void> {
    const made = ((await this.store.get("made")) ?? []).filter((earlier) => earlier > at - HOUR);
    await this.store.set("made", [...made, at]);
  }
}
