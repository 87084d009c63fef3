// What a verdict looks, sounds and feels like. Four classes, told apart by colour, shape, sound and vibration.

import type { Verdict } from "./verdict";

export type Look = "admit" | "wait" | "elsewhere" | "refuse";

export function lookOf(verdict: Verdict | "wrong_person" | "no_token"): Look {
  switch (verdict) {
    case "admitted":
      return "admit";
    case "wrong_centre":
    case "other_gate":
    case "session_stopped":
      return "elsewhere";
    case "already_admitted":
    case "cancelled":
    case "not_genuine":
    case "wrong_person":
      return "refuse";
    default:
      return "wait";
  }
}

interface Tone {
  from: number;
  to: number;
  times: number;
  ms: number;
  wave: OscillatorType;
  vibrate: number[];
}

const TONES: Record<Look, Tone> = {
  admit: { from: 880, to: 1320, times: 2, ms: 90, wave: "sine", vibrate: [80] },
  wait: { from: 600, to: 600, times: 2, ms: 150, wave: "sine", vibrate: [120, 80, 120] },
  elsewhere: { from: 600, to: 400, times: 1, ms: 300, wave: "sine", vibrate: [200, 80, 80] },
  refuse: { from: 220, to: 220, times: 1, ms: 600, wave: "square", vibrate: [300, 100, 300] },
};

let audio: AudioContext | null = null;

/** Browsers let a page make sounds only after a touch. */
export function unlockSound(): void {
  audio ??= new AudioContext();
  void audio.resume();
}

export function signal(look: Look): void {
  const tone = TONES[look];
  navigator.vibrate?.(tone.vibrate);
  if (!audio) return;
  for (let i = 0; i < tone.times; i++) {
    const start = audio.currentTime + (i * (tone.ms + 60)) / 1000;
    const end = start + tone.ms / 1000;
    const oscillator = new OscillatorNode(audio, { type: tone.wave, frequency: tone.from });
    oscillator.frequency.linearRampToValueAtTime(tone.to, end);
    const volume = new GainNode(audio, { gain: 0.4 });
    volume.gain.setTargetAtTime(0, end - 0.02, 0.01);
    oscillator.connect(volume).connect(audio.destination);
    oscillator.start(start);
    oscillator.stop(end);
  }
}

/** The shape of a class, drawn large: a tick in a circle, a clock in a triangle, an arrow in a square, a cross in an octagon. */
export const SHAPES: Record<Look, string> = {
  admit: '<circle cx="50" cy="50" r="44"/><path d="M28 52l16 16 30-36"/>',
  wait: '<path d="M50 6l46 84H4z"/><path d="M50 40v22l14 10"/>',
  elsewhere: '<path d="M8 8h84v84H8z"/><path d="M24 50h50M54 28l22 22-22 22"/>',
  refuse: '<path d="M31 6h38l25 25v38L69 94H31L6 69V31z"/><path d="M34 34l32 32M66 34L34 66"/>',
};
