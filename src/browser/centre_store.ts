// What a centre's page keeps in this browser: the day, as the server said it last, and what was done here until the server has it.

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { isAnswered } from "./ask";
import { type CentreDay, type CentreRecord, type Stage, isRefused, numberOf } from "./centre_day";
import { dayText } from "./rules";

export interface Meta {
  today: CentreDay;
  /** Who is logged in, and where they work. */
  who: string;
  centre: number;
  /** This browser's clock less the server's, in seconds. */
  offset: number;
  /** When the server was last heard, by its own clock. */
  heard_at: number;
  /** What the server knows this browser by. */
  pc: string;
  /** Which counter of the hall stands here, and what is done at it. */
  counter: number;
  stage: Stage;
}

interface Schema extends DBSchema {
  meta: { key: string; value: unknown };
  records: { key: number; value: CentreRecord; indexes: { sent: number } };
}

/** What the server said of each record. */
export type Answers = Map<string, { outcome: string; said: string | null }>;

/** What the store is called in the browser. */
const NAME = "baari-centre";

export class CentreStore {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  /** Whether this browser keeps anything; one that cannot say might. */
  static async isThere(): Promise<boolean> {
    return (await indexedDB.databases?.())?.some(({ name }) => name === NAME) ?? true;
  }

  static async open(name = NAME): Promise<CentreStore> {
    const db = await openDB<Schema>(name, 1, {
      upgrade(db) {
        db.createObjectStore("meta");
        db.createObjectStore("records", { keyPath: "seq", autoIncrement: true }).createIndex("sent", "sent");
      },
    });
    return new CentreStore(db);
  }

  close(): void {
    this.db.close();
  }

  async get<K extends keyof Meta>(name: K): Promise<Meta[K] | undefined> {
    return (await this.db.get("meta", name)) as Meta[K] | undefined;
  }

  async set<K extends keyof Meta>(name: K, value: Meta[K]): Promise<void> {
    await this.db.put("meta", value, name);
  }

  /** The centre's day; one that is over is forgotten. */
  async today(now: number): Promise<CentreDay | undefined> {
    const today = await this.get("today");
    if (!today || today.day === dayText(now)) return today;
    await this.db.delete("meta", "today");
    return undefined;
  }

  /** Nobody is logged in here any more: people are forgotten. What was done stays until the server has it. */
  async forget(): Promise<void> {
    const tx = this.db.transaction("meta", "readwrite", { durability: "strict" });
    await Promise.all([...(["today", "who", "centre"] as const).map((name) => tx.store.delete(name)), tx.done]);
  }

  /** Everything that was done here and is kept, the oldest first. */
  records(): Promise<CentreRecord[]> {
    return this.db.getAll("records");
  }

  /** Writes a record down for good, before anything is shown as done. */
  async add(record: CentreRecord): Promise<void> {
    const tx = this.db.transaction("records", "readwrite", { durability: "strict" });
    await Promise.all([tx.store.add(record), tx.done]);
  }

  /** What waits to be sent from a centre, in order. */
  async unsent(centre: number, most: number): Promise<CentreRecord[]> {
    const waiting = await this.db.getAllFromIndex("records", "sent", 0);
    return waiting.filter((record) => record.centre === centre).slice(0, most);
  }

  /** What the server knows this browser by. */
  async pc(): Promise<string> {
    const tx = this.db.transaction("meta", "readwrite", { durability: "strict" });
    const known = (await tx.store.get("pc")) as string | undefined;
    const pc = known ?? crypto.randomUUID();
    if (!known) await tx.store.put(pc, "pc");
    await tx.done;
    return pc;
  }

  countUnsent(): Promise<number> {
    return this.db.countFromIndex("records", "sent", 0);
  }

  /** What the server did not take: it stays until it is settled. */
  async refused(): Promise<CentreRecord[]> {
    return (await this.records()).filter(isRefused);
  }

  /** A refused record goes to the server again. */
  async sendAgain({ outcome: _outcome, said: _said, ...record }: CentreRecord): Promise<void> {
    await this.db.put("records", { ...record, sent: 0 });
  }

  /** Somebody has seen to a refused record. */
  async settle(record: CentreRecord): Promise<void> {
    if (record.seq !== undefined) await this.db.delete("records", record.seq);
  }

  /** Takes in one answer: what became of the records, and the day. */
  async takeIn(answers: Answers, heard: Partial<Meta>, now: number): Promise<void> {
    const tx = this.db.transaction(["records", "meta"], "readwrite", { durability: "strict" });
    const had = new Set(
      (heard.today?.people ?? []).filter(({ state }) => state === "vaccinated" || state === "left").map((row) => row.number),
    );
    for (let cursor = await tx.objectStore("records").openCursor(); cursor; cursor = await cursor.continue()) {
      const record = cursor.value;
      const answer = answers.get(record.id);
      if (record.sent === 0 && answer && isAnswered(answer.outcome)) {
        const { outcome, said } = answer;
        const sent: CentreRecord = { ...record, sent: 1, outcome, ...(said ? { said } : {}) };
        await cursor.update(isRefused(sent) ? sent : withoutCode(sent));
      } else if (record.sent === 1) {
        // What was refused and is on record all the same is settled.
        const settled = isRefused(record)
          ? record.deed.kind === "dose" && had.has(numberOf(record.deed) ?? "")
          : dayText(record.at) !== dayText(now);
        if (settled) await cursor.delete();
      }
    }
    for (const [name, value] of Object.entries(heard)) await tx.objectStore("meta").put(value, name);
    await tx.done;
  }
}

/** The secret code goes as soon as the server has the dose. */
function withoutCode(record: CentreRecord): CentreRecord {
  return record.deed.kind === "dose" ? { ...record, deed: { ...record.deed, code: "" } } : record;
}
