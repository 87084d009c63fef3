// The hall's display: the number now, the four before, a chime and a voice. It says so when the server is not heard.

import { type Spoken, cut } from "./loudness";

interface Call {
  call: string;
  counter: number;
  at: number;
  times: number;
}

/** Milliseconds without a beat after which the display is stale. Beats come every five seconds. */
const STALE_AFTER = 15_000;

/** Seconds after which a call is not spoken any more: a counter that was cut off brings those of an hour ago. */
const SPOKEN_FOR = 120;

const page = document.body.dataset.calls ?? "";
const by = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const clips = new Map<string, { buffer: AudioBuffer; spoken: Spoken }>();

/** Hindi, English, and the district's own language when it is recorded. */
const languages = (by<HTMLTemplateElement>("clips").dataset.spoken ?? "hi en").split(" ");

let audio: AudioContext | undefined;
let heard = Date.now();
let last = "";
/** What is still to be said. Never more than a few: who is called now matters, not who was. */
const waiting: Call[] = [];
let speaking = false;

/** A call is another one when the same number is called once more. */
const name = (call: Call | undefined) => (call ? `${call.call} ${call.counter} ${call.times} ${call.at}` : "");

function show(calls: Call[]): void {
  const [now, ...before] = calls;
  const section = by("now");
  if (now) {
    section.querySelectorAll("p").forEach((line) => line.remove());
    const shown = (by<HTMLTemplateElement>("call").content.cloneNode(true) as DocumentFragment).children;
    const [number, counter] = Array.from(shown);
    if (number) number.textContent = now.call;
    const at = counter?.querySelector("b");
    if (at) at.textContent = String(now.counter);
    section.append(...Array.from(shown));
    section.classList.remove("fresh");
    void section.offsetWidth;
    section.classList.add("fresh");
  }
  by("before")
    .querySelector("ol")
    ?.replaceChildren(
      ...before.map((call) => {
        const line = document.createElement("li");
        const number = document.createElement("b");
        const counter = document.createElement("span");
        number.textContent = call.call;
        counter.textContent = `→ ${call.counter}`;
        line.append(number, " ", counter);
        return line;
      }),
    );
}

function hear({ calls, now }: { calls: Call[]; now: number }, say: boolean): void {
  const before = last;
  last = name(calls[0]);
  show(calls);
  if (!say || last === before) return;
  const upTo = calls.findIndex((call) => name(call) === before);
  const fresh = calls.slice(0, upTo < 0 ? 1 : upTo).filter((call) => call.at > now - SPOKEN_FOR);
  const news = fresh.reverse();
  waiting.push(...news);
  waiting.splice(0, Math.max(0, waiting.length - 3));
  void speak();
}

/** The words of one call, in one language: number, its digits, counter, its digits. */
export function words(lang: string, call: Pick<Call, "call" | "counter">): string[] {
  const digits = (text: string) => Array.from(text).filter((sign) => sign >= "0" && sign <= "9");
  return ["number", ...digits(call.call), "counter", ...digits(String(call.counter))].map((word) => `${lang}-${word}`);
}

async function clip(word: string, context: AudioContext): Promise<{ buffer: AudioBuffer; spoken: Spoken } | undefined> {
  const kept = clips.get(word);
  if (kept) return kept;
  const link = by<HTMLTemplateElement>("clips").content.getElementById(`clip-${word}`) as HTMLAnchorElement | null;
  if (!link) return undefined;
  const answer = await fetch(link.href);
  if (!answer.ok) return undefined;
  const buffer = await context.decodeAudioData(await answer.arrayBuffer());
  const found = { buffer, spoken: cut(buffer.getChannelData(0), buffer.sampleRate) };
  clips.set(word, found);
  return found;
}

/** Two soft notes; returns when the second has ended. */
function chime(context: AudioContext, at: number): number {
  for (const [tone, from] of [
    [659, 0],
    [523, 0.35],
  ] as const) {
    const note = context.createOscillator();
    const level = context.createGain();
    note.frequency.value = tone;
    level.gain.setValueAtTime(0, at + from);
    level.gain.linearRampToValueAtTime(0.4, at + from + 0.02);
    level.gain.exponentialRampToValueAtTime(0.001, at + from + 0.7);
    note.connect(level).connect(context.destination);
    note.start(at + from);
    note.stop(at + from + 0.75);
  }
  return at + 1.1;
}

async function say(call: Call, context: AudioContext): Promise<void> {
  let at = chime(context, context.currentTime + 0.05);
  for (const lang of languages) {
    for (const word of words(lang, call)) {
      // A clip that cannot be played leaves the others to be heard.
      const found = await clip(word, context).catch(() => undefined);
      if (!found) continue;
      const source = context.createBufferSource();
      const level = context.createGain();
      source.buffer = found.buffer;
      level.gain.value = found.spoken.gain;
      source.connect(level).connect(context.destination);
      at = Math.max(at, context.currentTime);
      source.start(at, found.spoken.from, found.spoken.long);
      at += found.spoken.long + 0.06;
    }
    at += 0.4;
  }
  await new Promise((done) => setTimeout(done, Math.max(0, at - context.currentTime) * 1000));
}

async function speak(): Promise<void> {
  if (speaking || !audio || by("voice").getAttribute("aria-pressed") !== "true") {
    if (!speaking) waiting.length = 0;
    return;
  }
  speaking = true;
  try {
    for (let call = waiting.shift(); call; call = waiting.shift()) {
      // A display that cannot speak still shows.
      await say(call, audio).catch(() => undefined);
    }
  } finally {
    speaking = false;
  }
}

function start(): void {
  const source = new EventSource(page);
  let first = true;
  const alive = () => {
    heard = Date.now();
    by("stale").hidden = true;
  };
  source.addEventListener("beat", (event: MessageEvent<string>) => {
    alive();
    by("clock").textContent = event.data;
  });
  source.addEventListener("calls", (event: MessageEvent<string>) => {
    alive();
    hear(JSON.parse(event.data) as { calls: Call[]; now: number }, !first);
    first = false;
  });
  setInterval(() => (by("stale").hidden = Date.now() - heard < STALE_AFTER), 1000);
  by("start").addEventListener("click", () => {
    audio = new AudioContext();
    by("start").hidden = true;
    by("test").hidden = by("voice").hidden = false;
    void document.documentElement.requestFullscreen?.().catch(() => undefined);
    void navigator.wakeLock?.request("screen").catch(() => undefined);
  });
  by("test").addEventListener("click", () => {
    waiting.push({ call: "01-234", counter: 5, at: 0, times: 1 });
    void speak();
  });
  by("voice").addEventListener("click", () => {
    const on = by("voice").getAttribute("aria-pressed") !== "true";
    by("voice").setAttribute("aria-pressed", String(on));
  });
}

start();
