// Going to practice from a gate, and the band that says that this is practice.

import { el } from "./dom";
import { Store } from "./store";
import { gateText } from "./text";
import type { Lang } from "./when";

/** Opens the practice gate on this phone; false: the server did not answer, and the phone was never there before. */
export async function goPractise(secret: string): Promise<boolean> {
  const kept = await Store.open("practice-baari-gate");
  const before = await kept.get("secret");
  kept.close();
  const code = before ? "" : await askCode(secret);
  if (code === null) return false;
  location.assign(`/practice/gate#${code}`);
  return true;
}

async function askCode(secret: string): Promise<string | null> {
  try {
    const response = await fetch("/api/gate/practice", {
      method: "POST",
      headers: { authorization: `Bearer ${secret}` },
      signal: AbortSignal.timeout(20_000),
      cache: "no-store",
    });
    return response.ok ? ((await response.json()) as { code: string }).code : null;
  } catch {
    return null;
  }
}

/** Striped, above everything, with the way back. */
export function practiceBand(lang: Lang): void {
  const t = gateText(lang);
  const band = el(
    "aside",
    { class: "practice", lang, "aria-label": t.practise },
    el("p", {}, el("b", {}, t.practise), ` ${t.practice_note}`),
    el("button", { onclick: () => location.assign("/gate") }, t.practice_end),
  );
  document.querySelector("aside.practice")?.remove();
  document.body.prepend(band);
}
