// The gate: what is on the screen, and what happens when. The phone decides by itself; the link only makes it better informed.

import { centreName, problems, topBar } from "./bar";
import { Decoder } from "./camera";
import { ClockWatch } from "./clock";
import type { Gatekeeper, Shown } from "./gatekeeper";
import { el } from "./dom";
import { Eyes } from "./eyes";
import { keepApp, oneTab } from "./keep";
import { askClock, askNoToken, clockForm, keypad, question } from "./keypad";
import { laneLetter, laneScreen } from "./lane_screen";
import { isLaneText, readLaneText } from "./lanes";
import { Line } from "./line";
import { parseNumber } from "./number";
import { PRACTICE, at } from "./own";
import { goPractise, practiceBand } from "./practice";
import type { Facts } from "./readiness";
import { readyScreen } from "./ready_screen";
import { lookOf, signal } from "./signal";
import { Store } from "./store";
import { enrol } from "./sync";
import { chosenLang, gateText } from "./text";
import { listenToTour } from "./tour";
import { verdictScreen } from "./verdict_screen";
import { type Lang, startOfDay } from "./when";

/** The same code again within this time is the same slip still before the camera. */
const SAME_MS = 5_000;

const app = document.getElementById("app") as HTMLElement;
const { wasm = "", demo, version = "" } = document.body.dataset;

class Gate {
  private lang: Lang = "hi";
  private settingClock = false;
  private showing: Shown | null = null;
  /** The verdict that was on the screen last. */
  private seen: Shown | null = null;
  /** How many times the page was drawn. */
  private drawing = 0;
  /** A screen that covers the camera until it is closed: lanes, a question, a word. */
  private covering: HTMLElement | null = null;
  private typing: string | null = null;
  /** A button's act is under way. */
  private pressing = false;
  private lastText = "";
  private lastTextAt = 0;
  private wedge = "";
  private update: ServiceWorker | null = null;
  private readonly clock = new ClockWatch();
  private readonly eyes: Eyes;
  private readonly line: Line;

  constructor(
    private readonly store: Store,
    decoder: Decoder,
  ) {
    const changed = () => void this.render();
    this.eyes = new Eyes(decoder, { store, changed, isCovered: () => this.isCovered(), seen: (text) => this.presented(text) });
    this.line = new Line(store, version, { heard: () => this.heard(), arrived: () => this.arrived() });
  }

  async open(): Promise<void> {
    this.lang = (await this.store.get("lang")) ?? chosenLang();
    const code = location.hash.slice(1);
    if (code) await this.enrol(code);
    if (!(await this.line.open())) return this.message(gateText(this.lang).not_enrolled);
    await this.eyes.prepare();
    // What was asked for and never shown to anybody is not a scan. A phone that is full says so by its line.
    await this.store.set("intent", null).catch(console.error);
    void navigator.storage?.persist?.();
    addEventListener("keydown", (event) => this.key(event));
    // Not believed, only a good moment to try.
    addEventListener("online", () => void this.line.sync());
    setInterval(() => this.look(), 1_000);
    if (demo) {
      const { store } = this;
      const look = async (frame: ImageData, informed: boolean) => {
        this.lastText = "";
        if (informed) await this.line.sync();
        await this.eyes.lookAt(frame);
        return { verdict: this.showing?.verdict ?? null, waiting: await store.countUnsent() };
      };
      listenToTour(look);
    }
    // A gate that has been one before opens at once; the server may take its time.
    const heard = this.line.sync();
    if (!this.line.base) await heard;
    await this.render();
    void this.eyes.keepLooking();
  }

  /** A new version is there: it is taken when the gatekeeper says so. */
  offer(worker: ServiceWorker): void {
    this.update = worker;
    void this.renderBar();
  }

  /** Until this phone is that gate, or whoever holds it goes on with the gate that it was. The code stays in the address so long. */
  private async enrol(code: string): Promise<void> {
    const t = gateText(this.lang);
    for (let wants: "again" | "on" = "again"; wants === "again";) {
      this.message(t.enrolling);
      const outcome = await enrol(this.store, code);
      if (outcome === "enrolled") break;
      const text = outcome === "refused" ? t.enrol_refused : outcome === "waiting" ? t.enrol_waiting : t.enrol_silent;
      const isGate = Boolean(await this.store.get("secret"));
      wants = await new Promise((chosen) => {
        const again = outcome !== "refused" && el("button", { onclick: () => chosen("again") }, t.again);
        this.message(text, again, isGate && el("button", { onclick: () => chosen("on") }, t.stay_gate));
      });
    }
    history.replaceState(null, "", location.pathname);
  }

