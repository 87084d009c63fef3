// Talking with the server: one call, scans up, answers and changes down. The last answer is believed, nothing else.

import type { Base, Conflict, Forget, Scan, Store, StoredScan, StoredToken } from "./store";
import { ClockWatch } from "./clock";
import { base64url } from "./desk";
import type { Leases } from "./lease";
import { at } from "./own";
import type { TokenState } from "./verdict";

interface Down {
  server_time: number;
  epoch: string;
  cursor: number;
  more: boolean;
  answers: { id: string; outcome: string }[];
  base?: Base;
  leases?: Leases;
  tokens: (Omit<StoredToken, "state"> & { state: TokenState })[];
  lanes_until?: number;
  conflicts?: Conflict[];
  /** No gate any more: what it wrote is handed over. */
  revoked?: boolean;
}

/** `busy`: the server is there and asks to come again. `fresh`: heard; with a new base the server waits for the word that this phone goes by it. */
export type Outcome =
  | { kind: "fresh"; newBase: boolean; clock: boolean }
  | { kind: "silent" }
  | { kind: "busy"; seconds: number }
  /** The server has never heard of this phone: it was brought back from a copy. */
  | { kind: "unknown" }
  /** No gate any more: what it wrote is handed over, as far as the server takes it. */
  | { kind: "revoked" };

/** How many scans go up in one call. */
const MOST = 200;
const TIMEOUT_MS = 10_000;

function phoneSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Sends what waits and takes in what changed, until there is nothing more of either. */
export async function sync(store: Store, version = ""): Promise<Outcome> {
  const secret = await store.get("secret");
  if (!secret) return { kind: "silent" };
  for (;;) {
    const all = await store.unsent(MOST + 1);
    const unsent = all.slice(0, MOST);
    const scans = unsent.map(toSend);
    const [epoch, cursor, base, waiting] = [
      await store.get("epoch"),
      await store.get("cursor"),
      await store.get("base"),
      await store.countUnsent(),
    ];
    const phone_time = phoneSeconds();
    const clock = new ClockWatch();
    const lanes = (await store.get("moves")) ?? [];
    const leases = (await store.get("leases"))?.version;
    const said = { epoch, cursor, base: base?.version, leases, centre: base?.gate.centre };
    const body = { scans, ...said, phone_time, waiting: waiting - scans.length, oldest_at: all[MOST]?.at, version, lanes };
    const answer = await call(secret, body);
    if (answer === "unknown") return { kind: "unknown" };
    if (answer && "seconds" in answer) return { kind: "busy", seconds: answer.seconds };
    if (!answer || answer.answers.length !== scans.length) return { kind: "silent" };
    // A clock that was set while the call was under way says nothing about the server's.
    const steady = !clock.jumped();
    const moved = base && answer.base && answer.base.gate.centre !== base.gate.centre;
    const forget: Forget = epoch !== undefined && epoch !== answer.epoch ? "all" : moved ? "tokens" : "nothing";
    const answers = new Map(answer.answers.map((row) => [row.id, row.outcome]));
    const heard = {
      epoch: answer.epoch,
      cursor: answer.cursor,
      ...(steady ? { offset: phone_time - answer.server_time } : {}),
      heard_at: answer.server_time,
    };
    if (answer.revoked) {
      await store.takeIn(answers, [], {}, "nothing", answer.server_time);
      if (unsent.length < MOST || (await isStuck(store, unsent))) return { kind: "revoked" };
      continue;
    }
    const isWhole = !answer.more && waiting <= scans.length;
    const news = { ...heard, lanes_until: answer.lanes_until ?? 0, conflicts: answer.conflicts ?? [] };
    const meta = {
      ...news,
      ...(answer.base ? { base: isWhole ? answer.base : withoutNewLanes(answer.base, base) } : {}),
      ...(answer.leases ? { leases: answer.leases } : {}),
    };
    await store.takeIn(answers, answer.tokens, meta, forget, answer.server_time);
    if (await isStuck(store, unsent)) return { kind: "silent" };
    if ((answer.base && isWhole) || (!answer.more && unsent.length < MOST))
      return { kind: "fresh", newBase: answer.base !== undefined, clock: steady };
  }
}

