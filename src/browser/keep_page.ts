// Lets the browser keep the page of a house, for when there is no link.

import { LANG_KEPT } from "./own";
import type { Lang } from "./when";

export async function keepPage(house: "office" | "centre"): Promise<void> {
  if (!navigator.serviceWorker) return;
  const lang: Lang = document.documentElement.lang === "en" ? "en" : "hi";
  await (await caches.open("lang")).put(LANG_KEPT, new Response(lang));
  await navigator.serviceWorker.register(`/${house}/sw.js`, { scope: `/${house}`, type: "module" });
  await navigator.storage?.persist?.();
}
