// The gate: what is on the screen, and what happens when. The phone decides by itself; the link only makes it better informed.

import { Camera, Decoder } from "./camera";
import { Desk, type Shown } from "./desk";
import { el } from "./dom";
import { lookOf, signal, unlockSound } from "./signal";
import { type Base, Store, type StoredScan } from "./store";
import { type Outcome, enrol, sync } from "./sync";
import { digitsOf, parseNumber, spaced } from "./number";
import { HEADLINES, gateText } from "./text";
import { verdictScreen } from "./verdict_screen";
import { type Lang, startOfDay, time } from "./when";

/** The same code again within this time is the same slip still before the camera. */
const SAME_MS = 5_000;
const SYNC_MS = 5_000;
const LONGEST_PAUSE_MS = 30_000;
const FRAME_MS = 100;

const app = document.getElementById("app") as HTMLElement;
const { wasm = "", demo } = document.body.dataset;

class Gate {
  private desk: Desk | null = null;
  private base: Base | undefined;
  private lang: Lang = "hi";
  private secret = "";
  private heardAt = 0;
  private silentSince = 0;
  private revoked = false;
  private running = false;
  private cameraFailed = false;
  private showing: Shown | null = null;
  private typing: string | null = null;
  private lastText = "";
  private lastTextAt = 0;
  private pause = SYNC_MS;
  private syncing: Promise<void> | null = null;
  private timer = 0;
  private wedge = "";
  private readonly video = el("video", { "aria-hidden": "true" });
  private readonly madeFrame = el("canvas", { class: "made-frame", hidden: true });
  private readonly camera = new Camera(this.video);

  constructor(
    private readonly store: Store,
    private readonly decoder: Decoder,
  ) {}

  async open(): Promise<void> {
    this.lang = (await this.store.get("lang")) ?? "hi";
    const code = location.hash.slice(1);
    if (code) {
      history.replaceState(null, "", location.pathname);
      await this.enrol(code);
    }
    this.secret = (await this.store.get("secret")) ?? "";
    if (!this.secret) return this.message(gateText(this.lang).not_enrolled);
    await this.readStore();
    void navigator.storage?.persist?.();
    addEventListener("keydown", (event) => this.key(event));
    if (demo) this.listenToTour();
    await this.syncNow();
    await this.render();
    void this.loop();
  }

  private async enrol(code: string): Promise<void> {
    const t = gateText(this.lang);
    this.message(t.enrolling);
    const outcome = await enrol(this.store, code);
    if (outcome === "enrolled") return;
    const text = outcome === "refused" ? t.enrol_refused : outcome === "waiting" ? t.enrol_waiting : t.enrol_silent;
    if (outcome !== "waiting" && !(await this.store.get("secret"))) {
      this.message(text, outcome === "silent" ? () => void this.enrol(code).then(() => this.open()) : undefined);
      throw new Error(text);
    }
  }

  private message(text: string, again?: () => void): void {
    const t = gateText(this.lang);
    const retry = again && el("button", { onclick: again }, t.again);
    app.replaceChildren(el("section", { class: "message", lang: this.lang }, el("h1", {}, "बारी"), el("p", {}, text), retry));
  }

  private async readStore(): Promise<void> {
    this.base = await this.store.get("base");
    this.heardAt = (await this.store.get("heard_at")) ?? 0;
    const offset = (await this.store.get("offset")) ?? 0;
    if (this.base && !this.desk) this.desk = new Desk(this.store, this.base, offset);
    else if (this.base) this.desk?.refresh(this.base, offset);
  }

  /** One sync at a time; what is asked for meanwhile comes right after. */
  private syncNow(): Promise<void> {
    clearTimeout(this.timer);
    this.syncing ??= this.syncOnce().finally(() => {
      this.syncing = null;
      this.timer = window.setTimeout(() => void this.syncNow(), this.pause);
    });
    return this.syncing;
  }