/**
 * A base before everything has been heard that goes with it: a lane is gained only when the phone knows whom others let in there. It has no
 * version, so that it is told again.
 */
function withoutNewLanes(base: Base, before: Base | undefined): Base {
  const held = before?.gate.centre === base.gate.centre ? before.gate.lanes : [];
  return { ...base, version: "", gate: { ...base.gate, lanes: base.gate.lanes.filter((lane) => held.includes(lane)) } };
}

/** A scan as it goes up. */
function toSend({ seq: _seq, sent: _sent, acked_at: _acked, outcome: _outcome, call_number: _call, ...scan }: StoredScan): Scan {
  return scan;
}

/** Whether the server could not yet say what became of the first row. */
async function isStuck(store: Store, rows: StoredScan[]): Promise<boolean> {
  return rows.length > 0 && (await store.unsent(1))[0]?.id === rows[0]?.id;
}

async function call(secret: string, body: object): Promise<Down | { seconds: number } | "unknown" | null> {
  try {
    const response = await fetch(at("/api/gate/sync"), {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      cache: "no-store",
    });
    const json = response.headers.get("content-type")?.includes("json");
    if (json && response.status === 401) return "unknown";
    const seconds = Number(response.headers.get("retry-after"));
    if (json && response.status === 429 && seconds > 0) return { seconds };
    if (!response.ok || !json) return null;
    const down = (await response.json()) as Down;
    // A log-in page of somebody's hotspot is no answer.
    return Array.isArray(down.answers) && Array.isArray(down.tokens) && typeof down.server_time === "number" ? down : null;
  } catch {
    return null;
  }
}

/** Uses a one-time code up. */
export async function enrol(store: Store, code: string): Promise<"enrolled" | "refused" | "silent" | "waiting"> {
  // What was written as one gate must not be sent as another, unless the server has never heard of that one.
  const isLost = (await sync(store)).kind === "unknown";
  if (!isLost && (await store.countUnsent()) > 0) return "waiting";
  // Written down before it is sent: when the answer is lost, the same code and secret are the same gate.
  const begun = await store.get("enrolling");
  const secret = begun?.code === code ? begun.secret : base64url(crypto.getRandomValues(new Uint8Array(32)));
  await store.set("enrolling", { code, secret });
  try {
    const response = await fetch(at("/api/gate/enrol"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code, secret }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) return response.status === 404 ? "refused" : "silent";
    // A log-in page of somebody's hotspot is no answer.
    if (((await response.json()) as { secret?: string }).secret !== secret) return "silent";
    await store.become(secret, isLost ? "sent again" : "forgotten");
    return "enrolled";
  } catch {
    return "silent";
  }
}

/** How long a gate waits for the server before it decides by itself, in milliseconds. */
const ASK_MS = 400;

/** What the server knows of a token at this moment, and which gate is admitting it; `null` when it does not say so at once. */
export async function ask(
  secret: string,
  id: string,
  number: string,
): Promise<{ token: StoredToken | null; taken_by: string | null } | null> {
  try {
    const response = await fetch(at("/api/gate/ask"), {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: JSON.stringify({ id, number }),
      signal: AbortSignal.timeout(ASK_MS),
      cache: "no-store",
    });
    if (!response.ok || !response.headers.get("content-type")?.includes("json")) return null;
    const answer = (await response.json()) as { token?: StoredToken | null; taken_by?: string | null };
    return "taken_by" in answer ? { token: answer.token ?? null, taken_by: answer.taken_by ?? null } : null;
  } catch {
    return null;
  }
}

/** A new slot for somebody who is turned back; `null` when the server does not answer, a sentence when it refuses. */
export async function newSlot(
  secret: string,
  id: string,
  number: string,
  lang: string,
): Promise<{ call_number: string; starts_at: string } | { refused: string } | null> {
  try {
    const response = await fetch(at("/api/gate/new-slot"), {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", "accept-language": lang },
      body: JSON.stringify({ id, number }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = (await response.json()) as { call_number: string; starts_at: string; detail: string };
    if (response.ok) return answer;
    return response.status === 409 || response.status === 404 ? { refused: answer.detail } : null;
  } catch {
    return null;
  }
}
