// The slip of a token that was made here: the server's own empty slip, filled in.

import { encode } from "uqr";
import type { DeskBase, DeskRecord, DeskSlot, TypedPerson } from "./desk_store";
import { laneOf } from "./verdict";
import { spaced } from "./number";
import { type OnSlip, lines } from "./third";
import { day, hours } from "./when";

interface Words {
  born: string;
  dose: string;
  ids: Record<string, string>;
  needs: Record<string, string>;
}

/** Light modules around the symbol, as the standard asks; a printer has 203 dots an inch. */
const QUIET = 4;
const DOTS_AN_INCH = 203;

/** Fills a page of the printer with slips; returns how many there are. */
export function fill(page: Document, records: DeskRecord[], base: DeskBase): number {
  const blank = page.querySelector<HTMLTemplateElement>("#blank");
  if (!blank) return 0;
  page.querySelectorAll(".slip").forEach((old) => old.remove());
  const words = JSON.parse(blank.dataset.words ?? "{}") as Words;
  for (const record of records) {
    const slip = blank.content.cloneNode(true) as DocumentFragment;
    const says = textOf(record, base, words);
    for (const place of slip.querySelectorAll<HTMLElement>("[data-slip]")) {
      const text = says[place.dataset.slip ?? ""] ?? "";
      if (text === "" && place.matches(".gate")) place.remove();
      else if (text === "" && place.dataset.slip === "needs") place.parentElement?.remove();
      else place.textContent = text;
    }
    addThird(slip, record, base, page.body.matches(".paper-a4, .paper-large"));
    const symbol = slip.querySelector<SVGSVGElement>("svg.qr");
    if (symbol && record.qr) draw(symbol, record.qr);
    blank.before(slip);
  }
  return records.length;
}

/** Puts the district's own language on a slip, or takes its places away. Sheets have no room for it beside the English. */
function addThird(slip: DocumentFragment, record: DeskRecord, base: DeskBase, sheet: boolean): void {
  const slot = base.slots.find((slot) => slot.id === record.slot);
  const district = base.centres.find((centre) => centre.id === slot?.centre)?.district;
  // What this PC heard last may be older than third languages are.
  const third = base.thirds?.find((third) => third.district === district);
  const says = third && slot && record.person ? lines(third, onSlip(record, slot, record.person)) : {};
  for (const place of slip.querySelectorAll<HTMLElement>("[data-third]")) {
    const name = place.dataset.third ?? "";
    if (!third || !says[name]) {
      place.remove();
      continue;
    }
    place.textContent = says[name] ?? "";
    place.lang = third.code;
    place.dir = third.direction;
    if (third.instead || sheet) slip.querySelector(`[data-english="${name}"]`)?.remove();
  }
  if (third) slip.querySelector(".slip")?.classList.add("of-three");
}

function onSlip(record: DeskRecord, slot: DeskSlot, person: TypedPerson): OnSlip {
  return {
    starts: slot.starts,
    ends: slot.starts + slot.minutes * 60,
    gate: slot.lanes > 1 ? letter(record, slot) : "",
    birth_year: person.birth_year,
    id_type: person.id_type,
    id_end: person.id_end,
    dose: record.dose ?? 1,
    needs: person.needs.split(",").filter(Boolean),
  };
}

/** The gate's letter. */
function letter(record: DeskRecord, slot: DeskSlot): string {
  return String.fromCharCode(65 + laneOf(record.number, slot.lanes));
}

function textOf(record: DeskRecord, base: DeskBase, words: Words): Record<string, string> {
  const slot = base.slots.find((slot) => slot.id === record.slot);
  const centre = base.centres.find((centre) => centre.id === slot?.centre);
  const { person } = record;
  if (!slot || !centre || !person) return {};
  const ends = slot.starts + slot.minutes * 60;
  const id = `${words.ids[person.id_type] ?? ""} …${person.id_end}`;
  return {
    call: record.call_number ?? "",
    day_hi: day(slot.starts, "hi"),
    window_hi: hours(slot.starts, ends, "hi"),
    when_en: `${day(slot.starts, "en")}, ${hours(slot.starts, ends, "en")}`,
    centre_hi: centre.name_hi,
    gate: slot.lanes > 1 ? `गेट ${letter(record, slot)}` : "",
    address_hi: centre.address_hi,
    centre_en: centre.name_en,
    number: spaced(record.number),
    name: person.name,
    about: `${words.born} ${person.birth_year} · ${id} · ${words.dose} ${record.dose}`,
    needs: person.needs
      .split(",")
      .filter(Boolean)
      .map((need) => words.needs[need] ?? need)
      .join(" · "),
    code: record.code ?? "",
    phone: base.desk_phone,
  };
}

/** Draws the code in whole dots of the printer. */
function draw(svg: SVGSVGElement, text: string): void {
  const { size, data } = encode(text, { ecc: "M", border: 0 });
  const side = size + 2 * QUIET;
  let path = "";
  data.forEach((row, y) => {
    for (let x = 0; x < size;) {
      let dark = 0;
      while (row[x + dark]) dark += 1;
      if (dark > 0) path += `M${x + QUIET} ${y + QUIET}h${dark}v1h-${dark}z`;
      x += Math.max(dark, 1);
    }
  });
  const millimetres = ((side * Number(svg.dataset.dots) * 25.4) / DOTS_AN_INCH).toFixed(2);
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  svg.setAttribute("width", `${millimetres}mm`);
  svg.setAttribute("height", `${millimetres}mm`);
  svg.querySelector("path")?.setAttribute("d", path);
}
