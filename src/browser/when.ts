// Indian time, as people say it. India has one zone and no summer time, so this is arithmetic.

const OFFSET = 5.5 * 3600;
const WEEKDAYS = ["रवि", "सोम", "मंगल", "बुध", "गुरु", "शुक्र", "शनि"];
const WEEKDAYS_EN = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर"];
const MONTHS_EN = "January February March April May June July August September October November December".split(" ");

const PARTS = { morning: "सुबह", noon: "दोपहर", evening: "शाम", night: "रात" };

export type Lang = "hi" | "en";

/** Days since 1970 in India. */
export function dayOf(seconds: number): number {
  return Math.floor((seconds + OFFSET) / 86_400);
}

/** The UTC second at which the Indian day of a moment begins. */
export function startOfDay(seconds: number): number {
  return dayOf(seconds) * 86_400 - OFFSET;
}

/** `सुबह 10:30`, `10:30 am` */
export function time(seconds: number, lang: Lang): string {
  if (lang === "en") return `${clock(seconds)} ${local(seconds).getUTCHours() < 12 ? "am" : "pm"}`;
  return `${PARTS[dayPart(seconds)]} ${clock(seconds)}`;
}

/** A moment whose UTC fields are India's. */
function local(seconds: number): Date {
  return new Date((seconds + OFFSET) * 1000);
}

/** `10:30`, of twelve hours. */
export function clock(seconds: number): string {
  const at = local(seconds);
  return `${((at.getUTCHours() + 11) % 12) + 1}:${String(at.getUTCMinutes()).padStart(2, "0")}`;
}

/** The part of the day that is said before the hour. */
export function dayPart(seconds: number): keyof typeof PARTS {
  const hour = local(seconds).getUTCHours();
  return hour >= 4 && hour < 12 ? "morning" : hour >= 12 && hour < 16 ? "noon" : hour >= 16 && hour < 20 ? "evening" : "night";
}

/** Weekday (Sunday is 0), day of the month, month (January is 0). */
export function dateOf(seconds: number): { weekday: number; date: number; month: number } {
  const at = local(seconds);
  return { weekday: at.getUTCDay(), date: at.getUTCDate(), month: at.getUTCMonth() };
}

/** `सुबह 10:30–11:00`, or with both parts of the day where they differ. */
export function hours(from: number, until: number, lang: Lang): string {
  const [start, end] = [time(from, lang), time(until, lang)];
  const part = (text: string) => (lang === "hi" ? text.split(" ")[0] : text.split(" ")[1]);
  if (part(start) !== part(end)) return `${start} – ${end}`;
  return lang === "hi" ? `${start}–${end.split(" ")[1]}` : `${start.split(" ")[0]}–${end}`;
}

/** `मंगल 30 मार्च` */
export function day(seconds: number, lang: Lang): string {
  const { weekday, date, month } = dateOf(seconds);
  const pick = (hi: string[], en: string[], at: number) => (lang === "hi" ? hi : en)[at] ?? "";
  return `${pick(WEEKDAYS, WEEKDAYS_EN, weekday)} ${date} ${pick(MONTHS, MONTHS_EN, month)}`;
}
