// The phone's own store. It holds numbers, revisions, slots and states: no names and no phone numbers. The code of a slip that
// the phone had not heard of (birth year, end of the ID) waits here for the server to check it, and then goes.

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { isAnswered } from "./ask";
import { type LaneMove, epochOf, knownEpoch, withMoves } from "./lanes";
import type { Leases } from "./lease";
import { own } from "./own";
import type { Known, Verdict } from "./verdict";

export type ScanKind = "scan" | "undo" | "wrong_person" | "re_entry" | "admit_anyway" | "no_token";

/** One fact, as it is sent. */
export interface Scan {
  id: string;
  kind: ScanKind;
  number?: string;
  revision?: number;
  /** The QR code's text, only for a token that this phone had not heard of. */
  qr?: string;
  verdict?: Verdict;
  late: boolean;
  reason?: string;
  reverses?: string;
  /** UTC seconds by the phone's corrected clock. */
  at: number;
  clock_proved: boolean;
  /** Where this phone was a gate then. */
  centre: number;
}

/** A scan in the store: in order, and what became of it. */
export interface StoredScan extends Scan {
  seq?: number;
  /** 0 until the server has said that it holds it; an index cannot be over booleans. */
  sent: 0 | 1;
  /** When it said so, by its own clock. */
  acked_at?: number;
  /** What the server said, when it was not simply stored. */
  outcome?: string;
  call_number?: string;
}

/** A token as this phone knows it. */
export interface StoredToken extends Known {
  number: string;
  call_number: string;
  admitted_at?: number;
  admitted_by?: string;
  admitted_gate?: string;
  cancelled_at?: number;
}

export interface Base {
  version: string;
  gate: {
    id: number;
    name: string;
    centre: number;
    lanes: number[];
    lane_epochs: [number, number][];
    lane_holders: [number, string][];
    /** Any gate admits any lane, and asks first. */
    lenient: boolean;
    /** The centre's other phones. */
    phones: [number, string][];
    lane_key: string;
    /** The centre that this phone goes to as soon as it has sent everything. */
    moving_to?: number;
    /** The zone office's, and the supervisor's: they stand on every refusal. */
    desk_phone: string;
    supervisor_phone: string;
  };
  /** A desk's key signs what was lent to it, and nothing else. */
  keys: { kid: number; public: string; desk?: boolean; revoked?: boolean }[];
  early_minutes: number;
  late_minutes: number | null;
  running_late_minutes: number;
  /** When the centre is no longer late: with the day. */
  late_until?: number;
  slots: { id: number; call: number; starts: number; minutes: number; closes: number; stopped: boolean; lanes: number }[];
  centres: { id: number; name_en: string; name_hi: string; address_en: string; address_hi: string }[];
}

/** Two facts at this centre that do not go together, for the gatekeepers to know of. */
export interface Conflict {
  number: string;
  kind: string;
  gate: string | null;
  at: number;
  first_gate: string | null;
  first_at?: number;
}

/** What the phone keeps beside tokens and scans. */
export interface Meta {
  secret: string;
  epoch: string;
  cursor: number;
  base: Base;
  /** The phone's clock less the server's, in seconds. */
  offset: number;
  /** When the server was last heard, by its own clock. */
  heard_at: number;
  lanes_until: number;
  conflicts: Conflict[];
  /** What desks may sign, as it was at a moment. */
  leases: Leases;
  /** Lanes that moved without the server, until it has heard of them. */
  moves: LaneMove[];
  /** A scan that the server was asked about and that is not stored yet. */
  intent: { id: string; number: string; at: number } | null;
  /** The one-time code that was last used, and the secret that this phone made for it. */
  enrolling: { code: string; secret: string };
  /** The camera that the gatekeeper chose. */
  camera: string;
  lang: "hi" | "en";
}

interface Schema extends DBSchema {
  meta: { key: string; value: unknown };
  tokens: { key: string; value: StoredToken };
  scans: { key: number; value: StoredScan; indexes: { sent: number } };
}

/** The server has the row. */
const TAKEN = new Set(["stored", "held"]);

/** Acknowledged scans stay this long, so that a restored server can ask again. */
const KEEP_SECONDS = 72 * 3600;

/** What is gone with an answer: the tokens of a centre that was left, or all that an earlier server had said. */
export type Forget = "nothing" | "tokens" | "all";

