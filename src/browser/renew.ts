// A page about something that goes on brings its part anew, until that is over. Without this there is a link that does it.

const part = document.querySelector<HTMLElement>("[data-renew]");

async function renew(): Promise<void> {
  if (!part?.dataset.renew || document.hidden || part.contains(document.activeElement)) return;
  try {
    const answer = await fetch(location.href);
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(part.id);
    if (!fresh) return;
    part.replaceChildren(...fresh.childNodes);
    if (!fresh.dataset.renew) {
      delete part.dataset.renew;
      clearInterval(timer);
    }
  } catch {
    // Without a link it stands as it was; the time below says of when it is.
  }
}

const timer = setInterval(() => void renew(), Number(part?.dataset.renew) * 1000);
export {};
