// Keys of the counter's form that are the same with and without a link.

/** The first field that is still empty and seen, in the order of the form. */
export function firstEmpty(form: HTMLFormElement | null): HTMLInputElement | null {
  const needed = [...(form?.querySelectorAll<HTMLInputElement>("[data-needed]") ?? [])].filter(
    (field) => field.offsetParent !== null,
  );
  return (
    needed.find((field) => {
      if (field.type !== "radio") return field.value.trim() === "";
      return !form?.querySelector(`[name="${field.name}"]:checked`);
    }) ?? null
  );
}

/** Up and down choose the slot from any text field. */
export function moveSlot(form: HTMLFormElement | null, event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (!(target instanceof HTMLInputElement) || target.type === "radio") return;
  const slots = [...(form?.querySelectorAll<HTMLInputElement>('[name="slot"]') ?? [])];
  const at = slots.findIndex((slot) => slot.checked) + (event.key === "ArrowDown" ? 1 : -1);
  const slot = slots[at];
  if (!slot) return;
  event.preventDefault();
  slot.checked = true;
}

/** The next of the words that say whose the number is. */
export function nextWhose(): void {
  const whose = document.querySelector<HTMLSelectElement>("#mobile_of");
  if (whose) whose.selectedIndex = (whose.selectedIndex + 1) % whose.options.length;
}
