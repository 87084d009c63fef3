// Where frames come from, and how a QR code is read from one: the phone's own detector first, the wasm reader from its
// first failure on.

import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

interface Detector {
  detect(source: ImageBitmapSource): Promise<{ rawValue: string }[]>;
}

declare global {
  interface Window {
    BarcodeDetector?: { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> };
  }
}

/** The side of the frame that the wasm reader looks at, in pixels. */
const FRAME = 720;

/** A camera that gives no frame for so long is opened anew. */
const STALLED_MS = 2_000;

export class Decoder {
  private native: Detector | null = null;

  static async make(wasmUrl: string): Promise<Decoder> {
    prepareZXingModule({ overrides: { locateFile: () => wasmUrl } });
    const decoder = new Decoder();
    try {
      const formats = (await window.BarcodeDetector?.getSupportedFormats()) ?? [];
      if (window.BarcodeDetector && formats.includes("qr_code")) {
        decoder.native = new window.BarcodeDetector({ formats: ["qr_code"] });
      }
    } catch {
      // Some phones have a detector that cannot be asked: the wasm reader serves.
    }
    return decoder;
  }

  /** The text of a QR code in a picture, or `null`. */
  async read(frame: ImageData): Promise<string | null> {
    if (this.native) {
      try {
        const found = await this.native.detect(frame);
        if (found[0]) return found[0].rawValue;
        return null;
      } catch {
        this.native = null;
      }
    }
    const found = await readBarcodes(frame, { formats: ["QRCode"], tryRotate: false, tryInvert: false, maxNumberOfSymbols: 1 });
    return found[0]?.text ?? null;
  }
}

export class Camera {
  private stream: MediaStream | null = null;
  private lastFrame = 0;
  private lastTime = -1;
  private readonly canvas = document.createElement("canvas");
  /** The camera that the gatekeeper chose. */
  chosen = "";

  constructor(readonly video: HTMLVideoElement) {
    video.playsInline = true;
    video.muted = true;
  }

  /** Opens the chosen camera, else the one at the back. Throws when there is none or it is not allowed. */
  async open(): Promise<void> {
    this.close();
    const which: MediaTrackConstraints = this.chosen ? { deviceId: { ideal: this.chosen } } : { facingMode: "environment" };
    this.stream = await navigator.mediaDevices.getUserMedia({
      video: { ...which, width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    this.video.srcObject = this.stream;
    await this.video.play();
    this.lastFrame = performance.now();
  }

  close(): void {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
  }

  /** Whether it is open. */
  get awake(): boolean {
    return this.stream !== null;
  }

  /** Goes on to the phone's next camera; its id. Nothing when there is only one. */
  async other(): Promise<string | null> {
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
    const current = this.stream?.getVideoTracks()[0]?.getSettings().deviceId;
    const next = cameras[(cameras.findIndex((device) => device.deviceId === current) + 1) % Math.max(cameras.length, 1)];
    if (!next || cameras.length < 2) return null;
    this.chosen = next.deviceId;
    await this.open();
    return next.deviceId;
  }

  /** The middle of the picture, or `null` when there is no new one. */
  async frame(): Promise<ImageData | null> {
    const { videoWidth, videoHeight, currentTime } = this.video;
    if (!videoWidth || currentTime === this.lastTime) {
      if (this.stream && performance.now() - this.lastFrame > STALLED_MS) await this.open();
      return null;
    }
    this.lastTime = currentTime;
    this.lastFrame = performance.now();
    const scale = Math.min(1, FRAME / Math.min(videoWidth, videoHeight));
    const [width, height] = [Math.round(videoWidth * scale), Math.round(videoHeight * scale)];
    Object.assign(this.canvas, { width, height });
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    if (!context) return null;
    context.drawImage(this.video, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  }

  /** Switches the lamp; false where the phone has none. */
  async torch(on: boolean): Promise<boolean> {
    try {
      const track = this.stream?.getVideoTracks()[0];
      await track?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
      return track !== undefined;
    } catch {
      return false;
    }
  }
}