  private async syncOnce(): Promise<void> {
    const outcome: Outcome = await sync(this.store);
    this.revoked = outcome.kind === "revoked";
    if (outcome.kind === "fresh") {
      this.silentSince = 0;
      this.pause = SYNC_MS;
      await this.readStore();
      if (this.desk) this.desk.clockProved = true;
    } else {
      this.silentSince ||= this.desk?.now() ?? 0;
      this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
    }
    if (!this.showing && this.typing === null) await this.render();
    else await this.renderBar();
  }

  /** Looks at a frame ten times a second, while nothing covers the camera. */
  private async loop(): Promise<void> {
    for (;;) {
      await new Promise((resume) => setTimeout(resume, FRAME_MS));
      if (!this.running || this.cameraFailed || this.typing !== null) continue;
      try {
        const frame = await this.camera.frame();
        const text = frame && (await this.decoder.read(frame));
        if (text) await this.presented(text);
      } catch {
        this.cameraFailed = true;
        await this.render();
      }
    }
  }

  private async start(): Promise<void> {
    unlockSound();
    this.running = true;
    this.cameraFailed = false;
    try {
      void navigator.wakeLock?.request("screen").catch(() => undefined);
      await this.camera.open();
    } catch {
      this.cameraFailed = true;
    }
    await this.render();
  }

  /** Frames that the tour makes: the same reader, only the camera is missing. */
  private listenToTour(): void {
    const channel = new BroadcastChannel("baari-demo");
    channel.onmessage = async ({ data }: MessageEvent<{ frame?: ImageData; hello?: boolean }>) => {
      if (data.hello) channel.postMessage({ gate: true });
      if (!data.frame) return;
      this.madeFrame.width = data.frame.width;
      this.madeFrame.height = data.frame.height;
      this.madeFrame.getContext("2d")?.putImageData(data.frame, 0, 0);
      this.madeFrame.hidden = false;
      const text = await this.decoder.read(data.frame);
      this.lastText = "";
      if (text) await this.presented(text);
      const verdict = this.showing?.verdict ?? null;
      channel.postMessage({ verdict, headline: verdict && HEADLINES[verdict], waiting: await this.store.countUnsent() });
    };
    channel.postMessage({ gate: true });
  }

  private async presented(text: string): Promise<void> {
    const now = performance.now();
    const same = text === this.lastText && now - this.lastTextAt < SAME_MS;
    this.lastText = text;
    this.lastTextAt = now;
    if (same || !this.desk || this.revoked) return;
    await this.show(await this.desk.scanned(text));
  }

  /** The scan is stored already; now the verdict is shown, and then the server hears of it. */
  private async show(shown: Shown): Promise<void> {
    this.showing = shown;
    this.typing = null;
    signal(lookOf(shown.verdict));
    await this.render();
    void this.syncNow();
  }

  private async next(): Promise<void> {
    this.showing = null;
    this.typing = null;
    await this.render();
    void this.syncNow();
  }

  /** A scanner that types, or digits from a keyboard; Enter ends a code. */
  private key(event: KeyboardEvent): void {
    if (event.key === "Enter") {
      const text = this.wedge;
      this.wedge = "";
      const parsed = parseNumber(text);
      if (text.includes("/T/")) void this.presented(text);
      else if ("number" in parsed && this.desk) void this.desk.typed(parsed.number).then((shown) => this.show(shown));
      else if (this.showing) void this.next();
      else return;
      event.preventDefault();
    } else if (event.key.length === 1 && !event.ctrlKey && !event.altKey) {
      this.wedge = (this.wedge + event.key).slice(-400);
      if (this.typing !== null && /^[0-9]$/.test(event.key)) {
        this.typing = (this.typing + event.key).slice(0, 10);
        void this.render();
      }
    } else if (event.key === "Escape") {
      void this.next();
    }
  }

