// The vectors that hold TypeScript and Rust to one truth.

import { expect, test } from "vitest";
import { dayOfText, minuteOfDay } from "../../src/browser/centre_dose";
import { type Leases, worth } from "../../src/browser/lease";
import { parseNumber } from "../../src/browser/number";
import { type Read, readBirthYear, readId, readLocality, readMobile, readName } from "../../src/browser/person";
import { type Jab, checkJab, mayHave, peoplePerMobile } from "../../src/browser/rules";
import {
  type Claims,
  PRACTICE_KID,
  type Slip,
  envelope,
  importKey,
  qrText,
  readSlip,
  toSign,
  verify,
} from "../../src/browser/token";
import { type GateFacts, type Known, type Presented, decide } from "../../src/browser/verdict";
import { day, time } from "../../src/browser/when";
import booking from "../vectors/booking.json";
import doses from "../vectors/doses.json";
import leases from "../vectors/leases.json";
import numbers from "../vectors/numbers.json";
import people from "../vectors/people.json";
import times from "../vectors/times.json";
import tokens from "../vectors/tokens.json";
import verdicts from "../vectors/verdicts.json";

test.each(verdicts.cases)("verdict: $name", ({ gate, presented, known, expect: expected }) => {
  const slot = (id: number) => verdicts.slots.find((row) => row.slot === id) ?? null;
  const decision = decide(gate as GateFacts, presented as Presented, known as Known | null, slot);
  expect({ verdict: decision.verdict, late: decision.late }).toEqual(expected);
});

test.each(numbers)("number: $text", ({ text, ...expected }) => {
  expect(parseNumber(text)).toEqual(expected);
});

test.each(times)("time: $time_hi", ({ at, time_hi, time_en, day_hi, day_en }) => {
  expect([time(at, "hi"), time(at, "en"), day(at, "hi"), day(at, "en")]).toEqual([time_hi, time_en, day_hi, day_en]);
});

test.each(tokens.cases)("token: $name", async ({ text, outcome, claims }) => {
  const slip = readSlip(text);
  let found: string = typeof slip === "string" ? slip : "unknown_key";
  if (typeof slip !== "string") {
    const point = tokens.keys.find((key) => key.kid === slip.kid)?.public;
    if (slip.kid === PRACTICE_KID) found = "practice";
    if (point) found = (await verify(slip, await importKey(point))) ? "good" : "bad";
    if (claims) expect(slip.claims).toEqual(claims);
  }
  expect(found).toBe(outcome);
});

test.each(leases.cases)("lease: $name", ({ kid, slot, serial, issued, forgot_until, expect: expected }) => {
  const slip = { kid, claims: { slot, serial, issued } } as Slip;
  const key = leases.keys.find((key) => key.kid === kid) ?? { revoked: false };
  const known = { version: "", true_at: leases.true_at, forgot_until, serials: leases.serials } as unknown as Leases;
  expect(worth(slip, key, known)).toBe(expected);
});

test.each(booking.cases)("booking: $name", ({ now, offer, applicant, expect: expected }) => {
  expect(mayHave(booking.campaign, offer, applicant, now)).toEqual(expected);
});

test.each(booking.people_per_mobile)("people under a mobile number", ({ now, most }) => {
  expect(peoplePerMobile(booking.campaign, now)).toBe(most);
});

test("what is typed of a person", () => {
  const said = (read: Read<unknown>) => ("fault" in read ? `fault ${read.fault}` : read.value);
  for (const [text, expected] of people.mobiles) expect(said(readMobile(text ?? "")), text ?? "").toBe(expected);
  for (const [text, expected] of people.names) expect(said(readName(text ?? "")), text).toBe(expected);
  for (const [text, expected] of people.localities) expect(said(readLocality(text ?? "")), text ?? "").toBe(expected);
  for (const [text, expected] of people.years)
    expect(said(readBirthYear(String(text), people.this_year)), String(text)).toBe(expected);
  for (const [kind, text, expected] of people.ids) expect(said(readId(kind ?? "", text ?? "")), text).toBe(expected);
});

test.each(tokens.cases.filter((row) => row.outcome === "good"))("written again: $name", ({ text, claims }) => {
  const slip = readSlip(text);
  if (typeof slip === "string") throw new Error(slip);
  const { header, payload, signed } = toSign(slip.kid, claims as Claims);
  expect(signed).toEqual(slip.signed);
  expect(qrText(text.slice(0, text.lastIndexOf("/T/")), envelope(header, payload, slip.signature))).toBe(text);
});

test.each(doses.jabs)("dose: $name", ({ jab, doses, expect: expected }) => {
  expect(checkJab(booking.campaign, jab as Jab, doses)).toEqual(expected);
});

test("times and days of a dose are read as written", () => {
  for (const { text, minute } of doses.times) expect([text, minuteOfDay(text)]).toEqual([text, minute]);
  for (const { text, day } of doses.days) expect([text, dayOfText(text)]).toEqual([text, day]);
});
