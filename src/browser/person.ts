// Reading what is typed of a person, at a desk without a link. The same rules stand in src/domain/person.rs and src/pages/form.rs;
// tests/vectors/people.json holds both to one truth.

import { digitsOf } from "./number";

/** What is wrong with a field: the words of the server's own faults. */
export type Fault =
  | "missing"
  | "mobile"
  | "name"
  | "locality"
  | "birth_year"
  | "id_form"
  | "id_check_digit"
  | "choice"
  | "day"
  | "time"
  | "not_yet"
  | "code"
  | "too_long";

/** The value, or what is wrong with it. */
export type Read<T> = { value: T } | { fault: Fault };

/** Ten digits from 6 to 9, without the country's prefix; `null` for nobody's number. */
export function readMobile(text: string): Read<string | null> {
  if (text.trim() === "") return { value: null };
  const digits = digitsOf(text.replace(/[+().]/g, ""));
  const ten = digits?.length === 12 && digits.startsWith("91") ? digits.slice(2) : digits?.replace(/^0(?=\d{10}$)/, "");
  return ten && /^[6-9]\d{9}$/.test(ten) ? { value: ten } : { fault: "mobile" };
}

/** 2 to 60 characters, letters of either script, no digits and no signs that turn text round. */
export function readName(text: string): Read<string> {
  const name = text.split(/\s+/).filter(Boolean).join(" ");
  if (!name) return { fault: "missing" };
  const length = [...name].length;
  const foreign = /[\p{Cc}<>"@/\\0-9\u0966-\u096f\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(name);
  return length >= 2 && length <= 60 && /\p{Alphabetic}/u.test(name) && !foreign ? { value: name } : { fault: "name" };
}

/** Where somebody lives, in at most 80 characters; `null` when nobody has said it. */
export function readLocality(text: string): Read<string | null> {
  const place = text.split(/\s+/).filter(Boolean).join(" ");
  if (!place) return { value: null };
  const foreign = /[\p{Cc}<>\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(place);
  const named = [...place].length <= 80 && /[\p{Alphabetic}\p{N}]/u.test(place);
  return named && !foreign ? { value: place } : { fault: "locality" };
}

/** An age in years, or a birth year. */
export function readBirthYear(text: string, thisYear: number): Read<number> {
  if (!text.trim()) return { fault: "missing" };
  const digits = /^\S{1,4}$/.test(text.trim()) ? digitsOf(text.trim()) : null;
  const value = Number(digits);
  if (!digits) return { fault: "birth_year" };
  if (value >= 1 && value <= 120) return { value: thisYear - value };
  return value >= 1900 && value <= thisYear ? { value } : { fault: "birth_year" };
}

/** The number of a photo ID: digits and capitals without spaces and dashes. */
export function readId(kind: string, text: string): Read<string> {
  if (!text.trim()) return { fault: "missing" };
  let number = "";
  for (const c of text) {
    if (/[\s\-/.]/.test(c)) continue;
    const digit = digitsOf(c);
    if (digit) number += digit;
    else if (/[a-z]/i.test(c)) number += c.toUpperCase();
    else return { fault: "id_form" };
  }
  const forms: Record<string, RegExp> = {
    aadhaar: /^[2-9]\d{11}$/,
    pan: /^[A-Z]{5}\d{4}[A-Z]$/,
    passport: /^[A-Z]\d{7}$/,
    voter_id: /^.{6,16}$/,
  };
  if (!(forms[kind] ?? /^.{4,20}$/).test(number)) return { fault: "id_form" };
  return kind === "aadhaar" && !verhoeff(number) ? { fault: "id_check_digit" } : { value: number };
}

const PERMUTATION = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/** Whether the last digit is the Verhoeff check digit of those before it: arithmetic in the dihedral group of a pentagon. */
function verhoeff(digits: string): boolean {
  const times = (a: number, b: number): number => {
    if (a < 5) return b < 5 ? (a + b) % 5 : ((a + b - 5) % 5) + 5;
    return b < 5 ? ((a + 5 - b) % 5) + 5 : (a + 5 - b) % 5;
  };
  let sum = 0;
  [...digits].reverse().forEach((digit, place) => {
    let moved = Number(digit);
    for (let i = 0; i < place % 8; i++) moved = PERMUTATION[moved] ?? 0;
    sum = times(sum, moved);
  });
  return sum === 0;
}
