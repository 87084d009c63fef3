// A third language on the slip and in the hall, as a browser makes it by itself.

import { expect, test } from "vitest";
import { cut } from "../../src/browser/loudness";
import { type OnSlip, type Third, lines } from "../../src/browser/third";

// The same words and the same lines as in the stories of the server (tests/stories/tongue.rs).
const words = {
  title: "ویکسین ٹوکن",
  born: "پیدائش",
  dose: "خوراک",
  id_voter_id: "ووٹر کارڈ",
  weekday_2: "منگل",
  month_3: "مارچ",
  part_morning: "صبح",
  part_noon: "دوپہر",
  part_evening: "شام",
  part_night: "رات",
};
const third: Third = { district: 1, code: "ur", name: "اردو", direction: "rtl", instead: false, words };
const noon = Date.parse("2021-03-30T12:00:00+05:30") / 1000;
const slip: OnSlip = {
  starts: noon,
  ends: noon + 3600,
  gate: "B",
  birth_year: 1954,
  id_type: "voter_id",
  id_end: "0001",
  dose: 1,
  needs: [],
};

test("a line is there when each of its words is", () => {
  const says = lines(third, slip);
  expect(says.when).toBe("منگل 30 مارچ\nدوپہر 12:00–1:00");
  expect(says.about).toBe("پیدائش 1954 · ووٹر کارڈ …0001 · خوراک 1");
  expect([says.gate, says.needs, says.bring]).toEqual(["", "", ""]);
  const before = lines(third, { ...slip, starts: noon - 3600, ends: noon });
  expect(before.when).toBe("منگل 30 مارچ\nصبح 11:00 – دوپہر 12:00");
  expect(lines({ ...third, words: { ...words, part_night: "" } }, slip).when).toBe("");
  expect(lines(third, { ...slip, needs: ["wheelchair"] }).needs).toBe("");
});

test("Sunday is the seventh day", () => {
  const sunday = { ...third, words: { ...words, weekday_7: "اتوار", month_4: "اپریل" } };
  const starts = Date.parse("2021-04-04T10:00:00+05:30") / 1000;
  expect(lines(sunday, { ...slip, starts, ends: starts + 1800 }).when).toBe("اتوار 4 اپریل\nصبح 10:00–10:30");
});

test("words are as loud as each other, without the silence around them", () => {
  const tone = (level: number) =>
    Float32Array.from({ length: 8000 }, (_, at) => (at < 2000 || at >= 6000 ? 0 : level * (at % 2 ? 1 : -1)));
  const [near, far] = [cut(tone(0.5), 8000), cut(tone(0.05), 8000)];
  expect([near.from, near.long]).toEqual([0.25, 0.5]);
  expect(near.gain * 0.5).toBeCloseTo(far.gain * 0.05, 5);
  // A click is not made louder than a loudspeaker takes.
  const click = Float32Array.from({ length: 8000 }, (_, at) => (at === 4000 ? 0.8 : at % 2 ? 0.01 : -0.01));
  expect(cut(click, 8000).gain * 0.8).toBeLessThanOrEqual(0.85 + 1e-6);
  expect(cut(new Float32Array(100), 8000).gain).toBe(1);
});
