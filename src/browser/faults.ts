// What is wrong with a form that a page reads by itself: above the form, and at each field.

import { words } from "./alone_text";
import { el } from "./dom";
import type { Fault } from "./person";
import type { Lang } from "./when";

const title = globalThis.document?.title;

/** Shows what is wrong with the fields, or why it cannot be. */
export function showFaults(form: HTMLFormElement, faults: [string, Fault][], why: string | null, lang: Lang): void {
  clearFaults();
  const t = words(lang);
  const line = ([field, fault]: [string, Fault]) => el("li", {}, el("a", { href: `#${field}` }, t.faults[fault]));
  const summary = el(
    "div",
    { class: "error-summary", role: "alert", tabindex: "-1" },
    el("h2", {}, t.please_correct),
    why && el("p", {}, why),
    faults.length > 0 && el("ul", {}, ...faults.map(line)),
  );
  document.querySelector("#alone")?.after(summary);
  for (const [field, fault] of faults) {
    const input = form.querySelector(`#${field}`);
    const beside = input?.parentElement?.classList.contains("row");
    (beside ? input?.parentElement : input)?.before(el("p", { class: "fault", id: `${field}-fault` }, t.faults[fault]));
    input?.setAttribute("aria-invalid", "true");
    input?.setAttribute("aria-describedby", `${input.getAttribute("aria-describedby") ?? ""} ${field}-fault`.trim());
  }
  document.title = `${t.error} ${title}`;
  summary.focus();
}

export function clearFaults(): void {
  document.querySelectorAll(".error-summary, .fault").forEach((old) => old.remove());
  document.querySelectorAll("[aria-invalid]").forEach((input) => {
    input.removeAttribute("aria-invalid");
    input.setAttribute("aria-describedby", (input.getAttribute("aria-describedby") ?? "").replace(/ ?\S+-fault$/, ""));
  });
  document.title = title;
}
