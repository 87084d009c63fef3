// The vectors that hold TypeScript and Rust to one truth.

import { expect, test } from "vitest";
import { parseNumber } from "../../src/browser/number";
import { PRACTICE_KID, importKey, readSlip, verify } from "../../src/browser/token";
import { type GateFacts, type Known, type Presented, decide } from "../../src/browser/verdict";
import { day, time } from "../../src/browser/when";
import numbers from "../vectors/numbers.json";
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
