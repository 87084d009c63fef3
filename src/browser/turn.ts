// The person's page after the gate: how many are before them, without a reload.

const line = document.getElementById("turn");

async function renew(): Promise<void> {
  if (!line?.dataset.turn || document.hidden) return;
  try {
    const answer = await fetch(line.dataset.turn);
    if (!answer.ok) return;
    const turn = (await answer.json()) as { says: string } | null;
    if (turn) line.textContent = turn.says;
    else location.reload();
  } catch {
    // The last word stands; the page says of when it is.
  }
}

setInterval(() => void renew(), 15_000);
export {};
