// Talking with the server: one call, scans up, answers and changes down. The last answer is believed, nothing else.

import type { Base, Scan, Store, StoredToken } from "./store";
import type { TokenState } from "./verdict";

interface Down {
  server_time: number;
  epoch: string;
  cursor: number;
  more: boolean;
  answers: { id: string; outcome: string }[];
  base?: Base;
  tokens: (Omit<StoredToken, "state"> & { state: TokenState })[];
}

export type Outcome = { kind: "fresh"; server_time: number } | { kind: "silent" } | { kind: "revoked" };

/** How many scans go up in one call. */
const MOST = 200;
const TIMEOUT_MS = 10_000;

function phoneSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Sends what waits and takes in what changed, until there is nothing more of either. */
export async function sync(store: Store): Promise<Outcome> {
  const secret = await store.get("secret");
  if (!secret) return { kind: "silent" };
  for (;;) {
    const unsent = await store.unsent(MOST);
    const scans = unsent.map(({ seq: _seq, sent: _sent, outcome: _outcome, call_number: _call, ...scan }): Scan => scan);
    const [epoch, cursor, base, waiting] = [
      await store.get("epoch"),
      await store.get("cursor"),
      await store.get("base"),
      await store.countUnsent(),
    ];
    const phone_time = phoneSeconds();
    const body = { scans, epoch, cursor, base: base?.version, phone_time, waiting: waiting - scans.length };
    const answer = await call(secret, body);
    if (answer === "revoked") return { kind: "revoked" };
    if (!answer || answer.answers.length !== scans.length) return { kind: "silent" };
    const anew = epoch !== undefined && epoch !== answer.epoch;
    const answers = new Map(answer.answers.map((row) => [row.id, row.outcome]));
    const heard = {
      epoch: answer.epoch,
      cursor: answer.cursor,
      offset: phone_time - answer.server_time,
      heard_at: answer.server_time,
    };
    const meta = answer.base ? { ...heard, base: answer.base } : heard;
    await store.takeIn(answers, answer.tokens, meta, anew, answer.server_time);
    if (!answer.more && unsent.length < MOST) return { kind: "fresh", server_time: answer.server_time };
  }
}

async function call(secret: string, body: object): Promise<Down | "revoked" | null> {
  try {
    const response = await fetch("/api/gate/sync", {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      cache: "no-store",
    });
    const json = response.headers.get("content-type")?.includes("json");
    if (json && (response.status === 401 || response.status === 403)) return "revoked";
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
  // What was written as one gate must not be sent as another.
  if ((await store.countUnsent()) > 0) await sync(store);
  if ((await store.countUnsent()) > 0) return "waiting";
  try {
    const response = await fetch("/api/gate/enrol", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) return response.status === 404 ? "refused" : "silent";
    const { secret } = (await response.json()) as { secret: string };
    await store.reset();
    await store.set("secret", secret);
    return "enrolled";
  } catch {
    return "silent";
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
    const response = await fetch("/api/gate/new-slot", {
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
