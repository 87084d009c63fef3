// Spoken words at one loudness, whoever recorded them and however near.

/** Where a word begins in its clip and how long it is, in seconds, and how loud it is to be played. */
export interface Spoken {
  from: number;
  long: number;
  gain: number;
}

/** Below -45 dB nothing is heard; every word has -18 dB in the mean, and no peak above 0.85: as `make_clips.sh` makes its clips. */
const SILENT = 10 ** (-45 / 20);
const LOUDNESS = 10 ** (-18 / 20);
const LOUDEST = 0.85;

/** Leaves out the silence around a word and brings it to the loudness of all. */
export function cut(samples: Float32Array, rate: number): Spoken {
  const first = samples.findIndex((sample) => Math.abs(sample) > SILENT);
  if (first < 0) return { from: 0, long: samples.length / rate, gain: 1 };
  let last = samples.length - 1;
  while (Math.abs(samples[last] ?? 0) <= SILENT) last -= 1;
  const word = samples.subarray(first, last + 1);
  let [power, peak] = [0, 0];
  for (const sample of word) {
    power += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  const mean = Math.sqrt(power / word.length);
  return { from: first / rate, long: word.length / rate, gain: Math.min(LOUDNESS / mean, LOUDEST / peak) };
}
