// The app on the phone: kept for when there is no server, open in one tab only, renewed when the gatekeeper agrees.

import { at, own } from "./own";

/** Holds the lock for as long as the page lives; false: another tab has it. */
export function oneTab(): Promise<boolean> {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((told) => {
    void navigator.locks.request(own("baari-gate"), { ifAvailable: true }, (lock) => {
      told(lock !== null);
      return lock ? new Promise(() => undefined) : undefined;
    });
  });
}

/** Keeps the app on the phone, and offers new versions of it. */
export async function keepApp(offerUpdate: (worker: ServiceWorker) => void): Promise<void> {
  const worker = navigator.serviceWorker;
  if (!worker) return;
  const had = worker.controller !== null;
  worker.addEventListener("controllerchange", () => {
    if (had) location.reload();
  });
  const kept = await worker.register(at("/gate/sw.js"), { type: "module", scope: at("/gate") });
  const offer = () => {
    if (kept.waiting && worker.controller) offerUpdate(kept.waiting);
  };
  offer();
  kept.addEventListener("updatefound", () => kept.installing?.addEventListener("statechange", offer));
}
