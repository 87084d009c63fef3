// Asking the server, and telling its answer from anybody else's. The last answer is believed, nothing else.

const TIMEOUT_MS = 10_000;

/** The server could not say whether it has the record: it is sent again. */
const NOT_YET = new Set(["unavailable", "outcome_unknown", "too_many_requests", "internal"]);

/** Whether the server has said what became of a record. */
export function isAnswered(outcome: string | undefined): outcome is string {
  return outcome !== undefined && !NOT_YET.has(outcome);
}

/** What the server answers; `gone`: it knows the caller no more; `null`: it was not heard. */
export async function ask<T extends { answers: unknown[] }>(
  path: string,
  body: object,
  secret?: string,
): Promise<T | "gone" | null> {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...(secret ? { authorization: `Bearer ${secret}` } : {}) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      cache: "no-store",
    });
    const json = response.headers.get("content-type")?.includes("json");
    if (json && (response.status === 401 || response.status === 403)) return "gone";
    if (!response.ok || !json) return null;
    const down = (await response.json()) as T;
    // A log-in page of somebody's hotspot is no answer.
    return Array.isArray(down.answers) ? down : null;
  } catch {
    return null;
  }
}