  private async render(): Promise<void> {
    const { base, desk } = this;
    const t = gateText(this.lang);
    document.documentElement.lang = this.lang;
    if (this.revoked) return this.message(t.revoked);
    if (!base || !desk) return this.message(t.unheard, () => void this.syncNow());
    const bar = await this.bar();
    if (this.showing) {
      const around = {
        desk,
        base,
        lang: this.lang,
        secret: this.secret,
        show: (shown: Shown) => void this.show(shown),
        next: () => void this.next(),
      };
      app.replaceChildren(bar, verdictScreen(this.showing, around));
      app.querySelector<HTMLButtonElement>("button.next")?.focus();
    } else if (this.typing !== null) {
      app.replaceChildren(bar, this.keypad(this.typing));
    } else if (!this.running && !demo) {
      app.replaceChildren(
        bar,
        el("section", { class: "message" }, el("button", { class: "start", onclick: () => void this.start() }, t.start)),
      );
    } else {
      app.replaceChildren(bar, ...(await this.ready()));
      if (this.running && this.video.paused) void this.video.play().catch(() => undefined);
    }
  }

  private async renderBar(): Promise<void> {
    app.querySelector(".bar")?.replaceWith(await this.bar());
  }

  /** One line says what the phone knows. */
  private async bar(): Promise<HTMLElement> {
    const t = gateText(this.lang);
    const waiting = await this.store.countUnsent();
    const alone = this.silentSince > 0;
    const state = !this.heardAt ? t.unheard : alone ? t.alone(time(this.heardAt, this.lang)) : t.fresh;
    const text = [state, waiting ? t.to_send(waiting) : ""].filter(Boolean).join(", ");
    const switchLang = () => {
      this.lang = this.lang === "hi" ? "en" : "hi";
      void this.store.set("lang", this.lang).then(() => this.render());
    };
    const centre = this.base?.centres.find((row) => row.id === this.base?.gate.centre);
    const name = centre && (this.lang === "hi" ? centre.name_hi : centre.name_en);
    return el(
      "header",
      { class: `bar ${alone ? "alone" : "fresh"}`, lang: this.lang },
      el("p", {}, el("b", { lang: "und" }, this.base?.gate.name ?? ""), ` · ${name ?? ""}`),
      el("p", { class: "state", role: "status", "data-waiting": String(waiting) }, text),
      el("button", { class: "lang", lang: this.lang === "hi" ? "en" : "hi", onclick: switchLang }, t.other_language),
    );
  }

  /** The camera, the counters, the last scans. */
  private async ready(): Promise<HTMLElement[]> {
    const t = gateText(this.lang);
    const desk = this.desk as Desk;
    const confirm = () => {
      desk.clockProved = true;
      void this.render();
    };
    const clock =
      !desk.clockProved &&
      el(
        "div",
        { class: "confirm" },
        el("p", {}, t.confirm_clock(time(desk.now(), this.lang))),
        el("button", { onclick: confirm }, t.clock_right),
      );
    const hint = demo && !this.running ? t.demo_hold : this.cameraFailed ? t.no_camera : t.hold;
    const scans = await this.store.since(startOfDay(desk.now()));
    const entered = scans.filter((scan) => scan.verdict === "admitted" && scan.kind !== "re_entry").length;
    const taken = scans.filter((scan) => scan.kind === "undo" || scan.kind === "wrong_person").length;
    const back = scans.filter((scan) => (scan.verdict && scan.verdict !== "admitted") || scan.kind === "no_token").length;
    const last = await this.lastScans();
    const torch = () => void this.camera.torch(true);
    // From here on nothing waits: a video that is away from the page for a moment stops.
    return [
      el(
        "section",
        { class: "scan", lang: this.lang },
        el("h1", { class: "hidden" }, t.hold),
        el("div", { class: "view" }, this.video, this.madeFrame, el("p", {}, hint)),
        clock || null,
        el(
          "div",
          { class: "acts" },
          el("button", { onclick: () => this.openKeypad() }, t.type_number),
          el("button", { onclick: () => this.askNoToken() }, t.no_token),
          this.running && !this.cameraFailed && el("button", { onclick: torch }, t.torch),
          !this.running && el("button", { onclick: () => void this.start() }, t.start),
          this.cameraFailed && el("button", { onclick: () => void this.start() }, t.again),
        ),
        el(
          "p",
          { class: "counts" },
          el("b", {}, String(entered - taken)),
          ` ${t.entered} · `,
          el("b", {}, String(back)),
          ` ${t.turned_back}`,
        ),
        last,
      ),
    ];
  }

