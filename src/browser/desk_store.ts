// What a desk keeps in this browser: its key, the places that it was lent, and what it did with them until the server has it.

import { type DBSchema, type IDBPDatabase, type IDBPObjectStore, openDB } from "idb";
import { isAnswered } from "./ask";
import type { Campaign, Offer } from "./rules";
import type { Third } from "./third";

/** A slot that this desk may have places of. */
export interface DeskSlot extends Offer {
  id: number;
  centre: number;
  call: number;
  closes: number;
  lanes: number;
}

/** What changes seldom. */
export interface DeskBase {
  version: string;
  desk: number;
  name: string;
  kid: number | null;
  box_key: string;
  address: string;
  desk_phone: string;
  campaign: Campaign;
  slots: DeskSlot[];
  centres: { id: number; district: number; name_en: string; name_hi: string; address_en: string; address_hi: string }[];
  /** Its own district, and the third languages of all that its centres lie in. */
  district: number;
  thirds: Third[];
}

/** A place, as the server lends it. */
export interface Place {
  number: string;
  slot: number;
  serial: number;
  link: string;
  code: string;
}

/** `free`: nobody has it. `used`: a record stands for it. `returned`: struck off, and `gone` when the server has heard of that. */
export interface StoredPlace extends Place {
  state: "free" | "used" | "returned" | "gone";
}

/** A person, as the server takes them. The ID's whole number is in a box that only the server opens. */
export interface TypedPerson {
  mobile: string | null;
  mobile_of: string;
  name: string;
  birth_year: number;
  gender: string;
  category: string;
  certificate: boolean;
  language: string;
  needs: string;
  locality: string | null;
  id_type: string;
  id_end: string;
  id_sealed: string;
  earlier: [string, string] | null;
}

/** One thing that was done here, and how far it is: a draft has its place and no signature yet. */
export interface DeskRecord {
  seq?: number;
  id: string;
  kind: "issue" | "cancel";
  number: string;
  at: number;
  by: string;
  /** `draft`, then `made`; `spoiled`: it was never signed, so nobody holds it. */
  state: "draft" | "made" | "spoiled";
  /** An index cannot be over booleans. */
  sent: 0 | 1;
  outcome?: string;
  dose?: number;
  slot?: number;
  call_number?: string;
  cose?: string;
  qr?: string;
  link?: string;
  code?: string;
  person?: TypedPerson;
  key?: string;
  reason?: string;
  printed?: boolean;
  /** Cancelled here since. */
  cancelled?: boolean;
}

export type Standing = "waiting" | "active" | "ended" | "copied";

export interface Meta {
  secret: string;
  keys: CryptoKeyPair;
  word: string;
  /** Changes when the server's database was brought back from a copy. */
  epoch: string;
  /** The call that was not answered yet. */
  call: string | null;
  base: DeskBase;
  standing: Standing;
  /** This browser's clock less the server's, in seconds. */
  offset: number;
  /** When the server was last heard, by its own clock. */
  heard_at: number;
  /** When each token was made at this PC, by whatever way: the pace of the last hour. */
  made: number[];
  /** Call numbers of slips that were printed here by the link. */
  online: string[];
  /** Who is logged in. */
  who: string;
  paper: string;
}

interface Schema extends DBSchema {
  meta: { key: string; value: unknown };
  places: { key: string; value: StoredPlace };
  records: { key: number; value: DeskRecord; indexes: { sent: number } };
}

/** Records that the server has are kept for as long as it may ask for them again. */
const KEEP_SECONDS = 72 * 3600;

/** Made, and not acknowledged. A draft is nobody's yet. */
function isUnsent(record: DeskRecord): boolean {
  return record.sent === 0 && record.state === "made";
}

type Places = IDBPObjectStore<Schema, ("meta" | "places" | "records")[], "places", "readwrite">;

/** The server's database was brought back from a copy: what was struck off is struck off again, and what it has forgotten is nobody's
 * to give. */
async function forget(places: Places, lent: Set<string>): Promise<void> {
  for (const place of await places.getAll()) {
    if (place.state === "gone") await places.put({ ...place, state: "returned" });
    if (place.state === "free" && !lent.has(place.number)) await places.delete(place.number);
  }
}

export class DeskStore {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(name = "baari-desk"): Promise<DeskStore> {
    const db = await openDB<Schema>(name, 1, {
      upgrade(db) {
        db.createObjectStore("meta");
        db.createObjectStore("places", { keyPath: "number" });
        db.createObjectStore("records", { keyPath: "seq", autoIncrement: true }).createIndex("sent", "sent");
      },
    });
    return new DeskStore(db);
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

  /** Forgets the desk that this browser was, unless something waits to be sent. */
  async reset(): Promise<boolean> {
    const tx = this.db.transaction(["meta", "places", "records"], "readwrite", { durability: "strict" });
    if ((await tx.objectStore("records").index("sent").getAll(0)).some(isUnsent)) return false;
    const clear = (["meta", "places", "records"] as const).map((name) => tx.objectStore(name).clear());
    await Promise.all([...clear, tx.done]);
    return true;
  }

  async free(): Promise<StoredPlace[]> {
    return (await this.db.getAll("places")).filter((place) => place.state === "free").sort((a, b) => a.serial - b.serial);
  }

