// The operator's desk: timers of the observation room, its chime, the keys of the vials. Without this the page works by reloading.

import { at, own } from "./own";

const RENEW = 20_000;
const STARTED = own("baari-dose-started");

/** A short double tone, once somebody's time is over. Browsers allow it after the first key or touch. */
function chime(): void {
  const audio = new AudioContext();
  for (const [begins, pitch] of [
    [0, 880],
    [0.25, 660],
  ] as const) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.value = 0.2;
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + begins);
    tone.stop(audio.currentTime + begins + 0.2);
  }
  window.setTimeout(() => void audio.close(), 1000);
}

/** The server's clock may be another than this PC's: the difference is learnt whenever the rooms are brought. */
let offset = 0;

function learnTime(): void {
  const shown = Number(document.querySelector<HTMLElement>("#rooms")?.dataset.now);
  if (shown) offset = shown - Date.now() / 1000;
}

/** Whose time has been rung for. */
const rung = new Set<string>();

/** Rewrites the minutes that are left; somebody whose time is over is rung for once, and the list is brought anew. */
function tick(): void {
  let over = false;
  for (const timer of document.querySelectorAll<HTMLElement>(".timer[data-until]")) {
    const left = Math.max(0, Number(timer.dataset.until) - Date.now() / 1000 - offset);
    const shown = timer.querySelector("b");
    if (shown) shown.textContent = `${Math.floor(left / 60)}:${String(Math.floor(left % 60)).padStart(2, "0")}`;
    const dose = timer.dataset.dose ?? "";
    if (left > 0 || rung.has(dose)) continue;
    rung.add(dose);
    over = true;
  }
  if (!over) return;
  chime();
  const status = document.getElementById("chime");
  if (status) status.textContent = status.dataset.text ?? "";
  void renew();
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
tick();
window.setInterval(tick, 1000);
window.setInterval(() => void renew(), RENEW);

addEventListener("keydown", (event) => {
  if (!sessionStorage.getItem(STARTED) && !event.metaKey) sessionStorage.setItem(STARTED, String(Date.now()));
  if (event.key === "F4") document.querySelector<HTMLInputElement>("#q")?.focus();
  else {
    const button = /^F[679]$/.test(event.key) && document.querySelector<HTMLButtonElement>(`[data-key="${event.key}"]`);
    if (!button) return;
    button.click();
  }
  event.preventDefault();
});

const watch = document.getElementById("stopwatch");
const started = Number(sessionStorage.getItem(STARTED));
if (watch) {
  if (started) watch.textContent = `· ${((Date.now() - started) / 1000).toFixed(1)} s`;
  sessionStorage.removeItem(STARTED);
}

// A form goes once; its key makes even a second sending harmless.
for (const form of document.querySelectorAll<HTMLFormElement>('form[method="post"]')) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
}
