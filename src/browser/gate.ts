// The gate: what is on the screen, and what happens when. The phone decides by itself; the link only makes it better informed.

import { Camera, Decoder } from "./camera";
import { ClockWatch } from "./clock";
import { Desk, type Shown } from "./desk";
import { el } from "./dom";
import { keepApp, oneTab } from "./keep";
import { clockForm, keypad, question } from "./keypad";
import { laneLetter, laneScreen } from "./lane_screen";
import { type LaneMove, isLaneText, readLaneText, withMoves } from "./lanes";
import { parseNumber } from "./number";
import { type Facts, faults, stateLine } from "./readiness";
import { readyScreen } from "./ready_screen";
import { lookOf, signal, unlockSound } from "./signal";
import { type Base, type Conflict, Store } from "./store";
import { ask, enrol, sync } from "./sync";
import { HEADLINES, gateText } from "./text";
import { verdictScreen } from "./verdict_screen";
import { type Lang, startOfDay, time } from "./when";

/** The same code again within this time is the same slip still before the camera. */
const SAME_MS = 5_000;
const SYNC_MS = 5_000;
/** A new base is answered at once, and the answer may bring another one. */
const MOST_TURNS = 3;
const LONGEST_PAUSE_MS = 15_000;
const FRAME_MS = 100;

/** Nobody scanned for so long: the camera sleeps until it is touched. */
const ASLEEP_MS = 120_000;

const app = document.getElementById("app") as HTMLElement;
const { wasm = "", demo, version = "" } = document.body.dataset;

