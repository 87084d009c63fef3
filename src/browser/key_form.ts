// Keying a paper form in: what is half typed is still there after a log-in that ran out. What was sent has arrived.

import { forget, keep, restore } from "./draft";

const form = document.querySelector<HTMLFormElement>("#key-form");
if (form) {
  if (document.querySelector('.done[role="status"]')) forget(form);
  else restore(form);
  form.addEventListener("input", () => keep(form));
}