  private async lastScans(): Promise<HTMLElement> {
    const t = gateText(this.lang);
    const row = (scan: StoredScan) => {
      const word =
        scan.kind === "undo"
          ? t.undone
          : scan.kind === "no_token"
            ? t.no_token
            : HEADLINES[scan.verdict ?? "wrong_person"][this.lang];
      const refused = scan.outcome ? ` – ${t.refused_rows}: ${scan.outcome}` : "";
      const number = scan.call_number || (scan.number ? spaced(scan.number) : "");
      return el("li", {}, `${time(scan.at, this.lang)} · ${number} ${word}${refused}`);
    };
    return el("ol", { class: "last", "aria-label": t.last }, ...(await this.store.last(5)).map(row));
  }

  private openKeypad(): void {
    this.typing = "";
    void this.render();
  }

  private keypad(typed: string): HTMLElement {
    const t = gateText(this.lang);
    const parsed = parseNumber(typed);
    const fault = typed.length < 10 ? t.bad_length : "fault" in parsed ? t.bad_digit : "";
    const press = (digit: string) => {
      this.typing = (digitsOf(typed) + digit).slice(0, 10);
      this.wedge = "";
      void this.render();
    };
    const erase = () => {
      this.typing = typed.slice(0, -1);
      void this.render();
    };
    const check = () => {
      if ("number" in parsed && this.desk) void this.desk.typed(parsed.number).then((shown) => this.show(shown));
    };
    const keys = "1234567890".split("").map((digit) => el("button", { class: "digit", onclick: () => press(digit) }, digit));
    return el(
      "section",
      { class: "keypad", lang: this.lang },
      el("h1", { class: "hidden" }, t.type_number),
      el("output", { class: "typed", "aria-live": "polite" }, spaced(typed.padEnd(10, "·"))),
      el("p", { class: "hint" }, fault),
      el("div", { class: "keys" }, ...keys, el("button", { onclick: erase }, t.erase)),
      el(
        "div",
        { class: "acts" },
        el("button", { class: "next", disabled: !("number" in parsed), onclick: check }, t.check),
        el("button", { onclick: () => void this.next() }, t.close),
      ),
    );
  }

  private askNoToken(): void {
    const t = gateText(this.lang);
    const reasons = { lost: t.no_token_lost, never: t.no_token_never, companion: t.no_token_with };
    const choices = Object.entries(reasons).map(([reason, text]) =>
      el("button", { onclick: () => void this.desk?.noToken(reason).then((shown) => this.show(shown)) }, text),
    );
    const close = el("button", { onclick: () => void this.next() }, t.close);
    this.typing = "";
    app
      .querySelector("section")
      ?.replaceWith(
        el(
          "section",
          { class: "message", lang: this.lang },
          el("h1", {}, t.no_token),
          el("p", {}, t.why),
          el("div", { class: "acts" }, ...choices, close),
        ),
      );
  }
}

async function main(): Promise<void> {
  void navigator.serviceWorker?.register("/gate/sw.js", { type: "module", scope: "/gate" });
  const gate = new Gate(await Store.open(), await Decoder.make(wasm));
  // A refused enrolment has said so on the screen already.
  await gate.open().catch((error: unknown) => console.warn(error));
}

void main();
