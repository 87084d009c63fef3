// A centre's talk with the server: what was done up, answers and the day down. The last answer is believed, nothing else.

import { ask } from "./ask";
import type { CentreDay, CentreRecord } from "./centre_day";
import type { Answers, CentreStore } from "./centre_store";
import { inLock } from "./in_turn";

interface Down {
  server_time: number;
  who: string;
  centre: number;
  answers: { id: string; outcome: string; said: string | null }[];
  today?: CentreDay;
}

/** `ended`: nobody is logged in here who works in a centre. */
export type Heard = "fresh" | "silent" | "ended";

/** How many records go up in one call. */
const MOST = 50;

/** Sends what waits and takes the day in, until nothing more waits. One tab at a time. */
export function syncCentre(store: CentreStore): Promise<Heard> {
  return inLock("baari-centre-sync", () => sync(store));
}

async function sync(store: CentreStore): Promise<Heard> {
  for (;;) {
    // Before the first answer it is not known where this is: then nothing is sent yet.
    const [centre, today] = [await store.get("centre"), await store.get("today")];
    const waiting = centre === undefined ? [] : await store.unsent(centre, Infinity);
    const records = waiting.slice(0, MOST);
    const rest = waiting.slice(MOST);
    const device_time = Math.floor(Date.now() / 1000);
    const refused = (await store.refused()).length;
    const pc = { id: await store.pc(), clock: device_time, waiting: rest.length, oldest: rest[0]?.at ?? null, refused };
    const down = await ask<Down>("/api/centre/sync", { records: records.map(asSent), version: today?.version ?? null, pc });
    if (down === "gone") {
      await store.forget();
      return "ended";
    }
    if (!down || down.answers.length !== records.length) return "silent";
    // Somebody of another centre sits here: what its people did waits for them, and its day is forgotten.
    const moved = centre !== undefined && centre !== down.centre;
    if (moved) await store.forget();
    const answers: Answers = new Map(moved ? [] : down.answers.map((row) => [row.id, row]));
    const { who, server_time } = down;
    const heard = { who, centre: down.centre, offset: device_time - server_time, heard_at: server_time };
    await store.takeIn(answers, { ...heard, ...(down.today ? { today: down.today } : {}) }, server_time);
    const next = (await store.unsent(down.centre, 1))[0]?.id;
    if (next === undefined) return "fresh";
    if (next === records[0]?.id) return "silent";
  }
}

/** What the server takes of a record. */
function asSent({ id, at, by, centre, deed }: CentreRecord): object {
  return { id, at, by, centre, deed };
}
