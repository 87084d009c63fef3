// The operator's desk: timers of the observation room, its chime, the keys of the vials. Without this the page works by reloading.

import { drafted, fillIn, forget, keep } from "./draft";
import { PRACTICE, at, own } from "./own";
import { watchTimers } from "./timers";

const RENEW = 20_000;
const STARTED = own("baari-dose-started");

/** The server's clock may be another than this PC's: the difference is learnt whenever the rooms are brought. */
let offset = 0;

function learnTime(): void {
  const shown = Number(document.querySelector<HTMLElement>("#rooms")?.dataset.now);
  if (shown) offset = shown - Date.now() / 1000;
}

let renewing = false;

/** Brings the rooms anew, unless somebody is just choosing there. */
async function renew(): Promise<void> {
  const rooms = document.getElementById("rooms");
  if (!rooms || renewing || rooms.contains(document.activeElement) || rooms.querySelector("details[open]")) return;
  if (rooms.querySelector<HTMLInputElement>("#leaving")?.value) return;
  renewing = true;
  try {
    const response = await fetch(at("/centre/rooms"));
    if (response.ok && !response.redirected) {
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.getElementById("rooms");
      if (fresh) rooms.replaceWith(fresh);
      learnTime();
    }
  } catch {
    // Without a link the timers run on.
  }
  renewing = false;
}

learnTime();
watchTimers(
  () => -offset,
  () => void renew(),
);
window.setInterval(() => void renew(), RENEW);

addEventListener("keydown", (event) => {
  if (!sessionStorage.getItem(STARTED) && !event.metaKey) sessionStorage.setItem(STARTED, String(Date.now()));
  if (event.key === "F4") document.querySelector<HTMLInputElement>("#q")?.focus();
  else {
    const button = /^F[6789]$/.test(event.key) && document.querySelector<HTMLButtonElement>(`[data-key="${event.key}"]`);
    const batch = button && document.querySelector<HTMLInputElement>("#new-batch");
    if (!button) return;
    // A vial is opened by its batch: that is typed first.
    if (batch && button.form === batch.form && !batch.value.trim()) batch.focus();
    else button.click();
  }
  event.preventDefault();
});

const watch = document.getElementById("stopwatch");
const started = Number(sessionStorage.getItem(STARTED));
if (watch) {
  if (started) watch.textContent = `· ${((Date.now() - started) / 1000).toFixed(1)} s`;
  sessionStorage.removeItem(STARTED);
}

// If the link goes, the page that goes on alone begins with what was typed here; if the log-in runs out, so does the same person's
// form. What was typed for anybody else has arrived.
for (const form of PRACTICE ? [] : document.querySelectorAll<HTMLFormElement>("#dose, #home")) {
  const token = form.querySelector<HTMLInputElement>('[name="token"]')?.value ?? "";
  const typed = drafted(form);
  const theirs = token !== "" && typed.some(([name, value]) => name === "token" && value === token);
  if (theirs && !document.querySelector(".error-summary")) fillIn(form, typed);
  else forget(form);
  form.addEventListener("input", () => keep(form));
}

// A form goes once; its key makes even a second sending harmless.
for (const form of document.querySelectorAll<HTMLFormElement>('form[method="post"]')) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
}
