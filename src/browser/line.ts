// The line to the server: what this phone has heard, and hearing more. The last answer is believed, nothing else.

import { own } from "./own";
import { Gatekeeper } from "./gatekeeper";
import { withMoves } from "./lanes";
import type { LaneMove } from "./lanes";
import type { Facts } from "./readiness";
import type { Base, Conflict, Store } from "./store";
import { ask, sync } from "./sync";

const SYNC_MS = 5_000;
const LONGEST_PAUSE_MS = 15_000;

/** A new base is answered at once, and the answer may bring another one. */
const MOST_TURNS = 3;

interface Told {
  /** After each call, whatever became of it. */
  heard(): Promise<void>;
  /** The phone has been moved to another centre. */
  arrived(): void;
}

export class Line {
  keeper: Gatekeeper | null = null;
  base: Base | undefined;
  secret = "";
  conflicts: Conflict[] = [];
  revoked = false;
  /** The server has never heard of this phone. */
  private isUnknown = false;
  private heardAt = 0;
  private lanesUntil = 0;
  private silentSince = 0;
  private kept = false;
  private room: number | null = null;
  private pause = SYNC_MS;
  private syncing: Promise<void> | null = null;
  private after: Promise<void> | null = null;
  /** What was heard could not be stored. */
  private isFull = false;
  private timer = 0;

  constructor(
    private readonly store: Store,
    private readonly version: string,
    private readonly told: Told,
  ) {}

  /** Reads what was stored; false: this phone is no gate. */
  async open(): Promise<boolean> {
    this.secret = (await this.store.get("secret")) ?? "";
    if (this.secret) await this.read();
    return this.secret !== "";
  }

  private async read(): Promise<void> {
    const base = await this.store.get("base");
    this.base = base && withMoves(base, (await this.store.get("moves")) ?? []);
    this.heardAt = (await this.store.get("heard_at")) ?? 0;
    this.lanesUntil = (await this.store.get("lanes_until")) ?? 0;
    this.conflicts = (await this.store.get("conflicts")) ?? [];
    if (!this.base) return;
    const offset = (await this.store.get("offset")) ?? 0;
    const asking = (id: string, number: string) => ask(this.secret, id, number);
    this.keeper ??= new Gatekeeper(this.store, this.base, offset, undefined, undefined, asking);
    await this.keeper.refresh(this.base, offset);
  }

  /** Takes a lane that another phone gave: stored before anything is shown, and gone by before anybody else is scanned. */
  async took(move: LaneMove): Promise<void> {
    await this.store.addMove(move);
    await this.read();
  }

  /** Strikes one of this phone's lanes off, likewise; `null`: it was no longer this phone's. */
  async give(lane: number, to: number): Promise<LaneMove | null> {
    const move = await this.store.giveLane(lane, to);
    await this.read();
    return move;
  }

  /** One sync at a time; what is asked for meanwhile comes right after. */
  sync(): Promise<void> {
    if (this.syncing) {
      this.after ??= this.syncing.then(() => {
        this.after = null;
        return this.sync();
      });
      return this.after;
    }
    clearTimeout(this.timer);
    this.syncing = this.once().finally(() => {
      this.syncing = null;
      this.timer = window.setTimeout(() => void this.sync(), this.pause);
    });
    return this.syncing;
  }

  private async once(): Promise<void> {
    try {
      await this.hear();
      this.isFull = false;
    } catch (error) {
      // Nothing of the answer was kept, so nothing of it is believed.
      console.error(error);
      this.isFull = true;
      this.beSilent();
    }
    const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
    this.room = quota ? quota - usage : null;
    this.kept = (await caches.keys()).some((name) => name.startsWith(own("gate-")));
    await this.told.heard();
  }

  private beSilent(): void {
    this.silentSince ||= this.keeper?.now() ?? 0;
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }

  private async hear(): Promise<void> {
    let outcome = await sync(this.store, this.version);
    for (let turn = 0; outcome.kind === "fresh" && turn < MOST_TURNS; turn++) {
      this.silentSince = 0;
      this.pause = SYNC_MS;
      const before = this.base?.gate.centre;
      await this.read();
      if (before && before !== this.base?.gate.centre) this.told.arrived();
      if (this.keeper && outcome.clock) this.keeper.clockProved = true;
      if (!outcome.newBase) break;
      // Only now does this phone go by the new base; the server waits for that word before it moves a lane, or the phone.
      outcome = await sync(this.store, this.version);
    }
    this.isUnknown = outcome.kind === "unknown";
    // What was stored is gone by, even when the server could not take everything.
    if (outcome.kind !== "fresh") await this.read();
    // Many come back at once: each a little later than the others.
    if (outcome.kind === "busy") this.pause = outcome.seconds * 1000 * (1 + Math.random());
    else if (outcome.kind === "revoked") await this.leave();
    else if (outcome.kind !== "fresh") this.beSilent();
  }

  /** No gate any more: once everything is handed over, the phone forgets. */
  private async leave(): Promise<void> {
    this.revoked = true;
    if (await this.store.reset()) this.secret = "";
  }

  /** What the phone knows, for those who look at it. */
  async facts(base: Base, now: number): Promise<Facts> {
    return {
      base,
      now,
      heardAt: this.heardAt,
      alone: this.silentSince > 0,
      unknown: this.isUnknown,
      waiting: await this.store.countUnsent(),
      oldest: await this.store.oldestUnsent(),
      lanesUntil: this.lanesUntil,
      kept: this.kept,
      room: this.isFull ? 0 : this.room,
      refused: (await this.store.refused()).length,
    };
  }
}
