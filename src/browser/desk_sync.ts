// A desk's talk with the server: records and returned places up, answers and places down. The last answer is believed, nothing else.

import { ask } from "./ask";
import type { Desk } from "./desk";
import { base64url } from "./desk";
import { inLock } from "./in_turn";
import type { DeskBase, DeskRecord, DeskStore, Meta, Place, Standing } from "./desk_store";

interface Down {
  server_time: number;
  standing: Standing;
  word: string;
  epoch: string;
  answers: { id: string; outcome: string }[];
  places: Place[];
  give_back: string[];
  base?: DeskBase;
}

export type Heard = Standing | "silent" | "none";

/** How many records go up in one call. */
const MOST = 50;
const TIMEOUT_MS = 10_000;

/** Makes this browser a desk, if an officer agrees: a key that cannot be taken out, and a secret by which it is known. */
export async function askForDesk(store: DeskStore, name: string): Promise<"asked" | "refused" | "silent"> {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const keys = (await store.get("keys")) ?? (await crypto.subtle.generateKey(curve, false, ["sign", "verify"]));
  const secret = (await store.get("secret")) ?? base64url(crypto.getRandomValues(new Uint8Array(32)));
  await store.set("keys", keys);
  await store.set("secret", secret);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", keys.publicKey));
  try {
    const body = JSON.stringify({ name, public: base64url(point), secret });
    const headers = { "content-type": "application/json" };
    const response = await fetch("/api/desk/ask", { method: "POST", headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) return response.status >= 500 ? "silent" : "refused";
    const { word } = (await response.json()) as { word: string };
    await store.set("word", word);
    await store.set("standing", "waiting");
    return "asked";
  } catch {
    return "silent";
  }
}

/** Sends what waits and takes in what changed, until there is nothing more of either. One talk at a time, in all tabs: a word that was
 * used before is what the server knows a copy by. */
export function syncDesk(desk: Desk): Promise<Heard> {
  return inLock("baari-desk-sync", () => sync(desk));
}

async function sync(desk: Desk): Promise<Heard> {
  const { store } = desk;
  for (;;) {
    const [secret, word] = [await store.get("secret"), await store.get("word")];
    if (!secret || !word) return "none";
    const all = await store.unsent(MOST + 1);
    const records = all.slice(0, MOST);
    const [returned, waiting] = [await store.returned(), await store.countUnsent()];
    // Written down before it is sent: an unanswered call is made again under the same id.
    const call = (await store.get("call")) ?? crypto.randomUUID();
    await store.set("call", call);
    const desk_time = Math.floor(Date.now() / 1000);
    const up = {
      call,
      word,
      records: records.map(asSent),
      returned,
      pace: await desk.pace(),
      waiting: waiting - records.length,
      oldest_at: all[MOST]?.at,
      desk_time,
      base: (await store.get("base"))?.version,
    };
    const down = await ask<Down>("/api/desk/sync", up, secret);
    if (down === "gone") return "none";
    if (!down || down.answers.length !== records.length) return "silent";
    const answers = new Map(down.answers.map((row) => [row.id, row.outcome]));
    const heard: Partial<Meta> = {
      word: down.word,
      epoch: down.epoch,
      call: null,
      standing: down.standing,
      offset: desk_time - down.server_time,
      heard_at: down.server_time,
      ...(down.base ? { base: down.base } : {}),
    };
    await store.takeIn(answers, returned, down.places, heard, down.server_time);
    await store.strikeOff(down.give_back);
    const next = (await store.unsent(1))[0]?.id;
    const stuck = next !== undefined && next === records[0]?.id;
    const more = next !== undefined || (await store.returned()).length > 0;
    if (!more || stuck) return stuck ? "silent" : down.standing;
  }
}

/** What the server takes of a record. */
function asSent(record: DeskRecord): object {
  const { id, kind, number, at, by, cose, link, code, person, key, reason } = record;
  const common = { kind, id, number, at, by };
  return kind === "cancel" ? { ...common, reason } : { ...common, cose, link, code, person, ...(key ? { key } : {}) };
}