  private message(text: string, ...acts: (HTMLElement | false)[]): void {
    app.replaceChildren(el("section", { class: "message", lang: this.lang }, el("h1", {}, "बारी"), el("p", {}, text), ...acts));
  }

  private async heard(): Promise<void> {
    if (!this.showing && !this.isCovered() && !this.settingClock) await this.render();
    else await this.renderBar();
  }

  /** This phone has been moved: whoever holds it is told, unless somebody stands before them. */
  private arrived(): void {
    const name = centreName(this.line.base, this.lang);
    if (!this.showing) this.cover(question(this.lang, gateText(this.lang).moved_here(name), "", [], () => void this.next()));
  }

  /** Once a second: whether the clock jumped, whether the camera may sleep. */
  private look(): void {
    const { keeper } = this.line;
    if (this.clock.jumped() && keeper) {
      keeper.clockProved = false;
      void this.line.sync();
      if (!this.showing && !this.isCovered()) void this.render();
    }
    if (this.eyes.mayDoze() && !this.showing) void this.render();
  }

  /** Something lies over the camera. */
  private isCovered(): boolean {
    return this.typing !== null || this.covering !== null;
  }

  private async presented(text: string): Promise<void> {
    const now = performance.now();
    const same = text === this.lastText && now - this.lastTextAt < SAME_MS;
    this.lastText = text;
    this.lastTextAt = now;
    const { keeper, revoked } = this.line;
    if (same || !keeper || revoked) return;
    if (isLaneText(text)) return this.takeLane(text);
    await this.act(() => keeper.scanned(text));
  }

  /** Does one act. Nothing is shown that is not stored: when the phone is full, that is said instead. */
  private async act(make: () => Promise<Shown>, after = (shown: Shown) => this.show(shown)): Promise<void> {
    let shown: Shown;
    try {
      shown = await make();
    } catch (error) {
      console.error(error);
      return this.cover(question(this.lang, gateText(this.lang).store_failed, "", [], () => void this.next()));
    }
    this.eyes.used();
    await after(shown);
  }

  /** Does what a button says; a second tap meanwhile is the same one. */
  private async press(make: () => Promise<Shown>, after?: () => Promise<void>): Promise<void> {
    if (this.pressing) return;
    this.pressing = true;
    await this.act(make, after).finally(() => (this.pressing = false));
  }

  /** The scan is stored already; now the verdict is shown, and then the server hears of it. */
  private async show(shown: Shown): Promise<void> {
    this.showing = shown;
    this.typing = null;
    this.covering = null;
    signal(lookOf(shown.verdict));
    await this.render();
    void this.line.sync();
  }

  private async next(): Promise<void> {
    this.showing = null;
    this.typing = null;
    this.covering = null;
    this.eyes.used();
    await this.render();
    void this.line.sync();
  }

  private cover(screen: HTMLElement): void {
    this.showing = null;
    this.typing = null;
    this.covering = screen;
    void this.render();
  }

  /** Another phone has given its lane to this one. */
  private async takeLane(text: string): Promise<void> {
    const { base } = this.line;
    if (!base) return;
    const t = gateText(this.lang);
    const move = await readLaneText(base, text);
    if (move) await this.line.took(move);
    const said = move ? t.lane_taken(laneLetter(move.lane)) : t.lane_bad;
    this.cover(question(this.lang, said, "", [], () => void this.next()));
  }

