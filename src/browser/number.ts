// A token's number: nine digits and a Damm check digit. The same rules stand in src/domain/number.rs.

const DAMM = [
  "0317598642",
  "7092154863",
  "4206871359",
  "1750983426",
  "6123045978",
  "3674209581",
  "5869720134",
  "8945362017",
  "9438617205",
  "2581436790",
];

export type NumberFault = "length" | "check_digit";

/** The digits in a text, Devanagari ones too; `null` when there is something else in it. */
export function digitsOf(text: string): string | null {
  let digits = "";
  for (const c of text) {
    if (/[\s-]/.test(c)) continue;
    const value = c >= "०" && c <= "९" ? c.charCodeAt(0) - 0x966 : c >= "0" && c <= "9" ? c.charCodeAt(0) - 48 : -1;
    if (value < 0) return null;
    digits += value;
  }
  return digits;
}

function damm(digits: string): number {
  let state = 0;
  for (const digit of digits) state = Number(DAMM[state]?.[Number(digit)]);
  return state;
}

/** The ten digits of a typed number, or what is wrong with it. */
export function parseNumber(text: string): { number: string } | { fault: NumberFault } {
  const digits = digitsOf(text);
  if (digits?.length !== 10) return { fault: "length" };
  return damm(digits) === 0 ? { number: digits } : { fault: "check_digit" };
}

/** Adds the check digit to nine digits. */
export function fromNine(nine: number): string {
  const digits = String(nine).padStart(9, "0");
  return digits + damm(digits);
}

/** `4821 0937 53` */
export function spaced(number: string): string {
  return `${number.slice(0, 4)} ${number.slice(4, 8)} ${number.slice(8)}`;
}
