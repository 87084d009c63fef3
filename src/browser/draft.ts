// Half-typed work: kept in this tab until the person who typed it is back, and shown to nobody else. The number of an ID is never kept.

const DRAFT = "baari-draft-";

/** Fields that are not kept: the ID's number, and what belongs to this one sending. */
const LEFT_OUT = ["id_number", "key", "slot"];

function nameOf(form: HTMLFormElement): string {
  return DRAFT + (form.dataset.who ?? "");
}

/** Remembers what stands in the form; `sent`: with its key, by which the desk, alone, names the form whose answer never came. */
export function keep(form: HTMLFormElement, sent = false): void {
  const left = (name: string) => LEFT_OUT.includes(name) && !(sent && name === "key");
  const typed = [...new FormData(form)].filter(([name, value]) => !left(name) && value !== "");
  const members = typed.find(([name]) => name === "members")?.[1];
  // A family's list holds ID numbers: it stands in the page and is not kept either.
  const kept = members === undefined ? typed : typed.filter(([name]) => name !== "members");
  sessionStorage.setItem(nameOf(form), JSON.stringify(kept));
}

/** What was half typed into a form of this name. */
export function drafted(form: HTMLFormElement): [string, string][] {
  return JSON.parse(sessionStorage.getItem(nameOf(form)) ?? "[]") as [string, string][];
}

/** Puts it back into a form in which nobody has typed yet. A form that the server made has its own key. */
export function restore(form: HTMLFormElement): void {
  const begun = ["mobile", "name", "age"].some((id) => form.querySelector<HTMLInputElement>(`#${id}`)?.value);
  if (!form.querySelector<HTMLInputElement>("#mobile, #name") || begun) return;
  const keyed = form.querySelector<HTMLInputElement>('[name="key"]')?.value;
  fillIn(
    form,
    drafted(form).filter(([name]) => name !== "key" || !keyed),
  );
}

/** Writes values into a form's fields. */
export function fillIn(form: HTMLFormElement, values: [string, string][]): void {
  for (const [name, value] of values) {
    for (const field of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>(`[name="${CSS.escape(name)}"]`)) {
      if (field instanceof HTMLInputElement && /^(radio|checkbox)$/.test(field.type)) field.checked ||= field.value === value;
      else field.value = value;
    }
  }
}

/** Forgets it: the token is issued. */
export function forget(form: HTMLFormElement): void {
  sessionStorage.removeItem(nameOf(form));
}

/** Forgets what somebody half typed here: they have logged out. */
export function forgetOf(who: string): void {
  sessionStorage.removeItem(DRAFT + who);
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(`${DRAFT}${who} `)) sessionStorage.removeItem(name);
}
