// The person's page on the day: outside, that they were let in, moved or must wait longer; inside, how many are before them.

/** How often is asked, in milliseconds: inside, and outside. */
const INSIDE = 15_000;
const OUTSIDE = 30_000;

const page = document.getElementById("stands");
const line = document.getElementById("turn");

async function renew(): Promise<void> {
  if (!page?.dataset.turn || document.hidden) return;
  try {
    const answer = await fetch(page.dataset.turn);
    if (!answer.ok) return;
    const { stands, says } = (await answer.json()) as { stands: string; says: string | null };
    if (stands !== page.dataset.stands || (says === null) !== (line === null)) location.reload();
    else if (line && says !== null) line.textContent = says;
  } catch {
    // The last word stands; the page says of when it is.
  }
}

setInterval(() => void renew(), line ? INSIDE : OUTSIDE);
document.addEventListener("visibilitychange", () => void renew());
export {};
