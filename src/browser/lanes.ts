// Lanes that move from phone to phone without the server: who gives one up strikes it off first, then shows a code that only
// the centre's phones can make and that is for one phone. The same code is checked in src/actions/lanes.rs.

import type { Base } from "./store";

/** A lane that moved, as both phones tell the server. */
export interface LaneMove {
  lane: number;
  /** That the lane now has. */
  epoch: number;
  /** The gate that has it now. */
  to: number;
  /** The code that was shown, kept by the phone that scanned it. */
  code?: string;
}

const PREFIX = "BAARI-LANE:";

/** What one gate gives to another at a centre. */
interface Given {
  centre: number;
  lane: number;
  epoch: number;
  from: number;
  to: number;
}

/** The first 16 hexadecimal digits of an HMAC-SHA256. */
export async function laneCode(key: string, { centre, lane, epoch, from, to }: Given): Promise<string> {
  const bytes = Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const hmac = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const text = new TextEncoder().encode(`${centre}.${lane}.${epoch}.${from}.${to}`);
  const code = new Uint8Array(await crypto.subtle.sign("HMAC", hmac, text));
  return Array.from(code.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What the QR code says that the giving phone shows. */
export async function laneText(base: Base, move: LaneMove): Promise<string> {
  const { centre, id: from, lane_key } = base.gate;
  const code = await laneCode(lane_key, { centre, from, ...move });
  return `${PREFIX}${centre}.${move.lane}.${move.epoch}.${from}.${move.to}.${code}`;
}

export function isLaneText(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** The lane that a scanned code gives to this phone; `null` when it is not for it, or not genuine. */
export async function readLaneText(base: Base, text: string): Promise<LaneMove | null> {
  const [centre, lane, epoch, from, to, code = ""] = text.slice(PREFIX.length).split(".");
  const move = { lane: Number(lane), epoch: Number(epoch), to: Number(to), code };
  if (Number(centre) !== base.gate.centre || move.to !== base.gate.id || base.gate.moving_to) return null;
  const given = { centre: base.gate.centre, from: Number(from), ...move };
  const genuine = code === (await laneCode(base.gate.lane_key, given));
  // An old code of a lane that has moved on since is worth nothing.
  return genuine && move.epoch > epochOf(base, move.lane) ? move : null;
}

/** How often a lane has moved by the server's word; nothing: nobody holds it. */
export function knownEpoch(base: Base, lane: number): number | undefined {
  return base.gate.lane_epochs.find(([number]) => number === lane)?.[1];
}

/** How often a lane has moved. */
export function epochOf(base: Base, lane: number): number {
  return knownEpoch(base, lane) ?? 0;
}

/** What the server said, with the moves that it has not heard of. */
export function withMoves(base: Base, moves: LaneMove[]): Base {
  let { lanes, lane_holders, lane_epochs } = base.gate;
  for (const move of moves) {
    if (move.epoch <= (lane_epochs.find(([lane]) => lane === move.lane)?.[1] ?? 0)) continue;
    // A phone that is to leave holds nothing, whatever it was given.
    const mine = move.to === base.gate.id && !base.gate.moving_to;
    const name = mine ? base.gate.name : (base.gate.phones.find(([id]) => id === move.to)?.[1] ?? "");
    lanes = [...lanes.filter((lane) => lane !== move.lane), ...(mine ? [move.lane] : [])];
    lane_holders = [...lane_holders.filter(([lane]) => lane !== move.lane), [move.lane, name]];
    lane_epochs = [...lane_epochs.filter(([lane]) => lane !== move.lane), [move.lane, move.epoch]];
  }
  return { ...base, gate: { ...base.gate, lanes, lane_holders, lane_epochs } };
}