  /** A scanner that types, or digits from a keyboard; Enter ends a code. */
  private key(event: KeyboardEvent): void {
    if (event.target instanceof HTMLInputElement || this.line.revoked) return;
    const { keeper } = this.line;
    if (event.key === "Enter") {
      const text = this.wedge;
      this.wedge = "";
      const parsed = parseNumber(text);
      if (text.includes("/T/") || isLaneText(text)) void this.presented(text);
      else if ("number" in parsed && keeper) void this.act(() => keeper.typed(parsed.number));
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

  /** Draws what there is now. Of two that overlap, the one that was begun later stays: a verdict is never drawn over by what was before it. */
  private async render(): Promise<void> {
    const drawing = ++this.drawing;
    const isOld = () => drawing !== this.drawing;
    const { lang } = this;
    const { base, keeper, secret, revoked, conflicts } = this.line;
    const t = gateText(lang);
    document.documentElement.lang = lang;
    if (PRACTICE) practiceBand(lang);
    if (revoked) {
      const unsent = await this.store.countUnsent();
      return isOld() ? undefined : this.message(secret ? t.revoked_waiting(unsent) : t.revoked);
    }
    if (!base || !keeper) return this.message(t.unheard, el("button", { onclick: () => void this.line.sync() }, t.again));
    const facts = await this.line.facts(base, keeper.now());
    if (isOld()) return;
    const bar = this.bar(facts);
    const faults = [...problems(facts, lang), ...(keeper.clockProved ? [] : [this.clockQuestion(keeper)])];
    if (this.showing) {
      const around = {
        keeper,
        base,
        lang,
        secret,
        act: (make: () => Promise<Shown>) => void this.press(make),
        undo: (make: () => Promise<Shown>) => void this.press(make, () => this.next()),
        next: () => void this.next(),
      };
      app.replaceChildren(bar, verdictScreen(this.showing, around));
      app.querySelector<HTMLButtonElement>("button.next")?.focus({ preventScroll: true });
      // The sign is seen first, however small the phone is.
      if (this.seen !== this.showing) scrollTo(0, 0);
      this.seen = this.showing;
    } else if (this.covering) {
      app.replaceChildren(bar, this.covering);
    } else if (this.typing !== null) {
      const done = (number: string) => void this.press(() => keeper.typed(number));
      const change = (typed: string) => {
        this.wedge = "";
        this.type(typed);
      };
      app.replaceChildren(bar, keypad({ lang, typed: this.typing, change, done, close: () => void this.next() }));
    } else if (!this.eyes.running && !demo) {
      const start = el("button", { class: "start", onclick: () => void this.eyes.start() }, t.start);
      app.replaceChildren(bar, ...faults, el("section", { class: "message" }, start));
    } else {
      const scans = await this.store.since(startOfDay(keeper.now()), base.gate.centre);
      const [last, refused] = [await this.store.last(5), await this.store.refused()];
      if (isOld()) return;
      // From here on nothing waits: a video that is away from the page for a moment stops.
      const view = this.eyes.view(lang, Boolean(demo));
      const screen = readyScreen({ lang, scans, last, refused, conflicts, view, acts: this.acts() });
      app.replaceChildren(bar, ...faults, screen);
      this.eyes.goOn();
    }
  }

  /** What can be done while nobody stands there. */
  private acts(): HTMLElement[] {
    const { lang } = this;
    const { base } = this.line;
    const t = gateText(lang);
    const button = (text: string, onclick: () => void) => el("button", { onclick }, text);
    const acts: HTMLElement[] = [button(t.type_number, () => this.type("")), button(t.no_token, () => this.askNoToken())];
    acts.push(...this.eyes.acts(lang));
    const lanes = () => {
      if (!base) return;
      const give = (lane: number, to: number) => this.line.give(lane, to);
      this.cover(laneScreen({ base, lang, give, show: (screen) => this.cover(screen), close: () => void this.next() }));
    };
    if (base && base.slots.some((slot) => slot.lanes > 1 || base.gate.phones.length > 0)) acts.push(button(t.lanes, lanes));
    const help = at(`/gate/help?lang=${lang}`);
    acts.push(el("a", { class: "button", href: help, target: "_blank", rel: "noopener" }, t.help));
    if (!PRACTICE && !demo) acts.push(button(t.practise, () => void this.practise()));
    return acts;
  }

  /** Another door of this phone, with a store of its own: what waits here goes up as always. */
  private async practise(): Promise<void> {
    if (await goPractise(this.line.secret)) return;
    this.cover(question(this.lang, gateText(this.lang).practice_silent, "", [], () => void this.next()));
  }

  private clockQuestion(keeper: Gatekeeper): HTMLElement {
    const set = (now: number) => {
      keeper.setTime(now);
      this.settingClock = false;
      void this.store.set("offset", keeper.ahead());
      void this.render();
    };
    if (this.settingClock) return clockForm(this.lang, keeper.now(), set);
    const wrong = () => {
      this.settingClock = true;
      void this.render();
    };
    return askClock(this.lang, keeper.now(), set, wrong);
  }

  private async renderBar(): Promise<void> {
    const { base, keeper } = this.line;
    if (base && keeper) app.querySelector(".bar")?.replaceWith(this.bar(await this.line.facts(base, keeper.now())));
  }

  private bar(facts: Facts): HTMLElement {
    const { lang, update, showing } = this;
    const switchLang = () => {
      this.lang = lang === "hi" ? "en" : "hi";
      void this.store.set("lang", this.lang).then(() => this.render());
    };
    return topBar({ facts, lang, update: update && !showing ? () => update.postMessage("take") : null, switchLang });
  }

  private askNoToken(): void {
    const { keeper } = this.line;
    if (!keeper) return;
    this.cover(
      askNoToken(
        this.lang,
        (reason) => void this.press(() => keeper.noToken(reason)),
        () => void this.next(),
      ),
    );
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
  await gate.open();
}

void main();