class Gate {
  private desk: Desk | null = null;
  private base: Base | undefined;
  private lang: Lang = "hi";
  private secret = "";
  private heardAt = 0;
  private lanesUntil = 0;
  private conflicts: Conflict[] = [];
  private silentSince = 0;
  private revoked = false;
  private running = false;
  private cameraFailed = false;
  private asleep = false;
  private lampOn = false;
  private settingClock = false;
  private showing: Shown | null = null;
  /** A screen that covers the camera until it is closed: lanes, a question, a word. */
  private covering: HTMLElement | null = null;
  private typing: string | null = null;
  private lastText = "";
  private lastTextAt = 0;
  private usedAt = performance.now();
  private pause = SYNC_MS;
  private syncing: Promise<void> | null = null;
  private timer = 0;
  private wedge = "";
  private kept = false;
  private room: number | null = null;
  private update: ServiceWorker | null = null;
  private readonly clock = new ClockWatch();
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
    this.camera.chosen = (await this.store.get("camera")) ?? "";
    // What was asked for and never shown to anybody is not a scan.
    await this.store.set("intent", null);
    void navigator.storage?.persist?.();
    addEventListener("keydown", (event) => this.key(event));
    // Not believed, only a good moment to try.
    addEventListener("online", () => void this.syncNow());
    setInterval(() => this.look(), 1_000);
    if (demo) this.listenToTour();
    await this.syncNow();
    await this.render();
    void this.loop();
  }

  /** A new version is there: it is taken when the gatekeeper says so. */
  offer(worker: ServiceWorker): void {
    this.update = worker;
    void this.renderBar();
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
    const base = await this.store.get("base");
    this.base = base && withMoves(base, (await this.store.get("moves")) ?? []);
    this.heardAt = (await this.store.get("heard_at")) ?? 0;
    this.lanesUntil = (await this.store.get("lanes_until")) ?? 0;
    this.conflicts = (await this.store.get("conflicts")) ?? [];
    if (!this.base) return;
    const offset = (await this.store.get("offset")) ?? 0;
    const asking = (id: string, number: string) => ask(this.secret, id, number);
    this.desk ??= new Desk(this.store, this.base, offset, undefined, undefined, asking);
    await this.desk.refresh(this.base, offset);
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
    let outcome = await sync(this.store, version);
    for (let turn = 0; outcome.kind === "fresh" && turn < MOST_TURNS; turn++) {
      this.silentSince = 0;
      this.pause = SYNC_MS;
      const before = this.base?.gate.centre;
      await this.readStore();
      if (before && before !== this.base?.gate.centre) this.arrived();
      if (this.desk && outcome.clock) this.desk.clockProved = true;
      if (!outcome.newBase) break;
      // Only now does this phone go by the new base; the server waits for that word before it moves a lane, or the phone.
      outcome = await sync(this.store, version);
    }
    // Many come back at once: each a little later than the others.
    if (outcome.kind === "busy") this.pause = outcome.seconds * 1000 * (1 + Math.random());
    else if (outcome.kind === "revoked") await this.leave(outcome.handedOver);
    else if (outcome.kind === "silent") {
      this.silentSince ||= this.desk?.now() ?? 0;
      this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
    }
    const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
    this.room = quota ? quota - usage : null;
    this.kept = (await caches.keys()).some((name) => name.startsWith("gate-"));
    if (!this.showing && this.typing === null && !this.covering && !this.settingClock) await this.render();
    else await this.renderBar();
  }

  /** This phone has been moved: whoever holds it is told, unless somebody stands before them. */
  private arrived(): void {
    const name = this.centreName(this.base?.gate.centre);
    if (!this.showing) this.cover(question(this.lang, gateText(this.lang).moved_here(name), "", [], () => void this.next()));
  }

  private centreName(id: number | undefined): string {
    const centre = this.base?.centres.find((row) => row.id === id);
    return (this.lang === "hi" ? centre?.name_hi : centre?.name_en) ?? "";
  }

  /** No gate any more: once everything is handed over, the phone forgets. */
  private async leave(handedOver: boolean): Promise<void> {
    this.revoked = true;
    if (handedOver && (await this.store.countUnsent()) === 0) {
      await this.store.reset();
      this.secret = "";
    }
  }

  /** Once a second: whether the clock jumped, whether the camera may sleep. */
  private look(): void {
    if (this.clock.jumped() && this.desk) {
      this.desk.clockProved = false;
      void this.syncNow();
      if (!this.showing && this.typing === null && !this.covering) void this.render();
    }
    if (this.camera.awake && performance.now() - this.usedAt > ASLEEP_MS) {
      this.camera.close();
      this.asleep = true;
      if (!this.showing) void this.render();
    }
  }

  /** Looks at a frame ten times a second, while nothing covers the camera. */
  private async loop(): Promise<void> {
    for (;;) {
      await new Promise((resume) => setTimeout(resume, FRAME_MS));
      if (!this.running || this.cameraFailed || this.asleep || this.typing !== null || this.covering) continue;
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
    this.asleep = false;
    this.usedAt = performance.now();
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
    const { desk } = this;
    if (same || !desk || this.revoked) return;
    if (isLaneText(text)) return this.takeLane(text);
    await this.act(() => desk.scanned(text));
  }

  /** Does one act. Nothing is shown that is not stored: when the phone is full, that is said instead. */
  private async act(make: () => Promise<Shown>): Promise<void> {
    let shown: Shown;
    try {
      shown = await make();
    } catch (error) {
      console.error(error);
      return this.cover(question(this.lang, gateText(this.lang).store_failed, "", [], () => void this.next()));
    }
    this.usedAt = performance.now();
    await this.show(shown);
  }

  /** The scan is stored already; now the verdict is shown, and then the server hears of it. */
  private async show(shown: Shown): Promise<void> {
    this.showing = shown;
    this.typing = null;
    this.covering = null;
    signal(lookOf(shown.verdict));
    await this.render();
    void this.syncNow();
  }

  private async next(): Promise<void> {
    this.showing = null;
    this.typing = null;
    this.covering = null;
    this.usedAt = performance.now();
    await this.render();
    void this.syncNow();
  }

  private cover(screen: HTMLElement): void {
    this.showing = null;
    this.typing = null;
    this.covering = screen;
    void this.render();
  }

  /** Another phone has given its lane to this one. */
  private async takeLane(text: string): Promise<void> {
    if (!this.base) return;
    const t = gateText(this.lang);
    const move = await readLaneText(this.base, text);
    if (move) await this.moved(move);
    const said = move ? t.lane_taken(laneLetter(move.lane)) : t.lane_bad;
    this.cover(question(this.lang, said, "", [], () => void this.next()));
  }

  /** Stored before anything is shown; the desk goes by it before anybody else is scanned. */
  private async moved(move: LaneMove): Promise<void> {
    await this.store.set("moves", [...((await this.store.get("moves")) ?? []), move]);
    await this.readStore();
  }

  /** A scanner that types, or digits from a keyboard; Enter ends a code. */
  private key(event: KeyboardEvent): void {
    if (event.target instanceof HTMLInputElement) return;
    const { desk } = this;
    if (event.key === "Enter") {
      const text = this.wedge;
      this.wedge = "";
      const parsed = parseNumber(text);
      if (text.includes("/T/") || isLaneText(text)) void this.presented(text);
      else if ("number" in parsed && desk) void this.act(() => desk.typed(parsed.number));
      else if (this.showing) void this.next();
      else return;
      event.preventDefault();
    } else if (event.key.length === 1 && !event.ctrlKey && !event.altKey) {
      this.wedge = (this.wedge + event.key).slice(-400);
      if (this.typing !== null && /^[0-9]$/.test(event.key)) this.type((this.typing + event.key).slice(0, 10));
    } else if (event.key === "Escape") {
      void this.next();
    }
  }

  private type(typed: string): void {
    this.typing = typed;
    void this.render();
  }

  private async render(): Promise<void> {
    const { base, desk, lang } = this;
    const t = gateText(lang);
    document.documentElement.lang = lang;
    if (this.revoked) return this.message(this.secret ? t.revoked_waiting(await this.store.countUnsent()) : t.revoked);
    if (!base || !desk) return this.message(t.unheard, () => void this.syncNow());
    const bar = await this.bar();
    if (this.showing) {
      const around = {
        desk,
        base,
        lang,
        secret: this.secret,
        show: (shown: Shown) => void this.show(shown),
        next: () => void this.next(),
      };
      app.replaceChildren(bar, verdictScreen(this.showing, around));
      app.querySelector<HTMLButtonElement>("button.next")?.focus();
    } else if (this.covering) {
      app.replaceChildren(bar, this.covering);
    } else if (this.typing !== null) {
      const done = (number: string) => void this.act(() => desk.typed(number));
      const change = (typed: string) => {
        this.wedge = "";
        this.type(typed);
      };
      app.replaceChildren(bar, keypad({ lang, typed: this.typing, change, done, close: () => void this.next() }));
    } else if (!this.running && !demo) {
      const start = el("button", { class: "start", onclick: () => void this.start() }, t.start);
      app.replaceChildren(bar, ...(await this.problems()), el("section", { class: "message" }, start));
    } else {
      const scans = await this.store.since(startOfDay(desk.now()), base.gate.centre);
      const [last, refused] = [await this.store.last(5), await this.store.refused()];
      const problems = await this.problems();
      const hint = demo && !this.running ? t.demo_hold : this.cameraFailed ? t.no_camera : this.asleep ? t.asleep : t.hold;
      // From here on nothing waits: a video that is away from the page for a moment stops.
      const view = el("div", { class: "view" }, this.video, this.madeFrame, el("p", {}, hint));
      if (this.asleep) view.addEventListener("click", () => void this.start());
      const screen = readyScreen({ lang, scans, last, refused, conflicts: this.conflicts, view, acts: this.acts() });
      app.replaceChildren(bar, ...problems, screen);
      if (this.camera.awake && this.video.paused) void this.video.play().catch(() => undefined);
    }
  }

  /** What can be done while nobody stands there. */
  private acts(): HTMLElement[] {
    const { base, desk, lang } = this;
    const t = gateText(lang);
    const button = (text: string, onclick: () => void) => el("button", { onclick }, text);
    const acts = [button(t.type_number, () => this.type("")), button(t.no_token, () => this.askNoToken())];
    if (this.camera.awake && !this.cameraFailed) {
      const lamp = async () => {
        if (await this.camera.torch(!this.lampOn)) this.lampOn = !this.lampOn;
        await this.render();
      };
      const other = async () => {
        const chosen = await this.camera.other().catch(() => null);
        if (chosen) await this.store.set("camera", chosen);
        await this.render();
      };
      acts.push(
        button(this.lampOn ? t.torch_off : t.torch, () => void lamp()),
        button(t.other_camera, () => void other()),
      );
    }
    if (!this.running || this.asleep) acts.push(button(t.start, () => void this.start()));
    if (this.cameraFailed) acts.push(button(t.again, () => void this.start()));
    const lanes = () => {
      if (!base || !desk) return;
      const give = (move: LaneMove) => this.moved(move);
      this.cover(laneScreen({ base, lang, give, show: (screen) => this.cover(screen), close: () => void this.next() }));
    };
    if (base && base.slots.some((slot) => slot.lanes > 1 || base.gate.phones.length > 0)) acts.push(button(t.lanes, lanes));
    return acts;
  }

  private async facts(): Promise<Facts> {
    const desk = this.desk as Desk;
    return {
      base: this.base as Base,
      now: desk.now(),
      heardAt: this.heardAt,
      alone: this.silentSince > 0,
      waiting: await this.store.countUnsent(),
      oldest: await this.store.oldestUnsent(),
      lanesUntil: this.lanesUntil,
      kept: this.kept,
      room: this.room,
      refused: (await this.store.refused()).length,
    };
  }

  /** What is not ready, in red, and the question after the time. */
  private async problems(): Promise<HTMLElement[]> {
    const { desk, lang } = this;
    if (!desk) return [];
    const t = gateText(lang);
    const to = this.base?.gate.moving_to;
    const said = to ? [t.moving(this.centreName(to))] : faults(await this.facts(), t);
    const list = el("ul", { class: "problems", role: "alert", lang }, ...said.map((text) => el("li", {}, text)));
    return [...(said.length ? [list] : []), ...(desk.clockProved ? [] : [this.clockQuestion(desk, t)])];
  }

  private clockQuestion(desk: Desk, t: ReturnType<typeof gateText>): HTMLElement {
    const set = (now: number) => {
      desk.setTime(now);
      this.settingClock = false;
      void this.store.set("offset", desk.ahead());
      void this.render();
    };
    if (this.settingClock) return clockForm(this.lang, desk.now(), set);
    const wrong = () => {
      this.settingClock = true;
      void this.render();
    };
    return el(
      "div",
      { class: "confirm", lang: this.lang },
      el("p", {}, t.confirm_clock(time(desk.now(), this.lang))),
      el("button", { onclick: () => set(desk.now()) }, t.clock_right),
      el("button", { onclick: wrong }, t.clock_wrong),
    );
  }

  private async renderBar(): Promise<void> {
    if (this.base && this.desk) app.querySelector(".bar")?.replaceWith(await this.bar());
  }

  /** One line says what the phone knows. */
  private async bar(): Promise<HTMLElement> {
    const { base, lang, update } = this;
    const t = gateText(lang);
    const facts = await this.facts();
    const switchLang = () => {
      this.lang = lang === "hi" ? "en" : "hi";
      void this.store.set("lang", this.lang).then(() => this.render());
    };
    return el(
      "header",
      { class: `bar ${facts.alone ? "alone" : "fresh"}`, lang },
      el("p", {}, el("b", { lang: "und" }, base?.gate.name ?? ""), ` · ${this.centreName(base?.gate.centre)}`),
      el("p", { class: "state", role: "status", "data-waiting": String(facts.waiting) }, stateLine(facts, t, lang)),
      update && !this.showing && el("button", { class: "update", onclick: () => update.postMessage("take") }, t.update),
      el("button", { class: "lang", lang: lang === "hi" ? "en" : "hi", onclick: switchLang }, t.other_language),
    );
  }

  private askNoToken(): void {
    const { desk } = this;
    if (!desk) return;
    const t = gateText(this.lang);
    const reasons = { lost: t.no_token_lost, never: t.no_token_never, companion: t.no_token_with };
    const answers = Object.entries(reasons).map(([reason, text]): [string, () => void] => [
      text,
      () => void this.act(() => desk.noToken(reason)),
    ]);
    this.cover(question(this.lang, t.no_token, t.why, answers, () => void this.next()));
  }
}

async function main(): Promise<void> {
  // One tab is the gate: two would not know of each other's scans in time.
  const alone = await oneTab();
  const store = await Store.open();
  if (!alone) {
    const lang = (await store.get("lang")) ?? "hi";
    app.replaceChildren(el("section", { class: "message", lang }, el("h1", {}, "बारी"), el("p", {}, gateText(lang).other_tab)));
    return;
  }
  const gate = new Gate(store, await Decoder.make(wasm));
  void keepApp((worker) => gate.offer(worker));
  // A refused enrolment has said so on the screen already.
  await gate.open().catch((error: unknown) => console.warn(error));
}

void main();