export class Store {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(name = own("baari-gate")): Promise<Store> {
    const db = await openDB<Schema>(name, 1, {
      upgrade(db) {
        db.createObjectStore("meta");
        db.createObjectStore("tokens", { keyPath: "number" });
        const scans = db.createObjectStore("scans", { keyPath: "seq", autoIncrement: true });
        scans.createIndex("sent", "sent");
      },
    });
    return new Store(db);
  }

  close(): void {
    this.db.close();
  }

  async get<K extends keyof Meta>(name: K): Promise<Meta[K] | undefined> {
    return (await this.db.get("meta", name)) as Meta[K] | undefined;
  }

  async set<K extends keyof Meta>(name: K, value: Meta[K]): Promise<void> {
    const tx = this.db.transaction("meta", "readwrite", { durability: "strict" });
    await Promise.all([tx.store.put(value, name), tx.done]);
  }

  /** A lane that moved without the server. */
  async addMove(move: LaneMove): Promise<void> {
    const tx = this.db.transaction("meta", "readwrite", { durability: "strict" });
    const moves = (await tx.store.get("moves")) as LaneMove[] | undefined;
    await Promise.all([tx.store.put([...(moves ?? []), move], "moves"), tx.done]);
  }

  token(number: string): Promise<StoredToken | undefined> {
    return this.db.get("tokens", number);
  }

  /** Gives one of this phone's lanes to another; `null`: it holds it no more. */
  async giveLane(lane: number, to: number): Promise<LaneMove | null> {
    const tx = this.db.transaction("meta", "readwrite", { durability: "strict" });
    const moves = ((await tx.store.get("moves")) ?? []) as LaneMove[];
    const base = withMoves((await tx.store.get("base")) as Base, moves);
    const move = base.gate.lanes.includes(lane) ? { lane, epoch: epochOf(base, lane) + 1, to } : null;
    if (move) await tx.store.put([...moves, move], "moves");
    await tx.done;
    return move;
  }

  /** Forgets the gate that this phone was, unless something waits to be sent. */
  async reset(): Promise<boolean> {
    const tx = this.db.transaction(["scans", "tokens", "meta"], "readwrite");
    if ((await tx.objectStore("scans").index("sent").count(0)) > 0) return false;
    await Promise.all([
      tx.objectStore("scans").clear(),
      tx.objectStore("tokens").clear(),
      tx.objectStore("meta").clear(),
      tx.done,
    ]);
    return true;
  }

  /** Begins as another gate. What was written is forgotten, or, when the server knows nothing of the former gate, sent by this one. */
  async become(secret: string, former: "forgotten" | "sent again"): Promise<void> {
    const tx = this.db.transaction(["scans", "tokens", "meta"], "readwrite", { durability: "strict" });
    const scans = tx.objectStore("scans");
    await tx.objectStore("meta").clear();
    await tx.objectStore("meta").put(secret, "secret");
    if (former === "forgotten") {
      await scans.clear();
      await tx.objectStore("tokens").clear();
    } else {
      for (let cursor = await scans.openCursor(); cursor; cursor = await cursor.continue())
        await cursor.update({ ...cursor.value, sent: 0 });
    }
    await tx.done;
  }

  /** Stores a scan and what it does to the token, before anything is shown. A phone that has just forgotten its gate has nobody to send it
   * to, and fails. */
  async record(scan: Scan, extra: { call_number?: string }, token?: StoredToken): Promise<void> {
    const tx = this.db.transaction(["scans", "tokens", "meta"], "readwrite", { durability: "strict" });
    if (!(await tx.objectStore("meta").get("secret"))) throw new Error("this phone is no gate");
    await Promise.all([
      tx.objectStore("scans").add({ ...scan, ...extra, sent: 0 }),
      token ? tx.objectStore("tokens").put(token) : undefined,
      tx.done,
    ]);
  }

  /** Scans that the server has not acknowledged, in order. */
  async unsent(most: number): Promise<StoredScan[]> {
    return this.db.getAllFromIndex("scans", "sent", 0, most);
  }

  countUnsent(): Promise<number> {
    return this.db.countFromIndex("scans", "sent", 0);
  }

