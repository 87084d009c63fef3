// The gate's eyes: the camera, awake while somebody works, and the reader behind it.

import { Camera, type Decoder } from "./camera";
import { el } from "./dom";
import { unlockSound } from "./signal";
import type { Store } from "./store";
import { gateText } from "./text";
import type { Lang } from "./when";

const FRAME_MS = 100;

/** Nobody scanned for so long: the camera sleeps until it is touched. */
const ASLEEP_MS = 120_000;

interface Around {
  store: Store;
  /** What is to be seen of the camera has changed. */
  changed(): void;
  /** Something lies over the camera. */
  isCovered(): boolean;
  /** A code was read. */
  seen(text: string): Promise<void>;
}

export class Eyes {
  running = false;
  private failed = false;
  private asleep = false;
  private lampOn = false;
  private usedAt = performance.now();
  private readonly video = el("video", { "aria-hidden": "true" });
  private readonly madeFrame = el("canvas", { class: "made-frame", hidden: true });
  private readonly camera = new Camera(this.video);

  constructor(
    private readonly decoder: Decoder,
    private readonly around: Around,
  ) {}

  async prepare(): Promise<void> {
    this.camera.chosen = (await this.around.store.get("camera")) ?? "";
  }

  async start(): Promise<void> {
    unlockSound();
    this.running = true;
    this.failed = false;
    this.asleep = false;
    this.used();
    try {
      void navigator.wakeLock?.request("screen").catch(() => undefined);
      await this.camera.open();
    } catch {
      this.failed = true;
    }
    this.around.changed();
  }

  /** Somebody works with the gate. */
  used(): void {
    this.usedAt = performance.now();
  }

  /** Asked again and again: true once, when the camera has fallen asleep. */
  mayDoze(): boolean {
    if (!this.camera.awake || performance.now() - this.usedAt <= ASLEEP_MS) return false;
    this.camera.close();
    this.asleep = true;
    return true;
  }

  /** Looks at a frame ten times a second, while nothing covers the camera. */
  async keepLooking(): Promise<void> {
    for (;;) {
      await new Promise((resume) => setTimeout(resume, FRAME_MS));
      if (!this.running || this.failed || this.asleep || this.around.isCovered()) continue;
      try {
        const frame = await this.camera.frame();
        const text = frame && (await this.decoder.read(frame));
        if (text) await this.around.seen(text);
      } catch {
        this.failed = true;
        this.around.changed();
      }
    }
  }

  /** Looks at a frame that did not come from the camera, and shows it in its place. */
  async lookAt(frame: ImageData): Promise<void> {
    this.madeFrame.width = frame.width;
    this.madeFrame.height = frame.height;
    this.madeFrame.getContext("2d")?.putImageData(frame, 0, 0);
    this.madeFrame.hidden = false;
    const text = await this.decoder.read(frame);
    if (text) await this.around.seen(text);
  }

  /** What the camera sees, and what to do with it. */
  view(lang: Lang, touring: boolean): HTMLElement {
    const t = gateText(lang);
    const hint = touring && !this.running ? t.demo_hold : this.failed ? t.no_camera : this.asleep ? t.asleep : t.hold;
    const view = el("div", { class: "view" }, this.video, this.madeFrame, el("p", {}, hint));
    if (this.asleep) view.addEventListener("click", () => void this.start());
    return view;
  }

  /** A video that was away from the page for a moment has stopped. */
  goOn(): void {
    if (this.camera.awake && this.video.paused) void this.video.play().catch(() => undefined);
  }

  /** Lamp, other camera, start, try again: what makes sense now. */
  acts(lang: Lang): HTMLElement[] {
    const t = gateText(lang);
    const button = (text: string, act: () => Promise<unknown>) =>
      el("button", { onclick: () => void act().then(() => this.around.changed()) }, text);
    const lamp = async () => {
      if (await this.camera.torch(!this.lampOn)) this.lampOn = !this.lampOn;
    };
    const other = async () => {
      const chosen = await this.camera.other().catch(() => null);
      if (chosen) await this.around.store.set("camera", chosen);
    };
    const acts = [];
    if (this.camera.awake && !this.failed)
      acts.push(button(this.lampOn ? t.torch_off : t.torch, lamp), button(t.other_camera, other));
    if (!this.running || this.asleep) acts.push(button(t.start, () => this.start()));
    if (this.failed) acts.push(button(t.again, () => this.start()));
    return acts;
  }
}
