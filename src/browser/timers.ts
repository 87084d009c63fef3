// The timers of the observation room: the minutes that are left, and a chime once somebody's time is over.

/** A short double tone. Browsers allow it after the first key or touch. */
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

/** Whose time has been rung for. */
const rung = new Set<string>();

/** Writes the time that is left into a timer, by a clock so many seconds behind this PC's; how many seconds that are. */
export function showLeft(timer: HTMLElement, behind: number): number {
  const left = Math.max(0, Number(timer.dataset.until) - Date.now() / 1000 + behind);
  const shown = timer.querySelector("b");
  if (shown) shown.textContent = `${Math.floor(left / 60)}:${String(Math.floor(left % 60)).padStart(2, "0")}`;
  return left;
}

/** Rewrites the minutes that are left every second; `over`: somebody's time is, and was rung for. */
export function watchTimers(behind: () => number, over: () => void): void {
  const tick = () => {
    let fresh = false;
    for (const timer of document.querySelectorAll<HTMLElement>(".timer[data-until]")) {
      const left = showLeft(timer, behind());
      const dose = timer.dataset.dose ?? "";
      if (left > 0 || rung.has(dose)) continue;
      rung.add(dose);
      fresh = true;
    }
    if (!fresh) return;
    chime();
    const status = document.getElementById("chime");
    if (status) status.textContent = status.dataset.text ?? "";
    over();
  };
  tick();
  window.setInterval(tick, 1000);
}
