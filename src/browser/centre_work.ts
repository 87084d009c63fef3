// A centre's work without a link: each deed is checked against the day and written down for good, in one tab at a time. No screen
// here: tests call this directly.

import { type CentreRecord, type Deed, type Now, numberOf, obstacle, play, waiting } from "./centre_day";
import type { CentreStore } from "./centre_store";
import { Turns } from "./in_turn";
import { type Refusal, dayText } from "./rules";

export class CentreWork {
  /** Two tabs must not record the same dose. */
  private readonly turns = new Turns("baari-centre");

  constructor(
    readonly store: CentreStore,
    private readonly seconds: () => number = () => Math.floor(Date.now() / 1000),
  ) {}

  /** The time by the best that this browser knows. */
  async now(): Promise<number> {
    return this.seconds() - ((await this.store.get("offset")) ?? 0);
  }

  /** The day as it stands here. */
  async day(): Promise<Now> {
    const at = await this.now();
    return play(await this.store.today(at), await this.store.records(), dayText(at));
  }

  /** Writes a deed down, or says why it cannot be. */
  do(deed: Deed): Promise<CentreRecord | Refusal> {
    return this.turns.take(() => this.write(deed));
  }

  /** Calls whoever is next to this counter; `null` when nobody waits. Where papers are looked at, the one before has passed. */
  callNext(): Promise<CentreRecord | Refusal | null> {
    return this.turns.take(async () => {
      const [counter, stage] = [(await this.store.get("counter")) ?? 1, (await this.store.get("stage")) ?? "dose"];
      const now = await this.day();
      if (stage === "check") {
        for (const { number, waits } of now.people.values()) {
          if (waits?.state !== "called" || waits.stage !== stage || waits.counter !== counter) continue;
          await this.write({ kind: "call", number, counter, stage, state: "passed" });
        }
      }
      const next = waiting(now, stage)[0];
      return next ? this.write({ kind: "call", number: next.number, counter, stage, state: "called" }) : null;
    });
  }

  private async write(deed: Deed): Promise<CentreRecord | Refusal> {
    const [who, centre] = [await this.store.get("who"), await this.store.get("centre")];
    if (who === undefined || centre === undefined) return { code: "logged_out" };
    const at = await this.now();
    const today = await this.store.today(at);
    const now = play(today, await this.store.records(), dayText(at));
    const against = obstacle(today, now, deed);
    if (against) return against;
    const call = nameOf(deed, now);
    const record: CentreRecord = { id: crypto.randomUUID(), at, by: who, centre, deed, call, sent: 0 };
    await this.store.add(record);
    return record;
  }
}

/** What a record is named by: the call number of whom it is about, or the batch of the vial. */
function nameOf(deed: Deed, now: Now): string {
  if (deed.kind === "open_vial") return deed.batch;
  if (deed.kind === "close_vial") return now.vials.find((vial) => vial.id === deed.vial)?.batch ?? "";
  return now.people.get(numberOf(deed) ?? "")?.call ?? "";
}
