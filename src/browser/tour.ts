// Frames that the demo's tour holds up: the same reader, only the camera is missing.

import type { Shown } from "./gatekeeper";
import { HEADLINES } from "./text";

/** What came of a frame: the verdict on the screen, if there is one, and how many scans wait. */
type Looking = (frame: ImageData, informed: boolean) => Promise<{ verdict: Shown["verdict"] | null; waiting: number }>;

export function listenToTour(look: Looking): void {
  const channel = new BroadcastChannel("baari-demo");
  channel.onmessage = async ({ data }: MessageEvent<{ frame?: ImageData; informed?: boolean; hello?: boolean }>) => {
    if (data.hello) channel.postMessage({ gate: true });
    if (!data.frame) return;
    const { verdict, waiting } = await look(data.frame, data.informed === true);
    channel.postMessage({ verdict, headline: verdict && HEADLINES[verdict], waiting });
  };
  channel.postMessage({ gate: true });
}
