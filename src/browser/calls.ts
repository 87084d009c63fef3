// A counter's screen follows the hall: when somebody is called, or has entered, it is fetched again and what changed is shown.

const hall = document.getElementById("hall");

/** People enter without a call: their names are looked for this often, in milliseconds. */
const EVERY = 10_000;

let fetching = false;

async function renew(): Promise<void> {
  // A key that is just being pressed goes first.
  if (fetching || !hall || document.hidden) return;
  fetching = true;
  try {
    const answer = await fetch(location.href);
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("hall");
    if (!fresh) return;
    const focused = document.activeElement?.closest("form")?.querySelector<HTMLInputElement>("[name=number]")?.value;
    const pressed = (document.activeElement as HTMLButtonElement | null)?.value;
    hall.replaceChildren(...Array.from(fresh.childNodes));
    const same = Array.from(hall.querySelectorAll("button")).find(
      (button) => button.value === pressed && button.form?.querySelector<HTMLInputElement>("[name=number]")?.value === focused,
    );
    same?.focus();
  } catch {
    // Without a link it stands as it was; the time below says of when it is.
  } finally {
    fetching = false;
  }
}

if (hall?.dataset.calls) {
  const source = new EventSource(hall.dataset.calls);
  source.addEventListener("calls", () => void renew());
  setInterval(() => void renew(), EVERY);
}
export {};