  /** When the oldest scan that waits was made. */
  async oldestUnsent(): Promise<number | null> {
    return (await this.unsent(1))[0]?.at ?? null;
  }

  /** Scans that the server did not take, oldest first: they stay to be seen. */
  async refused(): Promise<StoredScan[]> {
    return (await this.db.getAll("scans")).filter((scan) => scan.outcome);
  }

  /** The last scans, newest first. */
  async last(most: number): Promise<StoredScan[]> {
    const found: StoredScan[] = [];
    let cursor = await this.db.transaction("scans").store.openCursor(null, "prev");
    while (cursor && found.length < most) {
      found.push(cursor.value);
      cursor = await cursor.continue();
    }
    return found;
  }

  /** Scans at a centre since a moment, for the counters. */
  async since(at: number, centre: number): Promise<StoredScan[]> {
    return (await this.db.getAll("scans")).filter((scan) => scan.at >= at && scan.centre === centre);
  }

  /**
   * Takes in one answer of the server: acknowledgements by id, then what changed. Moves of lanes go when the base has come as far; all of
   * them, when the centre was left: its lanes are others' now.
   */
  async takeIn(
    answers: Map<string, string>,
    tokens: StoredToken[],
    meta: Partial<Meta>,
    forget: Forget,
    now: number,
  ): Promise<void> {
    const tx = this.db.transaction(["scans", "tokens", "meta"], "readwrite", { durability: "strict" });
    const scans = tx.objectStore("scans");
    const store = tx.objectStore("tokens");
    // Tokens that this phone did something to, and those of them of which the server may not know.
    const [touched, waiting] = [new Set<string>(), new Set<string>()];
    for (let cursor = await scans.openCursor(); cursor; cursor = await cursor.continue()) {
      const scan = acknowledged(cursor.value, answers.get(cursor.value.id), forget, now);
      if (scan.sent === 1 && (scan.acked_at ?? scan.at) < now - KEEP_SECONDS && !scan.outcome) {
        await cursor.delete();
        continue;
      }
      if (scan !== cursor.value) await cursor.update(scan);
      // A refusal did nothing to the token: there the server's word is newer.
      if (!scan.number || (scan.verdict && scan.verdict !== "admitted")) continue;
      touched.add(scan.number);
      if (scan.sent === 0) waiting.add(scan.number);
    }
    if (forget !== "nothing") {
      // Whom this phone let in stays in, whatever a restored server has forgotten.
      const own = forget === "all" ? await Promise.all([...touched].map((number) => store.get(number))) : [];
      await store.clear();
      for (const token of own) if (token) await store.put(token);
    }
    for (const token of tokens) {
      // What this phone did and has not yet sent is newer than what the server says.
      const own = waiting.has(token.number) ? await store.get(token.number) : undefined;
      const { state, admitted_at, admitted_by, admitted_gate } = own ?? token;
      const mine = own && (token.state === "issued" || token.state === "admitted");
      const did = { admitted_at, admitted_by, admitted_gate };
      await store.put(mine ? ({ ...token, ...did, state } as StoredToken) : token);
    }
    const kept = tx.objectStore("meta");
    const before = (await kept.get("base")) as Base | undefined;
    for (const [name, value] of Object.entries(meta)) await kept.put(value, name);
    const moves = ((await kept.get("moves")) ?? []) as LaneMove[];
    const base = meta.base ?? before;
    const left = before?.gate.centre !== base?.gate.centre;
    const open = left || !base ? [] : moves.filter((move) => move.epoch > (knownEpoch(base, move.lane) ?? Infinity));
    if (open.length < moves.length) await kept.put(open, "moves");
    await tx.done;
  }
}

/** A scan as it stands after an answer. */
function acknowledged(scan: StoredScan, outcome: string | undefined, forget: Forget, now: number): StoredScan {
  if (scan.sent === 0 && isAnswered(outcome)) {
    // The code of a slip holds a birth year: it goes as soon as the server has it.
    const { qr: _qr, outcome: _outcome, ...kept } = scan;
    return { ...kept, sent: 1, acked_at: now, ...(TAKEN.has(outcome) ? {} : { outcome }) };
  }
  // A restored server may lack what an earlier one had acknowledged; what it has, it answers again.
  return scan.sent === 1 && forget === "all" ? { ...scan, sent: 0 } : scan;
}