  async returned(): Promise<string[]> {
    return (await this.db.getAll("places")).filter((place) => place.state === "returned").map((place) => place.number);
  }

  /** Everything that was done here and is kept, the oldest first. */
  records(): Promise<DeskRecord[]> {
    return this.db.getAll("records");
  }

  /** What the server has not acknowledged, in order. */
  async unsent(most: number): Promise<DeskRecord[]> {
    const waiting = await this.db.getAllFromIndex("records", "sent", 0);
    return waiting.filter(isUnsent).slice(0, most);
  }

  async countUnsent(): Promise<number> {
    return (await this.unsent(Number.POSITIVE_INFINITY)).length;
  }

  /** Takes a place and writes the draft, in one durable step; `null`: it is not free any more. */
  async take(draft: DeskRecord): Promise<DeskRecord | null> {
    const tx = this.db.transaction(["places", "records"], "readwrite", { durability: "strict" });
    const place = await tx.objectStore("places").get(draft.number);
    if (place?.state !== "free") {
      await tx.done;
      return null;
    }
    await tx.objectStore("places").put({ ...place, state: "used" });
    const seq = await tx.objectStore("records").add(draft);
    await tx.done;
    return { ...draft, seq };
  }

  /** Writes a record that is there already. */
  async put(record: DeskRecord): Promise<void> {
    const tx = this.db.transaction("records", "readwrite", { durability: "strict" });
    await Promise.all([tx.store.put(record), tx.done]);
  }

  /** A record's slip came out of the printer. */
  async notePrinted(seq: number | undefined): Promise<void> {
    if (seq === undefined) return;
    const tx = this.db.transaction("records", "readwrite", { durability: "strict" });
    const record = await tx.store.get(seq);
    if (record) await tx.store.put({ ...record, printed: true });
    await tx.done;
  }

  /** A token of this desk's is cancelled. */
  async cancel(token: DeskRecord, record: DeskRecord): Promise<void> {
    const tx = this.db.transaction("records", "readwrite", { durability: "strict" });
    await Promise.all([tx.store.put({ ...token, cancelled: true }), tx.store.add(record), tx.done]);
  }

  /** Drafts that were never signed: their place goes back, and nobody was given a slip. */
  async spoil(): Promise<void> {
    const tx = this.db.transaction(["places", "records"], "readwrite", { durability: "strict" });
    const [places, records] = [tx.objectStore("places"), tx.objectStore("records")];
    for (const record of await records.getAll()) {
      if (record.state !== "draft") continue;
      const place = await places.get(record.number);
      if (place) await places.put({ ...place, state: "returned" });
      await records.put({ ...record, state: "spoiled", sent: 1 });
    }
    await tx.done;
  }

  /** Strikes places off that are wanted back and still free. */
  async strikeOff(numbers: string[]): Promise<void> {
    const tx = this.db.transaction("places", "readwrite", { durability: "strict" });
    for (const number of numbers) {
      const place = await tx.store.get(number);
      if (place?.state === "free") await tx.store.put({ ...place, state: "returned" });
    }
    await tx.done;
  }

  /** The server knows this browser no more. What was done here stays, to be sent when it is a desk again under the same key. */
  async disown(): Promise<void> {
    await this.db.delete("meta", "standing");
  }

  /** Takes in one answer: acknowledgements, what was returned for good, and places that were lent. In another epoch everything that is
   * kept goes up again. */
  async takeIn(
    answers: Map<string, string>,
    returned: string[],
    places: Place[],
    meta: Partial<Meta>,
    now: number,
  ): Promise<void> {
    const tx = this.db.transaction(["places", "records", "meta"], "readwrite", { durability: "strict" });
    const [own, records] = [tx.objectStore("places"), tx.objectStore("records")];
    const epoch = (await tx.objectStore("meta").get("epoch")) as Meta["epoch"] | undefined;
    const isForgotten = epoch !== undefined && meta.epoch !== undefined && epoch !== meta.epoch;
    for (let cursor = await records.openCursor(); cursor; cursor = await cursor.continue()) {
      const record = cursor.value;
      const outcome = answers.get(record.id);
      if (record.sent === 0 && isAnswered(outcome)) {
        await cursor.update({ ...record, sent: 1, outcome });
      } else if (record.sent === 1 && record.at < now - KEEP_SECONDS) {
        await cursor.delete();
      } else if (record.sent === 1 && record.state === "made" && isForgotten) {
        await cursor.update({ ...record, sent: 0 });
      }
    }
    for (const number of returned) {
      const place = await own.get(number);
      if (place) await own.put({ ...place, state: "gone" });
    }
    if (isForgotten) await forget(own, new Set(places.map((place) => place.number)));
    // What was used or struck off here meanwhile is newer than what the server says; a number is never lent twice.
    for (const place of places) if (!(await own.get(place.number))) await own.put({ ...place, state: "free" });
    if (meta.base) {
      const slots = new Set(meta.base.slots.map((slot) => slot.id));
      for (const place of await own.getAll()) {
        const over = place.state === "used" || place.state === "gone";
        if (over && !slots.has(place.slot)) await own.delete(place.number);
      }
    }
    for (const [name, value] of Object.entries(meta)) await tx.objectStore("meta").put(value, name);
    await tx.done;
  }
}
